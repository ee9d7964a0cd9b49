"""Clients of real servers, which move between them and take note of all that they write and see."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from random import Random
from typing import Any, ClassVar, Final

import httpx
import websockets

from dara.core._edits import apply, parse_ops
from dara.core._json import Json
from dara.core.persistence.changelog import Mark
from tests.histories.checker import digest_of
from tests.histories.history import History, Outcome, Read, Sight, Write
from tests.histories.sites import Site
from tests.process import NO_TLS, AppServer
from tests.tab import Message, Tab, connected, splice

DEFAULTS: Final[dict[str, Json]] = {
    'small': {'text': '', 'codes': []},
    'large': {'text': '.' * 20_000, 'codes': []},
    'register': '',
}
"""The defaults of the stores of `tests/apps/ledger.py`."""
ANSWER_SECONDS: Final = 7
PAUSE_SECONDS: Final = 0.05
RETRY_SECONDS: Final = 0.5
ACK_FRAMES: Final = 32
FIRST_CHARACTER: Final = 0x4E00
CHARACTERS: Final = 2000
"""The characters of each typist."""
LOST: Final = (OSError, TimeoutError, websockets.WebSocketException)
"""The errors of a connection that ends."""


class _Client(ABC):
    """A tab that connects to a server of its choice, and to another one whenever the connection ends."""

    def __init__(self, name: str, site: Site, chance: Random) -> None:
        self.name = name
        self.site = site
        self.chance = chance
        self._cookie = ''
        self._client = chance.randbytes(16).hex()

    async def run(self, is_over: asyncio.Event) -> None:
        """Work until it is over."""
        while not self.is_done(is_over):
            server = self.server()
            with suppress(*LOST):
                async with connected(
                    server.socket_url, client=self._client, cookie=self._cookie, open_timeout=ANSWER_SECONDS
                ) as tab:
                    self._cookie = tab.cookie
                    await self.use(tab, is_over)
            await asyncio.sleep(PAUSE_SECONDS)

    def server(self) -> AppServer:
        """Return the server to connect to."""
        return self.chance.choice(self.site.servers)

    @abstractmethod
    def is_done(self, is_over: asyncio.Event) -> bool:
        """Return whether nothing is left to do."""

    @abstractmethod
    async def use(self, tab: Tab, is_over: asyncio.Event) -> None:
        """Work over one connection, until it is over or the connection ends."""


class Typist(_Client):
    """A person who types characters of their own into one text, each in front of all others.

    It follows the protocol as a tab does: one edit is in flight, and is sent again with its number, wherever it may be.
    """

    def __init__(self, number: int, store: str, site: Site, chance: Random) -> None:
        super().__init__(f'typist {number}', site, chance)
        self._store = store
        self._next = FIRST_CHARACTER + number * CHARACTERS
        self._n = 0
        self._in_flight: Write | None = None
        self._position: Message = {}

    def is_done(self, is_over: asyncio.Event) -> bool:
        return is_over.is_set() and self._in_flight is None

    async def use(self, tab: Tab, is_over: asyncio.Event) -> None:
        position = await tab.subscribe(self._store, self._since)
        if position['type'] == 'error':
            return
        self._take(position)
        while not self.is_done(is_over):
            if self._in_flight is None:
                await asyncio.sleep(self.chance.uniform(0, 2 * PAUSE_SECONDS))
                await self.site.is_busy.wait()
                self._in_flight = self._new()
            edit = splice(0, 0, self._in_flight.token, 'text')
            await tab.edit(self._position, edit, n=self._n)
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._wait(tab)
            if self._n % ACK_FRAMES == 0:
                await tab.acknowledge()

    @property
    def _since(self) -> tuple[str, int] | None:
        """The version from which the server continues; now and then none, as if the tab had lost its value."""
        is_known = self._position and self.chance.random() < 0.9
        return (self._position['epoch'], self._position['version']) if is_known else None

    def _new(self) -> Write:
        self._n += 1
        write = Write(self.name, self._store, chr(self._next))
        self._next += 1
        self.site.history.writes.append(write)
        return write

    async def _wait(self, tab: Tab) -> None:
        """Wait until the edit in flight has an outcome, or has to be sent again."""
        while True:
            match await tab.receive('change', 'reject', 'retry', 'snapshot', 'current', 'bye', 'revoked'):
                case {'type': 'change', 'version': version, 'edits': edits}:
                    self._position['version'] = max(version, self._position['version'])
                    if any(each[:2] == [self._position['author'], self._n] for each in edits):
                        return self._settle('acknowledged')
                case {'type': 'reject', 'n': self._n}:
                    return self._settle('rejected')
                case {'type': 'retry', 'n': self._n}:
                    return await asyncio.sleep(RETRY_SECONDS)
                case {'type': 'snapshot' | 'current'} as position:
                    self._take(position)
                    if not self._is_acknowledged_later(position):
                        return None
                case {'type': 'bye' | 'revoked'}:
                    raise ConnectionError

    def _take(self, position: Message) -> None:
        """Take note of a position, and of the outcome of the edit in flight if it is known there."""
        self._position, receipt = position, position['receipt']
        if self._in_flight is None or self._is_acknowledged_later(position):
            return
        value: Any = position.get('value', DEFAULTS[self._store])
        is_there = self._in_flight.token in value['text']
        if receipt is None:  # it was dropped; there is a value instead
            if is_there:
                self._settle('acknowledged')
        elif receipt['n'] >= self._n:
            is_applied = receipt['status'] == 'applied'
            if is_applied and position['type'] == 'snapshot' and not is_there:
                self.site.history.contradictions.append(f'{self.name} had a snapshot without {self._in_flight.token}')
            self._settle('acknowledged' if is_applied else 'rejected')

    def _is_acknowledged_later(self, position: Message) -> bool:
        """Return whether the edit in flight is among the changes that follow a position."""
        receipt = position['receipt']
        is_applied = receipt and receipt['n'] >= self._n and receipt['status'] == 'applied'
        return position['type'] == 'current' and bool(is_applied) and receipt['version'] > position['version']

    def _settle(self, outcome: Outcome) -> None:
        if self._in_flight:
            self._in_flight.end(outcome)
            self._in_flight = None


class Reader(_Client):
    """A tab on one of the servers that shows all stores, and takes note of each version that it comes to.

    Attributes:
        values: what it shows.
    """

    def __init__(self, number: int, site: Site, chance: Random) -> None:
        super().__init__(f'reader {number}', site, chance)
        self._number = number
        self.values: dict[str, Json] = {}
        self._marks: dict[str, Mark] = {}
        self._channels: dict[int, str] = {}

    def server(self) -> AppServer:
        return self.site.servers[self._number % len(self.site.servers)]

    def is_done(self, is_over: asyncio.Event) -> bool:
        return is_over.is_set()

    async def use(self, tab: Tab, is_over: asyncio.Event) -> None:
        for store in DEFAULTS:
            await self._subscribe(tab, store)
        over = asyncio.create_task(is_over.wait())
        try:
            while not is_over.is_set():
                heard = asyncio.create_task(tab.receive())
                await asyncio.wait({heard, over}, return_when=asyncio.FIRST_COMPLETED, timeout=ANSWER_SECONDS)
                if not heard.done():
                    heard.cancel()
                    return
                await self._hear(tab, heard.result())
                await tab.acknowledge()
        finally:
            over.cancel()

    async def _subscribe(self, tab: Tab, store: str) -> None:
        mark = self._marks.get(store)
        since = {'since': {'epoch': mark.epoch, 'version': mark.version}} if mark else {}
        await tab.send(type='subscribe', id=list(DEFAULTS).index(store), store=store, **since)

    async def _hear(self, tab: Tab, message: Message) -> None:
        match message['type']:
            case 'snapshot':
                self._show(message, message.get('value', DEFAULTS[message['store']]))
            case 'current':
                self._show(message, self.values[message['store']])
            case 'change':
                await self._change(tab, message)
            case 'bye' | 'error':
                raise ConnectionError

    def _show(self, position: Message, value: Json) -> None:
        store = position['store']
        self._channels[position['channel']] = store
        self._note(store, Mark(position['epoch'], position['version']), value)

    async def _change(self, tab: Tab, change: Message) -> None:
        store = self._channels[change['channel']]
        mark, value = self._marks[store], self.values[store]
        if change['version'] <= mark.version:
            return
        if change['base'] != mark.version:
            await self._subscribe(tab, store)
            return
        for _, _, ops in change['edits']:
            value = apply(value, parse_ops(ops))  # type: ignore[assignment]  # no op removes the value
        self._note(store, mark._replace(version=change['version']), value)

    def _note(self, store: str, mark: Mark, value: Json) -> None:
        self._marks[store], self.values[store] = mark, value
        self.site.history.sights.append(Sight(self.name, store, mark, digest_of(value)))


class Caller(ABC):
    """A program that calls endpoints of the app, one after the other, on any server.

    Attributes:
        seconds: the pause after each call, on average.
    """

    seconds: ClassVar[float] = 0.1

    def __init__(self, name: str, site: Site, chance: Random) -> None:
        self.name = name
        self.site = site
        self.chance = chance
        self._number = 0

    async def run(self, is_over: asyncio.Event) -> None:
        async with httpx.AsyncClient(timeout=2 * ANSWER_SECONDS, verify=NO_TLS) as client:
            while not is_over.is_set():
                await self.site.is_busy.wait()
                self._number += 1
                server = self.chance.choice(self.site.servers)
                with suppress(httpx.HTTPError):
                    await self.call(client, server)
                await asyncio.sleep(self.chance.uniform(0, 2 * self.seconds))

    @abstractmethod
    async def call(self, client: httpx.AsyncClient, server: AppServer) -> None:
        """Make one call."""

    async def write(self, client: httpx.AsyncClient, server: AppServer, write: Write) -> None:
        """Write a token, whose outcome is open unless the server says that it was stored."""
        answer = await client.post(f'{server.url}/api/write', json={'store': write.store, 'token': write.token})
        if answer.is_success:
            write.end('acknowledged')
        assert answer.is_success or answer.status_code >= 500, answer.text


class Coder(Caller):
    """A program that has the app's code change the values in the way that reads and writes them."""

    async def call(self, client: httpx.AsyncClient, server: AppServer) -> None:
        store = self.chance.choice(['small', 'large'])
        write = Write(self.name, store, f'{self.name}.{self._number}')
        self.site.history.writes.append(write)
        await self.write(client, server, write)


class Assigner(Caller):
    """A program that has the app's code set a value as a whole, and reads it."""

    async def call(self, client: httpx.AsyncClient, server: AppServer) -> None:
        if self._number % 2:
            write = Write(self.name, 'register', f'{self.name}.{self._number}')
            self.site.history.assignments.append(write)
            await self.write(client, server, write)
        else:
            await read(client, server, 'register', self.site.history)


class Looker(Caller):
    """A program that has the app's code read the values."""

    async def call(self, client: httpx.AsyncClient, server: AppServer) -> None:
        await read(client, server, self.chance.choice(['small', 'large']), self.site.history)


async def read(client: httpx.AsyncClient, server: AppServer, store: str, history: History) -> Any:
    """Read a value on a server, and take note of it; raise if it cannot be read."""
    began = time.monotonic()
    answer = await client.get(f'{server.url}/api/read', params={'store': store})
    answer.raise_for_status()
    value = answer.json()['value']
    history.reads.append(Read(server.url, store, began, value))
    return value
