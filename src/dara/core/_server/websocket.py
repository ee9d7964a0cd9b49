"""The websockets of one server: uvicorn's, with less memory for each, and a short way for frames."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN

from dara.core._server.socket import SHORT_WAY

USED: Final = ('transport', 'writable', 'close_sent', 'disconnected', 'request', 'response', 'scope')


class Websocket(WebSocketsSansIOProtocol):
    """A websocket that sends the same frame to many sockets with little work for each.

    It uses uvicorn's attributes. With a version of uvicorn that has others, it is uvicorn's websocket.
    """

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if all(hasattr(self, name) for name in USED) and not self.conn.extensions:
            extensions: dict[str, Any] = self.scope['extensions']
            extensions[SHORT_WAY] = {'write': self.write}

    def start_keepalive(self) -> None:
        """Drop the headers of the handshake, which has ended; the app has its own copy."""
        super().start_keepalive()
        self.request.headers.clear()
        self.response.headers.clear()

    def shutdown(self) -> None:
        """End as uvicorn does, which expects no socket that its tab is closing just now."""
        try:
            super().shutdown()
        except InvalidState:
            self.transport.close()

    def write(self, text: str) -> bool:
        """Send a text as `send` does, if the socket is open and its transport has room; return whether it was sent."""
        if self.close_sent or self.disconnected or self.conn.state is not OPEN or not self.writable.is_set():
            return False
        self.transport.write(_frame(text))
        return True


@lru_cache(maxsize=1)
def _frame(text: str) -> bytes:
    """Return the frame of a text, which is the same for all sockets: frames of servers are not masked."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
