"""What the app's own function changes at this moment, so that it does not wait for itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from dara.core.errors import NestedWrite


@dataclass(slots=True)
class _Change:
    """A function that `modify` runs. If it is sync, the record waits for it."""

    record: Any
    holds_record: bool
    is_over: bool = False


_CHANGES: Final[ContextVar[tuple[_Change, ...]]] = ContextVar('dara_changes', default=())


@contextmanager
def changing(record: Any, *, holds_record: bool) -> Iterator[None]:
    """Run the function that `modify` was given inside."""
    change = _Change(record, holds_record)
    token = _CHANGES.set((*_CHANGES.get(), change))
    try:
        yield
    finally:
        change.is_over = True  # for what it has started and not waited for
        _CHANGES.reset(token)


@contextmanager
def changing_nothing() -> Iterator[None]:
    """Run what does not belong to the function that made it run inside."""
    token = _CHANGES.set(())
    try:
        yield
    finally:
        _CHANGES.reset(token)


def check_use(record: Any, *, is_write: bool) -> None:
    """Accept that the present code uses a record.

    Raises:
        NestedWrite: it is called by the function that changes that record, and would wait for it, or race it, for ever.
    """
    for change in _CHANGES.get():
        if change.record is record and not change.is_over and (is_write or change.holds_record):
            raise NestedWrite(
                'The function that modify() was given uses the store that it changes. Take the value from its '
                'argument, and return the new one; or write after modify() has returned.'
            )


def holds_another() -> bool:
    """Whether a record waits for the present code."""
    return any(change.holds_record and not change.is_over for change in _CHANGES.get())
