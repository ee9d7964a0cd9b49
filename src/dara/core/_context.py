"""What holds while the app's own code runs: the only context variables."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any, Final, TypeVar

T = TypeVar('T')

SERVER_LOOP: Final[ContextVar[asyncio.AbstractEventLoop]] = ContextVar('dara_server_loop')


def run_sync(awaitable: Coroutine[Any, Any, T]) -> T:
    """Wait for `awaitable` in a synchronous action, such as `run_sync(store.read())`, and return its result.

    Synchronous actions run in threads of their own, so that the server goes on meanwhile.

    Raises:
        RuntimeError: called elsewhere than in a synchronous action.
    """
    loop = SERVER_LOOP.get(None)
    if loop is None or _is_running_here():
        awaitable.close()
        raise RuntimeError('run_sync() works in synchronous actions; in async code use await')
    return asyncio.run_coroutine_threadsafe(awaitable, loop).result()


def _is_running_here() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
