"""Tests of the keys whose commits a shared backend reports to a server."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any, Final

from dara.core.persistence.changelog import Change
from dara.core.persistence.records import Records
from dara.core.persistence.shared import OnLoss, OnUpdate
from dara.testing import MemoryDatabase, SharedMemoryBackend

PATIENCE_SECONDS: Final = 30


class Backend(SharedMemoryBackend):
    """A backend that notes for which keys it is asked."""

    asked: list[tuple[list[str], list[str]]] = []
    watches: int = 0

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        self.watches += 1
        await super().watch(on_update, on_loss)

    async def serve(self, added: Collection[str], dropped: Collection[str]) -> None:
        self.asked.append((sorted(added), sorted(dropped)))
        await super().serve(added, dropped)


async def use(records: Records, key: str) -> None:
    record = records.get(key)
    await records.watch(key)
    await record.load()


async def test_a_key_whose_record_has_left_memory_is_dropped_with_the_next_one() -> None:
    """It is followed again when it is used again; all the time there is one feed."""
    database: Any = MemoryDatabase()
    backend = Backend(database=database)
    records = Records(backend)
    await use(records, 'a')
    await use(records, 'a')
    await use(records, 'b')
    records.evict_idle(0)
    await use(records, 'c')
    await use(records, 'a')
    records.evict_idle(0)
    await use(records, 'a')
    assert backend.asked == [(['a'], []), (['b'], []), (['c'], ['a', 'b']), (['a'], []), (['a'], ['c'])]
    assert backend.watches == 1
    heard: asyncio.Queue[Change] = asyncio.Queue()
    records.get('a').subscribe(heard.put_nowait)
    await Backend(database=database).write('a', 1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await heard.get()).version == 1
    await records.close()
