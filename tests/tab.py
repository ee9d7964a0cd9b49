"""A tab that speaks the protocol by hand, for tests of the server."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import websockets
from websockets.asyncio.client import ClientConnection

from tests.process import AppServer

Message = dict[str, Any]

PATIENCE_SECONDS: Final = 30


class Tab:
    """One connection to the server.

    Attributes:
        cookie: the cookie of the session; a tab that reconnects without it belongs to another user.
        effects: the effects of the last call.
    """

    def __init__(self, socket: ClientConnection, client: str, build: str, cookie: str) -> None:
        self.client = client
        self.cookie = cookie
        self.effects: list[Message] = []
        self._socket = socket
        self._build = build
        self._received: deque[Message] = deque()
        self._frames = 0
        self._ids = 0
        self._n: dict[int, int] = {}

    async def send(self, **message: Any) -> None:
        """Send one message."""
        await self._socket.send(json.dumps(message))

    async def send_text(self, text: str) -> None:
        """Send a text frame as it is."""
        await self._socket.send(text)

    async def send_bytes(self, data: bytes, *, as_text: bool = False) -> None:
        """Send a binary frame, or a frame that claims to be text."""
        await self._socket.send(data, text=as_text)

    async def receive(self, *types: str) -> Message:
        """Return the next message, or the next one of these types.

        Raises:
            TimeoutError: the server is silent.
        """
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                message = await self._next()
                if not types or message['type'] in types:
                    return message

    async def receive_nothing(self) -> None:
        """Send a ping, and check that the next message is the answer to it."""
        await self.send(type='ping', i=7)
        assert await self.receive() == {'type': 'pong', 'i': 7}

    async def hello(self) -> Message:
        """Introduce this tab and return the welcome."""
        await self.send(type='hello', protocol=1, client=self.client, build=self._build, page='/')
        return await self.receive()

    async def subscribe(self, store: str, since: tuple[str, int] | None = None, **where: str) -> Message:
        """Subscribe to a store, `at` a room or `of` a slot, and return the answer."""
        self._ids += 1
        position = {} if since is None else {'since': {'epoch': since[0], 'version': since[1]}}
        await self.send(type='subscribe', id=self._ids, store=store, **where, **position)
        return await self.receive('snapshot', 'current', 'error')

    async def edit(self, at: Message, *ops: Message, n: int | None = None, base: int | None = None) -> int:
        """Send an edit and return its number; `at` is the answer to the subscription."""
        number = n if n is not None else self._n.get(at['channel'], 0) + 1
        self._n[at['channel']] = max(number, self._n.get(at['channel'], 0))
        version = at['version'] if base is None else base
        address = {name: at[name] for name in ('channel', 'store', 'at') if name in at}
        await self.send(type='edit', **address, n=number, epoch=at['epoch'], base=version, ops=list(ops))
        return number

    async def call(self, target: str, *inputs: Message, **where: Any) -> Message:
        """Call a target and return the answer; its effects are in `effects` then."""
        self._ids += 1
        await self.send(type='call', id=self._ids, target=target, inputs=list(inputs), **where)
        self.effects = []
        while (answer := await self.receive('effect', 'result', 'error'))['type'] == 'effect':
            self.effects.append(answer['effect'])
        return answer

    async def collect(self) -> Any:
        """Acknowledge the parts of a result until it is complete, and return it."""
        parts: list[Message] = []
        while (message := await self.receive('part', 'result'))['type'] == 'part':
            parts.append(message)
            await self.acknowledge()
        assert message['parts'] is True
        return joined(parts)

    async def acknowledge(self) -> None:
        """Acknowledge all frames so far."""
        await self.send(type='ack', frames=self._frames)

    async def cut(self) -> None:
        """Break the connection without closing it."""
        self._socket.transport.abort()
        await self._socket.wait_closed()

    def leave(self) -> None:
        """Send a close frame, and read nothing more."""
        self._socket.transport.pause_reading()
        self._socket.protocol.send_close()
        self._socket.transport.writelines(self._socket.protocol.data_to_send())

    async def closed(self) -> int:
        """Wait until the server closes the socket, and return the close code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._socket.wait_closed()
        return self._socket.close_code or 0

    async def _next(self) -> Message:
        if not self._received:
            frame = json.loads(await self._socket.recv())
            self._frames += 1
            self._received.extend(frame if isinstance(frame, list) else [frame])
        return self._received.popleft()


def joined(parts: list[Message]) -> Any:
    """Return the result that comes in these parts."""
    texts = [part['text'] if 'text' in part else f'{json.dumps(part["elements"])}\n' for part in parts]
    first, *others = map(json.loads, ''.join(texts).removesuffix('\n').split('\n'))
    return [*first, *(element for line in others for element in line)] if isinstance(first, list) else first


def put_block(root: Any, path: list[Any], content: Any) -> None:
    """Put a block of a result in its place, after the pieces that are there."""
    *steps, last = path
    for step in steps:
        root = root[step]
    root[last] = root[last] + content if isinstance(root[last], (str, list)) else content


@asynccontextmanager
async def connected(
    url: str,
    *,
    client: str | None = None,
    hello: bool = True,
    cookie: str = '',
    headers: dict[str, str] | None = None,
    **options: Any,
) -> AsyncIterator[Tab]:
    """Connect a tab and say hello, as the user whose cookie `server.login(name, password)` has returned."""
    sent = {**(headers or {}), **({'Cookie': cookie} if cookie else {})}
    options = {'open_timeout': PATIENCE_SECONDS, 'compression': None, 'max_size': None, **options}
    async with websockets.connect(url, additional_headers=sent, **options) as socket:
        given = socket.response.headers.get('Set-Cookie', cookie) if socket.response else cookie
        tab = Tab(socket, client or secrets.token_hex(16), 'test', given.partition(';')[0])
        if hello:
            await tab.hello()
        yield tab


@asynccontextmanager
async def logged_in(server: AppServer, *names: str, **options: Any) -> AsyncIterator[list[Tab]]:
    """Connect a tab for each name. The password of each user is the first letter of the name."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(connected(server.socket_url, cookie=server.login(name, name[0]), **options))
            for name in names
        ]


def value(given: Any) -> Message:
    """Return the input of a call that is a value of the tab itself."""
    return {'value': given}


def replace(value: Any, *path: str | int) -> Message:
    """Return the op that sets the value at `path`."""
    return {'op': 'replace', 'path': list(path), 'value': value}


def splice(at: int, delete: int, insert: str, *path: str | int) -> Message:
    """Return the op that changes a part of the text at `path`."""
    return {'op': 'splice', 'path': list(path), 'at': at, 'delete': delete, 'insert': insert}


def remove(*path: str | int) -> Message:
    """Return the op that removes the value at `path`."""
    return {'op': 'remove', 'path': list(path)}
