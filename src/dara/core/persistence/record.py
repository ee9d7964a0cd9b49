"""`Record`: the truth of one key of one backend, in this process.

All writers go through it: rebase onto the present, validate, commit to the backend, then publish. Nothing else orders
edits. The rules are in `timeline.py`; this module adds the lock, the storage and the subscribers.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Final, TypeVar

from dara.core._edits import ABSENT, Applied, Keys, Value
from dara.core._json import Json
from dara.core._slices import Slices
from dara.core._threads import Threads
from dara.core.errors import BackendFailed, DaraError, NestedWrite
from dara.core.persistence.backend import LoopLock, Outdated, PersistenceBackend
from dara.core.persistence.changelog import Change, Mark, Receipt, Writer
from dara.core.persistence.changing import check_use, holds_another
from dara.core.persistence.checkpoints import ANYTHING, Checkpoint, Commit
from dara.core.persistence.commit_queue import AnyJob, BrowserEdit, Job, Transaction, decide
from dara.core.persistence.draft import Draft
from dara.core.persistence.edit import Edit, Outcome, OutOfOrder, OutOfStep, Rejected
from dara.core.persistence.shielded import ShieldedTasks
from dara.core.persistence.storage import Storage
from dara.core.persistence.subscribers import Subscribers
from dara.core.persistence.timeline import Timeline
from dara.core.persistence.volatile import Forgot, Seen, WrittenBy

T = TypeVar('T')
RENEW_SECONDS: Final = 60
HOLD_SECONDS: Final = 10
COMMIT_ATTEMPTS: Final = 100
STUCK_ATTEMPTS: Final = 3
logger = logging.getLogger('dara')


class Record:
    """The truth of one key: a timeline, the storage behind it, and the subscribers in front of it.

    Args:
        on_commit: called after every commit.
        checkpoint: the state of an earlier record of this key that was evicted.
    """

    def __init__(
        self,
        backend: PersistenceBackend,
        key: str,
        on_commit: Callable[[Record], None] | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self.key = key
        self.is_live = True
        self._storage = Storage(backend, key)
        self.durability = backend.durability
        self._timeline = Timeline(f'{self._storage}, key {key!r}', self._storage.new_epoch())
        self._checkpoint = checkpoint
        self._is_loaded = False
        self._may_store_default = False
        self._on_commit = on_commit
        self._subscribers = Subscribers()
        self._used_at = time.monotonic()
        self._renewed_at = -math.inf
        self._outside_stamp: Hashable | None = None
        self._uncertain: Draft | None = None  # a draft of which it is unknown whether it was stored
        self._waiting: list[AnyJob] = []
        self._lock = LoopLock()
        self._tasks = ShieldedTasks()

    @property
    def epoch(self) -> str:
        return self._timeline.mark.epoch

    @property
    def version(self) -> int:
        return self._timeline.mark.version

    @property
    def value(self) -> Value:
        return self._timeline.value

    @property
    def default(self) -> Json:
        return self._timeline.default

    @property
    def has_default(self) -> bool:
        return self._timeline.has_default

    @property
    def value_json(self) -> str | None:
        """The present value, encoded once for each version; None if it is absent."""
        return self._timeline.value_json

    @property
    def written_by(self) -> WrittenBy | None:
        """The kind of writer since the process started, if the value ends with the process."""
        return self._storage.written_by

    @property
    def is_busy(self) -> bool:
        """True while a commit or a read is running."""
        return self._tasks.are_running

    def has_forgotten(self, seen: Seen) -> Forgot | None:
        """Return what is missing of a version that a tab has seen, because the process that had it ended."""
        return self._storage.has_forgotten(seen)

    def receipt(self, writer: Writer, seen: tuple[str, int] | None) -> Receipt | None:
        """Return the receipt of a writer's latest edit; see `Timeline.receipt`."""
        return self._timeline.receipt(writer, Mark(*seen) if seen else None)

    def changes_since(self, epoch: str, version: int) -> list[Change] | None:
        """Return the changes after a version, or None if the log does not reach back to it."""
        return self._timeline.changes_since(Mark(epoch, version))

    def set_default(self, default: Json, *, store: str, may_be_stored: bool) -> None:
        """Declare the default on behalf of the store `store`; see `Timeline.set_default`."""
        self._timeline.set_default(default, store, is_shown=bool(self._subscribers))
        self._may_store_default = self._may_store_default or may_be_stored

    def set_keys(self, keys: Keys, *, store: str) -> None:
        """Declare the members that identify list items; see `Timeline.set_keys`."""
        self._timeline.set_keys(keys, store)

    def subscribe(
        self, listener: Callable[[Change], None], on_break: Callable[[], None] = lambda: None
    ) -> Callable[[], None]:
        """Call `listener` with every change after its commit; return a function that unsubscribes.

        `on_break` is called when a new epoch starts: no change leads there, only the value itself.
        """
        return self._subscribers.add(listener, on_break)

    async def load(self) -> None:
        """Read the value unless that has been done. An absent value is replaced by a default that may be stored.

        Raises:
            BackendFailed: the backend raised.
        """
        if not self._is_loaded:
            await self._run(self._load())

    async def edit(self, edit: Edit) -> Outcome:
        """Commit a browser's edit, exactly once however often it is sent."""
        return await self._submit(BrowserEdit(edit))

    async def reject(self, writer: Writer, author: int, n: int, rejection: Rejected) -> Outcome:
        """Use up the number of an edit that was not admitted."""
        return await self._submit(BrowserEdit(Edit(writer, author, n, self.epoch, self.version, ()), rejection))

    async def transact(
        self,
        change: Callable[[Value], Value | Applied],
        expected: tuple[str, int] | None = None,
        threads: Threads | None = None,
    ) -> Value:
        """Commit the result of `change`, a function of the present value; return the new value.

        The function runs in one of `threads` if it is the app's own code. Other users of the record wait meanwhile.

        Raises:
            NestedWrite: `change` uses the record itself.
            Raced: the record is not at the mark `expected`.
            BackendFailed: the backend raised; nothing changed.
            TooLarge: the value exceeds the limit.
        """
        check_use(self, is_write=True)
        return await self._submit(Transaction(change, Mark(*expected) if expected else None, threads))

    async def refresh(self) -> None:
        """Publish external changes in the backend, unless it is known that there are none."""
        check_use(self, is_write=False)
        if self._uncertain or await self._may_be_outdated():
            await self.reread()

    async def reread(self) -> None:
        """Read the backend, and publish external changes."""

        async def work() -> None:
            async with self._lock:
                await self._resolve_uncertain(must_know=True)
                await self._read_and_publish()

        await self._run(work())

    async def renew_epoch_if_behind(self, epoch: str, version: int) -> None:
        """Start a new epoch if a tab has seen a later version of the present epoch than the record has.

        The record has then lost commits, for example in a crash, and its versions no longer mean the same to all tabs.
        """

        async def work() -> None:
            async with self._lock:
                if epoch == self.epoch and version > self.version:
                    self._renew_epoch()

        if epoch == self.epoch and version > self.version:
            await self._run(work())

    def touch(self) -> None:
        """Note a use, which defers eviction."""
        self._used_at = time.monotonic()

    def is_idle(self, seconds: float) -> bool:
        """Return whether the record is unused, and has been for that long."""
        is_used = self._subscribers or self._waiting or self.is_busy or self._storage.is_overdue
        return not is_used and time.monotonic() - self._used_at >= seconds

    def evict(self) -> Checkpoint | None:
        """End this record; return the checkpoint for the next one of its key, unless the backend keeps it."""
        self.is_live = False
        if self._storage.remembers:
            return None
        return self._timeline.checkpoint(self._uncertain) if self._is_loaded else self._checkpoint

    async def wait_until_idle(self) -> None:
        """Wait until no commit or read is running."""
        await self._tasks.wait()

    async def _submit(self, job: Job[T]) -> T:
        self._waiting.append(job)  # type: ignore[arg-type]  # the two kinds of job are all there are
        await self._run(self._commit_waiting(), job)  # an earlier turn may take the job along
        return job.done.result()

    async def _run(self, work: Coroutine[Any, Any, None], job: Job[Any] | None = None) -> None:
        """Wait for `work`, or the result of `job`. `work` ends even if the caller is cancelled; no commit is lost."""
        try:
            check_use(self, is_write=False)
        except NestedWrite:
            work.close()
            raise
        # Two functions that each hold one record and use the other's would deadlock without the limit.
        limit = HOLD_SECONDS if holds_another() else None
        if not await self._tasks.run(work, limit, job.done if job else None):
            raise BackendFailed(f'{self._storage}: {self.key!r} was held by others for {limit} s')

    async def _load(self) -> None:
        async with self._lock:
            if self._is_loaded:
                return
            self._outside_stamp = await self._storage.stamp()
            await self._load_timeline()
            while self.value is ABSENT and self._may_store_default:
                self._timeline.skip_version()
                try:
                    await self._store_default()
                except Outdated:  # somebody else has just stored a value
                    await self._load_timeline()
            self._is_loaded = True

    async def _load_timeline(self) -> None:
        stored = await self._storage.load()
        if stored:
            self._timeline.resume(stored.value, stored.checkpoint)
        else:
            self._timeline.load(await self._storage.read(), self._checkpoint)
            self._checkpoint = None

    async def _store_default(self) -> None:
        commit = Commit(self._timeline.mark, expected=ABSENT)
        try:
            await self._storage.store(self.default, commit, is_new=True)
        except BackendFailed:
            if not await self._storage.holds(self.default, commit):
                raise
        self._timeline.set_value(self.default)

    async def _may_be_outdated(self) -> bool:
        """Return whether others have changed the value, or may have without a trace."""
        stamp = await self._storage.stamp()
        return stamp is None or stamp != self._outside_stamp

    async def _read_and_publish(self) -> None:
        if not self._is_loaded:
            return
        stamp = await self._storage.stamp()  # before the value: a change in between is read again
        value = await self._storage.read()
        self._timeline.note_external_size(value)
        ops = self._timeline.difference(self.value, value)
        if ops:
            draft = Draft(self._timeline.mark, self.value)
            draft.add(0, 0, ops, value)
            await self._storage.store(value, draft.commit(), is_new=False)
            self._finish(draft)
        self._outside_stamp = stamp

    def _renew_epoch(self) -> bool:
        """Start a new epoch; return False if that happened in the last minute, since a tab may claim anything."""
        if time.monotonic() - self._renewed_at < RENEW_SECONDS:
            return False
        self._renewed_at = time.monotonic()
        self._timeline.begin_epoch(self._storage.new_epoch())
        self._subscribers.report_break()
        return True

    async def _commit_waiting(self) -> None:
        """Commit all waiting jobs together: the first to get the lock takes the others' along."""
        async with self._lock:
            jobs, self._waiting = self._waiting, []
            if not jobs:  # an earlier turn has taken them along
                return
            try:
                await self._resolve_uncertain(must_know=True)
                if await self._may_be_outdated():
                    await self._read_and_publish()
                committed = await self._decide_and_commit(jobs)
            except DaraError as error:
                logger.error('%s', error)
                for job in jobs:
                    job.fail(error)
                return
            except BaseException as error:  # otherwise the jobs would wait for ever
                for job in jobs:
                    job.fail(self._storage.failed('write', error))
                raise
            for job in committed:
                if isinstance(job, BrowserEdit) and job.is_ahead:
                    job.done.set_result(self._answer_ahead(job.edit))
                else:
                    job.succeed(self.version)

    def _answer_ahead(self, edit: Edit) -> Outcome:
        if edit.epoch != self.epoch or self._renew_epoch():
            return OutOfStep('epoch')
        return OutOfOrder(f'version {edit.base} is ahead of {self.version}')

    async def _decide_and_commit(self, jobs: list[AnyJob]) -> list[AnyJob]:
        """Commit the jobs' combined draft; return the jobs whose answer depends on the commit.

        They are decided again if another process has changed the value meanwhile.
        """
        stuck, slices = 0, Slices()
        for _ in range(COMMIT_ATTEMPTS):
            draft = Draft(self._timeline.mark, self.value)
            jobs = [job for job in jobs if await decide(job, draft, self._timeline, self._storage, slices)]
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

    async def _commit(self, draft: Draft, expected: Any) -> None:
        is_new = draft.value is not self.value
        if is_new or draft.entries or draft.receipts:
            try:
                await self._storage.store(draft.value, draft.commit(expected), is_new=is_new)
            except BackendFailed:
                self._uncertain = draft
                if not await self._resolve_uncertain():
                    raise
                return
        self._finish(draft)

    async def _resolve_uncertain(self, *, must_know: bool = False) -> bool:
        """Find out whether the uncertain draft was stored, and adopt it if so.

        A call that timed out may have succeeded.

        Raises:
            DaraError: the backend cannot be read now, and the caller must know.
        """
        draft = self._uncertain
        if draft is None:
            return False
        try:
            was_stored = await self._storage.holds(draft.value, draft.commit())
        except DaraError:
            if must_know:
                raise
            return False
        self._uncertain = None
        if was_stored:
            self._finish(draft)
        return was_stored

    def _finish(self, draft: Draft) -> None:
        """Adopt a stored draft and publish its change."""
        change = self._timeline.commit(draft)
        if change is None:
            return
        self._storage.note_write(draft.by, draft.restored)
        self.touch()
        self._subscribers.publish(change)
        if self._on_commit:
            self._on_commit(self)
