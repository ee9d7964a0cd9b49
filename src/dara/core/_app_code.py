"""The one place where the app's functions are called, sync ones in threads."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeVar

T = TypeVar('T')


class Runner(Protocol):
    """A runner of sync functions in threads."""

    async def run(self, function: Callable[..., T], *arguments: Any) -> T: ...


async def call_app_code(runner: Runner, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function of the app, and await its result if it is awaitable.

    An async function runs on the event loop; a sync one in a thread, in a copy of the current context.

    Raises:
        Exception: whatever the function raises; a RuntimeError in place of StopIteration.
    """
    if is_async(function):
        return await function(*arguments)
    result = await runner.run(function, *arguments)
    return await result if inspect.isawaitable(result) else result


def is_async(function: Callable[..., Any]) -> bool:
    """Return whether a call does not block: of a coroutine function, or of an object whose `__call__` is one."""
    if isinstance(function, partial):
        return is_async(function.func)
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, '__call__', None))  # noqa: B004


def is_ours(function: Callable[..., Any]) -> bool:
    """Return whether a function is Dara's own, and so does not block."""
    return str(getattr(function, '__module__', '')).startswith('dara.')
