"""Many tabs in real time: the real client in a process of its own, each of its sockets a real one to a real server."""

from __future__ import annotations

import asyncio
import asyncio.subprocess
from collections import deque
from types import TracebackType
from typing import Any

import orjson
import websockets
from websockets.asyncio.client import ClientConnection

from tests.proof.browsers import command

LINE_BYTES = 64 * 1024 * 1024


class Crowd:
    """Tabs `0 ... count - 1`, each of which shows one store, and reconnects as tabs do.

    async with Crowd('ws://...') as crowd:
        await crowd.open(0, store='a', default=None)
        await crowd.call('edit', tab=0, store='a', ops=[...])

    Attributes:
        notices: what users were told, by tab.
        heard: how many frames reached a tab.
        connected: how often a tab has connected.
    """

    def __init__(self, url: str) -> None:
        self.notices: list[tuple[int, str]] = []
        self.heard = self.connected = 0
        self._url = url
        self._answers: deque[asyncio.Future[Any]] = deque()
        self._sockets: dict[int, asyncio.Task[None]] = {}
        self._said: dict[int, asyncio.Queue[str]] = {}
        self._cookie: dict[int, dict[str, str]] = {}

    async def __aenter__(self) -> Crowd:
        self._process = await asyncio.create_subprocess_exec(
            *command('real'), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE_BYTES
        )
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listening.cancel()
        for socket in self._sockets.values():
            socket.cancel()
        await asyncio.gather(self._listening, *self._sockets.values(), return_exceptions=True)
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()

    async def open(self, tab: int, *, store: str, default: Any) -> None:
        """Open a page that shows the store."""
        variables = {'it': {'kind': 'store', 'store': store, 'default': default}}
        await self.call('tab', tab=tab, variables=variables, stores={store: {'positions': {}}})

    async def call(self, name: str, **argument: Any) -> Any:
        """Make a call in the tabs' process that must not fail; return its value."""
        result = (await self._ask(name, argument))[0]
        assert 'error' not in result, result
        return result.get('value')

    def _ask(self, name: str, argument: dict[str, Any]) -> asyncio.Future[Any]:
        assert self._process.stdin
        self._process.stdin.write(orjson.dumps([(name, argument)]) + b'\n')
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        return answer

    async def _listen(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            said = orjson.loads(line)
            if 'results' in said:
                self._answers.popleft().set_result(said['results'])
            for kind, tab, *rest in said['events']:
                self._on_event(kind, tab, *rest)

    def _on_event(self, kind: str, tab: int, said: Any = None) -> None:
        match kind:
            case 'open':
                self._hang_up(tab)
                self._said[tab] = asyncio.Queue()
                self._sockets[tab] = asyncio.create_task(self._carry({'tab': tab, 'line': said}, self._said[tab]))
            case 'send':
                self._said[tab].put_nowait(said)
            case 'close':
                self._hang_up(tab)
            case _:
                self.notices.append((tab, said))

    def _hang_up(self, tab: int) -> None:
        if tab in self._sockets:
            self._sockets.pop(tab).cancel()

    async def _carry(self, end: dict[str, int], said: asyncio.Queue[str]) -> None:
        """Be the tab's websocket, until either end closes it or the line breaks."""
        try:
            async with websockets.connect(
                self._url, compression=None, max_size=None, additional_headers=self._cookie.get(end['tab'], {})
            ) as socket:
                self._keep_cookie(end['tab'], socket)
                self.connected += 1
                self._ask('opened', end)
                async with asyncio.TaskGroup() as ways:
                    ways.create_task(self._send(said, socket))
                    ways.create_task(self._hear(end, socket))
        except* (OSError, TimeoutError, websockets.WebSocketException):
            pass
        self._ask('closed', end)

    def _keep_cookie(self, tab: int, socket: ClientConnection) -> None:
        """Keep the cookie; without it, a tab that reconnects belongs to another user."""
        given = socket.response.headers.get('Set-Cookie') if socket.response else None
        if given:
            self._cookie[tab] = {'Cookie': given.partition(';')[0]}

    async def _send(self, said: asyncio.Queue[str], socket: ClientConnection) -> None:
        while True:
            await socket.send(await said.get())

    async def _hear(self, end: dict[str, int], socket: ClientConnection) -> None:
        while True:
            frame = await socket.recv()
            self.heard += 1
            self._ask('frame', {**end, 'text': frame})
