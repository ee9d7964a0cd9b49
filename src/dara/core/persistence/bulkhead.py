"""Bulkheads: the calls of one backend, isolated so that a backend that hangs blocks no other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, Final, Literal, TypeAlias, TypeVar

from dara.core._threads import Threads

T = TypeVar('T')
THREADS: Final = 32
FAILURE_SECONDS: Final = 300
"""The time after which a failure is past, even if no call has succeeded since."""
Operation: TypeAlias = Literal['read', 'write', 'follow']
_Unfinished: TypeAlias = 'set[Future[Any] | asyncio.Task[Any]]'
_IN_THREADS: Final[ContextVar[set[Future[Any]] | None]] = ContextVar('dara_in_threads', default=None)


class Bulkhead:
    """The calls of one backend: sync methods run in threads of its own, and every call has a time limit.

    A call that exceeds its limit may continue, if it cannot be cancelled, and may still write. Therefore no other call
    for its key starts until it has ended.
    """

    def __init__(self) -> None:
        self._threads = Threads('dara-backend', THREADS)
        self._overdue: dict[str, _Unfinished] = {}
        self._failed_at: dict[Operation, float] = {}

    def __deepcopy__(self, _: Any) -> Bulkhead:
        return Bulkhead()

    @property
    def failing(self) -> list[Operation]:
        """The operations that have failed lately, and have not succeeded since."""
        now = time.monotonic()
        return [each for each, at in self._failed_at.items() if now - at < FAILURE_SECONDS]

    def note_failure(self, operation: Operation) -> None:
        """Note that a call has failed."""
        self._failed_at[operation] = time.monotonic()

    def note_success(self, operation: Operation) -> None:
        """Note that a call has succeeded."""
        if self._failed_at:
            self._failed_at.pop(operation, None)

    def is_overdue(self, key: str) -> bool:
        """Return whether a call for that key has exceeded its time limit and has not ended."""
        return not all(each.done() for each in self._overdue.get(key, ()))

    async def run(self, method: Callable[..., T], *arguments: Any) -> T:
        """Call a sync method in a thread.

        Raises:
            TimeoutError: every thread is occupied by a call that has exceeded its time limit.
        """
        stuck = sum(not each.done() for calls in self._overdue.values() for each in calls if isinstance(each, Future))
        if stuck >= THREADS:
            raise TimeoutError(f'{stuck} earlier calls have not returned')
        future = self._threads.submit(partial(copy_context().run, method, *arguments))
        in_threads = _IN_THREADS.get()
        if in_threads is not None:
            in_threads.add(future)
        return await asyncio.wrap_future(future)

    async def within(self, seconds: float, key: str, work: Coroutine[Any, Any, T], *, may_be_cancelled: bool) -> T:
        """Run `work` for `key` within a time limit.

        Args:
            may_be_cancelled: cancel async work at the limit, because it writes nothing.

        Raises:
            TimeoutError: the work exceeded the limit, or an earlier call for that key did and has not ended.
        """
        if self.is_overdue(key):
            work.close()
            raise TimeoutError(f'an earlier call for this key has not returned after {seconds:g} s')
        in_threads: set[Future[Any]] = set()
        context = copy_context()
        context.run(_IN_THREADS.set, in_threads)
        task = asyncio.get_running_loop().create_task(work, context=context)
        try:
            await asyncio.wait({task}, timeout=seconds)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if task.done():
            return task.result()
        self._overdue = {each: calls for each, calls in self._overdue.items() if not all(one.done() for one in calls)}
        self._overdue.setdefault(key, set()).update((task, *in_threads))
        if may_be_cancelled:
            task.cancel()
        task.add_done_callback(_retrieve_exception)
        raise TimeoutError(f'no answer within {seconds:g} s')


def _retrieve_exception(task: asyncio.Task[Any]) -> None:
    """Retrieve the exception of an abandoned task, so that asyncio does not log it."""
    if not task.cancelled():
        task.exception()
