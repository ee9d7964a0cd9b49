"""`Record`: the truth of one key of one backend, in this process.

All writers go through it: rebase onto the present, validate, commit to the backend, then publish. Nothing else orders
edits. The rules are in `timeline.py`; this module adds the lock, the storage and the subscribers.
"""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from dara.core._edits import Applied, Keys, Value
from dara.core._json import Json
from dara.core._threads import Threads
from dara.core.errors import BackendFailed, DaraError
from dara.core.persistence.backend import LoopLock, PersistenceBackend
from dara.core.persistence.changelog import Change, Mark, Receipt, Update, Writer
from dara.core.persistence.changing import check_use, holds_another
from dara.core.persistence.checkpoints import Checkpoint
from dara.core.persistence.commit_queue import AnyJob, BrowserEdit, Job, Transaction
from dara.core.persistence.committer import Committer
from dara.core.persistence.edit import Edit, Outcome, Rejected
from dara.core.persistence.shielded import ShieldedTasks
from dara.core.persistence.storage import OwnStorage, Storage
from dara.core.persistence.subscribers import Subscribers
from dara.core.persistence.timeline import Timeline
from dara.core.persistence.versions import UNVERSIONED, Versions
from dara.core.persistence.volatile import Forgot, Seen, WrittenBy

T = TypeVar('T')
HOLD_SECONDS: Final = 10
logger = logging.getLogger('dara')


