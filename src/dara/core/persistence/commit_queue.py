"""What waits for a record, and what those who wait together make of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field

import orjson

from dara.core._context import runs_for_somebody
from dara.core._edits import ABSENT, Applied, Ops, Value, dump_ops
from dara.core._threads import Threads
from dara.core.errors import DaraError, Unavailable
from dara.core.persistence.changelog import Change, CommittedEdit, Receipt, Writer
from dara.core.persistence.edit import Committed, Edit, Failed, Outcome, Rejected
from dara.core.persistence.volatile import Seen, WrittenBy


class Raced(Exception):
    """The record is no longer at the version that a transaction expected."""


@dataclass(slots=True)
class BrowserEdit:
    """An edit of a browser's, or the number of one that is refused untried."""

    edit: Edit
    done: asyncio.Future[Outcome]
    refusal: Rejected | None = None
    outcome: Rejected | None = None

    def succeed(self, version: int) -> None:
        """What was decided is stored."""
        self.done.set_result(self.outcome or Committed(version))

    def fail(self, error: DaraError) -> None:
        """Nothing was stored."""
        if not self.done.done():
            reason = error.reason if isinstance(error, Unavailable) else 'the data cannot be read'
            self.done.set_result(Failed(reason))


@dataclass(slots=True)
class Transaction:
    """A write by server code: what `change` makes of the present value, run for whom that code runs.

    It returns the new value, whose difference is published, or the effect of ops, which are published. It runs in
    one of `threads` if it is the app's own code.
    """

    change: Callable[[Value], Value | Applied]
    expected: tuple[str, int] | None
    done: asyncio.Future[Value]
    threads: Threads | None = None
    context: Context = field(default_factory=copy_context)
    value: Value = ABSENT

    @property
    def by(self) -> WrittenBy:
        """Whether the code runs for a person."""
        return 'people' if runs_for_somebody(self.context) else 'code'

    def succeed(self, _: int) -> None:
        """What was decided is stored."""
        self.done.set_result(self.value)

    def fail(self, error: DaraError) -> None:
        """Nothing was stored."""
        if not self.done.done():
            self.done.set_exception(error)


@dataclass(slots=True)
class Draft:
    """What the jobs that wait together make of the record; nothing of it has happened yet."""

    base: int
    value: Value
    entries: list[CommittedEdit] = field(default_factory=list)
    settled: dict[Writer, Receipt] = field(default_factory=dict)
    by: WrittenBy = 'code'
    restored: Seen | None = None

    @property
    def change(self) -> Change | None:
        """What is to be published; `None` if nothing is."""
        return Change(self.base, self.base + 1, tuple(self.entries)) if self.entries else None

    def add(self, author: int, n: int, ops: Ops, value: Value, by: WrittenBy = 'code') -> None:
        """Let `ops` happen, which make that value."""
        self.by = 'people' if by == 'people' else self.by
        self.entries.append(CommittedEdit(author, n, ops, orjson.dumps(dump_ops(ops))))
        self.value = value
