"""Eager start of a coroutine: its first steps run at once, and a task has to do only the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from typing import Any


def start_eagerly(work: Awaitable[None]) -> Awaitable[None] | None:
    """Run `work` up to its first wait; return the rest, to be awaited by a task, or `None` if there is none.

    An error is raised where the rest is awaited, not here.
    """
    steps = work.__await__()
    try:
        awaited = next(steps)
    except StopIteration:
        return None
    except (Exception, asyncio.CancelledError) as error:
        return _Failed(error)
    return _Rest(steps, awaited)


class _Rest(Generator[Any, None, None]):
    """The rest of a coroutine that was suspended outside a task, on `awaited`."""

    __slots__ = ('_awaited', '_steps')

    def __init__(self, steps: Generator[Any, None, Any], awaited: Any) -> None:
        self._steps = steps
        self._awaited = awaited

    def __await__(self) -> Generator[Any, None, None]:
        return self

    def send(self, value: None) -> Any:
        if self._awaited is None:
            return self._steps.send(value)
        awaited, self._awaited = self._awaited, None
        return awaited

    def throw(self, *error: Any) -> Any:
        return self._steps.throw(*error)


class _Failed:
    """The rest of a coroutine that has raised: awaiting it raises the error."""

    __slots__ = ('_error',)

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __await__(self) -> Generator[Any, None, None]:
        raise self._error
        yield
