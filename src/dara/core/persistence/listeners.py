"""Listeners: functions of the app that are called after commits."""

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
from dara.core.persistence.changing import not_changing

MAX_PENDING: Final = 10_000
_IS_LISTENER: Final[ContextVar[bool]] = ContextVar('dara_listens', default=False)
logger = logging.getLogger('dara')


class Listener:
    """A function of the app that is called with a key and its new value after commits, in order.

    An async function runs on the event loop on which it was registered, while that runs, or else on the loop of the
    records. A sync function runs in a thread, one call after the other. Calls run for no user.

    Args:
        describe: describes the backend in the log.
    """

    def __init__(self, function: Callable[[str, Any], Any], describe: Callable[[], str]) -> None:
        self._function = function
        self._describe = describe
        self._loop: asyncio.AbstractEventLoop | None = None
        with suppress(RuntimeError):  # no loop runs while an app is being defined
            self._loop = asyncio.get_running_loop()
        self._threads = Threads('dara-listener', 1)
        self._pending: deque[tuple[str, Any, asyncio.Future[None]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._has_stopped = False

    def stop(self) -> None:
        """Make no more calls."""
        self._has_stopped = True

    def notify(self, key: str, value: Any) -> asyncio.Future[None] | None:
        """Schedule a call. For a sync function on this loop, return a future that is done when it has returned."""
        current = asyncio.get_running_loop()
        loop = self._loop if self._loop is not None and self._loop.is_running() else current
        with running_for(None), not_changing():
            if loop is current:
                return self._schedule(key, value)
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(self._schedule, key, value)
        return None

    def _schedule(self, key: str, value: Any) -> asyncio.Future[None] | None:
        if is_async(self._function):
            if len(self._tasks) >= MAX_PENDING:
                self._log_dropped()
            else:
                self._start(self._call(key, value))
            return None
        done = asyncio.get_running_loop().create_future()
        self._pending.append((key, value, done))
        if len(self._pending) > MAX_PENDING:
            self._pending.popleft()[2].cancel()
            self._log_dropped()
        if not any(task.get_loop() is asyncio.get_running_loop() for task in self._tasks):
            self._start(self._call_pending())
        return done

    def _log_dropped(self) -> None:
        logger.error('A listener of %s is too slow: some of its pending changes were dropped', self._describe())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call_pending(self) -> None:
        while self._pending:
            key, value, done = self._pending.popleft()
            await self._call(key, value)
            if not done.done():
                done.set_result(None)

    async def _call(self, key: str, value: Any) -> None:
        if self._has_stopped:
            return
        _IS_LISTENER.set(True)
        try:
            await call_app_code(self._threads, self._function, key, value)
        except Exception:  # raised by the app's code
            logger.exception('%s: a function of on_change failed', self._describe())


def is_listener() -> bool:
    """Return whether the running code is a listener: listeners do not wait for listeners."""
    return _IS_LISTENER.get()
