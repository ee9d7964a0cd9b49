"""Functions of the app's that hear of commits."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final

from dara.core._app_code import call_app_code, is_async
from dara.core._context import running_for
from dara.core._threads import Threads
from dara.core.persistence.changing import changing_nothing

WAITING_AT_MOST: Final = 10_000
_LISTENS: Final[ContextVar[bool]] = ContextVar('dara_listens', default=False)
logger = logging.getLogger('dara')


class Listener:
    """A function of a key and its new value, called after commits, in their order.

    An async one runs on the event loop on which it was registered, if that runs, or else on that of the records. A sync
    one runs in a thread, one call after the other. It runs for no user, for it listens to everybody.

    Args:
        where: what it listens to, for the log.
    """

    def __init__(self, function: Callable[[str, Any], Any], where: str) -> None:
        self._function = function
        self._where = where
        self._loop: asyncio.AbstractEventLoop | None = None
        with suppress(RuntimeError):  # none runs where an app is defined
            self._loop = asyncio.get_running_loop()
        self._threads = Threads('dara-listener', 1)
        self._waiting: deque[tuple[str, Any, asyncio.Future[None]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_stopped = False

    def stop(self) -> None:
        """Tell it nothing more."""
        self._has_stopped = True

    def tell(self, key: str, value: Any) -> asyncio.Future[None] | None:
        """Have it called, without waiting; return what is done when a sync one of this loop has returned."""
        present = asyncio.get_running_loop()
        loop = self._loop if self._loop is not None and self._loop.is_running() else present
        with running_for(None), changing_nothing():
            if loop is present:
                return self._take(key, value)
            with suppress(RuntimeError):  # it was closed just now
                loop.call_soon_threadsafe(self._take, key, value)
        return None

    def _take(self, key: str, value: Any) -> asyncio.Future[None] | None:
        if is_async(self._function):
            if len(self._tasks) >= WAITING_AT_MOST:
                self._say_that_it_is_slow()
            else:
                self._start(self._call(key, value))
            return None
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((key, value, done))
        if len(self._waiting) > WAITING_AT_MOST:
            self._waiting.popleft()[2].cancel()
            self._say_that_it_is_slow()
        if not any(task.get_loop() is asyncio.get_running_loop() for task in self._tasks):
            self._start(self._call_waiting())
        return done

    def _say_that_it_is_slow(self) -> None:
        logger.error('A listener of %s is too slow: of the changes that wait for it some are left out', self._where)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call_waiting(self) -> None:
        while self._waiting:
            key, value, done = self._waiting.popleft()
            await self._call(key, value)
            if not done.done():
                done.set_result(None)

    async def _call(self, key: str, value: Any) -> None:
        if self._has_stopped:
            return
        _LISTENS.set(True)
        try:
            await call_app_code(self._threads, self._function, key, value)
        except Exception:  # of the app's own code
            logger.exception('A listener of %s failed', self._where)


def is_listener() -> bool:
    """Whether a listener runs: it does not wait for listeners."""
    return _LISTENS.get()
