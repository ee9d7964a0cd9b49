"""What a record remembers of its past: the changes of late, and how everybody's newest edit ended."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from dara.core._edits import Ops

LOG_EDITS: Final = 1000
LOG_BYTES: Final = 256 * 1024
REMEMBER_SECONDS: Final = 24 * 60 * 60
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Writer:
    """One tab of a user's, through one store at one room: whose edits of a record are numbered together."""

    user: str
    client: str
    store: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
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
    entries: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """How many bytes its ops take."""
        return sum(len(entry.ops_json) for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Settled:
    """How a writer's edit `n` ended; 0 if there was none. `author` is the writer's number among the authors then."""

    n: int = 0
    status: Literal['applied', 'rejected'] = 'applied'
    version: int = 0
    message: str | None = None
    author: int = 0


class Authors:
    """Small numbers by which writers know their own edits, and tell nobody who they are.

    Args:
        settlements, log: what they go on from; no number in it comes to mean somebody else.
    """

    def __init__(self, settlements: Settlements, log: Log) -> None:
        self._numbers = OrderedDict((writer, settled.author) for writer, settled, _ in settlements if settled.author)
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


class Log:
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

    def copy(self) -> Log:
        """Return what goes on from here by itself."""
        copied = Log()
        copied._changes, copied._edits, copied._bytes = self._changes.copy(), self._edits, self._bytes
        return copied

    def _count(self, change: Change, sign: int) -> None:
        self._edits += sign * len(change.entries)
        self._bytes += sign * change.size


class Settlements:
    """How each writer's newest edit ended, for a day after its last one; of ten thousand writers at most.

    Attributes:
        are_all: whether nobody was forgotten before their day was over.
    """

    def __init__(self, are_all: bool = True) -> None:
        self._settled: OrderedDict[Writer, tuple[float, Settled]] = OrderedDict()
        self.are_all = are_all

    def __len__(self) -> int:
        return len(self._settled)

    def __iter__(self) -> Iterator[tuple[Writer, Settled, float]]:
        """Yield each writer, how their newest edit ended, and when, in seconds since 1970; the oldest first."""
        return ((writer, settled, at) for writer, (at, settled) in self._settled.items())

    def get(self, writer: Writer) -> Settled | None:
        """Return how the writer's newest edit ended, if it is known."""
        remembered = self._settled.get(writer)
        return remembered[1] if remembered else None

    def remember(self, writer: Writer, settled: Settled, at: float | None = None) -> None:
        """Take the place of what was known of that writer, and forget those who have long been silent."""
        now = time.time()  # no process's own clock: what is settled outlives it
        self._settled[writer] = (now if at is None else at, settled)
        self._settled.move_to_end(writer)
        while self._settled and next(iter(self._settled.values()))[0] < now - REMEMBER_SECONDS:
            self._settled.popitem(last=False)
        if len(self._settled) > REMEMBERED:
            self.forget_oldest()

    def forget_oldest(self) -> None:
        """Make room for one writer."""
        self._settled.popitem(last=False)
        self.are_all = False

    def forget(self, writer: Writer) -> None:
        """Know no more how the writer's edits ended."""
        self._settled.pop(writer, None)
        self.are_all = False

    def copy(self) -> Settlements:
        """Return what goes on from here by itself."""
        copied = Settlements(self.are_all)
        copied._settled = self._settled.copy()
        return copied
