"""Threads in which code may block. Each purpose has a few of its own, so that a call that hangs stops nothing else."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import copy_context
from functools import partial
from typing import Any, Final, TypeVar

T = TypeVar('T')
IDLE_SECONDS: Final = 10


class Threads(Executor):
    """An executor whose threads do not keep the process from ending, and end when they are idle for 10 s.

    Args:
        name: the name of the threads, for debugging.
        size: the maximal number of threads.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._has_work = threading.Condition()
        self._queue: deque[Callable[[], None]] = deque()
        self._threads = self._idle = 0

    def __reduce__(self) -> tuple[type[Threads], tuple[str, int]]:
        return Threads, (self._name, self._size)  # a copy of an object with threads has threads of its own

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function` in a thread, in a copy of the current context; return its result."""
        call = partial(copy_context().run, function, *arguments)
        return await asyncio.get_running_loop().run_in_executor(self, call)

    def submit(self, function: Callable[..., T], /, *arguments: Any, **keywords: Any) -> Future[T]:
        """Call `function` in the next free thread; the future has the result, or a RuntimeError for StopIteration."""
        future: Future[T] = Future()
        work = partial(_fulfil, future, partial(function, *arguments, **keywords))
        with self._has_work:
            self._queue.append(work)
            if len(self._queue) <= self._idle:
                self._has_work.notify()
            elif self._threads < self._size:
                self._threads += 1
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
        future.add_done_callback(lambda _: self._drop(work) if future.cancelled() else None)
        return future

    def _work(self) -> None:
        while (work := self._next()) is not None:
            work()
            del work  # so that nothing that it refers to is kept until the next one comes

    def _next(self) -> Callable[[], None] | None:
        with self._has_work:
            self._idle += 1
            has_work = self._has_work.wait_for(lambda: self._queue, IDLE_SECONDS)
            self._idle -= 1
            if has_work:
                return self._queue.popleft()
            self._threads -= 1
            return None

    def _drop(self, work: Callable[[], None]) -> None:
        """Remove cancelled work from the queue, in which it may be behind a call that hangs."""
        with self._has_work:
            if work in self._queue:
                self._queue.remove(work)


def _fulfil(future: Future[T], call: Callable[[], T]) -> None:
    """Set the result of a call, or its error, in a future."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except StopIteration as error:  # which asyncio's futures do not accept
        future.set_exception(_runtime_error(error))
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def _runtime_error(error: StopIteration) -> RuntimeError:
    replacement = RuntimeError('StopIteration was raised, as next() does without a default')
    replacement.__cause__ = error
    return replacement
