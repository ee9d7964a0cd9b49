"""Tests of group commits: writers of one key share the writes of the backend."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import PrivateAttr

from dara.core import Variable
from dara.core.errors import BackendFailed
from dara.core.persistence import BackendStore, InMemoryBackend

WRITERS = 32
ROUNDS = 10


class Counting(InMemoryBackend):
    """A backend that counts its writes. A write takes a moment, and fails on request."""

    fails_at: int = 0
    _writes: int = PrivateAttr(default=0)

    async def write(self, key: str, value: Any) -> None:
        self._writes += 1
        for _ in range(10):
            await asyncio.sleep(0)
        if self._writes == self.fails_at:
            raise OSError('the disk is full')
        await super().write(key, value)


async def test_writers_that_wait_for_each_write_share_them() -> None:
    backend = Counting()
    store = BackendStore(backend=backend)
    Variable(default=0, store=store)

    async def count() -> None:
        for _ in range(ROUNDS):
            await store.modify(lambda n: n + 1)

    await asyncio.gather(*[count() for _ in range(WRITERS)])
    assert await store.read() == WRITERS * ROUNDS
    assert backend._writes <= ROUNDS * WRITERS / 10


async def test_each_writer_of_a_failed_write_is_told() -> None:
    backend = Counting(fails_at=2)
    store = BackendStore(backend=backend)
    Variable(default=0, store=store)
    await store.read()
    ended = await asyncio.gather(*[store.modify(lambda n: n + 1) for _ in range(WRITERS)], return_exceptions=True)
    failed = [each for each in ended if isinstance(each, BackendFailed)]
    assert failed
    assert await store.read() == WRITERS - len(failed)


async def test_a_cancelled_writer_takes_no_other_along() -> None:
    store = BackendStore(backend=Counting())
    Variable(default=0, store=store)
    writers = [asyncio.ensure_future(store.modify(lambda n: n + 1)) for _ in range(WRITERS)]
    await asyncio.sleep(0)
    writers[0].cancel()
    ended = await asyncio.gather(*writers, return_exceptions=True)
    assert isinstance(ended[0], asyncio.CancelledError)
    assert not [each for each in ended[1:] if isinstance(each, BaseException)]
    assert await store.read() in (WRITERS - 1, WRITERS)
