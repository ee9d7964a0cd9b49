"""A tab that speaks the protocol by hand, for tests of the server."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

Message = dict[str, Any]


class Tab:
    """Says what a test tells it to, and remembers what it heard.

    Attributes:
        cookie: who it is; a tab that connects again is somebody else without it.
    """

    def __init__(self, socket: ClientConnection, client: str, build: str, cookie: str) -> None:
        self.client = client
        self.cookie = cookie
        self._socket = socket
        self._build = build
        self._heard: deque[Message] = deque()
        self._frames = 0
        self._ids = 0
        self._n: dict[int, int] = {}
        self.effects: list[Message] = []

    async def say(self, **message: Any) -> None:
        """Send one message."""
        await self._socket.send(json.dumps(message))

    async def say_text(self, text: str) -> None:
        """Send a frame as it is."""
        await self._socket.send(text)

    async def say_bytes(self, data: bytes, *, as_text: bool = False) -> None:
        """Send a binary frame, or one that is said to be text."""
        await self._socket.send(data, text=as_text)

    async def hear(self, *types: str) -> Message:
        """Return the next message, or the next of these types; fails if the server is silent."""
        async with asyncio.timeout(10):
            while True:
                message = await self._next()
                if not types or message['type'] in types:
                    return message

    async def hear_nothing_before(self, **probe: Any) -> None:
        """Ping, and make sure that the answer is all that comes."""
        await self.say(type='ping', i=7, **probe)
        assert await self.hear() == {'type': 'pong', 'i': 7}

    async def hello(self) -> Message:
        """Introduce this tab; return the welcome."""
        await self.say(type='hello', protocol=1, client=self.client, build=self._build, page='/')
        return await self.hear()

    async def subscribe(self, store: str, since: tuple[str, int] | None = None, **where: str) -> Message:
        """Subscribe, `at` a room or to a store `of` a slot, and return where it stands."""
        self._ids += 1
        position = {} if since is None else {'since': {'epoch': since[0], 'version': since[1]}}
        await self.say(type='subscribe', id=self._ids, store=store, **where, **position)
        return await self.hear('snapshot', 'current', 'error')

    async def edit(self, at: Message, *ops: Message, n: int | None = None, base: int | None = None) -> int:
        """Send an edit of a store, whose position is `at`; return its number."""
        number = n if n is not None else self._n.get(at['channel'], 0) + 1
        self._n[at['channel']] = max(number, self._n.get(at['channel'], 0))
        version = at['version'] if base is None else base
        place = {name: at[name] for name in ('channel', 'store', 'at') if name in at}
        await self.say(type='edit', **place, n=number, epoch=at['epoch'], base=version, ops=list(ops))
        return number

    async def call(self, target: str, *inputs: Message, **where: Any) -> Message:
        """Call a target, and return the answer; what its effects were is in `effects`."""
        self._ids += 1
        await self.say(type='call', id=self._ids, target=target, inputs=list(inputs), **where)
        self.effects = []
        while (answer := await self.hear('effect', 'result', 'error'))['type'] == 'effect':
            self.effects.append(answer['effect'])
        return answer

    async def confirm(self) -> None:
        """Tell the server that everything so far was read."""
        await self.say(type='ack', frames=self._frames)

    async def cut(self) -> None:
        """Lose the connection without a word."""
        self._socket.transport.abort()
        await self._socket.wait_closed()

    async def closed(self) -> int:
        """Wait until the server has closed the socket; return the close code."""
        async with asyncio.timeout(20):
            await self._socket.wait_closed()
        return self._socket.close_code or 0

    async def _next(self) -> Message:
        if not self._heard:
            frame = json.loads(await self._socket.recv())
            self._frames += 1
            self._heard.extend(frame if isinstance(frame, list) else [frame])
        return self._heard.popleft()


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
    """A tab with an open socket that has said hello; of the user whose cookie `server.login(name, password)` gave."""
    sent = {**(headers or {}), **({'Cookie': cookie} if cookie else {})}
    async with websockets.connect(url, compression=None, max_size=None, additional_headers=sent, **options) as socket:
        given = socket.response.headers.get('Set-Cookie', cookie) if socket.response else cookie
        tab = Tab(socket, client or secrets.token_hex(16), 'test', given.partition(';')[0])
        if hello:
            await tab.hello()
        yield tab


def replace(value: Any, *path: str | int) -> Message:
    """The op that sets what is at `path`."""
    return {'op': 'replace', 'path': list(path), 'value': value}


def splice(at: int, delete: int, insert: str, *path: str | int) -> Message:
    """The op that changes a part of the text at `path`."""
    return {'op': 'splice', 'path': list(path), 'at': at, 'delete': delete, 'insert': insert}


def remove(*path: str | int) -> Message:
    """The op that removes what is at `path`."""
    return {'op': 'remove', 'path': list(path)}