class Record:
    """The truth of one key: a timeline, the storage behind it, and the subscribers in front of it.

    Args:
        on_commit: called after every commit.
        checkpoint: the state of an earlier record of this key that was evicted.
        versions: the version of the app's values, and the way there from older ones.
    """

    def __init__(
        self,
        backend: PersistenceBackend,
        key: str,
        on_commit: Callable[[Record], None] | None = None,
        checkpoint: Checkpoint | None = None,
        versions: Versions = UNVERSIONED,
    ) -> None:
        self.key = key
        self.is_live = True
        self._storage = _storage_of(backend, key, versions)
        self._timeline = Timeline(f'{self._storage}, key {key!r}', self._storage.new_epoch())
        self._subscribers = Subscribers()
        self._committer = Committer(key, self._storage, self._timeline, checkpoint, self._subscribers)
        if on_commit:
            report, this = on_commit, weakref.ref(self)  # a record is freed as soon as nobody uses it
            self._committer.on_commit = lambda: _report(report, this())
        self._used_at = time.monotonic()
        self._waiting: list[AnyJob] = []
        self._lock = LoopLock()
        self._tasks = ShieldedTasks()
        self._turn: asyncio.Task[None] | None = None  # will take the waiting jobs along

    @property
    def address(self) -> str | None:
        """The name of the record among all servers; None if no other one can have it."""
        return self._storage.address

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
    def durability(self) -> str:
        """The guarantee of a completed write, as far as the backend knows its database by now."""
        return self._storage.durability

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
    def is_loaded(self) -> bool:
        """True once the value has been read."""
        return self._committer.is_loaded

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
        self._committer.may_store_default |= may_be_stored

    def set_keys(self, keys: Keys, *, store: str) -> None:
        """Declare the members that identify list items; see `Timeline.set_keys`."""
        self._timeline.set_keys(keys, store)

    def subscribe(
        self,
        listener: Callable[[Change], None],
        on_break: Callable[[], None] = lambda: None,
        on_refusal: Callable[[str], None] = lambda _: None,
    ) -> Callable[[], None]:
        """Call `listener` with every change after its commit; return a function that unsubscribes.

        `on_break` is called when a new epoch starts: no change leads there, only the value itself. `on_refusal` is
        called with the reason when the stored value is found to be of a version that cannot be read here.
        """
        return self._subscribers.add(listener, on_break, on_refusal)

    async def load(self) -> None:
        """Read the value unless that has been done. An absent value is replaced by a default that may be stored.

        Raises:
            BackendFailed: the backend raised.
            WrongVersion: the value is of another version of the app, and cannot be migrated.
        """
        if not self._committer.is_loaded or self._committer.refusal:
            await self._run(self._committer.load)

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
        reason: str | None = None,
    ) -> Value:
        """Commit the result of `change`, a function of the present value; return the new value.

        The function runs in one of `threads` if it is the app's own code. Other users of the record wait meanwhile. The
        `reason` is stored in the change log.

        Raises:
            NestedWrite: `change` uses the record itself.
            Raced: the record is not at the mark `expected`.
            BackendFailed: the backend raised; nothing changed.
            TooLarge: the value exceeds the limit.
        """
        check_use(self, is_write=True)
        return await self._submit(Transaction(change, Mark(*expected) if expected else None, threads, reason))

    async def refresh(self) -> None:
        """Publish external changes in the backend, unless it is known that there are none."""
        check_use(self, is_write=False)
        if self._committer.uncertain or await self._storage.is_outdated():
            await self.reread()

    async def reread(self) -> None:
        """Read the backend, and publish external changes."""
        await self._run(lambda: self._committer.catch_up(ask=True))

    @property
    def tip(self) -> str:
        """The name of the latest commit that the record has adopted, in a shared backend."""
        return self._storage.tip

    def hear(self, update: Update | None) -> bool:
        """Note a commit of another server, or that some may have been missed; return whether it is new."""
        return self._storage.hear(update)

    async def adopt_news(self) -> None:
        """Adopt and publish the commits that were noted. Raises as `load` does."""
        await self._run(lambda: self._committer.catch_up(ask=False))

    async def catch_up_to(self, epoch: str, version: int, writer: Writer) -> None:
        """Prepare for a tab that has seen a version, and whose edits another server may have committed.

        A new epoch starts if the tab has seen a later version of the present epoch than the backend has. Commits have
        then been lost, for example in a crash, and versions no longer mean the same to all tabs.
        """
        mark = Mark(epoch, version)
        if self._storage.is_shared or self._timeline.is_before(mark):
            await self._run(lambda: self._committer.prepare_for_tab(mark, writer))

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
        return self._committer.checkpoint()

    async def flush(self) -> None:
        """Store now what the backend would be given after a pause."""
        await self._storage.flush()

    async def wait_until_idle(self) -> None:
        """Wait until no commit or read is running."""
        await self._tasks.wait()

    async def finish(self) -> None:
        """Wait for the commits and reads that are running or waiting now, and not for later ones."""
        await self._tasks.finish()

    async def _submit(self, job: Job[T]) -> T:
        self.touch()
        check_use(self, is_write=False)
        self._waiting.append(job)  # type: ignore[arg-type]  # the two kinds of job are all there are
        if self._turn is None or self._turn.get_loop() is not asyncio.get_running_loop():
            self._turn = self._tasks.start(self._commit_waiting())
        return await self._in_time(job.done)

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` with the lock. It ends even if the caller is cancelled."""
        check_use(self, is_write=False)
        await self._in_time(asyncio.shield(self._tasks.start(self._locked(work))))

    async def _in_time(self, done: asyncio.Future[T]) -> T:
        # Two functions that each hold one record and use the other's would deadlock without the limit.
        if holds_another() and not (await asyncio.wait({done}, timeout=HOLD_SECONDS))[0]:
            done.cancel()
            raise BackendFailed(f'{self._storage}: {self.key!r} was held by others for {HOLD_SECONDS} s')
        return await done

    async def _locked(self, work: Callable[[], Awaitable[None]]) -> None:
        async with self._lock:
            await work()

    async def _commit_waiting(self) -> None:
        """Commit all jobs together that wait when the lock is free."""
        async with self._lock:
            jobs, self._waiting, self._turn = self._waiting, [], None
            try:
                committed = await self._committer.commit(jobs)
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
                    job.resolve(await self._committer.answer_ahead(job.edit))
                else:
                    job.succeed(self.version)


def _report(on_commit: Callable[[Record], None], record: Record | None) -> None:
    if record:
        on_commit(record)


def _storage_of(backend: PersistenceBackend, key: str, versions: Versions) -> Storage:
    if not backend._is_shared:
        return OwnStorage(backend, key, versions)
    from dara.core.persistence.shared import SharedBackend  # loaded when used
    from dara.core.persistence.shared_storage import SharedStorage

    assert isinstance(backend, SharedBackend)
    return SharedStorage(backend, key, versions)
