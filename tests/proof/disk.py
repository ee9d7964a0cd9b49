"""Disks of servers under proof: slow, failing, and written by others, as a test says."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import orjson
from pydantic import PrivateAttr

from dara.core._edits import ABSENT, Value
from dara.core._json import Json, fresh
from dara.core.persistence import PersistenceBackend
from dara.core.persistence.backend import RememberingBackend, Stored
from dara.core.persistence.changelog import Mark
from dara.core.persistence.checkpoints import Checkpoints, Commit, Step
from dara.core.persistence.volatile import VolatileBackend

Fault: TypeAlias = Literal['refuses', 'forgets to answer', 'goes blind']
"""It raises and has not written; it raises and has; it has, raises, and cannot be read for a while."""


class DiskFailed(OSError):
    """The error of a backend of an app."""


class Disk:
    """The stored values, whichever server has them open.

    Attributes:
        faults: how the next writes fail.
        is_held: whether writes wait until it is let go.
        is_in_doubt: whether a write has happened that the server could neither see done nor look up yet.
    """

    def __init__(self) -> None:
        self.values: dict[str, Json] = {}
        self.checkpoints = Checkpoints()
        self.faults: deque[Fault] = deque()
        self._blind = 0
        self.is_in_doubt = False
        self._free = asyncio.Event()
        self._free.set()
        self.listeners: list[Callable[..., Any]] = []

    @property
    def is_held(self) -> bool:
        return not self._free.is_set()

    def hold(self) -> None:
        self._free.clear()

    def let_go(self) -> None:
        self._free.set()

    def be_well(self) -> None:
        """Fail no more."""
        self.faults.clear()
        self._blind = 0
        self._free.set()

    def write_from_outside(self, key: str, value: Json) -> None:
        """Write as another program; a backend with a feed is told of it."""
        self.values[key] = fresh(value)
        for listener in self.listeners:
            listener(key, value)

    def fail_reads(self, count: int) -> None:
        """Raise at the next reads."""
        self._blind = count

    def read(self) -> dict[str, Json]:
        if self._blind:
            self._blind -= 1
            raise DiskFailed('it cannot be read')
        self.is_in_doubt = False
        return self.values

    async def change(self, make: Callable[[dict[str, Json]], object]) -> None:
        await self._free.wait()
        fault = self.faults.popleft() if self.faults else None
        if fault == 'refuses':
            raise DiskFailed('it is full')
        make(self.values)
        if fault == 'goes blind':
            self.fail_reads(2)
            self.is_in_doubt = True
        if fault:
            raise TimeoutError('no answer')


class DiskBackend(PersistenceBackend):
    """A simple backend, as a user writes one: it is asked before every write whether others have written."""

    disk: Disk
    _is_dead: bool = PrivateAttr(default=False)

    def die(self) -> None:
        """End the writes of a server whose process is gone."""
        self._is_dead = True

    async def has(self, key: str) -> bool:
        return key in self.disk.read()

    async def read(self, key: str) -> Any:
        return fresh(self.disk.read()[key])

    async def write(self, key: str, value: Any) -> None:
        await self._change(lambda values: values.update({key: value}))

    async def delete(self, key: str) -> None:
        await self._change(lambda values: values.pop(key, None))

    async def get_all(self) -> dict[str, Any]:
        return fresh(self.disk.read())  # type: ignore[return-value]

    async def _change(self, make: Callable[[dict[str, Json]], object]) -> None:
        await self.disk.change(lambda values: None if self._is_dead else make(values))


class RememberingDiskBackend(DiskBackend, RememberingBackend):
    """One that keeps checkpoints beside the values, both at once."""

    async def _load(self, key: str) -> Stored:
        value = self.disk.read().get(key, ABSENT)
        checkpoint = self.disk.checkpoints.get(key)
        if checkpoint is None or checkpoint.digest != _digest(value):
            new_epoch = Commit(Mark(secrets.token_hex(8), 0))
            checkpoint = self.disk.checkpoints.advance(Step(key, _digest(value), new_epoch))
        return Stored(value if value is ABSENT else fresh(value), checkpoint.copy())

    async def _commit(self, key: str, value: Value, commit: Commit) -> None:
        def make(values: dict[str, Json]) -> None:
            values.pop(key, None)
            if value is not ABSENT:
                values[key] = fresh(value)
            self._advance(key, value, commit)

        await self._change(make)

    async def _remember(self, key: str, value: Value, commit: Commit) -> None:
        await self._change(lambda _: self._advance(key, value, commit))

    def _advance(self, key: str, value: Value, commit: Commit) -> None:
        self.disk.checkpoints.advance(Step(key, _digest(value), commit))


class ForgettingDiskBackend(DiskBackend, VolatileBackend):
    """One whose values end with the server's process, as those of the memory do."""

    def die(self) -> None:
        super().die()
        self.disk.values.clear()


class FeedBackend(DiskBackend):
    """One that tells of the writes of others, and so need not be asked."""

    async def subscribe(self, on_value: Callable[..., Any]) -> None:
        self.disk.listeners.append(on_value)


def _digest(value: Value) -> str:
    return '' if value is ABSENT else orjson.dumps(value).decode()
