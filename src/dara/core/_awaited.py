"""Detection of calls of async methods that the app has forgotten to await."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from weakref import ref

from dara.core.errors import InvalidDefinition

C = TypeVar('C', bound=type)


class NotAwaited(InvalidDefinition):
    """The app has called an async method, and not awaited the result.

    Args:
        name: the method.
        place: the app's file and line, for the log.
    """

    def __init__(self, name: str, place: str) -> None:
        super().__init__(
            f'{name}(...) has to be awaited, and did nothing: write await before the call, or in a sync function '
            'run_sync(...) around it'
        )
        self.place = place


@dataclass(slots=True, eq=False)
class _Call:
    """A call of an async method by the app.

    Attributes:
        place: the app's file and line.
        coroutine: the result of the call, as long as anything refers to it.
    """

    name: str
    place: str
    has_begun: bool = False
    coroutine: Callable[[], object] = lambda: None


_CALLS: Final[ContextVar[list[_Call] | None]] = ContextVar('dara_calls', default=None)


def awaited_methods(kind: C) -> C:
    """Note the calls of the public async methods of a class, in the body of `awaits_checked`."""
    for name, method in list(vars(kind).items()):
        if not name.startswith('_') and inspect.iscoroutinefunction(method):
            setattr(kind, name, _noted(method))
    return kind


@contextmanager
def awaits_checked() -> Iterator[None]:
    """Check at the end that the app has awaited what it called.

    Raises:
        NotAwaited: it has not.
    """
    calls: list[_Call] = []
    token = _CALLS.set(calls)
    try:
        yield
    finally:
        _CALLS.reset(token)
    for call in calls:
        if not call.has_begun and call.coroutine() is None:  # one that still exists may be a task that has not begun
            raise NotAwaited(call.name, call.place)


def _noted(method: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    @functools.wraps(method)
    def call(*arguments: Any, **keywords: Any) -> Coroutine[Any, Any, Any]:
        calls = _CALLS.get()
        caller = sys._getframe(1)
        if calls is None or str(caller.f_globals.get('__name__')).startswith('dara.'):
            return method(*arguments, **keywords)
        made = _Call(method.__name__, f'{caller.f_code.co_filename}, line {caller.f_lineno}')
        coroutine: Any = _run(made, method, arguments, keywords)
        coroutine.__name__, coroutine.__qualname__ = method.__name__, method.__qualname__
        made.coroutine = ref(coroutine)
        calls.append(made)
        noted: Coroutine[Any, Any, Any] = coroutine
        return noted

    return call


async def _run(made: _Call, method: Callable[..., Any], arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    made.has_begun = True
    return await method(*arguments, **keywords)
