"""Event loops on which this process serves apps, and the bridge from synchronous code to them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from contextvars import ContextVar
from typing import Any, Final, TypeVar

T = TypeVar('T')
CHECK_SECONDS: Final = 0.5


class ServerLoops:
    """The event loops on which this process serves apps, in the order of their start."""

    def __init__(self) -> None:
        self._loops: list[asyncio.AbstractEventLoop] = []

    def __contains__(self, loop: asyncio.AbstractEventLoop) -> bool:
        return loop in self._loops

    def add(self) -> None:
        """Add the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._loops:
            self._loops = [*filter(_is_running, self._loops), loop]

    def remove(self) -> None:
        """Remove the running loop."""
        loop = asyncio.get_running_loop()
        self._loops = [each for each in self._loops if each is not loop]

    def current(self) -> asyncio.AbstractEventLoop | None:
        """Return the loop that has called this code, else the first that runs; `None` if no app is served."""
        own = _SERVER_LOOP.get(None)
        if own is not None and _is_running(own):
            return own
        return next(filter(_is_running, self._loops), None)


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    return loop.is_running() and not loop.is_closed()


_SERVER_LOOP: Final[ContextVar[asyncio.AbstractEventLoop]] = ContextVar('dara_server_loop')
SERVER_LOOPS: Final = ServerLoops()


def enter_server_loop() -> None:
    """Make the running loop the current server loop, for this context and the threads that it starts."""
    loop = asyncio.get_running_loop()
    _SERVER_LOOP.set(loop)
    if loop not in SERVER_LOOPS:
        SERVER_LOOPS.add()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that runs in this thread, if there is one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def is_on_loop() -> bool:
    """Return whether this is async code, which must not block."""
    return running_loop() is not None


def run_sync(awaitable: Coroutine[Any, Any, T]) -> T:
    """Wait for `awaitable` in synchronous code, such as `run_sync(store.read())`; return its result.

    It works in every thread of a process that serves an app: in synchronous actions, py_components and resolvers,
    which run in threads of their own, and in those of a scheduler, a client of a message broker, or a timer.

    Raises:
        RuntimeError: called in async code, or no app is served, or the server stops before there is a result.
    """
    if is_on_loop():
        awaitable.close()
        raise RuntimeError('run_sync() is for synchronous code, and would block the event loop here: use await')
    loop = SERVER_LOOPS.current()
    if loop is None:
        awaitable.close()
        raise RuntimeError(
            'run_sync() needs an app that is served in this process. While modules are imported, there is neither a '
            'server nor a user yet: read the value in an action, a py_component, a DerivedVariable or a function of '
            'config.on_startup(). In a script, use asyncio.run()'
        )
    try:
        future = asyncio.run_coroutine_threadsafe(awaitable, loop)
    except RuntimeError as error:  # the loop was closed just now
        awaitable.close()
        raise RuntimeError('run_sync(): the server has stopped') from error
    return _wait(future, loop)


def _wait(future: Future[T], loop: asyncio.AbstractEventLoop) -> T:
    while not wait([future], CHECK_SECONDS).done:
        if not _is_running(loop):  # the future will never be done
            future.cancel()
            break
    if future.cancelled():
        raise RuntimeError('run_sync(): the server stopped before there was a result')
    return future.result()
