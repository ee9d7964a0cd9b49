"""Tests of backends that hang: they block only the keys for which they hang."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from pydantic import PrivateAttr

from dara.core._edits import Replace
from dara.core.errors import BackendFailed
from dara.core.persistence import BackendStore, PersistenceBackend
from dara.core.persistence.bulkhead import THREADS
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Committed, Edit, Failed
from dara.core.persistence.stores import bound
from tests.patience import stretched
from tests.process import PATIENCE_SECONDS


class HangingBackend(PersistenceBackend):
    """A backend whose writes of the key `stuck` block until they are released, and then succeed."""

    seconds_per_call = 1
    values: dict[str, Any] = {}
    _free: threading.Event = PrivateAttr(default_factory=threading.Event)
    _hung: set[str] = PrivateAttr(default_factory=lambda: {'stuck'})
    writes: list[Any] = []
    hanging: int = 0

    def release(self) -> None:
        self._free.set()

    def has(self, key: str) -> bool:
        return key in self.values

    def read(self, key: str) -> Any:
        return self.values[key]

    def write(self, key: str, value: Any) -> None:
        if key in self._hung:
            self.hanging += 1
            self._free.wait(20)
        self.values[key] = value
        self.writes.append(value)

    def delete(self, key: str) -> None:
        self.values.pop(key, None)

    def get_all(self) -> dict[str, Any]:
        return dict(self.values)


class AsyncHangingBackend(HangingBackend):
    """An async backend that hangs in the same way."""

    async def write(self, key: str, value: Any) -> None:  # type: ignore[override]
        while key in self._hung and not self._free.is_set():
            await asyncio.sleep(0.01)
        self.values[key] = value
        self.writes.append(value)


@pytest.fixture(params=[HangingBackend, AsyncHangingBackend])
def backend(request: pytest.FixtureRequest) -> HangingBackend:
    made: HangingBackend = request.param()
    return made


async def test_a_write_that_takes_too_long_fails_and_the_next_ones_fail_at_once(backend: HangingBackend) -> None:
    store = BackendStore(backend)
    stuck = store.at('stuck')
    with pytest.raises(BackendFailed, match=r'no answer within 1 s'):
        await stuck.write('first')
    start = time.monotonic()
    with pytest.raises(BackendFailed, match='earlier call'):
        await stuck.write('second')
    with pytest.raises(BackendFailed, match='earlier call'):
        await stuck.read()
    assert time.monotonic() - start < stretched(0.8), 'a call waited for the one that hangs'
    await store.at('free').write('goes on')
    assert await store.at('free').read() == 'goes on'
    backend.release()


async def test_a_late_write_replaces_no_acknowledged_value(backend: HangingBackend) -> None:
    """It counts as the earlier one; the value written after it stays."""
    stuck = BackendStore(backend).at('stuck')
    record = await bound(stuck).open()
    ann, ben = Writer('ann', 'tab a', 'store'), Writer('ben', 'tab b', 'store')

    def edit(writer: Writer, value: str) -> Edit:
        return Edit(writer, writer.author, 1, record.epoch, record.version, (Replace((), value),))

    first = edit(ann, 'late')
    assert isinstance(await record.edit(first), Failed)
    assert isinstance(await record.edit(edit(ben, 'failed meanwhile')), Failed)
    backend.release()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while isinstance(outcome := await record.edit(edit(ben, 'acknowledged')), Failed):
            await asyncio.sleep(0.02)
    assert isinstance(outcome, Committed)
    await asyncio.sleep(0.1)
    assert backend.values['stuck'] == 'acknowledged'
    assert backend.writes == ['late', 'acknowledged']
    receipt = record.receipt(ann, (record.epoch, record.version))
    assert receipt is not None
    assert receipt.n == 1, 'the first was stored, too'


async def test_a_backend_with_all_threads_hanging_fails_at_once() -> None:
    class Patient(HangingBackend):
        seconds_per_call = 30

    backend, other = HangingBackend(), BackendStore(Patient())
    store = BackendStore(backend)
    while backend.hanging < THREADS:  # calls that have waited for a thread in vain occupy none
        rooms = [f'room {number}' for number in range(len(backend._hung), len(backend._hung) + 100)]
        backend._hung.update(rooms)
        writing = asyncio.gather(*(store.at(room).write(1) for room in rooms), return_exceptions=True)
        await other.at('free').write('another backend goes on')
        assert all(isinstance(each, BackendFailed) for each in await writing)
    start = time.monotonic()
    with pytest.raises(BackendFailed):
        await store.at('free').write(1)
    assert time.monotonic() - start < stretched(0.8)
    backend.release()


async def test_a_hanging_get_all_times_out() -> None:
    class Slow(HangingBackend):
        def get_all(self) -> dict[str, Any]:
            self._free.wait(20)
            return {}

    backend = Slow()
    store = BackendStore(backend)
    with pytest.raises(BackendFailed, match='no answer within'):
        await store.get_all()
    await store.write(1)
    backend.release()
