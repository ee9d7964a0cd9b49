"""Values in databases that many servers share, beside raw writes by the same driver to the same server.

Each database runs on this machine: SQLite on the disk of the temporary directory, Redis with `appendfsync everysec`,
Postgres as it is by default. The floor is an app without Dara. It makes as many writes of the same size: with SQLite,
UPDATEs in a loop with the same pragmas; with Redis, the SETs of all writers in one pipeline at a time; with Postgres,
UPDATEs by a connection of each writer. Dara and the floor take turns.

- Commits of 1 KB by one and by 32 writers, each of a key of its own, through `BackendStore.at(key).write`.
- The time until another process has a commit: from before it, and from its return. The clock is CLOCK_MONOTONIC.
- The bytes that one more character adds to the log of the database.
- Commits of up to 100 keys among few and many, which were inserted before, and `items()` in a new process.
- Ten typists in each of three processes, or of one, press ten keys a second into one text, all at the same moment. A
  key counts from when it is due until it is stored.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import random
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from benchmarks import databases, helpers
from benchmarks.databases import Database, Place, Write
from benchmarks.figures import Figure, Target, percentile
from benchmarks.helpers import KEY, Helper
from benchmarks.options import Options
from dara.core.persistence.changelog import Writer
from dara.core.persistence.records import Records
from dara.core.persistence.stores import BackendStore

WRITERS: Final = 32
ROUNDS: Final = 3
TEXT_BYTES: Final = 1000
LARGE_BYTES: Final = 1_000_000
FEW_KEYS: Final = 10_000
MANY_KEYS: Final = 1_000_000
WRITTEN_KEYS: Final = 100
PROCESSES: Final = 3
SLOW_SYNC_MS: Final = 1

ONE_WRITER_TARGET: Final = Target(1.6)
SHARE_TARGETS: Final = {'Redis': Target(0.7, is_minimum=True), 'Postgres': Target(0.8, is_minimum=True)}
SYNC_TARGETS: Final = (Target(1.3, is_minimum=True), Target(4, is_minimum=True))
"""The targets of SQLite beside one writer: where a sync is fast, and where it takes longer than a millisecond."""
SEEN_TARGETS: Final = {'Postgres': (Target(7), Target(20))}
NEAR_TARGETS: Final = (Target(0.5), Target(5))
LOG_TARGETS: Final = {'SQLite': Target(16)}
FAR_LOG_TARGET: Final = Target(4)
SMALL_LOG_TARGET: Final = Target(2)
KEYS_TARGET: Final = Target(1.2)
MEMORY_TARGET: Final = Target(20)
HOT_TARGET: Final = Target(3)
RACES_TARGET: Final = Target(6)
_NUMBERS: Final = itertools.count()
_LETTERS: Final = base64.b64encode(random.randbytes(LARGE_BYTES)).decode()


@dataclass(slots=True)
class Side:
    """A way to write, with its measurements: the rate of each round, and the time of each write in milliseconds."""

    write: Write
    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def p50(self) -> float:
        return percentile(self.times, 50)

    async def warm_up(self, keys: int) -> None:
        """Write each key once, which loads its record."""
        for key in range(keys):
            await self.write(key, _text())

    async def measure(self, writers: int, seconds: float) -> None:
        """Let writers, each of a key of its own, write for that many seconds."""
        began = time.perf_counter()
        taken = await asyncio.gather(*[self._write_until(began + seconds, key) for key in range(writers)])
        self.rates.append(sum(taken) / (time.perf_counter() - began))

    async def write_in_turn(self, keys: int, times: int) -> None:
        """Write that many times, each time another one of the keys."""
        for i in range(times):
            await self._write(i % keys)

    async def _write_until(self, end: float, key: int) -> int:
        number = 0
        while time.perf_counter() < end:
            await self._write(key)
            number += 1
        return number

    async def _write(self, key: int) -> None:
        text, began = _text(), time.perf_counter()
        await self.write(key, text)
        self.times.append((time.perf_counter() - began) * 1000)


def run(options: Options) -> Iterator[Figure]:
    """Yield the figures of each database whose programs are there."""
    with helpers.helpers(PROCESSES) as others:
        for database in databases.running():
            yield from _figures_of(database, others, options)


def _figures_of(database: Database, others: list[Helper], options: Options) -> Iterator[Figure]:
    yield from asyncio.run(_commits(database, options))
    yield from asyncio.run(_seen(database, others[0], 20 if options.quick else 300))
    yield from asyncio.run(_logged(database, 5 if options.quick else 50))
    yield from asyncio.run(_many_keys(database, options))
    yield from _hot(database, others, 0.5 if options.quick else 5)


async def _commits(database: Database, options: Options) -> list[Figure]:
    """Measure the commits a second of one writer and of many."""
    subject, alone = f'commits in {database.kind}', 0.0
    seconds, rounds = (0.1, 1) if options.quick else (1, ROUNDS)
    figures, is_slow = [], False
    async with database.raw(await database.place(), WRITERS, _text()) as raw, _store(await database.place()) as shared:
        for writers in (1, WRITERS):
            floor, dara = Side(raw), Side(shared)
            for side in (floor, dara):
                await side.warm_up(writers)
            for _ in range(rounds):
                for side in (floor, dara):
                    await side.measure(writers, seconds)
            alone = alone or floor.rate
            name = 'one writer' if writers == 1 else f'{writers} writers'
            for system, side in (('floor', floor), ('dara', dara)):
                figures.append(Figure(subject, name, '1/s', system, side.rate))
                figures.append(Figure(subject, f'{name}, p50', 'ms', system, side.p50))
            if writers == 1:
                share, target = dara.p50 / floor.p50, ONE_WRITER_TARGET
                figures.append(Figure(subject, f'{name}, p50 / that of the floor', '', 'dara', share, target))
                is_slow = floor.p50 > SLOW_SYNC_MS
            elif database.kind == 'SQLite':
                share, target = dara.rate / alone, SYNC_TARGETS[is_slow]
                figures.append(Figure(subject, f'{name} / one of the floor', '', 'dara', share, target))
            else:
                share, target = dara.rate / floor.rate, SHARE_TARGETS[database.kind]
                figures.append(Figure(subject, f'{name} / those of the floor', '', 'dara', share, target))
    return figures


async def _seen(database: Database, other: Helper, commits: int) -> list[Figure]:
    """Measure the time until another process has a commit."""
    taken, seen, after = [], [], []
    place = await database.place()
    async with _store(place) as write:
        await write(0, _text())  # so that both begin in one epoch
        other.start(helpers.follow, place)
        await asyncio.to_thread(other.hear)
        for _ in range(commits):
            await asyncio.sleep(random.uniform(0.002, 0.01))
            began = time.monotonic()
            await write(0, _text())
            ended = time.monotonic()
            arrived = await asyncio.to_thread(other.hear)
            taken.append((ended - began) * 1000)
            seen.append((arrived - began) * 1000)
            after.append((arrived - ended) * 1000)
        other.pipe.send('stop')
    subject = f'a commit in {database.kind}, in another process'
    targets = SEEN_TARGETS.get(database.kind, NEAR_TARGETS)
    return [
        Figure(subject, f'{measure}, p{percent}', 'ms', 'dara', percentile(times, percent), target)
        for measure, times in (('the commit itself', taken), ('seen', seen), ('seen after its return', after))
        for percent, target in zip((50, 99), targets if times is after else (None, None), strict=True)
    ]


async def _logged(database: Database, edits: int) -> list[Figure]:
    """Measure the bytes that one more character of a text adds to the log, and those of a rewrite of the text."""
    figures, subject = [], f'one character in {database.kind}'
    for size, name in ((TEXT_BYTES, '1 KB'), (LARGE_BYTES, '1 MB')):
        place = await database.place()
        async with database.raw(place, 1, _text(size)) as raw:
            half, rest = _text(size // 2), _text(size - size // 2)
            texts = [half + 'x' * n + rest for n in range(1, 6)]
            floor = statistics.median([await database.logged(place, raw(0, text)) for text in texts]) / 1000
        logged, times = await _logged_edits(database, size, edits)
        dara = statistics.median(logged) / 1000
        target = LOG_TARGETS.get(database.kind, FAR_LOG_TARGET) if size == LARGE_BYTES else None
        figures += [
            Figure(subject, f'log, {name}', 'kB', 'floor', floor),
            Figure(subject, f'log, {name}', 'kB', 'dara', dara, target),
            Figure(subject, f'commit, {name}, p50', 'ms', 'dara', percentile(times, 50)),
        ]
        if size == TEXT_BYTES:
            figures.append(Figure(subject, f'log, {name} / a rewrite', '', 'dara', dara / floor, SMALL_LOG_TARGET))
    return figures


async def _logged_edits(database: Database, size: int, edits: int) -> tuple[list[int], list[float]]:
    """Insert characters into a text; return the bytes of log and the milliseconds of each."""
    place, logged, times = await database.place(), [], []
    backend = place.backend()
    record = Records(backend).get(KEY)
    await record.load()
    await record.transact(lambda _: _text(size))
    writer = Writer('ann', 'a tab', 'a store')

    async def insert(n: int) -> None:
        began = time.perf_counter()
        await helpers.insert(record, writer, n, size // 2)
        times.append((time.perf_counter() - began) * 1000)

    for n in range(1, edits + 1):
        logged.append(await database.logged(place, insert(n)))
    await backend.close()
    return logged, times


async def _many_keys(database: Database, options: Options) -> list[Figure]:
    """Measure commits and `items()` with more and more keys, each number in a database of its own."""
    numbers = (1, FEW_KEYS) if options.quick else (1, FEW_KEYS, MANY_KEYS)
    figures, subject = [], f'keys in {database.kind}'
    async with AsyncExitStack() as stack:
        sides: dict[int, Side] = {}
        for number in numbers:
            place = await database.place()
            await database.fill(place, number)
            sides[number] = Side(await stack.enter_async_context(_store(place)))
            await sides[number].warm_up(min(number, WRITTEN_KEYS))
        for _ in range(1 if options.quick else ROUNDS):
            for number, side in sides.items():
                await side.write_in_turn(min(number, WRITTEN_KEYS), 40 if options.quick else 300)
    for number, side in sides.items():
        name = f'a commit with {number:,}'
        figures.append(Figure(subject, f'{name}, p50', 'ms', 'dara', side.p50))
        if number > 1:
            figures.append(Figure(subject, f'{name} / with one', '', 'dara', side.p50 / sides[1].p50, KEYS_TARGET))
    return [*figures, *await _items(subject, place)]


async def _items(subject: str, place: Place) -> list[Figure]:
    with helpers.helpers(1) as [other]:  # a new one, without memory that earlier work has left
        other.start(helpers.read_all, place)
        number, seconds, megabytes = await asyncio.to_thread(other.hear)
    return [
        Figure(subject, f'items() of {number:,}', 's', 'dara', seconds),
        Figure(subject, f'items() of {number:,}, RSS', 'MB', 'dara', megabytes, MEMORY_TARGET),
    ]


def _hot(database: Database, others: list[Helper], seconds: float) -> Iterator[Figure]:
    """Measure typists who press keys at the same moments, in one process and in several."""
    alone = 0.0
    for processes in (1, PROCESSES):
        place = asyncio.run(database.place())
        typing = others[:processes]
        for i, each in enumerate(typing):
            each.start(helpers.type_in_step, place, i, seconds)
        for each in typing:
            each.hear()
        began = time.monotonic() + 0.1
        for each in typing:
            each.pipe.send(began)
        found = [each.hear() for each in typing]
        times = [each * 1000 for latencies, _ in found for each in latencies]
        subject = f'one text in {database.kind}, {processes} x {helpers.TYPISTS} typists in step'
        p99 = percentile(times, 99)
        yield Figure(subject, 'a key, p50', 'ms', 'dara', percentile(times, 50))
        yield Figure(subject, 'a key, p99', 'ms', 'dara', p99)
        if processes == 1:
            alone = p99
        else:
            yield Figure(subject, 'p99 / that of one process', '', 'dara', p99 / alone, HOT_TARGET)
            races = max(longest for _, longest in found)
            yield Figure(subject, 'lost races in a row, at most', '', 'dara', races, RACES_TARGET)


@asynccontextmanager
async def _store(place: Place) -> AsyncIterator[Write]:
    backend = place.backend()
    store = BackendStore(backend, scope='user')

    async def write(key: int, text: str) -> None:
        await store.at(f'key {key}').write(text)

    try:
        yield write
    finally:
        await backend.close()


def _text(size: int = TEXT_BYTES) -> str:
    """Return a text that no earlier one equals, of characters that can hardly be compressed."""
    return f'{next(_NUMBERS):08}{_LETTERS[: size - 8]}'
