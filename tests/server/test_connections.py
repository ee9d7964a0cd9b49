"""Tests of connections that send nothing, or too slowly: they keep nobody out."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import connected, replace


@contextmanager
def half_open(server: AppServer, count: int, data: bytes = b'') -> Iterator[list[socket.socket]]:
    """Open connections that stay, each after it has sent `data`."""
    address = urlsplit(server.url)
    sockets: list[socket.socket] = []
    try:
        for _ in range(count):
            sockets.append(socket.create_connection((address.hostname or '', address.port or 0), timeout=5))
            with suppress(OSError):  # the server has closed the connection already
                sockets[-1].sendall(data)
        yield sockets
    finally:
        for each in sockets:
            each.close()


async def save(server: AppServer, text: str) -> None:
    """Open the page, edit, and check the file."""
    async with server.client() as browser:
        assert (await browser.get('/', follow_redirects=True)).status_code == 200
    async with connected(server.socket_url) as tab:
        await tab.edit(await tab.subscribe('text'), replace(text))
        assert (await tab.receive('change', 'retry'))['type'] == 'change'
    assert json.loads((server.directory / 'kept.json').read_text()) == {'global': text}


async def test_a_server_raises_its_limit_of_open_files(serve: Serve) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    server = serve('kept_text', FILES=f'128:{hard}')
    assert resource.prlimit(server.pid, resource.RLIMIT_NOFILE)[0] == min(hard, 65_536)


async def test_more_silent_connections_than_open_files_keep_nobody_out(serve: Serve) -> None:
    """A tab goes on, and a new one is let in."""
    server = serve('kept_text', FILES='128:128')
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('text')
        with half_open(server, 300, b'GET / HTTP/1.1\r\nHost: '):
            await tab.edit(at, replace('during the flood'))
            while (answer := await tab.receive('change', 'retry'))['type'] == 'retry':
                await asyncio.sleep(answer['retry_ms'] / 1000)
                await tab.edit(at, replace('during the flood'), n=1)
            await save(server, 'by a new tab')
    assert 'Traceback' not in server.log


async def test_a_request_with_endless_headers_is_dropped(serve: Serve) -> None:
    server = serve('kept_text', HEADER_SECONDS='1')
    with half_open(server, 1, b'GET / HTTP/1.1\r\nHost: here\r\n') as (slow,):
        slow.settimeout(0.5)
        async with asyncio.timeout(40):
            while await asyncio.to_thread(is_open, slow):
                pass


async def test_a_request_with_a_trickling_body_is_dropped(serve: Serve) -> None:
    """So is a body that never begins; a fast one is read."""
    server = serve('kept_text', BODY_SECONDS='1')
    head = b'POST /api/take HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\n\r\n'
    with half_open(server, 1, head) as (slow,):
        slow.settimeout(0.2)
        async with asyncio.timeout(40):
            while await asyncio.to_thread(is_open, slow):
                pass
    answer = server.post('/api/take', json={'text': 'x' * 1_000_000})
    assert answer.json() == 1_000_000


def is_open(slow: socket.socket) -> bool:
    """Return whether the server still takes another byte."""
    try:
        slow.sendall(b'x')
        return slow.recv(1) != b''
    except TimeoutError:
        return True
    except OSError:
        return False
