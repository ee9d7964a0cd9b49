"""Rounds: calls that are combined while earlier ones are running."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Generic, TypeVar

Item = TypeVar('Item')
Result = TypeVar('Result')
ITEMS_AT_ONCE: Final = 256


class Rounds(Generic[Item, Result]):
    """A queue of items, which the next calls of `work` take along.

    Args:
        work: handles some items, and returns a result for each, or an exception to raise.
        at_once: the number of calls of `work` that may run at once.
        seconds: the time limit of an item, in the queue and under way together.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]],
        *,
        at_once: int = 1,
        seconds: float | None = None,
    ) -> None:
        self._work = work
        self._at_once = at_once
        self._seconds = seconds
        self._queue: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._calls: set[object] = set()  # of `work`, under way
        self._loop: asyncio.AbstractEventLoop | None = None
        self._deadlines: _Deadlines | None = None

    async def submit(self, item: Item) -> Result:
        """Return the result for `item`.

        If the caller is cancelled or the time is over, an item that still waits is never handled; one under way is
        handled to the end.

        Raises:
            TimeoutError: there was no result in time.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._running, self._calls = loop, set(), set()
            self._deadlines = None if self._seconds is None else _Deadlines(loop, self._seconds)
        done: asyncio.Future[Result] = loop.create_future()
        queued = (item, done)
        self._queue.append(queued)
        if self._deadlines:
            self._deadlines.add(done)
        if sum(not task.done() for task in self._running) < min(self._at_once, len(self._queue)):
            task = loop.create_task(self._run(self._calls))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            return await done
        except (asyncio.CancelledError, TimeoutError):
            with contextlib.suppress(ValueError):  # it is under way, or has been
                self._queue.remove(queued)
            raise

    async def _run(self, calls: set[object]) -> None:
        this = object()
        while self._queue:
            share = -(-len(self._queue) // (self._at_once - len(calls)))
            taken = [self._queue.popleft() for _ in range(min(share, ITEMS_AT_ONCE))]
            calls.add(this)
            try:
                results = await self._work([item for item, _ in taken])
            except BaseException as error:
                for _, done in taken:
                    _fail(done, error)
                if not isinstance(error, Exception):
                    raise
            else:
                for (_, done), result in zip(taken, results, strict=True):
                    if isinstance(result, Exception):
                        _fail(done, result)
                    elif not done.done():
                        done.set_result(result)
            finally:
                calls.discard(this)


class _Deadlines:
    """The deadlines of futures that all have the same time limit, with one timer for all of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._open: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, done: asyncio.Future[Any]) -> None:
        """Let a future raise `TimeoutError` if it has no result in time."""
        self._drop_done()
        self._open.append((self._loop.time() + self._seconds, done))
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._expire)

    def _expire(self) -> None:
        now = self._loop.time()
        while self._open and self._open[0][0] <= now:
            _fail(self._open.popleft()[1], TimeoutError(f'no answer within {self._seconds:g} s'))
        self._drop_done()
        self._timer = self._loop.call_at(self._open[0][0], self._expire) if self._open else None

    def _drop_done(self) -> None:
        while self._open and self._open[0][1].done():
            self._open.popleft()


def _fail(done: asyncio.Future[Any], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
        done.exception()  # retrieved, in case that the caller was cancelled
