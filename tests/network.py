"""A network in front of a server: slow, stalled, silent or broken, as a test says."""

from __future__ import annotations

import asyncio
import random
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

CHUNK: Final = 2**14
IN_FLIGHT: Final = 64
"""The number of chunks that a connection takes before it makes the sender wait."""


class Network:
    """A line between clients and a server. The server may stop, and start again on the same port.

    async with Network(server.url, delay=0.2, jitter=0.1) as network:
        tab = await open_tab(network.url)
        network.cut()

    Args:
        server: the URL of the server, of any scheme.
        delay: the seconds by which everything arrives late, each way.
        jitter: the seconds by which the delay varies; the order stays.

    Attributes:
        url: the URL of this end of the line.
        delay: may be changed at any time.
        refused: the number of connections that were not let through.
    """

    def __init__(self, server: str, delay: float = 0, jitter: float = 0) -> None:
        self.url = ''
        self.refused = 0
        self._server = urlsplit(server)
        self.delay, self._jitter = delay, jitter
        self._random = random.Random(1)
        self._is_cut = self._is_silent = False
        self._up, self._down = asyncio.Event(), asyncio.Event()
        self.resume()
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Network:
        self._listener = await asyncio.start_server(self._accept, '127.0.0.1', backlog=4096)
        self.url = 'http://127.0.0.1:{1}'.format(*self._listener.sockets[0].getsockname())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()
        self._listener.close()
        while self._connections:  # also those that were accepted just now
            await asyncio.gather(*self._connections, return_exceptions=True)
        await self._listener.wait_closed()
        await asyncio.sleep(0)  # the event loop closes what was aborted

    @property
    def connections(self) -> int:
        return len(self._connections)

    @property
    def port(self) -> int:
        """The port of this end of the line."""
        port = urlsplit(self.url).port
        assert port
        return port

    def cut(self) -> None:
        """Break every connection, lose the data in flight, and refuse new connections."""
        self._is_cut = True
        self.drop()

    def swallow(self) -> None:
        """Accept everything, also new connections, and answer nothing."""
        self._is_silent = True

    def mend(self) -> None:
        """Let new connections through, after `cut` or `swallow`; those that lost data in between are broken."""
        if self._is_silent:
            self.drop()
        self._is_cut = self._is_silent = False

    def move(self, server: str) -> None:
        """Lead new connections to another server."""
        self._server = urlsplit(server)

    def drop(self, share: float = 1) -> None:
        """Break a share of the connections and lose their data in flight; new connections are let through."""
        for connection in list(self._connections):
            if self._random.random() < share:
                connection.cancel()

    def stall(self, *, up: bool = True, down: bool = True) -> None:
        """Hold back all data: that to the server, that from the server, or both."""
        for is_stalled, way in ((up, self._up), (down, self._down)):
            if is_stalled:
                way.clear()

    def resume(self) -> None:
        """Let the data pass again."""
        self._up.set()
        self._down.set()

    async def _accept(self, from_browser: StreamReader, to_browser: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            await self._connect(from_browser, to_browser)
        except (OSError, asyncio.CancelledError):
            self.refused += self._is_cut
        finally:
            to_browser.transport.abort()
            self._connections.discard(task)

    async def _connect(self, from_browser: StreamReader, to_browser: StreamWriter) -> None:
        if self._is_cut:
            raise ConnectionRefusedError
        while self._is_silent:
            if not await from_browser.read(CHUNK):
                return
        from_server, to_server = await asyncio.open_connection(self._server.hostname, self._server.port)
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._carry(from_browser, to_server, self._up))
                ways.create_task(self._carry(from_server, to_browser, self._down))
        except* OSError:
            pass
        finally:
            to_server.transport.abort()

    async def _carry(self, source: StreamReader, target: StreamWriter, way: asyncio.Event) -> None:
        in_flight: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(IN_FLIGHT)
        async with asyncio.TaskGroup() as ends:
            ends.create_task(self._read(source, in_flight))
            ends.create_task(self._write(in_flight, target, way))

    async def _read(self, source: StreamReader, in_flight: asyncio.Queue[tuple[float, bytes]]) -> None:
        loop, due = asyncio.get_running_loop(), 0.0
        data = b'\0'
        while data:
            data = await source.read(CHUNK)
            late = self.delay + self._random.uniform(-self._jitter, self._jitter)
            due = max(due, loop.time() + late)
            await in_flight.put((due, data))

    async def _write(
        self, in_flight: asyncio.Queue[tuple[float, bytes]], target: StreamWriter, way: asyncio.Event
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await in_flight.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await way.wait()
            if not data:
                break
            if not self._is_silent:
                target.write(data)
                await target.drain()
        with suppress(OSError):
            target.write_eof()
