"""Checkpoints of records, and a bounded table of them."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from dara.core.persistence.changelog import MAX_WRITERS, Change, ChangeLog, Mark, Receipt, Receipts, Writer

MAX_KEYS: Final = 10_000
MAX_LOGGED_BYTES: Final = 1024 * 1024
ANYTHING: Final = object()


@dataclass(frozen=True, slots=True, eq=False)
class Commit:
    """Metadata that is stored with a value: the mark of the record with it, the new receipts and the change.

    Attributes:
        expected: the value that the commit replaces; a backend refuses to replace any other. `ANYTHING` matches all.
        value_version: the version of the app that the value belongs to.
    """

    mark: Mark
    receipts: Mapping[Writer, Receipt] = field(default_factory=dict)
    change: Change | None = None
    expected: Any = ANYTHING
    value_version: int = 1


class Step(NamedTuple):
    """A commit of one key, with the digest of the value that it stores."""

    key: str
    digest: str
    commit: Commit


@dataclass(slots=True, eq=False)
class Checkpoint:
    """The state from which a record resumes after eviction or a restart, if its value still has the same digest.

    Attributes:
        uncertain: a commit of which it is unknown whether it was stored, and the digest of its value.
        value_version: the latest version of the app that any value of the key belonged to.
    """

    mark: Mark
    digest: str
    receipts: Receipts
    log: ChangeLog = field(default_factory=ChangeLog)
    uncertain: tuple[str, Commit] | None = None
    value_version: int = 1

    @classmethod
    def start(cls, mark: Mark, digest: str) -> Checkpoint:
        """Return the checkpoint of a record without history."""
        return cls(mark, digest, Receipts({mark.epoch: mark.version}))

    @property
    def size(self) -> int:
        """The encoded size of the ops of all changes in bytes."""
        change = self.uncertain and self.uncertain[1].change
        return self.log.size + (change.size if change else 0)

    def resolve(self, digest: str) -> None:
        """Apply the uncertain commit if the stored value, of which this is the digest, is its value.

        If it is neither that nor the value before, the receipts that the commit would replace are dropped.
        """
        if self.uncertain is None:
            return
        committed, commit = self.uncertain
        if digest == committed:
            self.advance(committed, commit)
        elif digest != self.digest:
            self.doubt(commit)
        self.uncertain = None

    def drop_changes(self) -> None:
        """Drop the log, and the uncertain commit."""
        self.log.clear()
        if self.uncertain:
            self.doubt(self.uncertain[1])
            self.uncertain = None

    def advance(self, digest: str, commit: Commit) -> None:
        """Apply a commit."""
        change = commit.change
        if self.mark != (commit.mark.epoch, change.base if change else commit.mark.version):
            self.log.clear()
        if change:
            self.log.append(change)
        self.receipts.begin(commit.mark)
        for writer, receipt in commit.receipts.items():
            self.receipts.add(writer, receipt)
        self.mark, self.digest = commit.mark, digest
        self.value_version = max(self.value_version, commit.value_version)

    def doubt(self, commit: Commit) -> None:
        """Drop the receipts that a commit would replace, because it is unknown whether that commit happened."""
        for writer, receipt in commit.receipts.items():
            self.receipts.drop(writer, receipt)

    def copy(self) -> Checkpoint:
        """Return an independent copy."""
        return replace(self, receipts=self.receipts.copy(), log=self.log.copy())


class Checkpoints:
    """Bounded table of checkpoints by key, least recently used first.

    Past its bounds it drops change logs, then receipts, then keys. A dropped log costs tabs a snapshot; a dropped
    receipt costs certainty about an edit of a tab that was away.
    """

    def __init__(self) -> None:
        self._by_key: OrderedDict[str, Checkpoint] = OrderedDict()
        self._with_log: OrderedDict[str, Checkpoint] = OrderedDict()
        self._receipts = self._logged_bytes = 0

    def __iter__(self) -> Iterator[tuple[str, Checkpoint]]:
        """Yield each key with its checkpoint."""
        return iter(self._by_key.items())

    def get(self, key: str) -> Checkpoint | None:
        """Return the checkpoint of a key, which counts as a use."""
        checkpoint = self.pop(key)
        if checkpoint:
            self.put(key, checkpoint)
        return checkpoint

    def put(self, key: str, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint of a key."""
        self.pop(key)
        self._by_key[key] = checkpoint
        self._receipts += len(checkpoint.receipts)
        if checkpoint.size:
            self._with_log[key] = checkpoint
            self._logged_bytes += checkpoint.size
        self._evict()

    def pop(self, key: str) -> Checkpoint | None:
        """Remove the checkpoint of a key and return it."""
        checkpoint = self._by_key.pop(key, None)
        if checkpoint:
            self._receipts -= len(checkpoint.receipts)
            if self._with_log.pop(key, None):
                self._logged_bytes -= checkpoint.size
        return checkpoint

    def advance(self, step: Step) -> Checkpoint:
        """Apply a commit to the checkpoint of its key, and return the checkpoint."""
        checkpoint = self.pop(step.key) or Checkpoint.start(step.commit.mark, step.digest)
        checkpoint.advance(step.digest, step.commit)
        self.put(step.key, checkpoint)
        return checkpoint

    def doubt(self, step: Step) -> None:
        """Drop the receipts that a commit would replace, because it is unknown whether that commit happened."""
        checkpoint = self.pop(step.key)
        if checkpoint:
            checkpoint.doubt(step.commit)
            self.put(step.key, checkpoint)

    def _evict(self) -> None:
        while self._logged_bytes > MAX_LOGGED_BYTES:
            _, oldest = self._with_log.popitem(last=False)
            self._logged_bytes -= oldest.size
            self._receipts -= len(oldest.receipts)
            oldest.drop_changes()
            self._receipts += len(oldest.receipts)
        while len(self._by_key) > MAX_KEYS or self._receipts > MAX_WRITERS:
            key, oldest = next(iter(self._by_key.items()))
            if len(self._by_key) <= MAX_KEYS and oldest.receipts:
                oldest.receipts.drop_oldest()
                self._receipts -= 1
            else:
                self.pop(key)


def digest_of(encoded: bytes) -> str:
    """Return a digest of an encoded value; an absent value is encoded as nothing."""
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()
