"""`DatabaseThread`: the thread that does all work of a `SQLiteBackend`, so that the event loop never waits."""

from __future__ import annotations

import asyncio
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from dara.core.persistence.changelog import Update
from dara.core.persistence.databases.sqlite_feed import Listener, Mailbox, Receiver
from dara.core.persistence.databases.sqlite_file import DatabaseFile
from dara.core.persistence.databases.sqlite_tables import Tables

T = TypeVar('T')
PATIENCE_SECONDS: Final = 4
"""The time for which a call waits for other processes: less than `SharedBackend.seconds_per_call`."""
PAUSE_SECONDS: Final = 0.001
LOOK_SECONDS: Final = 0.25
SWEEP_SECONDS: Final = 10
END_SECONDS: Final = 2
logger = logging.getLogger('dara')


@dataclass(slots=True, eq=False)
class _Job:
    """A call, and the future of its result."""

    work: Callable[[Tables], Any]
    done: asyncio.Future[Any]
    in_order: bool
    deadline: float = field(default_factory=lambda: time.monotonic() + PATIENCE_SECONDS)


class DatabaseThread:
    """A thread with the only connection of its backend.

    A write that finds another process writing waits aside for some seconds, and reads go on meanwhile.

    Args:
        mailbox: connects this server to the others.
    """

    def __init__(self, file: DatabaseFile, mailbox: Mailbox) -> None:
        self._file = file
        self._mailbox = mailbox
        self._jobs: deque[_Job] = deque()
        self._waiting: deque[_Job] = deque()
        self._is_ending = False
        self._ending: list[asyncio.Future[None]] = []
        self._listener: Listener | None = None
        self._receiver: Receiver | None = None
        self._served: set[str] = set()
        self._made: dict[str, Update] = {}
        """The commits of this server that are not reported yet, by their tips."""
        self._openings = 0
        self._next_look = self._next_sweep = 0.0
        self._swept = self._warned = ''
        self._selector = selectors.DefaultSelector()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)
        self._selector.register(self._ear, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name='dara-sqlite', daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Tables], T], *, in_order: bool = False) -> asyncio.Future[T]:
        """Run `work` in the thread.

        Args:
            in_order: whether it waits for the writes before it.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.append(_Job(work, done, in_order))
        self._ring()
        return done

    async def end(self) -> None:
        """Close the connection after the calls so far, and end."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ending.append(ended)
        self._end_soon()
        if self._thread.is_alive():
            await ended
            self._thread.join()

    def stop(self) -> None:
        """End, and wait for that; in a script without a loop, or at the end of the process."""
        self._end_soon()
        if threading.current_thread() is not self._thread:
            self._thread.join(END_SECONDS)

    def follow(self, listener: Listener, tables: Tables) -> None:
        """Report commits to a listener from now on. Like `serve`, it is called in the thread."""
        self._mailbox.open(self._selector)
        tables.skip_news()
        self._listener, self._served = listener, set()

    def serve(self, added: Collection[str], dropped: Collection[str], tables: Tables) -> None:
        """Change the set of the keys whose commits are reported."""
        self._report(tables)
        self._served.update(added)
        self._served.difference_update(dropped)

    def receive(self, receiver: Receiver) -> None:
        """Pass messages on to a receiver from now on. Like `send`, it is called in the thread."""
        self._mailbox.open(self._selector)
        self._receiver = receiver

    def send(self, message: str) -> None:
        """Send a message to the other servers."""
        self._mailbox.send(message)

    def note(self, updates: Collection[Update]) -> None:
        """Note commits of this server, which are reported next."""
        self._made.update((each.tip, each) for each in updates)

    def _end_soon(self) -> None:
        self._is_ending = True
        self._ring()

    def _ring(self) -> None:
        with suppress(OSError):  # BlockingIOError: it rings already
            self._bell.send(b'!')

    def _run(self) -> None:
        try:
            while not self._is_ending or self._jobs or self._waiting:
                self._wait()
                self._work()
        finally:
            self._mailbox.close(self._selector)
            self._file.close()
            self._selector.close()
            self._bell.close()
            self._ear.close()
            for ended in self._ending:
                _tell(ended, ended.set_result, None)

    def _wait(self) -> None:
        if self._waiting:
            seconds: float | None = PAUSE_SECONDS
        else:
            seconds = max(0, self._next_look - time.monotonic()) if self._listener else None
        for ready, _ in self._selector.select(seconds):
            if ready.fileobj is self._ear:
                with suppress(BlockingIOError):
                    self._ear.recv(4096)
            else:
                messages = self._mailbox.receive()
                if messages and self._receiver:
                    self._receiver.report(messages)
                self._next_look = 0

    def _work(self) -> None:
        while self._jobs:
            job = self._jobs.popleft()
            if job.in_order and self._waiting:
                self._waiting.append(job)
            else:
                self._do(job)
        while self._waiting:
            job = self._waiting.popleft()
            if not self._do(job, is_first=True):
                break
        if self._listener and time.monotonic() >= self._next_look:
            self._look()

    def _do(self, job: _Job, *, is_first: bool = False) -> bool:
        """Do a job; return False if it has to wait."""
        try:
            result = job.work(self._tables())
        except Exception as error:
            if self._file.is_busy(error) and time.monotonic() < job.deadline:
                (self._waiting.appendleft if is_first else self._waiting.append)(job)
                return False
            _tell(job.done, job.done.set_exception, self._file.explain(error))
        else:
            _tell(job.done, job.done.set_result, result)
            if self._made:
                self._mailbox.ring()
                self._look()
        return True

    def _tables(self) -> Tables:
        tables = self._file.tables()
        if self._file.openings != self._openings:
            has_missed_some, self._openings = self._openings > 0, self._file.openings
            if self._listener and has_missed_some:
                self._listener.report_loss()
        return tables

    def _look(self) -> None:
        """Report what was committed since the last time, and tidy up a little from time to time."""
        self._next_look = time.monotonic() + LOOK_SECONDS
        if self._listener is None:
            self._made.clear()
            return
        try:
            self._mailbox.open(self._selector)
            tables = self._tables()
            self._report(tables)
            if time.monotonic() >= self._next_sweep:
                self._sweep(tables)
        except Exception as error:
            if not self._file.is_busy(error):
                self._warn(str(self._file.explain(error)))
        else:
            self._warned = ''

    def _warn(self, trouble: str) -> None:
        """Log what keeps this server from following the others, once."""
        if trouble != self._warned:
            logger.warning('%s', trouble)
        self._warned = trouble

    def _sweep(self, tables: Tables) -> None:
        last = tables.sweep(self._swept)
        self._next_sweep = time.monotonic() + (SWEEP_SECONDS if last is None else LOOK_SECONDS)
        self._swept = last or ''

    def _report(self, tables: Tables) -> None:
        outside: list[tuple[str, str]] = []
        news = list(tables.news(self._served, self._made, lambda *each: outside.append(each))) if self._listener else []
        self._made.clear()
        if self._listener and news:
            self._listener.report(news)
        if self._listener and outside:
            self._listener.report_outside(outside)


def _tell(done: asyncio.Future[Any], method: Callable[[Any], None], outcome: object) -> None:
    """Set the outcome of a future on its loop."""

    def tell() -> None:
        if not done.done():
            method(outcome)

    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        done.get_loop().call_soon_threadsafe(tell)
