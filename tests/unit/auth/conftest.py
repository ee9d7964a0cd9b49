"""Fixtures of the tests of sessions and of the throttle."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from dara.core.persistence.changelog import Update
from dara.core.persistence.shared import Conflict, Loaded, Proposal
from dara.testing import MemoryDatabase, SharedMemoryBackend


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time

    def skip_an_hour(self) -> None:
        self.time += 3601


class Database(MemoryDatabase):
    """A database that may be away: it refuses calls, or does not answer them."""

    def __init__(self) -> None:
        super().__init__()
        self.is_down = self.hangs = False

    async def reach(self) -> None:
        """Raise if the database is away, or wait while it hangs."""
        while self.hangs:
            await asyncio.sleep(0.01)
        if self.is_down:
            raise OSError('the database is away')


class Backend(SharedMemoryBackend):
    """A backend over such a database."""

    async def load(self, key: str) -> Loaded:
        await self._reach()
        return await super().load(key)

    async def updates(self, key: str, since: str) -> Sequence[Update] | None:
        await self._reach()
        return await super().updates(key, since)

    async def commit(self, proposals: Sequence[Proposal]) -> Sequence[Conflict | Exception | None]:
        await self._reach()
        return await super().commit(proposals)

    async def _reach(self) -> None:
        assert isinstance(self.database, Database)
        await self.database.reach()


@pytest.fixture
def clock() -> Clock:
    return Clock()
