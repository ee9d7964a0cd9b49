"""Threads in which code may block, a few for each purpose, so that what hangs in one stops nothing else."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import copy_context
from functools import partial
from typing import Any, Final, TypeVar

from dara.core._context import without_stop_iteration

T = TypeVar('T')
IDLE_SECONDS: Final = 10


class Threads(Executor):
    """An executor whose threads never keep the process from ending, and end themselves when there is nothing to do.

    Args:
        name: what the threads are called, for whoever debugs the process.
        size: how many there are at most.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._has_work = threading.Condition()
        self._waiting: deque[Callable[[], None]] = deque()
        self._threads = self._idle = 0

    def __reduce__(self) -> tuple[type[Threads], tuple[str, int]]:
        return Threads, (self._name, self._size)  # a copy of whoever owns threads has its own

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function` in a thread, in the present context; return what it returns."""
        call = partial(copy_context().run, without_stop_iteration, function, *arguments)
        return await asyncio.get_running_loop().run_in_executor(self, call)

    def submit(self, function: Callable[..., T], /, *arguments: Any, **keywords: Any) -> Future[T]:
        """Call `function` in a thread as soon as one is free."""
        future: Future[T] = Future()
        work = partial(_settle, future, partial(function, *arguments, **keywords))
        with self._has_work:
            self._waiting.append(work)
            if len(self._waiting) <= self._idle:
                self._has_work.notify()
            elif self._threads < self._size:
                self._threads += 1
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
        future.add_done_callback(lambda _: self._drop(work) if future.cancelled() else None)
        return future

    def _work(self) -> None:
        while (work := self._next()) is not None:
            work()
            del work  # what it refers to is not kept until the next one comes

    def _next(self) -> Callable[[], None] | None:
        with self._has_work:
            self._idle += 1
            has_work = self._has_work.wait_for(lambda: self._waiting, IDLE_SECONDS)
            self._idle -= 1
            if has_work:
                return self._waiting.popleft()
            self._threads -= 1
            return None

    def _drop(self, work: Callable[[], None]) -> None:
        """Nobody waits for it any more, so it takes no room behind what hangs."""
        with self._has_work:
            if work in self._waiting:
                self._waiting.remove(work)


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # it belongs to whoever waits
        future.set_exception(error)
    else:
        future.set_result(result)


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling it blocks nobody: a coroutine function, or an object whose `__call__` is one."""
    if isinstance(function, partial):
        return is_async(function.func)
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, '__call__', None))  # noqa: B004


def is_ours(function: Callable[..., Any]) -> bool:
    """Whether it is Dara's own, and known to be quick."""
    return str(getattr(function, '__module__', '')).startswith('dara.')


async def call_in(threads: Threads, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of the app's, sync or async: a sync one in a thread. What it returns is awaited if it can be."""
    if is_async(function):
        return await function(*arguments)
    result = await threads.run(function, *arguments)
    return await result if inspect.isawaitable(result) else result
