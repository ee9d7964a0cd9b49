"""`SharedStorage`: one key of a backend that many servers share, as the record of one server sees it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final, TypeVar

from dara.core._edits import ABSENT, Replace, Value
from dara.core._metrics import METRICS
from dara.core.errors import WrongVersion
from dara.core.persistence.backend import Outdated, Stored
from dara.core.persistence.bulkhead import Operation
from dara.core.persistence.changelog import (
    Change,
    ChangeLog,
    Mark,
    Receipt,
    Receipts,
    Update,
    Whole,
    Writer,
)
from dara.core.persistence.checkpoints import ANYTHING, Checkpoint, Commit
from dara.core.persistence.shared import NO_TIP, Conflict, Loaded, Proposal, SharedBackend
from dara.core.persistence.snapshots import Snapshots
from dara.core.persistence.storage import Storage
from dara.core.persistence.versions import UNVERSIONED, Versions, opened

T = TypeVar('T')
MAX_HEARD: Final = 100
PATIENT_RACES: Final = 2
TURN_SECONDS: Final = 0.002
REST_SECONDS: Final = 2
"""The time without commits after which a value is stored that was too large to be stored with each of them."""
logger = logging.getLogger('dara')


class SharedStorage(Storage):
    """One key of a shared backend. It knows the tip up to which the record has adopted all commits.

    The updates that the record does not have yet are kept until it asks for them: those that the feed has brought, and
    those of a conflict.
    """

    is_shared = True
    remembers = True

    def __init__(self, backend: SharedBackend, key: str, versions: Versions = UNVERSIONED) -> None:
        super().__init__(backend, key, versions)
        self._shared = backend
        self._address = blake2b(
            f'{backend.identity!r} {key}'.encode(errors='surrogatepass'), digest_size=12
        ).hexdigest()
        self._tip = NO_TIP
        self._mark = Mark('', 0)
        self._heard: list[Update] = []
        self._may_lack_some = False
        self._uncertain: Proposal | None = None
        self._races = 0
        self._snapshots = Snapshots()
        self._unsaved: Proposal | None = None  # the latest commit, if its value is to be stored after a pause
        self._rest: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None

    async def load(self) -> Stored:
        loaded = await self._ask(self._shared.load(self._key))
        self.latest_version = max(self.latest_version, _stated_version(loaded.updates))
        try:
            value = self._opened(loaded.value)
        except WrongVersion:
            self._may_lack_some = True
            raise
        self._tip, self._mark = loaded.tip, loaded.mark
        self._snapshots.load(loaded.value)
        return Stored(value, _checkpoint_of(loaded))

    async def has_news(self) -> bool:
        return bool(self._heard) or self._may_lack_some or self.is_old

    async def is_outdated(self) -> bool:
        return True  # only the backend can tell

    async def news(self, *, ask: bool) -> Sequence[Update] | Stored:
        updates: Sequence[Update] | None = self._next_heard()
        if ask or updates is None:
            updates = await self._ask(self._shared.updates(self._key, self._tip))
        if self.is_old or updates is None or any(map(self._is_beyond, updates)):
            return await self.load()
        return [_opened_update(each) for each in updates]

    def adopted(self, update: Update) -> None:
        self._tip, self._mark = update.tip, update.mark
        self._snapshots.add(update)

    def _is_beyond(self, update: Update) -> bool:
        """Return whether an update begins an epoch, or its value belongs to another version of the app."""
        is_removal = isinstance(update.change, Whole) and update.change.value is ABSENT
        is_other = _version_of(update) != self._versions.version and not is_removal
        return is_other or update.mark.epoch != self._mark.epoch

    async def receipts(self, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        return await self._read_call(self._shared.receipts(self._key, writers))

    async def store(self, value: Value, commit: Commit, *, is_new: bool) -> None:
        assert commit.change  # every commit counts
        if commit.change.base != self._mark.version:
            self.hear(None)
            raise Outdated
        backend = self._shared
        name, receipt = backend.name_of_next(commit.mark)
        receipts = {**commit.receipts, backend.writer: receipt}
        stored = self._enveloped(value)
        may_follow_default = commit.expected is ABSENT or commit.expected is ANYTHING  # which others may not have
        is_whole = may_follow_default and not _is_self_contained(commit.change, value)
        change = Whole(stored) if is_whole else commit.change
        update = Update(self._tip, name, commit.mark, change, receipts, self._versions.version)
        proposal = Proposal(
            self._key,
            update,
            stored,
            is_snapshot=may_follow_default or self._snapshots.are_due(update),
            has_turn=self._races >= PATIENT_RACES,
        )
        try:
            with METRICS.commits.measure(self._kind) as span:
                conflict = await backend.propose(proposal)
                self._bulkhead.note_success('write')
                if conflict:
                    span.end_as('lost_race')
        except Exception as error:
            self._uncertain = proposal
            raise self.failed('write', error) from error
        if conflict:
            await self._lose(conflict)
        self._adopt(proposal)

    async def holds(self, value: Value, commit: Commit) -> bool:
        proposal = self._uncertain
        if proposal is None:
            return False
        writer = self._shared.writer
        receipt = (await self.receipts([writer])).get(writer)
        self._uncertain = None
        has_happened = receipt is not None and receipt.n >= proposal.update.receipts[writer].n
        if has_happened:
            self._adopt(proposal)
        return has_happened

    async def begin_epoch(self, mark: Mark, value: Value) -> Stored | None:
        change = Change(mark.version, mark.version + 1, ())
        # Lost against another server that has begun one, or that has committed what is missing here.
        with contextlib.suppress(Outdated):
            await self.store(value, Commit(Mark(self.new_epoch(), change.version), {}, change, value), is_new=False)
        return await self.load()

    async def confirm(self) -> None:
        tips = await self._read_call(self._shared.tips([self._key]))
        if tips.get(self._key, NO_TIP) != self._tip:
            self._may_lack_some = True
            raise Outdated

    @property
    def address(self) -> str | None:
        return self._address

    @property
    def tip(self) -> str:
        return self._tip

    def hear(self, update: Update | None) -> bool:
        if update and (self._is_own(update) or self._is_known(update.mark)):
            return False
        if update and len(self._heard) < MAX_HEARD:
            self._heard.append(update)
        else:
            self._heard.clear()
            self._may_lack_some = True
        return True

    def _is_own(self, update: Update) -> bool:
        """Return whether this is a commit of the record itself, the answer to which is on its way."""
        return self._uncertain is None and self._shared.writer in update.receipts

    def _is_known(self, mark: Mark) -> bool:
        return mark.epoch == self._mark.epoch and mark.version <= self._mark.version

    def _next_heard(self) -> list[Update] | None:
        """Return the updates that follow the tip; None if some of those that were heard do not."""
        heard, self._heard = self._heard, []
        if self._may_lack_some:
            return None
        tip, updates = self._tip, []
        for each in heard:
            if each.base == tip:
                updates.append(each)
                tip = each.tip
            elif each.mark.epoch != self._mark.epoch or each.mark.version > self._mark.version + len(updates):
                return None
        return updates

    def _adopt(self, proposal: Proposal) -> None:
        self._races = 0
        self._note_stored()
        self._tip, self._mark = proposal.update.tip, proposal.update.mark
        self._snapshots.commit(proposal)
        self._unsaved = None if proposal.is_snapshot else proposal
        if self._rest:
            self._rest.cancel()
            self._rest = None
        if self._unsaved:
            self._rest = asyncio.get_running_loop().call_later(REST_SECONDS, self._start_saving)

    def _start_saving(self) -> None:
        self._rest = None
        self._saving = asyncio.ensure_future(self.flush())

    async def flush(self) -> None:
        if self._rest:
            self._rest.cancel()
            self._rest = None
        elif self._saving and self._saving is not asyncio.current_task():
            await asyncio.wait({self._saving})
        proposal, self._unsaved = self._unsaved, None
        if proposal:
            await self._store_snapshot(proposal)

    async def _store_snapshot(self, proposal: Proposal) -> None:
        """Store the value of a commit that was not followed by others, for programs that read the database."""
        work = self._shared.store_snapshot(self._key, proposal.update.tip, proposal.encoded)
        try:
            await self._within(work, 'write')
        except Exception as error:  # the log leads to the value all the same
            logger.info('%s', self.failed('store a snapshot of', error))

    async def _lose(self, conflict: Conflict) -> None:
        self._races += 1
        if conflict.updates is None:
            self.hear(None)
        else:
            self._heard = list(conflict.updates)
        if conflict.is_anothers_turn:
            await asyncio.sleep(TURN_SECONDS)
        raise Outdated

    async def _ask(self, work: Awaitable[T]) -> T:
        """Ask the backend for whatever is missing; if it does not answer, the next call asks again."""
        self._heard.clear()
        self._may_lack_some = False
        try:
            return await self._read_call(work)
        except BaseException:
            self._may_lack_some = True
            raise

    async def _within(self, work: Awaitable[T], operation: Operation) -> T:
        async with asyncio.timeout(self._shared.seconds_per_call):
            result = await work
        self._bulkhead.note_success(operation)
        return result

    async def _read_call(self, work: Awaitable[T]) -> T:
        with self._reading():
            return await self._within(work, 'read')


def _is_self_contained(change: Change, value: Value) -> bool:
    """Return whether the ops of a change lead to the value, whatever was there before."""
    first = next((op for entry in change.entries for op in entry.ops), None)
    return value is ABSENT if first is None else isinstance(first, Replace) and not first.path


def _version_of(update: Update) -> int:
    """Return the version of the app that the value after an update belongs to."""
    return opened(update.change.value).version if isinstance(update.change, Whole) else update.value_version


def _stated_version(updates: Sequence[Update]) -> int:
    """Return the version that the latest update to state one has stated."""
    for update in reversed(updates):
        if not isinstance(update.change, Whole) or opened(update.change.value).is_stated:
            return _version_of(update)
    return 1


def _opened_update(update: Update) -> Update:
    """Return an update with the value of the app in place of a whole value as the backend has it."""
    change = update.change
    return replace(update, change=Whole(opened(change.value).value)) if isinstance(change, Whole) else update


def _checkpoint_of(loaded: Loaded) -> Checkpoint:
    """Return the checkpoint of a record that has just been loaded."""
    log = ChangeLog()
    for update in loaded.updates:
        if isinstance(update.change, Change) and update.mark.epoch == loaded.mark.epoch:
            log.append(update.change)
        else:
            log.clear()
    first = next(iter(log), None)
    receipts = Receipts({loaded.mark.epoch: first.base if first else loaded.mark.version})
    for writer, receipt in sorted(loaded.receipts.items(), key=lambda each: each[1].version):
        receipts.add(writer, receipt)
    return Checkpoint(loaded.mark, '', receipts, log)
