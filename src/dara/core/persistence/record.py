"""A record: the truth of one key of one backend, in this process.

All writers go through it: rebase onto the present, validate, commit to the backend, then publish.
Nothing else orders edits.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import Callable, Coroutine, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final, assert_never

import orjson

from dara.core._context import without_stop_iteration
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
    diff,
    effect_steps,
    rebase_cost,
    rebase_steps,
    size_of,
)
from dara.core._json import Json, json_equal
from dara.core._limits import DEFAULT_LIMITS
from dara.core._slices import Slices
from dara.core._threads import Threads
from dara.core.errors import (
    BackendFailed,
    CheckFailed,
    ConflictingIds,
    DaraError,
    InvalidEdit,
    InvalidValue,
    NestedWrite,
    NotJson,
    TooLarge,
)
from dara.core.persistence.backend import ANYTHING, LoopLock, Outdated, PersistenceBackend, Position
from dara.core.persistence.changelog import Authors, Change, ChangeLog, CommittedEdit, Receipt, Receipts, Status, Writer
from dara.core.persistence.changing import check_use, holds_another
from dara.core.persistence.commit_queue import BrowserEdit, Draft, Raced, Transaction
from dara.core.persistence.edit import Edit, Failed, Outcome, OutOfOrder, OutOfStep, Rejected
from dara.core.persistence.storage import Storage
from dara.core.persistence.volatile import Forgot, Seen, WrittenBy

REBASE_EFFORT: Final = 50_000
"""How many pairs of ops a rebase may take in all; one with a move in it counts more."""
RENEW_SECONDS: Final = 60
HOLD_SECONDS: Final = 10
COMMIT_ATTEMPTS: Final = 100
STUCK_ATTEMPTS: Final = 3
logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True)
class Past:
    """What goes on where a record was that has left memory, if the value is still the same then."""

    epoch: str
    version: int
    digest: bytes
    receipts: Receipts
    at: float


class Record:
    """The truth of one key: epoch, version, value, a log of effective edits, and whose were settled.

    Args:
        backend: where the value is kept.
        key: its key there.
        on_commit: called after every commit.
        past: what an earlier record of this key left.
    """

    def __init__(
        self,
        backend: PersistenceBackend,
        key: str,
        on_commit: Callable[[Record], None] | None = None,
        past: Past | None = None,
    ) -> None:
        self.key = key
        self._storage = Storage(backend, key)
        self.epoch = self._storage.new_epoch()
        self.version = 0
        self.value: Value = ABSENT
        self.default: Json = None
        self.is_live = True
        self._on_commit = on_commit
        self._past = past
        self._is_loaded = False
        self._defaults: dict[str, Json] = {}
        self._keys: dict[str, Keys] = {}
        self._may_store_default = False
        self._encoded: tuple[int, str | None] | None = None
        self._used_at = time.monotonic()
        self._log = ChangeLog()
        self._receipts = past.receipts if past else Receipts({self.epoch: 0})
        self._authors = Authors(self._receipts, self._log)
        self._size_bound = 0
        self._outside_stamp: Hashable | None = None
        self._listeners: dict[Callable[[Change], None], Callable[[], None]] = {}
        self._renewed_at = -math.inf
        self._uncertain: Draft | None = None
        self._waiting: list[BrowserEdit | Transaction] = []
        self._lock = LoopLock()
        self._running: set[asyncio.Task[None]] = set()

    @property
    def durability(self) -> str:
        return self._storage.durability

    async def load(self) -> None:
        """Read the value, if that has not happened yet; store the default, if one was set, where there is none.

        Raises:
            BackendFailed: the backend raised.
        """
        if not self._is_loaded:
            await self._run(self._load())

    def set_default(self, default: Json, *, store: str, may_be_stored: bool) -> None:
        """Say what an absent value is, in the words of the store of that uid.

        Raises:
            ConflictingIds: another store said otherwise.
        """
        for other, known in self._defaults.items():
            if other != store and not json_equal(default, known):
                raise ConflictingIds(
                    f'{self._storage}: the stores {other} and {store} share it, but not their default '
                    f'({known!r} and {default!r}). Give both the same default, or each a backend of its own.'
                )
        if self._listeners and self.value is ABSENT and not json_equal(default, self.default):
            raise ConflictingIds(
                f'{self._storage}: {store} has nothing under {self.key!r} yet, and is shown with two '
                f'defaults ({self.default!r} and {default!r}). Give everybody the same default.'
            )
        self._defaults[store] = self.default = default
        self._may_store_default = self._may_store_default or may_be_stored

    def set_keys(self, keys: Keys, *, store: str) -> None:
        """Say what tells the items of lists apart, in the words of the store of that uid.

        Raises:
            ConflictingIds: another store said otherwise.
        """
        for other, known in self._keys.items():
            if known != keys:
                raise ConflictingIds(
                    f'{self._storage}: the stores {other} and {store} share it, but not their keys. '
                    'Give both the same keys, or each a backend of its own.'
                )
        self._keys[store] = keys

    def author(self, writer: Writer) -> int:
        """Return the number by which the writer knows its own entries among the changes."""
        return self._authors.number(writer)

    @property
    def has_default(self) -> bool:
        """Whether somebody has said what an absent value is."""
        return bool(self._defaults)

    @property
    def value_json(self) -> str | None:
        """The present value, encoded once a version; `None` if it is absent."""
        if self._encoded is None or self._encoded[0] != self.version:
            self._encoded = (self.version, None if self.value is ABSENT else orjson.dumps(self.value).decode())
        return self._encoded[1]

    @property
    def is_busy(self) -> bool:
        """Whether something is being committed or read."""
        return bool(self._running)

    def touch(self) -> None:
        """Somebody uses the record now."""
        self._used_at = time.monotonic()

    def is_idle(self, seconds: float) -> bool:
        """Whether nobody has used it for that long, or waits for it."""
        is_used = self._listeners or self._waiting or self._running or self._storage.is_overdue
        return not is_used and time.monotonic() - self._used_at >= seconds

    def leave(self) -> Past | None:
        """Leave memory; return what the next record of this key needs to go on from here."""
        self.is_live = False
        if self._storage.remembers:
            return None
        if not self._is_loaded:
            return self._past
        for writer, settled in self._uncertain.settled.items() if self._uncertain else ():
            self._receipts.forget(writer, settled)
        return Past(self.epoch, self.version, _digest(self.value), self._receipts, time.monotonic())

    async def edit(self, edit: Edit) -> Outcome:
        """Commit a browser's edit, exactly once however often it is sent."""
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(BrowserEdit(edit, done))
        await self._run(self._commit_waiting())
        return done.result()

    async def reject(self, writer: Writer, author: int, n: int, rejection: Rejected) -> Outcome:
        """Use up the number of an edit that may not even be tried."""
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(BrowserEdit(Edit(writer, author, n, self.epoch, self.version, ()), done, rejection))
        await self._run(self._commit_waiting())
        return done.result()

    async def transact(
        self,
        change: Callable[[Value], Value | Applied],
        expected: tuple[str, int] | None = None,
        threads: Threads | None = None,
    ) -> Value:
        """Commit what `change` makes of the present value, as its ops or the difference to that; return the value.

        It runs in one of `threads`, while others who use the record wait, if it is the app's own code.

        Raises:
            NestedWrite: `change` uses the record itself.
            Raced: the record is not at the epoch and version `expected`.
            BackendFailed: the backend raised; nothing changed.
            TooLarge: the value is larger than the limit.
        """
        check_use(self, is_write=True)
        done: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._waiting.append(Transaction(change, expected, done, threads))
        await self._run(self._commit_waiting())
        return done.result()

    async def refresh(self) -> None:
        """Publish what somebody else has changed in the backend, unless it is known that nobody has."""
        check_use(self, is_write=False)
        stamp = await self._storage.stamp()
        if self._uncertain or stamp is None or stamp != self._outside_stamp:
            await self.reread()

    async def reread(self) -> None:
        """Ask the backend, and publish what somebody else has changed there."""
        await self._run(self._refresh())

    def subscribe(
        self, listener: Callable[[Change], None], on_break: Callable[[], None] = lambda: None
    ) -> Callable[[], None]:
        """Call `listener` with every change after it is committed; return what stops that.

        `on_break` is called where the chain of versions breaks, and only the value itself can tell what is there.
        """
        self._listeners[listener] = on_break

        def stop() -> None:
            self._listeners.pop(listener, None)

        return stop

    def changes_since(self, epoch: str, version: int) -> list[Change] | None:
        """Return the changes after `version`, or `None` if the log does not reach back to it."""
        if epoch != self.epoch or version > self.version:
            return None
        return [] if version == self.version else self._log.since(version)

    def start_epoch_if_behind(self, epoch: str, version: int) -> bool:
        """Begin a new epoch if somebody knows a later version of this one: nobody can rely on its versions then.

        Returns whether that has happened; not more often than once a minute, whatever a tab says it knows.
        """
        is_ahead = epoch == self.epoch and version > self.version
        if not is_ahead or time.monotonic() - self._renewed_at < RENEW_SECONDS:
            return False
        self._begin_epoch()
        return True

    @property
    def written_by(self) -> WrittenBy | None:
        """Who has written the value since the process began, if it ends with the process."""
        return self._storage.written_by

    def has_forgotten(self, seen: Seen) -> Forgot | None:
        """Return what is missing here of what a tab has seen, because the process that had it ended."""
        return self._storage.has_forgotten(seen)

    def receipt(self, writer: Writer, seen: tuple[str, int] | None) -> Receipt | None:
        """Return the end of the newest edit of a writer who has seen that version of that epoch, or nothing yet.

        It is `None` if the record cannot know: the edit may have been settled, and its receipt be gone.
        """
        receipt = self._receipts.get(writer)
        is_covered = seen is None or self._receipts.covers(*seen)
        return receipt or (Receipt() if is_covered else None)

    async def idle(self) -> None:
        """Wait until nothing is being committed."""
        loop = asyncio.get_running_loop()
        while running := {task for task in self._running if task.get_loop() is loop}:  # others have ended with theirs
            await asyncio.wait(running)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        """Finish `work` whatever becomes of whoever asked for it: a commit is never left in the middle."""
        try:
            check_use(self, is_write=False)
        except NestedWrite:
            work.close()
            raise
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            # Two functions that hold a record each, and use that of the other, would wait for ever.
            async with asyncio.timeout(HOLD_SECONDS if holds_another() else None):
                await asyncio.shield(task)
        except TimeoutError as error:
            if task.done():
                raise
            raise BackendFailed(f'{self._storage}: {self.key!r} was held by others for {HOLD_SECONDS} s') from error

    async def _load(self) -> None:
        async with self._lock:
            if self._is_loaded:
                return
            self._outside_stamp = await self._storage.stamp()
            value = await self._read_state()
            while value is ABSENT and self._may_store_default:
                self.version += bool(self.version)  # somebody may have seen this version without it
                self._log.clear()
                try:
                    value = await self._store_default()
                except Outdated:  # somebody else has stored a value in this moment
                    value = await self._read_state()
            self.value, self._is_loaded = value, True
            self._size_bound = _size(self.default if value is ABSENT else value)

    async def _store_default(self) -> Value:
        position = Position(self.epoch, self.version, before=ABSENT)
        try:
            await self._storage.store(self.default, position, is_new=True)
        except BackendFailed:
            if not await self._storage.holds(self.default, position):
                raise
        return self.default

    async def _read_state(self) -> Value:
        """Read the value, and go on at the version that an earlier record was at, if it is still that value."""
        stored = await self._storage.load()
        if stored:
            self.epoch, self.version = stored.epoch, stored.version
            self._receipts, self._log = stored.receipts, stored.log
            self._authors = Authors(self._receipts, self._log)
            return stored.value
        value = await self._storage.read()
        if self._past and self._past.digest == _digest(value):
            self.epoch, self.version = self._past.epoch, self._past.version
        self._receipts.begin(self.epoch, self.version)
        self._past = None
        return value

    async def _refresh(self) -> None:
        async with self._lock:
            await self._clear_up(must_know=True)
            await self._read_and_publish()

    async def _take_in_outside(self) -> None:
        """Base nothing on a value that another program has replaced, if the backend can tell, or must be asked."""
        stamp = await self._storage.stamp()
        if stamp is None or stamp != self._outside_stamp:
            await self._read_and_publish()

    async def _read_and_publish(self) -> None:
        if not self._is_loaded:
            return
        stamp = await self._storage.stamp()  # before: what comes later is read again
        value = await self._storage.read()
        self._size_bound = max(self._size_bound, _size(value))
        ops = self._difference(self.value, value)
        if ops:
            draft = Draft(self.version, self.value)
            draft.add(0, 0, ops, value)
            await self._storage.store(value, self._position(draft), is_new=False)
            self._finish(draft)
        self._outside_stamp = stamp

    async def _commit_waiting(self) -> None:
        """Commit for everybody who waits: the first to get the lock takes the others' jobs along."""
        async with self._lock:
            jobs, self._waiting = self._waiting, []
            try:
                await self._clear_up(must_know=True)
                await self._take_in_outside()
                committing = await self._decide_and_commit(jobs)
            except DaraError as error:
                logger.error('%s', error)
                for job in jobs:
                    job.fail(error)
                return
            except BaseException as error:  # nobody may wait for ever
                for job in jobs:
                    job.fail(self._storage.failed('write', error))
                raise
            for job in committing:
                job.succeed(self.version)

    async def _decide_and_commit(self, jobs: list[BrowserEdit | Transaction]) -> list[BrowserEdit | Transaction]:
        """Commit what the jobs make of the present value; return those that were not answered at once.

        They are decided again where another process has changed the value meanwhile.
        """
        stuck, slices = 0, Slices()
        for _ in range(COMMIT_ATTEMPTS):
            draft = Draft(self.version, self.value)
            jobs = [job for job in jobs if await self._decide(job, draft, slices)]
            try:
                await self._commit(draft, ANYTHING if stuck > STUCK_ATTEMPTS else self.value)
            except Outdated:
                version = self.version
                await self._read_and_publish()
                stuck = 0 if self.version > version else stuck + 1  # a backend may read another value than it writes
            else:
                return jobs
        raise BackendFailed(
            f'{self._storage}: {self.key!r} was changed by others at each of {COMMIT_ATTEMPTS} attempts'
        )

    async def _decide(self, job: BrowserEdit | Transaction, draft: Draft, slices: Slices) -> bool:
        """Add `job` to the draft, or answer it at once. Return whether its answer depends on the commit."""
        await slices.pause()
        match job:
            case BrowserEdit(edit, done, refusal):
                deciding = self._decide_refusal(edit, refusal, draft) if refusal else self._decide_edit(edit, draft)
                if isinstance(deciding, list):
                    outcome = await self._draft_edit(edit, deciding, draft, slices)
                else:
                    outcome = deciding
                job.outcome = None
                if isinstance(outcome, Rejected):
                    draft.settled[edit.writer] = self._receipt(edit, 'rejected', self.version, outcome.message)
                    job.outcome = outcome
                    return True
                if outcome:
                    done.set_result(outcome)
                return outcome is None
            case Transaction():
                return await self._decide_transaction(job, draft)
            case _:
                assert_never(job)

    def _decide_refusal(self, edit: Edit, refusal: Rejected, draft: Draft) -> Outcome:
        last = draft.settled.get(edit.writer) or self._receipts.get(edit.writer)
        return OutOfStep('settled') if last and edit.n <= last.n else refusal

    def _decide_edit(self, edit: Edit, draft: Draft) -> Outcome | list[CommittedEdit]:
        """Answer the edit, or return what its writer had not seen, to be drafted over that."""
        last = draft.settled.get(edit.writer) or self._receipts.get(edit.writer)
        if last and edit.n <= last.n:
            return OutOfStep('settled')
        if edit.writer in draft.settled:
            return OutOfOrder(f'edit {edit.n} came before edit {edit.n - 1} was settled')
        if edit.epoch != self.epoch:
            return OutOfStep('epoch')
        if last and edit.n != last.n + 1:
            return OutOfOrder(f'edit {edit.n} follows edit {last.n}')
        if edit.base > self.version:
            is_anew = self.start_epoch_if_behind(edit.epoch, edit.base)
            return OutOfStep('epoch') if is_anew else OutOfOrder(f'version {edit.base} is ahead of {self.version}')
        is_over = edit.restores is not None and self._storage.written_by is not None
        if is_over or (edit.exact and (edit.base < self.version or draft.entries)):
            return Rejected('conflict', 'Somebody else has changed this in the meantime.')
        changes = self.changes_since(edit.epoch, edit.base)
        if changes is None:
            return OutOfStep('stale')
        return list(_entries(changes, draft))

    async def _draft_edit(
        self, edit: Edit, missed: list[CommittedEdit], draft: Draft, slices: Slices
    ) -> Outcome | None:
        """Add the edit to the draft, rebased over what its writer had not seen; check it in a thread if need be."""
        ops = edit.ops
        if rebase_cost(ops, chain.from_iterable(entry.ops for entry in missed)) > REBASE_EFFORT:
            return OutOfStep('stale')  # the tab rebases over one difference instead, and does not hold up the others
        effort = Effort(REBASE_EFFORT)
        try:
            for entry in missed:
                ops = await slices.run(rebase_steps(ops, entry.ops, effort, left=edit.author < entry.author))
        except Exhausted:
            return OutOfStep('stale')
        if _tests(ops) < _tests(edit.ops):
            return Rejected('test_failed', 'What the edit depends on is not there any more.')
        try:
            value, effective = await slices.run(effect_steps(draft.value, ops, self.default, rebased=bool(missed)))
            self._check_size(value, effective)
            if edit.check and edit.threads:
                await edit.threads.run(edit.check, value)
            elif edit.check:
                edit.check(value)
        except (InvalidEdit, InvalidValue, NotJson, TooLarge) as error:
            return Rejected.invalid(error)
        except CheckFailed as error:
            return Failed(error.reason)
        draft.add(edit.author, edit.n, effective, value, edit.restores.by if edit.restores else 'people')
        draft.restored = edit.restores or draft.restored
        draft.settled[edit.writer] = self._receipt(edit, 'applied', self.version + 1)
        return None

    def _receipt(self, edit: Edit, status: Status, version: int, message: str | None = None) -> Receipt:
        return Receipt(edit.n, status, version, message, edit.author, self.epoch)

    async def _decide_transaction(self, job: Transaction, draft: Draft) -> bool:
        if job.expected is not None and (job.expected != (self.epoch, self.version) or draft.entries):
            job.done.set_exception(Raced())
            return False
        try:
            change = partial(job.context.run, without_stop_iteration, job.change, draft.value)
            made = await job.threads.run(change) if job.threads else change()
            job.value, ops = made if isinstance(made, Applied) else (made, self._difference(draft.value, made))
            self._check_size(job.value, ops)
        except Exception as error:  # of the user's own function, to whom it goes back
            job.done.set_exception(error)
            return False
        if ops:
            draft.add(0, 0, ops, job.value, job.by)
        else:
            self._storage.note_write(job.by)
        return True

    def _difference(self, before: Value, after: Value) -> Ops:
        """What happened between two values; an absent one is the default, so that edits of its members stay."""
        keys = next(iter(self._keys.values()), NO_KEYS)
        if before is not ABSENT or after is ABSENT:
            return diff(before, after, keys)
        return diff(self.default, after, keys) or (Replace((), after),)

    def _check_size(self, value: Value, ops: Ops) -> Value:
        """Measure a value only when what was added since the last time could have made it too large."""
        limit = DEFAULT_LIMITS.value_bytes
        self._size_bound += sum(size_of(op) + 64 for op in ops)
        if self._size_bound > limit:
            size = _size(value)
            if size > limit:
                raise TooLarge(f'The value would take {size} bytes, and at most {limit} are allowed.')
            self._size_bound = size
        return value

    async def _commit(self, draft: Draft, before: Any) -> None:
        is_new = draft.value is not self.value
        if is_new or draft.entries or draft.settled:
            try:
                await self._storage.store(draft.value, self._position(draft, before), is_new=is_new)
            except BackendFailed:
                self._uncertain = draft
                if not await self._clear_up():
                    raise
                return
        self._finish(draft)

    async def _clear_up(self, *, must_know: bool = False) -> bool:
        """Find out whether a commit that raised was made all the same, as one that timed out may have been.

        Raises:
            DaraError: that cannot be read now, and it `must_know`.
        """
        draft = self._uncertain
        if draft is None:
            return False
        try:
            has_happened = await self._storage.holds(draft.value, self._position(draft))
        except DaraError:
            if must_know:
                raise
            return False
        self._uncertain = None
        if has_happened:
            self._finish(draft)
        return has_happened

    def _finish(self, draft: Draft) -> None:
        """It is stored: take it as the present, and tell."""
        for writer, settled in draft.settled.items():
            self._receipts.remember(writer, settled)
        change = draft.change
        if change:
            self._storage.note_write(draft.by, draft.restored)
            self._publish(change, draft.value)

    def _position(self, draft: Draft, before: Any = ANYTHING) -> Position:
        change = draft.change
        return Position(self.epoch, change.version if change else self.version, draft.settled, change, before)

    def _begin_epoch(self) -> None:
        self.epoch, self._log, self._renewed_at = self._storage.new_epoch(), ChangeLog(), time.monotonic()
        self._receipts.begin(self.epoch, self.version)
        for on_break in list(self._listeners.values()):
            on_break()

    def _publish(self, change: Change, value: Value) -> None:
        self.value, self.version = value, change.version
        self._log.append(change)
        self.touch()
        for listener in list(self._listeners):
            listener(change)
        if self._on_commit:
            self._on_commit(self)


def _entries(changes: list[Change], draft: Draft) -> Iterator[CommittedEdit]:
    for change in changes:
        yield from change.entries
    yield from draft.entries


def _tests(ops: Ops) -> int:
    return sum(isinstance(op, Test) for op in ops)


def _size(value: Value) -> int:
    return 0 if value is ABSENT else len(orjson.dumps(value))


def _digest(value: Value) -> bytes:
    encoded = b'' if value is ABSENT else orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(encoded).digest()
