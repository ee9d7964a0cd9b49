"""Commits in files: the cost of one with many keys beside a bare rewrite of the file, and how many are made a second.

The bare rewrite is the least that a durable whole file takes: dumps, write, fsync, rename, fsync of the directory. Both
take turns, in one directory of the disk. The writers are tasks of this process that await each of their writes.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import orjson

from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from dara.core.persistence.file import FileBackend
from dara.core.persistence.files import sync_directory
from dara.core.persistence.stores import BackendStore

KEYS: Final = (1, 1000, 10_000, 50_000)
WRITERS: Final = (1, 8, 32, 128)
MANY: Final = 50_000
CPU_TARGET: Final = Target(1.3)
GROUP_TARGETS: Final = {32: Target(10, is_minimum=True), 128: Target(15, is_minimum=True)}
SHARED_MEMORY: Final = Path('/dev/shm')
Cost = tuple[float, float]
"""The processor time and the time of one operation, in milliseconds."""


def run(options: Options) -> Iterator[Figure]:
    """Yield the cost of a commit by the number of keys, and the commits a second by the number of writers."""
    for keys in KEYS:
        with _directory(None) as directory:
            yield from asyncio.run(_figures_of_keys(directory, keys, 5 if options.quick else 30))
    places = {'disk': Path(tempfile.gettempdir()), 'memory': SHARED_MEMORY}
    for place, directory in places.items():
        if directory.is_dir():
            with _directory(directory) as within:
                yield from asyncio.run(_figures_of_writers(place, within, 0.5 if options.quick else 4))


@contextmanager
def _directory(parent: Path | None) -> Iterator[Path]:
    """Make a directory, and remove it after the event loop: a file that is deleted while it is in use is restored."""
    with tempfile.TemporaryDirectory(prefix='dara-benchmark-', dir=parent) as name:
        yield Path(name)


async def _figures_of_keys(directory: Path, keys: int, rounds: int) -> list[Figure]:
    values = {f'key {i}': f'{i:0200}' for i in range(keys)}
    path, bare = directory / 'values.json', directory / 'bare.json'
    path.write_bytes(orjson.dumps(values))
    room = BackendStore(FileBackend(path=str(path)), scope='user').at('key 0')
    await room.write('')
    costs: list[tuple[Cost, Cost]] = []
    for i in range(rounds):
        values['key 0'] = text = f'{i:0200}'
        costs.append((await _cost(lambda: _rewrite(bare, values)), await _cost(lambda: room.write(text))))  # noqa: B023
    subject = f'a commit in a file of {keys:,} keys'
    floor, ours = ([statistics.median(one) for one in zip(*each, strict=True)] for each in zip(*costs, strict=True))
    target = CPU_TARGET if keys == MANY else None
    return [
        Figure(subject, 'CPU', 'ms', 'floor', floor[0]),
        Figure(subject, 'CPU', 'ms', 'dara', ours[0]),
        Figure(subject, 'time', 'ms', 'floor', floor[1]),
        Figure(subject, 'time', 'ms', 'dara', ours[1]),
        Figure(subject, 'CPU / that of the rewrite', '', 'dara', ours[0] / floor[0], target),
    ]


async def _cost(work: Callable[[], Awaitable[None]]) -> Cost:
    used, began = time.process_time(), time.perf_counter()
    await work()
    return (time.process_time() - used) * 1000, (time.perf_counter() - began) * 1000


async def _rewrite(path: Path, values: dict[str, str]) -> None:
    temporary = path.with_suffix('.tmp')
    with open(temporary, 'wb', buffering=0) as file:
        file.write(orjson.dumps(values))
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)


async def _figures_of_writers(place: str, directory: Path, seconds: float) -> list[Figure]:
    figures, alone = [], 0.0
    for writers in WRITERS:
        rate = await _commits_a_second(directory, ['key'] * writers, seconds)
        alone = alone or rate
        subject = f'commits of one key, {place}'
        figures.append(Figure(subject, f'{writers} writers', '/s', 'dara', rate))
        if writers > 1:
            target = GROUP_TARGETS.get(writers) if place == 'disk' else None
            figures.append(Figure(subject, f'{writers} writers / one', '', 'dara', rate / alone, target))
    for writers in (1, 32):
        rate = await _commits_a_second(directory, [f'key {i}' for i in range(writers)], seconds)
        figures.append(Figure(f'commits of a key each, {place}', f'{writers} writers', '/s', 'dara', rate))
    return figures


async def _commits_a_second(directory: Path, keys: list[str], seconds: float) -> float:
    path = directory / f'{len(set(keys))} of {len(keys)}.json'
    store = BackendStore(FileBackend(path=str(path)), scope='user')
    end = time.perf_counter() + seconds

    async def write(key: str, who: int) -> int:
        count = 0
        while time.perf_counter() < end:
            await store.at(key).write(f'{who} {count:0190}')
            count += 1
        return count

    began = time.perf_counter()
    commits = sum(await asyncio.gather(*[write(key, i) for i, key in enumerate(keys)]))
    return commits / (time.perf_counter() - began)
