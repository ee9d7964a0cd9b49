"""A websocket between a tab and a server, on which every frame waits until the test lets it pass."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from starlette.types import Message

HANG_UP: Final = None
"""Stands in for the frame that ends a websocket."""


class Line:
    """The frames under way, each way. They keep their order; all of them are lost when the line is cut.

    Attributes:
        id: what the tab calls it.
        up: what the tab said and the server has not heard.
        down: what the server said and the tab has not heard.
    """

    def __init__(self, id: int) -> None:
        self.id = id
        self.up: deque[str | None] = deque()
        self.down: deque[str | None] = deque()
        self.is_accepted = False
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._flows = asyncio.Event()
        self._flows.set()
        self._has_hung_up = False

    @property
    def is_stalled(self) -> bool:
        return not self._flows.is_set()

    def stall(self) -> None:
        """Stop reading: the buffers between the tab and the server are full."""
        self._flows.clear()

    def flow(self) -> None:
        self._flows.set()

    def dial(self) -> None:
        """Perform the handshake."""
        self.is_accepted = True
        self._inbox.put_nowait({'type': 'websocket.connect'})

    def pass_up(self) -> None:
        """Let the server hear the tab's next frame."""
        frame = self.up.popleft()
        if frame is HANG_UP:
            self.hang_up()
        elif not self._has_hung_up:
            self._inbox.put_nowait({'type': 'websocket.receive', 'text': frame})

    def hang_up(self) -> None:
        """Let the server hear that the tab is gone."""
        if not self._has_hung_up:
            self._has_hung_up = True
            self._inbox.put_nowait({'type': 'websocket.disconnect', 'code': 1006})
        self.up.clear()
        self.flow()

    async def receive(self) -> Message:
        """Return the next message for the server: an ASGI `receive`."""
        return await self._inbox.get()

    async def send(self, message: Any) -> None:
        """Take a message of the server: an ASGI `send`."""
        if message['type'] == 'websocket.accept':
            return
        await self._flows.wait()
        if self._has_hung_up:
            raise OSError('the line is dead')
        if message['type'] == 'websocket.send':
            self.down.append(message['text'])
        else:
            self.down.append(HANG_UP)
