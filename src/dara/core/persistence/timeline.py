"""`Timeline`: the history and the present value of a record as a pure state machine, without I/O or await."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final, TypeAlias

import orjson

from dara.core import _messages as messages
from dara.core._edits import (
    ABSENT,
    NO_KEYS,
    Applied,
    Effort,
    Exhausted,
    Keys,
    Ops,
    Replace,
    Test,
    Value,
    diff_steps,
    effect,
    effect_steps,
    rebase_cost,
    rebase_steps,
    size_of,
)
from dara.core._json import Json, json_equal
from dara.core._limits import DEFAULT_LIMITS
from dara.core._slices import Steps
from dara.core.errors import ConflictingIds, InvalidEdit, NotJson, TooLarge
from dara.core.persistence.changelog import (
    Change,
    ChangeLog,
    CommittedEdit,
    Mark,
    Receipt,
    Receipts,
    Status,
    Update,
    Whole,
    Writer,
)
from dara.core.persistence.checkpoints import Checkpoint, digest_of
from dara.core.persistence.draft import Draft
from dara.core.persistence.edit import Edit, Outcome, OutOfOrder, OutOfStep, Rejected, Settled

REBASE_EFFORT: Final = 50_000
"""The bound on pairs of ops that one rebase compares; a pair with a move counts more."""
OP_OVERHEAD_BYTES: Final = 64
"""An upper bound of the bytes that an op adds to a value besides its own content."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Decision: the tab has seen a version of this epoch that the record has lost, so a new epoch must start."""


Decision: TypeAlias = 'Outcome | Ahead | list[CommittedEdit]'
"""The outcome of an edit, or the entries over which it has to be rebased."""


