"""`Draft`: the combined effect of a group commit, before it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from dara.core._edits import Ops, Value
from dara.core.persistence.changelog import Change, CommittedEdit, Mark, Receipt, Writer
from dara.core.persistence.checkpoints import ANYTHING, Commit
from dara.core.persistence.volatile import Seen, WrittenBy


@dataclass(slots=True, eq=False)
class Draft:
    """The combined effect of the jobs of one group commit, not stored yet.

    Attributes:
        counts_all: a commit without ops advances the version, too, because other servers must hear of it.
    """

    base: Mark
    value: Value
    counts_all: bool = False
    entries: list[CommittedEdit] = field(default_factory=list)
    receipts: dict[Writer, Receipt] = field(default_factory=dict)
    by: WrittenBy = 'code'
    restored: Seen | None = None

    @property
    def change(self) -> Change | None:
        """The change to publish, if there is one."""
        version = self.base.version
        return Change(version, version + 1, tuple(self.entries)) if self.entries or self.counts_all else None

    def commit(self, expected: Any = ANYTHING) -> Commit:
        """Return the metadata to store with the value."""
        change = self.change
        mark = Mark(self.base.epoch, change.version) if change else self.base
        return Commit(mark, self.receipts, change, expected)

    def add(self, author: int, n: int, ops: Ops, value: Value, by: WrittenBy = 'code') -> None:
        """Append the entry of an edit; `value` is the result of `ops`."""
        self.append(CommittedEdit.of(author, n, ops), value, by)

    def append(self, entry: CommittedEdit, value: Value, by: WrittenBy) -> None:
        """Append an entry; `value` is the result of its ops."""
        self.by = 'people' if by == 'people' else self.by
        self.entries.append(entry)
        self.value = value
