"""Other processes of a benchmark: each runs functions of this module, one after another, and reports through a pipe."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Final

import psutil  # type: ignore[import-untyped, unused-ignore]  # has no types of its own

from benchmarks.databases import Place
from dara.core._edits import Splice
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Committed, Edit, OutOfStep
from dara.core.persistence.record import Record
from dara.core.persistence.records import Records
from dara.core.persistence.shared import Conflict, Proposal, SharedBackend

CONTEXT: Final = multiprocessing.get_context('spawn')
KEY: Final = 'key 0'
TYPISTS: Final = 10
KEYS_PER_SECOND: Final = 10
ITEMS_PER_LOOK: Final = 1000


class Helper:
    """Another process."""

    def __init__(self) -> None:
        self.pipe, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def start(self, function: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """Let the process run a function with its end of the pipe."""
        self.pipe.send((function, arguments))

    def hear(self) -> Any:
        """Return the next message of the process."""
        return self.pipe.recv()

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


@contextmanager
def helpers(number: int) -> Iterator[list[Helper]]:
    """Run that many processes."""
    started = [Helper() for _ in range(number)]
    try:
        yield started
    finally:
        for each in started:
            each.stop()


def _work(pipe: Connection) -> None:
    while True:
        try:
            function, arguments = pipe.recv()
        except EOFError:
            return
        asyncio.run(function(pipe, *arguments))


async def follow(pipe: Connection, place: Place) -> None:
    """Send the time at which each commit of the key arrives, until something is received."""
    backend = place.backend()
    record = await _opened(Records(backend))
    record.subscribe(lambda _: pipe.send(time.monotonic()))
    pipe.send('ready')
    await asyncio.to_thread(pipe.recv)
    await backend.close()


async def type_in_step(pipe: Connection, place: Place, process: int, seconds: float) -> None:
    """Let typists type from the received time on; send the latencies of all keys, and the longest run of lost races."""
    backend = place.backend()
    runs = _noted_runs(backend)
    record = await _opened(Records(backend))
    pipe.send('ready')
    began = await asyncio.to_thread(pipe.recv)
    typing = [
        _type(record, Writer('', f'{process} {i}', 'typists'), began, round(seconds * KEYS_PER_SECOND))
        for i in range(TYPISTS)
    ]
    latencies = [each for one in await asyncio.gather(*typing) for each in one]
    await backend.close()
    pipe.send((latencies, max(runs)))


async def read_all(pipe: Connection, place: Place) -> None:
    """Send the number of values, the seconds that it takes to read them all, and the growth of the memory in MB."""
    backend = place.backend()
    await backend.load(KEY)
    process = psutil.Process()
    before = most = process.memory_info().rss
    number, began = 0, time.perf_counter()
    async for _ in backend.items():
        number += 1
        if number % ITEMS_PER_LOOK == 0:
            most = max(most, process.memory_info().rss)
    seconds = time.perf_counter() - began
    await backend.close()
    pipe.send((number, seconds, (most - before) / 1e6))


async def _opened(records: Records) -> Record:
    await records.watch(KEY)
    record = records.get(KEY)
    record.set_default('', store='typists', may_be_stored=True)
    await record.load()
    return record


async def _type(record: Record, writer: Writer, began: float, keys: int) -> list[float]:
    """Press keys; return the time of each from when it was due until it is stored."""
    latencies = []
    for n in range(1, keys + 1):
        due = began + (n - 1) / KEYS_PER_SECOND
        await asyncio.sleep(due - time.monotonic())
        await insert(record, writer, n)
        latencies.append(time.monotonic() - due)
    return latencies


async def insert(record: Record, writer: Writer, n: int, at: int = 0) -> None:
    """Insert a character into a text, as a tab does."""
    outcome: Any = OutOfStep('stale')
    while isinstance(outcome, OutOfStep):
        edit = Edit(writer, writer.author, n, record.epoch, record.version, (Splice((), at, 0, 'x'),))
        outcome = await record.edit(edit)
    if not isinstance(outcome, Committed):
        raise RuntimeError(f'an edit was not stored: {outcome!r}')


def _noted_runs(backend: SharedBackend) -> list[int]:
    """Return a list to which the backend adds the number of races that it loses before each commit."""
    runs, propose = [0], backend.propose

    async def noted(proposal: Proposal) -> Conflict | None:
        conflict = await propose(proposal)
        if conflict:
            runs[-1] += 1
        else:
            runs.append(0)
        return conflict

    object.__setattr__(backend, 'propose', noted)  # a model of pydantic refuses it otherwise
    return runs
