"""Tests of the server's websockets: the short way for frames, the memory of a handshake, and middleware of the app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.server import ServerState
from websockets.asyncio.client import ClientConnection, connect

from dara.components import Text
from dara.core import ConfigurationBuilder
from dara.core._server.app import create_app
from dara.core._server.identity import SOCKET
from dara.core._server.socket import SHORT_WAY
from dara.core._server.websocket import Websocket


@asynccontextmanager
async def served(app: Callable[..., Awaitable[None]], path: str = '/') -> AsyncIterator[tuple[ClientConnection, Any]]:
    """Yield a client of the app, and the server's side of its websocket."""
    config = uvicorn.Config(app, ws_per_message_deflate=False, log_config=None)
    config.load()
    sockets: list[Websocket] = []

    def accept() -> Websocket:
        sockets.append(Websocket(config, ServerState(), {}))
        return sockets[-1]

    server = await asyncio.get_running_loop().create_server(accept, '127.0.0.1', 0)
    port = server.sockets[0].getsockname()[1]
    async with server, connect(f'ws://127.0.0.1:{port}{path}', compression=None) as client:
        yield client, sockets[0]


class Handler:
    """An ASGI app that accepts one socket, and leaves it to the test."""

    def __init__(self) -> None:
        self.is_ready = asyncio.Event()
        self.is_done = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({'type': 'websocket.accept'})
        self.scope, self.send = scope, send
        self.is_ready.set()
        await self.is_done.wait()


@asynccontextmanager
async def handled() -> AsyncIterator[tuple[Handler, ClientConnection, Any]]:
    handler = Handler()
    async with served(handler) as (client, socket):
        await handler.is_ready.wait()
        yield handler, client, socket
        handler.is_done.set()


@pytest.mark.parametrize('size', [0, 125, 126, 65_535, 65_536])
async def test_the_short_way_sends_the_frame_that_send_does(size: int) -> None:
    async with handled() as (handler, client, _):
        text = 'é' * (size // 2) + 'x' * (size % 2)
        assert handler.scope['extensions'][SHORT_WAY]['write'](text)
        await handler.send({'type': 'websocket.send', 'text': text})
        assert [await client.recv(), await client.recv()] == [text, text]


async def test_the_short_way_ends_where_send_would_wait() -> None:
    """S23: a tab that reads nothing has no more than one buffer in the server, and gets everything in order later."""
    async with handled() as (handler, client, socket):
        write = handler.scope['extensions'][SHORT_WAY]['write']
        sent = 0
        while write(f'{sent:>70000}'):
            sent += 1
            assert sent < 1000
        assert socket.transport.get_write_buffer_size() < 300_000
        sending = asyncio.ensure_future(handler.send({'type': 'websocket.send', 'text': 'last'}))
        await asyncio.sleep(0)
        assert not sending.done()
        assert [int(await client.recv()) for _ in range(sent)] == list(range(sent))
        assert await client.recv() == 'last'
        assert write('again')
        assert await client.recv() == 'again'


async def test_nothing_is_written_after_the_close() -> None:
    async with handled() as (handler, client, _):
        write = handler.scope['extensions'][SHORT_WAY]['write']
        await handler.send({'type': 'websocket.close', 'code': 1000})
        assert not write('late')
        await client.wait_closed()
        assert not write('later')


async def test_an_open_socket_does_not_keep_the_headers_of_its_handshake() -> None:
    async with handled() as (handler, _, socket):
        assert b'host' in [name.lower() for name, _ in handler.scope['headers']], 'an app may read them later'
        assert [*socket.request.headers, *socket.response.headers] == []


async def test_another_version_of_uvicorn_has_no_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its attributes may have other names."""
    monkeypatch.setattr('dara.core._server.websocket.USED', ('transport', 'renamed'))
    async with handled() as (handler, client, _):
        assert SHORT_WAY not in handler.scope['extensions']
        await handler.send({'type': 'websocket.send', 'text': 'sent'})
        assert await client.recv() == 'sent'


HELLO = f'{{"type":"hello","protocol":1,"client":"{"0" * 32}","build":"","page":"/"}}'


class Observer:
    """ASGI middleware that notes what it sees of sockets."""

    seen: list[str]

    def __init__(self, app: ASGIApp, seen: list[str]) -> None:
        self.app = app
        self.seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def observe(message: Message) -> None:
            self.seen.append(message['type'])
            await send(message)

        await self.app(scope, receive, observe)


def app_of_one_page() -> ConfigurationBuilder:
    config = ConfigurationBuilder()
    config.add_page('Page', content=Text('text'))
    return config


async def test_middleware_sees_the_sockets_and_every_frame() -> None:
    seen: list[str] = []
    config = app_of_one_page()
    config.add_middleware(Observer, seen=seen)
    async with served(create_app(config), SOCKET) as (client, _):
        await client.send(HELLO)
        assert 'welcome' in str(await client.recv())
    assert seen[:2] == ['websocket.accept', 'websocket.send']


async def test_sockets_pass_by_middleware_for_requests() -> None:
    config = app_of_one_page()

    @config.add_middleware
    async def observe(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    async with served(create_app(config), SOCKET) as (client, socket):
        await client.send(HELLO)
        assert 'welcome' in str(await client.recv())
        assert socket.scope['headers'] == [], 'as only the short way leaves them'
