"""The functions that can be sent to another process: those that it finds by their name in a module."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Final

from dara.core.errors import InvalidDefinition

PROGRAM: Final = 'dara.core._jobs.worker'
"""The module that the processes of jobs run."""


def is_process_of_jobs() -> bool:
    """Return whether this process runs jobs."""
    spec = getattr(sys.modules.get('__main__'), '__spec__', None)
    return spec is not None and spec.name == PROGRAM


def check_can_be_sent(name: str, function: Callable[..., Any]) -> None:
    """Check that another process can find a function.

    Args:
        name: what takes the function, for the error.

    Raises:
        InvalidDefinition: it cannot.
    """
    while isinstance(function, partial):
        function = function.func
    reason = _obstacle(function)
    if reason:
        raise InvalidDefinition(
            f'{name}: {getattr(function, "__qualname__", repr(function))} cannot be sent to another process: {reason}. '
            'Write it with def at the top of a module, best one of its own such as tasks.py, and import it from there'
        )


def sendable(
    name: str, function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> Callable[[], Any]:
    """Return a call of a function that another process can find. Raises what `check_can_be_sent` does."""
    check_can_be_sent(name, function)
    return partial(function, *arguments, **keywords)


def _obstacle(function: Callable[..., Any]) -> str | None:
    """Return why another process cannot find the function; `None` if it can."""
    module, path = getattr(function, '__module__', None), getattr(function, '__qualname__', None)
    if module is None or path is None:
        return 'it has no name in a module'
    if '<lambda>' in path:
        return 'it is a lambda'
    if '<locals>' in path:
        return 'it is defined inside another function'
    if module == '__main__':
        return 'it is in the program that was started, which no other program can import'
    try:
        found = attrgetter(path)(sys.modules[module])
    except (KeyError, AttributeError):
        return f'{module} has no {path}'
    return None if found is function else f'{module}.{path} is another object'
