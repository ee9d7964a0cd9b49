"""What a record remembers of its past: the changes of late, and how everybody's newest edit ended."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from dara.core._edits import Ops

LOG_EDITS: Final = 1000
LOG_BYTES: Final = 256 * 1024
REMEMBERED: Final = 10_000
EPOCHS: Final = 16
Status: TypeAlias = Literal['applied', 'rejected']


@dataclass(frozen=True, slots=True)
class Writer:
    """One tab of a user's, through one store at one room: whose edits of a record are numbered together."""

    user: str
    client: str
    store: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class CommittedEdit:
    """One edit as it was committed. `ops_json` are the effective ops; server code is author 0."""

    author: int
    n: int
    ops: Ops
    ops_json: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a record, from version `base` to `version`."""

    base: int
    version: int
    entries: tuple[CommittedEdit, ...]

    @property
    def size(self) -> int:
        """How many bytes its ops take."""
        return sum(len(entry.ops_json) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The end of a writer's edit `n`; 0 if there was none.

    Attributes:
        author: the writer's number among the authors then.
        epoch: the epoch to which `version` belongs.
    """

    n: int = 0
    status: Status = 'applied'
    version: int = 0
    message: str | None = None
    author: int = 0
    epoch: str = ''


class Authors:
    """Small numbers by which writers know their own edits, and tell nobody who they are.

    Args:
        receipts, log: what they go on from; no number in it comes to mean somebody else.
    """

    def __init__(self, receipts: Receipts, log: ChangeLog) -> None:
        self._numbers = OrderedDict((writer, settled.author) for writer, settled in receipts if settled.author)
        logged = (entry.author for change in log for entry in change.entries)
        self._last = max((*self._numbers.values(), *logged), default=0)

    def number(self, writer: Writer) -> int:
        """Return the writer's number, the same as the last time unless ten thousand others came since."""
        if writer not in self._numbers:
            self._last += 1
            self._numbers[writer] = self._last
            if len(self._numbers) > REMEMBERED:
                self._numbers.popitem(last=False)
        self._numbers.move_to_end(writer)
        return self._numbers[writer]


class ChangeLog:
    """The changes of late, as far back as there is room for."""

    def __init__(self) -> None:
        self._changes: deque[Change] = deque()
        self._edits = self._bytes = 0

    def __iter__(self) -> Iterator[Change]:
        return iter(self._changes)

    @property
    def size(self) -> int:
        """How many bytes its ops take."""
        return self._bytes

    def append(self, change: Change) -> None:
        """Add the newest change, and forget the oldest past the bounds; all, if it does not follow on them."""
        if self._changes and self._changes[-1].version != change.base:
            self.clear()
        self._changes.append(change)
        self._count(change, 1)
        while self._edits > LOG_EDITS or self._bytes > LOG_BYTES:
            self._count(self._changes.popleft(), -1)

    def since(self, version: int) -> list[Change] | None:
        """Return the changes from `version`, which is not the newest, on; `None` if they are not all known."""
        changes = [change for change in self._changes if change.base >= version]
        return changes if changes and changes[0].base == version else None

    def clear(self) -> None:
        """Know nothing of what has been."""
        self._changes.clear()
        self._edits = self._bytes = 0

    def copy(self) -> ChangeLog:
        """Return what goes on from here by itself."""
        copied = ChangeLog()
        copied._changes, copied._edits, copied._bytes = self._changes.copy(), self._edits, self._bytes
        return copied

    def _count(self, change: Change, sign: int) -> None:
        self._edits += sign * len(change.entries)
        self._bytes += sign * change.size


class Receipts:
    """Receipts: the end of each writer's newest edit, of ten thousand writers at most.

    A tab that has seen a version of an epoch has heard of all that was settled before it. So a receipt that is gone
    matters only to tabs that have seen less than it says, and no clock is needed to know which those are.

    Args:
        covered: by epoch, the version from which on no receipt is missing; the newest epoch last.
    """

    def __init__(self, covered: Mapping[str, int]) -> None:
        self._settled: OrderedDict[Writer, Receipt] = OrderedDict()
        self._covered = dict(covered)

    def __len__(self) -> int:
        return len(self._settled)

    def __iter__(self) -> Iterator[tuple[Writer, Receipt]]:
        """Yield each writer and the end of their newest edit; the oldest first."""
        return iter(self._settled.items())

    @property
    def covered(self) -> Mapping[str, int]:
        """The version of each epoch from which on no receipt is missing."""
        return self._covered

    def get(self, writer: Writer) -> Receipt | None:
        """Return the end of the writer's newest edit, if it is known."""
        return self._settled.get(writer)

    def covers(self, epoch: str, version: int) -> bool:
        """Return whether there is a receipt of every edit that was settled after that version of that epoch."""
        return epoch in self._covered and self._covered[epoch] <= version

    def begin(self, epoch: str, version: int) -> None:
        """Go on in an epoch that begins at `version`, unless it is the present one.

        One that begins at 0 follows a change from outside. Any other replaces an epoch that has lost versions, and
        nobody knows which receipts went with them.
        """
        if epoch in self._covered:
            return
        if version:
            self._covered.clear()
        self._covered[epoch] = version
        if len(self._covered) > EPOCHS:
            del self._covered[next(iter(self._covered))]

    def remember(self, writer: Writer, settled: Receipt) -> None:
        """Replace the writer's receipt, and forget the oldest one where there is no room."""
        self._settled[writer] = settled
        self._settled.move_to_end(writer)
        if len(self._settled) > REMEMBERED:
            self.forget_oldest()

    def forget_oldest(self) -> None:
        """Make room for one writer."""
        _, settled = self._settled.popitem(last=False)
        self._miss(settled)

    def forget(self, writer: Writer, settled: Receipt) -> None:
        """Forget the writer's receipt: their edit may have been settled as `settled` says, or not at all."""
        self._settled.pop(writer, None)
        self._miss(settled)

    def copy(self) -> Receipts:
        """Return a copy that goes on from here by itself."""
        copied = Receipts(self._covered)
        copied._settled = self._settled.copy()
        return copied

    def _miss(self, settled: Receipt) -> None:
        """Cover no epoch before that of the receipt, and that one only where a tab must have heard of its edit."""
        heard = settled.version + (settled.status == 'rejected')  # it may have seen the version of a rejection already
        if settled.epoch not in self._covered:
            return
        for epoch in list(self._covered):
            if epoch == settled.epoch:
                self._covered[epoch] = max(self._covered[epoch], heard)
                return
            del self._covered[epoch]
