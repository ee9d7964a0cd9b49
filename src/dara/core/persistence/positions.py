"""Where the records of many keys stand, as far back and of as many as there is room for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dara.core.persistence.backend import Position
from dara.core.persistence.changelog import REMEMBERED, Change, ChangeLog, Receipt, Receipts, Writer

KEYS: Final = 10_000
LOGGED_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Note:
    """Where the record of a key stands now and with which value, by its digest; and what is new since the last note.

    Attributes:
        settled: whose edits were settled, and how.
        changes: what has changed, if that is known.
        covered: by epoch, the version from which on no receipt is missing; `None` for as far as is known already.
    """

    key: str
    digest: str
    epoch: str
    version: int
    settled: Iterable[tuple[Writer, Receipt]] = ()
    changes: tuple[Change, ...] = ()
    covered: Mapping[str, int] | None = None

    @classmethod
    def of(cls, key: str, digest: str, position: Position) -> Note:
        """Say that the record of a key is there now."""
        changes = (position.change,) if position.change else ()
        return cls(key, digest, position.epoch, position.version, position.settled.items(), changes)


@dataclass(slots=True)
class Kept:
    """What is remembered of one key."""

    epoch: str
    version: int
    digest: str
    receipts: Receipts
    log: ChangeLog = field(default_factory=ChangeLog)

    @classmethod
    def before(cls, note: Note) -> Kept:
        """What is known of a key before the first note of it."""
        covered = {note.epoch: note.version} if note.covered is None else note.covered
        return cls(note.epoch, note.version, note.digest, Receipts(covered))

    def follow(self, note: Note) -> None:
        """Take in what is new."""
        is_known = (self.epoch, self.version) == (note.epoch, note.changes[0].base if note.changes else note.version)
        if not is_known:
            self.log.clear()
        for change in note.changes:
            self.log.append(change)
        self.receipts.begin(note.epoch, note.version)
        for writer, settled in note.settled:
            self.receipts.remember(writer, settled)
        self.epoch, self.version, self.digest = note.epoch, note.version, note.digest

    def copy(self) -> Kept:
        """Return what goes on from here by itself."""
        return Kept(self.epoch, self.version, self.digest, self.receipts.copy(), self.log.copy())


class Positions:
    """What is remembered of each key, the least recently used first. Of those it forgets some: logs, writers, keys."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._logging: OrderedDict[str, Kept] = OrderedDict()  # those with a log
        self._settled = self._logged = 0

    def __iter__(self) -> Iterator[Note]:
        """Yield all that is remembered of each key."""
        for key, kept in self._kept.items():
            covered = kept.receipts.covered
            yield Note(key, kept.digest, kept.epoch, kept.version, kept.receipts, tuple(kept.log), covered)

    def get(self, key: str) -> Kept | None:
        """Return what is remembered of a key, which counts as a use of it."""
        kept = self._take_out(key)
        if kept:
            self._put(key, kept)
        return kept

    def follow(self, note: Note) -> Kept:
        """Take in what is new of a key."""
        kept = self._take_out(note.key) or Kept.before(note)
        kept.follow(note)
        self._put(note.key, kept)
        return kept

    def update(self, others: Positions) -> None:
        """Remember what the others do, in the place of what was known of the same keys."""
        for key, kept in others._kept.items():
            self._take_out(key)
            self._put(key, kept)

    def forget(self, note: Note) -> None:
        """Forget the receipts of those whose edits may have been settled as the note says, or not at all."""
        kept = self._take_out(note.key)
        if kept:
            for writer, settled in note.settled:
                kept.receipts.forget(writer, settled)
            self._put(note.key, kept)

    def _take_out(self, key: str) -> Kept | None:
        kept = self._kept.pop(key, None)
        if kept:
            self._settled -= len(kept.receipts)
            if self._logging.pop(key, None):
                self._logged -= kept.log.size
        return kept

    def _put(self, key: str, kept: Kept) -> None:
        self._kept[key] = kept
        self._settled += len(kept.receipts)
        if kept.log.size:
            self._logging[key] = kept
            self._logged += kept.log.size
        while self._logged > LOGGED_BYTES:
            _, oldest = self._logging.popitem(last=False)
            self._logged -= oldest.log.size
            oldest.log.clear()
        while len(self._kept) > KEYS or self._settled > REMEMBERED:
            self._forget_some()

    def _forget_some(self) -> None:
        """Of the least recently used key forget a writer, or all if there is none, or no room for so many keys."""
        key, oldest = next(iter(self._kept.items()))
        if len(self._kept) <= KEYS and oldest.receipts:
            oldest.receipts.forget_oldest()
            self._settled -= 1
        else:
            self._take_out(key)
