"""Guard against an app's function in `modify` that waits for the very record that it changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from dara.core.errors import NestedWrite


@dataclass(slots=True, eq=False)
class _Change:
    """A running function of the app that `modify` was given. If the function is sync, the record waits for it."""

    record: Any
    holds_record: bool
    is_over: bool = False


_CHANGES: Final[ContextVar[tuple[_Change, ...]]] = ContextVar('dara_changes', default=())


@contextmanager
def changing(record: Any, *, holds_record: bool) -> Iterator[None]:
    """Run the function that `modify` was given, within the context."""
    change = _Change(record, holds_record)
    token = _CHANGES.set((*_CHANGES.get(), change))
    try:
        yield
    finally:
        change.is_over = True  # tasks that the function started see this context, too
        _CHANGES.reset(token)


@contextmanager
def not_changing() -> Iterator[None]:
    """Run code within the context that is independent of the function that caused it to run."""
    token = _CHANGES.set(())
    try:
        yield
    finally:
        _CHANGES.reset(token)


def check_use(record: Any, *, is_write: bool) -> None:
    """Check that the running code may use a record.

    Raises:
        NestedWrite: the code belongs to a function that changes that record: it would wait for itself, or race itself.
    """
    for change in _CHANGES.get():
        if change.record is record and not change.is_over and (is_write or change.holds_record):
            raise NestedWrite(
                'The function that modify() was given uses the store that it changes. Take the value from its '
                'argument, and return the new one; or write after modify() has returned.'
            )


def holds_another() -> bool:
    """Return whether a record waits for the running code."""
    return any(change.holds_record and not change.is_over for change in _CHANGES.get())
