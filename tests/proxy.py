"""A reverse proxy in front of a server, which keeps the path of the app or strips it."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

CLOSE_SECONDS: Final = 1


class Proxy:
    """A proxy that forwards requests and websockets below one path, and answers 404 to others.

    async with Proxy(server.url, '/notes', strips=True) as proxy:
        await open_tab(proxy.url)

    Args:
        server: the URL of the server.
        prefix: the path.
        strips: whether the path is removed before a request is forwarded.
        headers: headers to add, such as `X-Forwarded-Proto`.

    Attributes:
        url: the address of the app, without a slash at its end.
        requested: the targets of all requests.
    """

    def __init__(
        self, server: str, prefix: str = '', *, strips: bool = False, headers: dict[str, str] | None = None
    ) -> None:
        self.url = ''
        self.requested: list[str] = []
        self._server, self._prefix, self._strips = urlsplit(server), prefix, strips
        self._headers = headers or {}
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Proxy:
        self._listener = await asyncio.start_server(self._accept, '127.0.0.1')
        self.url = f'http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}{self._prefix}'
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        await asyncio.sleep(0)  # those that were accepted just now begin
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._connections.discard(task)
            await _close(writer)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = (await reader.readuntil(b'\r\n\r\n')).decode('latin-1')
        request, *lines = head.rstrip('\r\n').split('\r\n')
        method, target, version = request.split(' ')
        self.requested.append(target)
        if not f'{urlsplit(target).path}/'.startswith(f'{self._prefix}/'):
            writer.write(b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
            return
        if self._strips:
            target = target[len(self._prefix) :] if target != self._prefix else '/'
        is_upgrade = any(line.lower().startswith('upgrade:') for line in lines)
        if not is_upgrade:  # one request a connection
            lines = [*(line for line in lines if not line.lower().startswith('connection:')), 'Connection: close']
        lines += [f'{name}: {value}' for name, value in self._headers.items()]
        from_server, to_server = await asyncio.open_connection(self._server.hostname, self._server.port)
        try:
            to_server.write('\r\n'.join([f'{method} {target} {version}', *lines, '', '']).encode('latin-1'))
            async with asyncio.TaskGroup() as group:
                up = group.create_task(_carry(reader, to_server))
                await _carry(from_server, writer)
                up.cancel()
        finally:
            to_server.transport.abort()


async def _close(writer: StreamWriter) -> None:
    """Close a connection, and do not wait for a client that reads nothing."""
    writer.close()
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await writer.wait_closed()
    except (OSError, asyncio.CancelledError, TimeoutError):
        writer.transport.abort()


async def _carry(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(2**16):
            writer.write(chunk)
            await writer.drain()
