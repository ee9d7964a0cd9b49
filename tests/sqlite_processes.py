"""Processes that share a SQLite database, for tests: each is started, told what to do, and stopped by its pid."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from dara.core.persistence.databases.sqlite import SQLiteBackend
from dara.core.persistence.databases.sqlite_library import find_library
from dara.core.persistence.databases.sqlite_session import Session
from dara.core.persistence.records import Records

CONTEXT: Final = multiprocessing.get_context('spawn')
SECONDS: Final = 30


class Process:
    """A process that runs a function with its end of a pipe."""

    def __init__(self, function: Callable[..., None], *arguments: Any) -> None:
        self.pipe, theirs = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=function, args=(theirs, *arguments), daemon=True)
        self._process.start()
        theirs.close()
        assert self._process.pid
        self.pid: int = self._process.pid

    def hear(self) -> Any:
        """Return the next message of the process."""
        assert self.pipe.poll(SECONDS)
        return self.pipe.recv()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process, and wait until it has ended."""
        self._process.kill()
        self._process.join()

    def stop(self) -> None:
        """Kill the process, if it has not ended."""
        self.kill()
        self._process.close()
        self.pipe.close()

    def wait(self) -> None:
        """Wait until the process has ended."""
        self._process.join(SECONDS)
        assert self._process.exitcode == 0


@contextmanager
def processes(number: int, function: Callable[..., None], *arguments: Any) -> Iterator[list[Process]]:
    """Run that many processes, each with its number as the last argument."""
    started = [Process(function, *arguments, i) for i in range(number)]
    try:
        yield started
    finally:
        for each in started:
            each.stop()


def count(pipe: Connection, path: Path, keys: list[str], times: int, number: int) -> None:
    """Count under some keys in turn, and tell the parent of each commit."""

    async def work() -> None:
        records = Records(SQLiteBackend(path))
        for key in keys:
            await records.watch(key)
            records.get(key).set_default({}, store='test', may_be_stored=True)
            await records.get(key).load()
        pipe.send('ready')
        pipe.recv()
        for i in range(times):
            key = keys[i % len(keys)]
            await records.get(key).transact(increment)
            pipe.send(key)
        pipe.send('done')
        await records.backend.close()  # type: ignore[attr-defined]

    name = str(number)

    def increment(value: Any) -> Any:
        return {**value, name: value.get(name, 0) + 1}

    asyncio.run(work())


def hold(pipe: Connection, path: Path, number: int) -> None:
    """Write a value as another program would, and commit it when told to."""
    session = Session(find_library(), path, 'dara')
    session.execute(f'PRAGMA busy_timeout = {SECONDS * 1000}')
    with session.writing():
        session.execute('INSERT INTO "$" (key, value) VALUES (?, ?)', f'held {number}', '1')
        pipe.send('holding')
        pipe.recv()
    pipe.send('committed')
    session.close()


def follow(pipe: Connection, path: Path, number: int) -> None:
    """Tell the parent when each commit of a key arrives."""

    async def work() -> None:
        done = asyncio.Event()

        def report(*_: object) -> None:
            pipe.send(time.perf_counter())

        with closing(pipe):
            backend = SQLiteBackend(path)
            await backend.watch(report, report)
            await backend.serve(['key'], [])
            asyncio.get_running_loop().add_reader(pipe.fileno(), done.set)
            pipe.send('ready')
            await done.wait()
            asyncio.get_running_loop().remove_reader(pipe.fileno())
            await backend.close()

    asyncio.run(work())


def run_sql(path: Path, sql: str, *values: object) -> str:
    """Run a statement as another program: in a process of its own, with the SQLite of Python. Return its output."""
    program = (
        'import sqlite3, sys; database = sqlite3.connect(sys.argv[1], isolation_level=None)\n'
        'for row in database.execute(sys.argv[2], sys.argv[3:]): print(*row)\n'
        'database.close()'
    )
    done = subprocess.run(
        [sys.executable, '-c', program, str(path), sql, *map(str, values)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or (done.stderr.strip().splitlines() or [''])[-1]
