"""Change log of a record, and the receipts of its writers' latest edits."""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

import orjson

from dara.core._edits import Ops, Value, dump_ops

LOG_EDITS: Final = 1000
LOG_BYTES: Final = 256 * 1024
MAX_WRITERS: Final = 10_000
MAX_EPOCHS: Final = 16
Status: TypeAlias = Literal['applied', 'rejected']


class Mark(NamedTuple):
    """A point in the history of a record: a version within an epoch."""

    epoch: str
    version: int


@dataclass(frozen=True, slots=True)
class Writer:
    """The author of edits that share one sequence of numbers: a user's tab, on one store and room."""

    user: str
    client: str
    store: str
    at: str | None = None

    @property
    def author(self) -> int:
        """The number by which the writer recognizes its own edits: the same in every process, and positive.

        It tells others nothing, because nobody can guess the id of a tab. It fits into a number of JavaScript.
        """
        digest = hashlib.blake2b(repr(self).encode(), digest_size=8).digest()
        return (int.from_bytes(digest, 'big') >> 11) or 1


@dataclass(frozen=True, slots=True)
class CommittedEdit:
    """An edit as committed, with its effective ops. Server code is author 0.

    Attributes:
        reason: the reason that server code has given.
        on_behalf_of: the id of the user for whom that code ran.
    """

    author: int
    n: int
    ops: Ops
    ops_json: bytes
    reason: str | None = None
    on_behalf_of: str | None = None

    @classmethod
    def of(
        cls, author: int, n: int, ops: Ops, reason: str | None = None, on_behalf_of: str | None = None
    ) -> CommittedEdit:
        """Return the entry of an edit with these effective ops."""
        return cls(author, n, ops, orjson.dumps(dump_ops(ops)), reason, on_behalf_of)


@dataclass(frozen=True, slots=True)
class Change:
    """A committed step of a record from version `base` to `version`.

    Attributes:
        size: the encoded size of its ops and reasons in bytes, approximately.
    """

    base: int
    version: int
    entries: tuple[CommittedEdit, ...]
    size: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        size = sum([len(entry.ops_json) + len(entry.reason or '') for entry in self.entries])
        object.__setattr__(self, 'size', size)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The outcome of a writer's edit `n`; `n` is 0 if the writer has sent none.

    Attributes:
        author: the author number under which the edit was committed.
        epoch: the epoch of `version`.
    """

    n: int = 0
    status: Status = 'applied'
    version: int = 0
    message: str | None = None
    author: int = 0
    epoch: str = ''


@dataclass(slots=True, eq=False)
class Whole:
    """A value that another program has written, without ops."""

    value: Value


@dataclass(slots=True, eq=False)
class Update:
    """A commit of a key, as every server sees it.

    Attributes:
        base: the tip before it.
        tip: its name, which no other commit has.
        mark: the mark after it, one version later.
        change: its effective ops, none if it has receipts alone; the whole value if another program has written it.
        receipts: the outcomes of the edits in it.
        value_version: the version of the app that its value belongs to; a whole value says that itself.
    """

    base: str
    tip: str
    mark: Mark
    change: Change | Whole
    receipts: Mapping[Writer, Receipt] = field(default_factory=dict)
    value_version: int = 1


class ChangeLog:
    """Bounded log of the most recent changes. They are contiguous: each starts at the version of the one before."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque()
        self._edits = self._bytes = 0

    def __iter__(self) -> Iterator[Change]:
        return iter(self._changes)

    @property
    def size(self) -> int:
        """The encoded size of all ops in bytes."""
        return self._bytes

    def append(self, change: Change) -> None:
        """Append a change and drop the oldest past the bounds. A change that leaves a gap drops all others."""
        if self._changes and self._changes[-1].version != change.base:
            self.clear()
        self._changes.append(change)
        self._count(change, 1)
        while self._edits > LOG_EDITS or self._bytes > LOG_BYTES:
            self._count(self._changes.popleft(), -1)

    def since(self, version: int) -> list[Change] | None:
        """Return the changes after `version`, an older one than the latest; None if the log does not reach back."""
        changes = [change for change in self._changes if change.base >= version]
        return changes if changes and changes[0].base == version else None

    def clear(self) -> None:
        """Drop all entries."""
        self._changes.clear()
        self._edits = self._bytes = 0

    def copy(self) -> ChangeLog:
        """Return an independent copy."""
        copied = ChangeLog()
        copied._changes, copied._edits, copied._bytes = self._changes.copy(), self._edits, self._bytes
        return copied

    def _count(self, change: Change, sign: int) -> None:
        self._edits += sign * len(change.entries)
        self._bytes += sign * change.size


