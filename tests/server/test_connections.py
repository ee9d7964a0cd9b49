"""Whoever opens connections and says nothing keeps nobody out, and nobody from saving."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import httpx

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import connected, replace

APP = """
    from dara.components import Input
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    text = Variable(default='', uid='text', store=BackendStore(FileBackend(path='kept.json'), uid='text'))
    config = ConfigurationBuilder()
    config.add_page('Home', content=Input(value=text))
"""


SHORT = """
    from dara.core._server import connections
    connections.BODY_SECONDS = 1
"""
ENDPOINT = """
    from dara.core.http import post

    @post('take')
    def take(text: str):
        return len(text)

    config.add_endpoint(take)
"""
LIMITED = """
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
"""


@contextmanager
def half_open(server: AppServer, count: int, said: bytes = b'') -> Iterator[list[socket.socket]]:
    address = urlsplit(server.url)
    sockets: list[socket.socket] = []
    try:
        for _ in range(count):
            sockets.append(socket.create_connection((address.hostname or '', address.port or 0), timeout=5))
            with suppress(OSError):  # the server has closed it already
                sockets[-1].sendall(said)
        yield sockets
    finally:
        for each in sockets:
            each.close()


async def saved(server: AppServer, text: str) -> None:
    """Somebody opens the page, edits, and it is stored."""
    async with httpx.AsyncClient() as browser:
        assert (await browser.get(server.url, timeout=10)).status_code == 200
    async with connected(server.socket_url) as tab:
        await tab.edit(await tab.subscribe('text'), replace(text))
        assert (await tab.hear('change', 'retry'))['type'] == 'change'
    assert json.loads((server.directory / 'kept.json').read_text()) == {'global': text}


async def test_a_server_opens_as_many_files_as_it_may(serve: Serve) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    server = serve(LIMITED.format(soft=128, hard=hard) + APP)
    assert resource.prlimit(server.pid, resource.RLIMIT_NOFILE)[0] == min(hard, 65_536)


async def test_connections_that_say_nothing_keep_nobody_out(serve: Serve) -> None:
    """There are more of them than the server may open files. Who was in goes on, and who comes is let in."""
    server = serve(LIMITED.format(soft=128, hard=128) + APP)
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('text')
        with half_open(server, 300, b'GET / HTTP/1.1\r\nHost: '):
            await tab.edit(at, replace('while they stay'))
            while (heard := await tab.hear('change', 'retry'))['type'] == 'retry':
                await asyncio.sleep(heard['retry_ms'] / 1000)
                await tab.edit(at, replace('while they stay'), n=1)
            await saved(server, 'by somebody new')
    assert 'Traceback' not in server.log


async def test_a_request_whose_headers_never_end_is_given_up(serve: Serve) -> None:
    server = serve(APP)
    with half_open(server, 1, b'GET / HTTP/1.1\r\nHost: here\r\n') as (slow,):
        slow.settimeout(0.5)
        async with asyncio.timeout(20):
            while await asyncio.to_thread(is_open, slow):
                pass


async def test_a_request_whose_body_trickles_is_given_up(serve: Serve) -> None:
    """As is one that never comes at all."""
    server = serve(SHORT + APP + ENDPOINT)
    head = b'POST /api/take HTTP/1.1\r\nHost: here\r\nContent-Length: 1000000\r\n\r\n'
    with half_open(server, 1, head) as (slow,):
        slow.settimeout(0.2)
        async with asyncio.timeout(20):
            while await asyncio.to_thread(is_open, slow):
                pass
    answer = httpx.post(f'{server.url}/api/take', json={'text': 'x' * 1_000_000})
    assert answer.json() == 1_000_000


def is_open(slow: socket.socket) -> bool:
    """Say one letter more, and hear whether that is still listened to."""
    try:
        slow.sendall(b'x')
        return slow.recv(1) != b''
    except TimeoutError:
        return True
    except OSError:
        return False
