"""Threads in which code may block. Each purpose has a few of its own, so that a call that hangs stops nothing else."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from contextvars import ContextVar, copy_context
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

T = TypeVar('T')
IDLE_SECONDS: Final = 10
THREADS: Final = 64
"""The number of calls of functions of the app that run at one time, unless the app is configured otherwise."""
RESERVED: Final = 4
"""The number of calls of each function of the app that never wait for calls of other functions."""


class _Work(NamedTuple):
    """A call that was submitted, and the function of the app that it calls."""

    do: Callable[[], None]
    of: Hashable


class _Call:
    """A call of `do` in a thread and in a context, on behalf of a function of the app."""

    __slots__ = ('_context', '_do', 'is_nested', 'is_running', 'of')

    def __init__(self, of: Hashable, do: Callable[[], Any]) -> None:
        outer = _CALL.get()
        self.of = of
        self.is_nested = outer is not None and outer.is_running
        self.is_running: bool = True
        self._do = do
        self._context = copy_context()
        self._context.run(_CALL.set, self)

    def __call__(self) -> Any:
        # This object and its context refer to each other: what the call has needed must not wait for a collection.
        do, self._do = self._do, _nothing
        try:
            return self._context.run(do)
        finally:
            self.is_running = False


def _nothing() -> None:
    """Stand in the place of a call that was made."""


_CALL: Final[ContextVar[_Call | None]] = ContextVar('dara_call', default=None)


class Threads(Executor):
    """An executor whose threads do not keep the process from ending, and end when they are idle for 10 s.

    With `reserved`, a slow function delays the others little, and code in a thread may wait for other code that needs
    a thread. A call starts at once, in a thread of its own, while fewer than `size` calls run; while fewer than
    `reserved` calls of its function run; or if a running call of any executor makes it. Other calls wait. The next one
    is of the function with the fewest running calls.

    Args:
        name: the name of the threads, for debugging.
        size: the number of calls that run at one time.
        reserved: the number of calls of each function that run beyond `size`; 0 makes `size` a strict maximum.
    """

    def __init__(self, name: str, size: int, reserved: int = 0) -> None:
        self._name = name
        self._size = size
        self._reserved = reserved
        self._has_work = threading.Condition()
        self._ready: deque[_Work] = deque()  # for the next free thread
        self._waiting: dict[Hashable, deque[_Work]] = {}  # by function
        self._running: Counter[Hashable] = Counter()  # calls that have not ended, the ready ones included
        self._total = self._idle = 0

    def __reduce__(self) -> tuple[type[Threads], tuple[str, int, int]]:
        # a copy of an object with threads has threads of its own
        return Threads, (self._name, self._size, self._reserved)

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call `function` in a thread, in a copy of the current context; return its result."""
        return await self.run_for(function, function, *arguments)

    async def run_for(self, of: Callable[..., Any], function: Callable[..., T], *arguments: Any) -> T:
        """Do what `run` does, as a call of the app's function `of`."""
        call = _Call(_code_of(of) if self._reserved else None, partial(function, *arguments))
        result: T = await asyncio.get_running_loop().run_in_executor(self, call)
        return result

    def submit(self, function: Callable[..., T], /, *arguments: Any, **keywords: Any) -> Future[T]:
        """Call `function` in the next free thread; the future has the result, or a RuntimeError for StopIteration."""
        if isinstance(function, _Call):
            return self._submit(function, function.of, function.is_nested)
        return self._submit(partial(function, *arguments, **keywords), None, is_nested=False)

    def _submit(self, call: Callable[[], T], of: Hashable, is_nested: bool) -> Future[T]:
        future: Future[T] = Future()
        work = _Work(partial(_fulfil, future, call, lambda: self._ended(of)), of)
        with self._has_work:
            if self._may_run(of) or (is_nested and self._reserved):
                self._start(work, self._idle)
                return future
            self._waiting.setdefault(of, deque()).append(work)
        future.add_done_callback(lambda _: self._drop(work) if future.cancelled() else None)
        return future

    def _may_run(self, of: Hashable) -> bool:
        return self._total < self._size or self._running[of] < self._reserved

    def _start(self, work: _Work, idle: int) -> None:
        """Give the work to one of so many idle threads, or to a new one."""
        self._total += 1
        self._running[work.of] += 1
        self._ready.append(work)
        if len(self._ready) <= idle:
            self._has_work.notify()
        else:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()

    def _ended(self, of: Hashable) -> None:
        """Note that a call has ended, and start the next one."""
        with self._has_work:
            self._total -= 1
            self._running[of] -= 1
            if not self._running[of]:
                del self._running[of]
            while self._waiting and self._may_run(next_of := min(self._waiting, key=self._running.__getitem__)):
                self._start(self._waiting[next_of].popleft(), self._idle + 1)  # this thread is idle in a moment
                if not self._waiting[next_of]:
                    del self._waiting[next_of]

    def _work(self) -> None:
        while (work := self._next()) is not None:
            work.do()
            del work  # so that nothing that it refers to is kept until the next one comes

    def _next(self) -> _Work | None:
        with self._has_work:
            self._idle += 1
            has_work = self._has_work.wait_for(lambda: self._ready, IDLE_SECONDS)
            self._idle -= 1
            return self._ready.popleft() if has_work else None

    def _drop(self, work: _Work) -> None:
        """Remove cancelled work from the calls that wait, which may be behind one that hangs."""
        with self._has_work:
            waiting = self._waiting.get(work.of, ())
            if work in waiting:
                self._waiting[work.of].remove(work)
                if not waiting:
                    del self._waiting[work.of]


def _code_of(function: Callable[..., Any]) -> Hashable:
    """Return the code of a function: functions that are made again and again, such as nested ones, share it."""
    while isinstance(function, partial):
        function = function.func
    function = inspect.unwrap(function)
    kind: Any = type(function)
    code: Hashable = getattr(function, '__code__', kind)
    return code


def _fulfil(future: Future[T], call: Callable[[], T], end: Callable[[], None]) -> None:
    """Set the result of a call, or its error, in a future; call `end` before that, so that the next call starts."""
    if not future.set_running_or_notify_cancel():
        end()
        return
    try:
        try:
            result = call()
        finally:
            end()
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
