"""Tests of measurements: their labels, those of shared backends, and none where nothing is exported."""

from __future__ import annotations

import sys
from collections import Counter as Count
from collections.abc import Iterator

import pytest
from pydantic import PrivateAttr

from dara.core._edits import Value
from dara.core._metrics import MAX_SERIES, METRICS, Counter, Exporter, Gauge, Instrument, Labels, Metrics, Timer
from dara.core.errors import BackendFailed
from dara.core.persistence.record import Record
from dara.core.persistence.records import Records
from dara.core.persistence.shared import OnLoss, OnUpdate
from dara.testing import MemoryDatabase, SharedMemoryBackend

KEY = 'doc'


class Tally(Exporter):
    """An exporter that counts the measurements of each series."""

    def __init__(self) -> None:
        self.seen: Count[tuple[str, Labels]] = Count()
        self.values: dict[str, float] = {}

    def add(self, counter: Counter, labels: Labels, amount: float) -> None:
        self.seen[counter.name, labels] += 1

    def set(self, gauge: Gauge, labels: Labels, value: float) -> None:
        self.values[gauge.name] = value

    def observe(self, timer: Timer, labels: Labels, seconds: float) -> None:
        self.seen[timer.name, labels] += 1


@pytest.fixture
def tally() -> Iterator[Tally]:
    """An exporter of all measurements of the process, for one test."""
    before = {instrument: instrument.exporters for instrument in METRICS.instruments}
    tally = Tally()
    METRICS.export_to(tally)
    yield tally
    for instrument, exporters in before.items():
        instrument.exporters = exporters
    METRICS.is_on = any(before.values())


class Server:
    """A server over a shared database, which hears of no commit by others."""

    def __init__(self, database: MemoryDatabase) -> None:
        self.backend = Deaf(database=database)
        self.records = Records(self.backend)

    @property
    def record(self) -> Record:
        return self.records.get(KEY)


class Deaf(SharedMemoryBackend):
    """A backend whose feed reports losses on request, and nothing else."""

    is_down: bool = False
    _on_loss: OnLoss = PrivateAttr(default=print)

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        if self.is_down:
            raise ConnectionError('no answer')
        self._on_loss = on_loss

    def lose(self) -> None:
        self._on_loss(None)


def count_up(value: Value) -> Value:
    return value + 1 if isinstance(value, int) else 1


async def test_lost_races_of_a_shared_backend_are_counted(tally: Tally) -> None:
    database = MemoryDatabase()
    first, second = Server(database), Server(database)
    for server in (first, second):
        await server.record.load()
    await first.record.transact(count_up)
    assert await second.record.transact(count_up) == 2
    assert tally.seen['commit', ('Deaf', 'ok')] == 2
    assert tally.seen['commit', ('Deaf', 'lost_race')] == 1


async def test_losses_and_failures_of_a_feed_are_counted(tally: Tally) -> None:
    server = Server(MemoryDatabase())
    server.backend.is_down = True
    with pytest.raises(BackendFailed):
        await server.records.watch(KEY)
    assert server.backend._dara_bulkhead.failing == ['follow']
    server.backend.is_down = False
    await server.records.watch(KEY)
    assert server.backend._dara_bulkhead.failing == []
    await server.record.load()
    server.backend.lose()
    await server.record.wait_until_idle()
    assert tally.seen['backend_errors', ('Deaf', 'follow')] == 1
    assert tally.seen['feed_losses', ('Deaf',)] == 1


def test_the_number_of_series_is_bounded() -> None:
    """Even if the app makes up classes of backends."""
    metrics, tally = Metrics(), Tally()
    metrics.export_to(tally)
    for number in range(2 * MAX_SERIES):
        metrics.backend_errors.add((f'Backend{number}', 'read'))
    assert len(tally.seen) == MAX_SERIES + 1
    assert tally.seen['backend_errors', ('other', 'other')] == MAX_SERIES


def test_a_gauge_adds_up_its_changes() -> None:
    metrics, tally = Metrics(), Tally()
    metrics.export_to(tally)
    for change in (1, 1, -1):
        metrics.connections.change(change)
    assert tally.values == {'connections': 1}


def test_nothing_is_kept_without_an_exporter() -> None:
    metrics = Metrics()

    def measure() -> None:
        for _ in range(1000):
            metrics.edits.add(('committed',))
            metrics.connections.change(1)
            with metrics.commits.measure('Backend') as span:
                span.end_as('lost_race')

    measure()
    before = sys.getallocatedblocks()
    measure()
    assert sys.getallocatedblocks() - before < 10
    assert all(isinstance(each, Instrument) and not each._known for each in metrics.instruments)
