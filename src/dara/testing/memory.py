"""A shared backend in memory: the reference for those over a database, and a quick one for tests."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from pydantic import Field, PrivateAttr

from dara.core._edits import ABSENT, Value
from dara.core.persistence.changelog import LOG_EDITS, Mark, Receipt, Update, Whole, Writer
from dara.core.persistence.shared import (
    NO_TIP,
    Conflict,
    Loaded,
    OnLoss,
    OnMessage,
    OnOutside,
    OnUpdate,
    Proposal,
    SharedBackend,
    is_outside,
)

TURN_SECONDS: Final = 0.05


@dataclass(slots=True, eq=False)
class _Row:
    """The content of the database under one key."""

    mark: Mark = field(default_factory=lambda: Mark(secrets.token_hex(8), 0))
    tip: str = NO_TIP
    snapshot: bytes | None = None
    snapshot_version: int = 0
    log: deque[Update] = field(default_factory=lambda: deque(maxlen=LOG_EDITS))
    receipts: dict[Writer, Receipt] = field(default_factory=dict)
    turn: tuple[str, float] = ('', 0)

    def since(self, tip: str) -> list[Update] | None:
        """Return the commits after `tip`; None if the log does not reach back to it."""
        if tip == self.tip:
            return []
        updates = list(self.log)
        start = next((i for i, each in enumerate(updates) if each.base == tip), None)
        return None if start is None else updates[start:]

    def conflict(self, proposal: Proposal) -> Conflict | None:
        """Return why the proposal is refused, or None."""
        server = proposal.update.tip.partition(':')[0]
        now = time.monotonic()
        is_anothers = self.turn[1] > now and self.turn[0] != server
        if proposal.has_turn and not is_anothers:
            self.turn = (server, now + TURN_SECONDS)
        if proposal.update.base == self.tip and not is_anothers:
            return None
        return Conflict(self.since(proposal.update.base), is_anothers)

    def loaded(self) -> Loaded:
        """Return the state."""
        snapshot: Value = ABSENT if self.snapshot is None else orjson.loads(self.snapshot)
        return Loaded.replay(self.mark, self.tip, snapshot, self.snapshot_version, list(self.log))

    def apply(self, proposal: Proposal) -> None:
        """Store a proposal."""
        update = proposal.update
        self.mark, self.tip, self.turn = update.mark, update.tip, ('', 0)
        if proposal.is_snapshot:
            self.snapshot, self.snapshot_version = proposal.encoded, update.mark.version
        self.log.append(update)
        self.receipts.update(update.receipts)


class MemoryDatabase:
    """The data that the backends of several servers in one process share."""

    def __init__(self) -> None:
        self._parts: dict[str, MemoryDatabase] = {}
        self._rows: dict[str, _Row] = {}
        self._feeds: dict[SharedMemoryBackend, tuple[OnUpdate, set[str]]] = {}
        self._receivers: dict[SharedMemoryBackend, OnMessage] = {}
        self._on_outside: dict[SharedMemoryBackend, OnOutside] = {}

    def named(self, name: str) -> MemoryDatabase:
        """Return the part of the database that apps of that name use."""
        return self._parts.setdefault(name, MemoryDatabase())

    def row(self, key: str) -> _Row:
        """Return what is stored under `key`."""
        return self._rows.setdefault(key, _Row())

    def keys_with_values(self) -> list[str]:
        """Return the keys with a value."""
        return [key for key, row in self._rows.items() if row.loaded().value is not ABSENT]

    def commit(self, proposal: Proposal) -> Conflict | None:
        """Store a proposal and report it, unless another commit was first."""
        row = self.row(proposal.key)
        conflict = row.conflict(proposal)
        if conflict is None:
            row.apply(proposal)
            for on_update, served in self._feeds.values():
                if proposal.key in served:
                    on_update(proposal.key, proposal.update)
            if is_outside(proposal.update.tip):
                for on_outside in self._on_outside.values():
                    on_outside(proposal.key, proposal.update.tip)
        return conflict

    def write_from_outside(self, key: str, value: Any) -> None:
        """Write as another program would, which knows neither versions nor ops."""
        row = self.row(key)
        mark = row.mark._replace(version=row.mark.version + 1)
        update = Update(row.tip, f'outside:{secrets.token_hex(8)}', mark, Whole(value))
        self.commit(Proposal(key, update, value))

    def follow(self, backend: SharedMemoryBackend, on_update: OnUpdate, served: set[str]) -> None:
        """Report the commits of these keys to a server."""
        self._feeds[backend] = (on_update, served)

    def follow_outside(self, backend: SharedMemoryBackend, on_outside: OnOutside) -> None:
        """Report the commits by other programs to a server."""
        self._on_outside[backend] = on_outside

    def receive(self, backend: SharedMemoryBackend, on_message: OnMessage) -> None:
        """Pass messages on to a server."""
        self._receivers[backend] = on_message

    def send(self, message: str) -> None:
        """Pass a message on to all servers."""
        for on_message in self._receivers.values():
            on_message(message)

    def leave(self, backend: SharedMemoryBackend) -> None:
        """Report nothing to a server any more."""
        self._feeds.pop(backend, None)
        self._receivers.pop(backend, None)
        self._on_outside.pop(backend, None)


class SharedMemoryBackend(SharedBackend):
    """A shared backend over a database in memory. Each server has a backend of its own over the same database."""

    database: MemoryDatabase = Field(default_factory=MemoryDatabase, repr=False)
    _served: set[str] = PrivateAttr(default_factory=set)

    __hash__ = object.__hash__

    @property
    def _data(self) -> MemoryDatabase:
        return self.database.named(self.name)

    @property
    def durability(self) -> str:
        return 'memory'

    @property
    def identity(self) -> Hashable:
        return ('memory, shared', id(self.database), self.name, self.writer.client)

    def describe(self) -> str:
        return 'in memory, shared'

    async def load(self, key: str) -> Loaded:
        return self._data.row(key).loaded()

    async def updates(self, key: str, since: str) -> Sequence[Update] | None:
        return self._data.row(key).since(since)

    async def receipts(self, key: str, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        known = self._data.row(key).receipts
        return {writer: known[writer] for writer in writers if writer in known}

    async def commit(self, proposals: Sequence[Proposal]) -> Sequence[Conflict | Exception | None]:
        return [self._data.commit(each) for each in proposals]

    async def tips(self, keys: Collection[str]) -> Mapping[str, str]:
        return {key: tip for key in keys if (tip := self._data.row(key).tip)}

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        loop = asyncio.get_running_loop()
        self._data.follow(self, lambda *news: _soon(loop, on_update, *news), self._served)

    async def serve(self, added: Collection[str], dropped: Collection[str]) -> None:
        self._served.update(added)
        self._served.difference_update(dropped)

    async def watch_outside(self, on_outside: OnOutside) -> None:
        loop = asyncio.get_running_loop()
        self._data.follow_outside(self, lambda *news: _soon(loop, on_outside, *news))

    async def send(self, message: str) -> None:
        self._data.send(message)

    async def receive(self, on_message: OnMessage) -> None:
        loop = asyncio.get_running_loop()
        self._data.receive(self, lambda message: _soon(loop, on_message, message))

    async def store_snapshot(self, key: str, tip: str, value: bytes | None) -> None:
        row = self._data.row(key)
        if row.tip == tip:
            row.snapshot, row.snapshot_version = value, row.mark.version

    async def items(self) -> AsyncIterator[tuple[str, Value]]:
        for key in self._data.keys_with_values():
            yield key, (await self.load(key)).value

    async def close(self) -> None:
        self._data.leave(self)


def _soon(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *news: Any) -> None:
    if not loop.is_closed():
        loop.call_soon(callback, *news)