class Receipts:
    """The receipt of each writer's latest edit, for `MAX_WRITERS` writers at most.

    A tab at some version has received the outcome of every edit up to that version. A dropped receipt therefore
    matters only to tabs at older versions. `covered` tells these versions from the others; no clock is involved.

    Args:
        covered: for each epoch, the version since which no receipt is missing; the latest epoch last.
    """

    def __init__(self, covered: Mapping[str, int]) -> None:
        self._by_writer: OrderedDict[Writer, Receipt] = OrderedDict()
        self._covered = dict(covered)

    def __len__(self) -> int:
        return len(self._by_writer)

    def __iter__(self) -> Iterator[tuple[Writer, Receipt]]:
        """Yield each writer with the receipt of the latest edit, oldest receipt first."""
        return iter(self._by_writer.items())

    @property
    def covered(self) -> Mapping[str, int]:
        """For each epoch, the version since which no receipt is missing."""
        return self._covered

    def get(self, writer: Writer) -> Receipt | None:
        """Return the receipt of the writer's latest edit, if it is known."""
        return self._by_writer.get(writer)

    def covers(self, mark: Mark) -> bool:
        """Return whether no receipt since `mark` is missing."""
        return mark.epoch in self._covered and self._covered[mark.epoch] <= mark.version

    def begin(self, mark: Mark) -> None:
        """Add an epoch that starts at `mark`, unless it is known already.

        An epoch that starts at version 0 follows an external change. An epoch that starts later replaces one that has
        lost versions, and with them an unknown set of receipts.
        """
        if mark.epoch in self._covered:
            return
        if mark.version:
            self._covered.clear()
        self._covered[mark.epoch] = mark.version
        if len(self._covered) > MAX_EPOCHS:
            del self._covered[next(iter(self._covered))]

    def add(self, writer: Writer, receipt: Receipt) -> None:
        """Replace the writer's receipt, and drop the oldest receipt past the bound."""
        self._by_writer[writer] = receipt
        self._by_writer.move_to_end(writer)
        if len(self._by_writer) > MAX_WRITERS:
            self.drop_oldest()

    def drop_oldest(self) -> None:
        """Drop the oldest receipt."""
        _, receipt = self._by_writer.popitem(last=False)
        self._uncover(receipt)

    def drop(self, writer: Writer, possible: Receipt) -> None:
        """Drop the writer's receipt, because it is unknown whether `possible` is the outcome of the latest edit."""
        self._by_writer.pop(writer, None)
        self._uncover(possible)

    def copy(self) -> Receipts:
        """Return an independent copy."""
        copied = Receipts(self._covered)
        copied._by_writer = self._by_writer.copy()
        return copied

    def _uncover(self, receipt: Receipt) -> None:
        """Exclude all earlier epochs, and in the receipt's epoch the versions that do not imply its outcome."""
        # A tab may have been at the version of a rejection before it was rejected.
        implied_at = receipt.version + (receipt.status == 'rejected')
        if receipt.epoch not in self._covered:
            return
        for epoch in list(self._covered):
            if epoch == receipt.epoch:
                self._covered[epoch] = max(self._covered[epoch], implied_at)
                return
            del self._covered[epoch]
