"""A proxy that counts the bytes that a server sends, on all connections, as they are on the wire."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Proxy:
    """A proxy for a server on this machine.

    Attributes:
        port: the port on which it listens.
        bytes: the number of bytes that the server has sent through it.
    """

    server_port: int
    port: int = 0
    bytes: int = 0
    connections: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self.port}'

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection('127.0.0.1', self.server_port)
        for each in (self._pass(reader, requests, False), self._pass(answers, writer, True)):
            task = asyncio.create_task(each)
            self.connections.add(task)
            task.add_done_callback(self.connections.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_counted: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while content := await reader.read(1 << 18):
                self.bytes += len(content) if is_counted else 0
                writer.write(content)
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def counted(server_port: int) -> AsyncIterator[Proxy]:
    """Run a proxy for the server until the block ends."""
    proxy = Proxy(server_port)
    listener = await asyncio.start_server(proxy._connect, '127.0.0.1', 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        for each in list(proxy.connections):
            each.cancel()
        await asyncio.gather(*proxy.connections, return_exceptions=True)