class Timeline:
    """History and present of one record: mark, value, change log, receipts, and the rules by which it advances.

    Args:
        name: the record's backend and key, for messages.
        epoch: the epoch of a record without history.
    """

    def __init__(self, name: str, epoch: str) -> None:
        self._name = name
        self.mark = Mark(epoch, 0)
        self.value: Value = ABSENT
        self.default: Json = None
        self._defaults: dict[str, Json] = {}
        self._keys: dict[str, Keys] = {}
        self._log = ChangeLog()
        self._receipts = Receipts({epoch: 0})
        self._size_bound = 0
        self._encoded: tuple[Mark, str | None] | None = None

    @property
    def value_json(self) -> str | None:
        """The present value, encoded once for each mark; None if it is absent."""
        if self._encoded is None or self._encoded[0] != self.mark:
            self._encoded = (self.mark, None if self.value is ABSENT else orjson.dumps(self.value).decode())
        return self._encoded[1]

    # Declarations of the stores that share the record.

    @property
    def has_default(self) -> bool:
        """True once a store has declared the default."""
        return bool(self._defaults)

    def set_default(self, default: Json, store: str, *, is_shown: bool) -> None:
        """Declare the default on behalf of the store with the uid `store`.

        Args:
            is_shown: whether tabs show the record now.

        Raises:
            ConflictingIds: another store declared another default.
        """
        for other, known in self._defaults.items():
            if other != store and not json_equal(default, known):
                raise ConflictingIds(
                    f'{self._name}: the stores {other} and {store} share it, but not their default '
                    f'({known!r} and {default!r}). Give both the same default, or each a backend of its own.'
                )
        if is_shown and self.value is ABSENT and not json_equal(default, self.default):
            raise ConflictingIds(
                f'{self._name}: {store} has no value there yet, and is shown with two defaults '
                f'({self.default!r} and {default!r}). Give everybody the same default.'
            )
        self._defaults[store] = self.default = default

    def set_keys(self, keys: Keys, store: str) -> None:
        """Declare the members that identify list items on behalf of the store with the uid `store`.

        Raises:
            ConflictingIds: another store declared others.
        """
        for other, known in self._keys.items():
            if known != keys:
                raise ConflictingIds(
                    f'{self._name}: the stores {other} and {store} share it, but not their keys. '
                    'Give both the same keys, or each a backend of its own.'
                )
        self._keys[store] = keys

    # History.

    def load(self, value: Value, checkpoint: Checkpoint | None) -> None:
        """Start with a value that was read, and resume from its checkpoint.

        If the value is not the one of the checkpoint, a new epoch starts; the receipts stay known.
        """
        if checkpoint:
            digest = self._digest(value)
            checkpoint.resolve(digest)
            self._receipts = checkpoint.receipts
            if checkpoint.digest == digest:
                self.mark, self._log = checkpoint.mark, checkpoint.log
            self._receipts.begin(self.mark)
        self.set_value(value)

    def resume(self, value: Value, checkpoint: Checkpoint) -> None:
        """Start with a value and the checkpoint that was read together with it."""
        self.mark, self._receipts, self._log = checkpoint.mark, checkpoint.receipts, checkpoint.log
        self.set_value(value)

    def set_value(self, value: Value) -> None:
        """Set the value that belongs to the present mark."""
        self.value = value
        self._size_bound = _size(self.default if value is ABSENT else value)

    def skip_version(self) -> None:
        """Leave a version that may have been seen with another value."""
        self.mark = self.mark._replace(version=self.mark.version + bool(self.mark.version))
        self._log.clear()

    def begin_epoch(self, epoch: str) -> None:
        """Start a new epoch at the present version, because versions of the old one can no longer be trusted."""
        self.mark, self._log = self.mark._replace(epoch=epoch), ChangeLog()
        self._receipts.begin(self.mark)

    def checkpoint(self, uncertain: Draft | None) -> Checkpoint:
        """Return the checkpoint of the present.

        Args:
            uncertain: a draft of which it is unknown whether it was stored.
        """
        possible = (self._digest(uncertain.value), uncertain.commit()) if uncertain else None
        return Checkpoint(self.mark, self._digest(self.value), self._receipts, self._log, possible)

    def receipt(self, writer: Writer, seen: Mark | None) -> Receipt | None:
        """Return the receipt of a writer's latest edit, or an empty one; None if it may have been dropped.

        Args:
            seen: the mark at which the writer's tab was when it sent the edit.
        """
        receipt = self._receipts.get(writer)
        is_covered = seen is None or self._receipts.covers(seen)
        return receipt or (Receipt() if is_covered else None)

    def changes_since(self, mark: Mark) -> list[Change] | None:
        """Return the changes after `mark`, or None if the log does not reach back to it."""
        if mark.epoch != self.mark.epoch or mark.version > self.mark.version:
            return None
        return [] if mark == self.mark else self._log.since(mark.version)

    # Decisions.

    def decide_rejection(self, edit: Edit, rejection: Rejected, draft: Draft) -> Outcome:
        """Return the outcome of an edit that was not admitted: the rejection, unless it was received before."""
        last = self._last_receipt(edit.writer, draft)
        return _settled(edit, last) if last and edit.n <= last.n else rejection

    def decide(self, edit: Edit, draft: Draft, *, is_rewritten: bool) -> Decision:
        """Return the outcome of an edit, or the entries over which it has to be rebased.

        Args:
            is_rewritten: whether the key was written since a restart lost its value.
        """
        last = self._last_receipt(edit.writer, draft)
        if last and edit.n <= last.n:
            return _settled(edit, last)
        if edit.writer in draft.receipts:
            return OutOfOrder(f'edit {edit.n} came before edit {edit.n - 1} was settled')
        if edit.epoch != self.mark.epoch:
            return OutOfStep('epoch')
        if last and last.epoch == self.mark.epoch and edit.n != last.n + 1:
            return OutOfOrder(f'edit {edit.n} follows edit {last.n}')
        if edit.base > self.mark.version:
            return Ahead()
        has_changed = edit.base < self.mark.version or bool(draft.entries)
        if (edit.restores and is_rewritten) or (edit.exact and has_changed):
            return Rejected('conflict', messages.CONFLICT)
        changes = self.changes_since(Mark(edit.epoch, edit.base))
        if changes is None:
            return OutOfStep('stale')
        return [*chain.from_iterable(change.entries for change in changes), *draft.entries]

    def draft(self, edit: Edit, missed: list[CommittedEdit], draft: Draft) -> Steps[Applied | Outcome]:
        """Rebase an edit over the entries that its writer had not seen, and apply it to the draft's value."""
        ops = edit.ops
        # Past the bound the tab rebases over one combined difference instead, without delaying others.
        if rebase_cost(ops, chain.from_iterable(entry.ops for entry in missed)) > REBASE_EFFORT:
            return OutOfStep('stale')
        effort = Effort(REBASE_EFFORT)
        try:
            for entry in missed:
                ops = yield from rebase_steps(ops, entry.ops, effort, left=edit.author < entry.author)
        except Exhausted:
            return OutOfStep('stale')
        if _count_tests(ops) < _count_tests(edit.ops):
            return Rejected('test_failed', messages.PRECONDITION_FAILED)
        try:
            applied = yield from effect_steps(draft.value, ops, self.default, rebased=bool(missed))
            self.check_size(*applied)
        except (InvalidEdit, NotJson, TooLarge) as error:
            return Rejected.invalid(error)
        return applied

    def accept(self, edit: Edit, applied: Applied, draft: Draft) -> None:
        """Add an edit to the draft."""
        value, ops = applied
        draft.add(edit.author, edit.n, ops, value, edit.restores.by if edit.restores else 'people')
        draft.restored = edit.restores or draft.restored
        draft.receipts[edit.writer] = self._receipt_for(edit, 'applied', self.mark.version + 1)

    def reject(self, edit: Edit, rejection: Rejected, draft: Draft) -> None:
        """Add the rejection of an edit to the draft."""
        draft.receipts[edit.writer] = self._receipt_for(edit, 'rejected', self.mark.version, rejection.message)

    def difference(self, before: Value, after: Value) -> Steps[Ops]:
        """Find the ops between two values. An absent value counts as the default: edits of its members survive."""
        keys = next(iter(self._keys.values()), NO_KEYS)
        if before is not ABSENT or after is ABSENT:
            return (yield from diff_steps(before, after, keys))
        return (yield from diff_steps(self.default, after, keys)) or (Replace((), after),)

    def check_size(self, value: Value, ops: Ops) -> None:
        """Check the size of a value. It is measured only if the ops since the last time may have made it too large.

        Raises:
            TooLarge: the value exceeds the limit.
        """
        self._size_bound += sum(size_of(op) + OP_OVERHEAD_BYTES for op in ops)
        if self._size_bound > DEFAULT_LIMITS.value_bytes:
            self._size_bound = checked_size(value)

    def note_external_size(self, value: Value) -> None:
        """Take into account the size of a value that another program has written; no limit applies to it."""
        self._size_bound = max(self._size_bound, _size(value))

    def commit(self, draft: Draft) -> Change | None:
        """Adopt a stored draft as the present; return the change to publish, if there is one."""
        for writer, receipt in draft.receipts.items():
            self._receipts.add(writer, receipt)
        change = draft.change
        if change:
            self.value, self.mark = draft.value, self.mark._replace(version=change.version)
            self._log.append(change)
        return change

    def adopt(self, update: Update) -> Steps[Change]:
        """Adopt a commit of another server, the next after the present, in the last step; return its change.

        Raises:
            InvalidEdit: the change does not fit the present value.
        """
        if isinstance(update.change, Whole):
            ops, value = (yield from self.difference(self.value, update.change.value)), update.change.value
            change = Change(self.mark.version, update.mark.version, (CommittedEdit.of(0, 0, ops),) if ops else ())
            self.note_external_size(value)
        else:
            change, value = update.change, self.value
            for entry in change.entries:
                value, _ = effect(value, entry.ops, self.default)
        self.add_receipts(update.receipts)
        self.value, self.mark = value, update.mark
        self._log.append(change)
        return change

    def add_receipts(self, receipts: Mapping[Writer, Receipt]) -> None:
        """Add receipts that other servers have given, unless later ones are known."""
        for writer, receipt in receipts.items():
            known = self._receipts.get(writer)
            if known is None or known.n < receipt.n:
                self._receipts.add(writer, receipt)

    def is_before(self, mark: Mark) -> bool:
        """Return whether `mark` is a later version of the present epoch."""
        return mark.epoch == self.mark.epoch and mark.version > self.mark.version

    def lacks_latest_edit(self, writer: Writer) -> bool:
        """Return whether a writer's latest edit may be among the commits that are unknown here, by its receipt."""
        receipt = self._receipts.get(writer)
        return receipt is not None and (receipt.epoch != self.mark.epoch or receipt.version > self.mark.version)

    def may_be_behind(self, edit: Edit) -> bool:
        """Return whether the tab that sent an edit may know of commits that are unknown here."""
        last = self._receipts.get(edit.writer)
        is_next = edit.n == last.n + 1 if last else edit.n == 1
        return edit.epoch != self.mark.epoch or edit.base > self.mark.version or not is_next

    def _last_receipt(self, writer: Writer, draft: Draft) -> Receipt | None:
        return draft.receipts.get(writer) or self._receipts.get(writer)

    def _receipt_for(self, edit: Edit, status: Status, version: int, message: str | None = None) -> Receipt:
        return Receipt(edit.n, status, version, message, edit.author, self.mark.epoch)

    @staticmethod
    def _digest(value: Value) -> str:
        return digest_of(b'' if value is ABSENT else orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def _settled(edit: Edit, last: Receipt) -> Settled:
    return Settled(last.message if last.status == 'rejected' and edit.n == last.n else None)


def _count_tests(ops: Ops) -> int:
    return sum(isinstance(op, Test) for op in ops)


def checked_size(value: Value) -> int:
    """Return the size of a value in bytes of JSON.

    Raises:
        TooLarge: the value exceeds the limit.
    """
    size, limit = _size(value), DEFAULT_LIMITS.value_bytes
    if size > limit:
        raise TooLarge(messages.value_too_large(size, limit))
    return size


def _size(value: Value) -> int:
    return 0 if value is ABSENT else len(orjson.dumps(value))
