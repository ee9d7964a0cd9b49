"""A network between the browsers and the server: it can be slow, and it can break."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit


class Network:
    """Carries what goes to and from a server, `delay` seconds late each way, until it is cut.

    async with Network(server.url, delay=0.05) as network:
        tab = await open_tab(network.url)
        network.cut()
    """

    def __init__(self, server: str, delay: float = 0) -> None:
        self.url = ''
        self._server = urlsplit(server)
        self._delay = delay
        self._is_cut = False
        self._writers: set[StreamWriter] = set()

    async def __aenter__(self) -> Network:
        self._listener = await asyncio.start_server(self._connect, '127.0.0.1')
        self.url = 'http://127.0.0.1:{1}'.format(*self._listener.sockets[0].getsockname())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._listener.close()
        await self._listener.wait_closed()

    def cut(self) -> None:
        """Break every connection, lose what is under way, and let no new one through."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Let new connections through."""
        self._is_cut = False

    async def _connect(self, from_browser: StreamReader, to_browser: StreamWriter) -> None:
        if self._is_cut:
            to_browser.transport.abort()
            return
        from_server, to_server = await asyncio.open_connection(self._server.hostname, self._server.port)
        self._writers |= {to_browser, to_server}
        await asyncio.gather(self._carry(from_browser, to_server), self._carry(from_server, to_browser))
        self._writers -= {to_browser, to_server}

    async def _carry(self, source: StreamReader, target: StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while data := await source.read(2**16):
                loop.call_later(self._delay, target.write, data)
        loop.call_later(self._delay, target.close)
