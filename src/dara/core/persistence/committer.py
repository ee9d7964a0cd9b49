"""`Committer`: brings a record forward, by the commits of others and by the jobs that wait here."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any, Final

from dara.core._edits import ABSENT, Value
from dara.core._slices import Slices
from dara.core.errors import BackendFailed, DaraError, InvalidEdit, Unavailable, WrongVersion
from dara.core.persistence.backend import Outdated, Stored
from dara.core.persistence.changelog import Mark, Update, Whole, Writer
from dara.core.persistence.checkpoints import ANYTHING, Checkpoint, Commit
from dara.core.persistence.commit_queue import AnyJob, BrowserEdit, decide
from dara.core.persistence.draft import Draft
from dara.core.persistence.edit import Edit, Outcome, OutOfOrder, OutOfStep
from dara.core.persistence.storage import Storage
from dara.core.persistence.subscribers import Subscribers
from dara.core.persistence.timeline import Timeline

RENEW_SECONDS: Final = 60
COMMIT_ATTEMPTS: Final = 100
STUCK_ATTEMPTS: Final = 3


class Committer:
    """The link between the timeline of a record and its storage. Its methods run one at a time.

    Args:
        checkpoint: the state of an earlier record of this key that was evicted.

    Attributes:
        on_commit: called after every commit that was made here.
        may_store_default: whether an absent value is replaced by the default when it is loaded.
        uncertain: a draft of which it is unknown whether it was stored.
        refusal: the reason why the stored value, of another version of the app, is neither read nor replaced.
    """

    def __init__(
        self,
        key: str,
        storage: Storage,
        timeline: Timeline,
        checkpoint: Checkpoint | None,
        subscribers: Subscribers,
    ) -> None:
        self._key = key
        self._storage = storage
        self._timeline = timeline
        self._checkpoint = checkpoint
        self._subscribers = subscribers
        self._renewed_at = -math.inf
        self.is_loaded = False
        self.may_store_default = False
        self.uncertain: Draft | None = None
        self.refusal: WrongVersion | Unavailable | None = None
        self.on_commit: Callable[[], None] = lambda: None
        if checkpoint:
            storage.latest_version = checkpoint.value_version

    async def load(self) -> None:
        """Read the value, and store the default in its place if there is none and the default may be stored."""
        if self.is_loaded:
            if self.refusal:
                await self.catch_up(ask=True)
            return
        await self._load_timeline()
        while self._timeline.value is ABSENT and self.may_store_default:
            if not self._storage.is_shared:
                self._timeline.skip_version()
            try:
                await self._store_default()
            except Outdated:  # somebody else has just stored a value
                await self._load_timeline()
        self.is_loaded = True

    async def _load_timeline(self) -> None:
        """Read the value, and migrate it if it is old."""
        for _ in range(COMMIT_ATTEMPTS):
            stored = await self._storage.load()
            migrated = await self._storage.migrated(stored.value) if self._storage.is_old else None
            if stored.checkpoint:
                self._timeline.resume(stored.value, stored.checkpoint)
            else:
                self._timeline.load(stored.value, self._checkpoint)
                self._checkpoint = None
            try:
                if self._storage.is_old:
                    await self._store_migrated(migrated, stored.value)
            except Outdated:  # somebody else has just stored a value, perhaps migrated
                continue
            return
        raise self._contended()

    async def _store_migrated(self, value: Value, old: Value) -> None:
        """Commit a migrated value in place of the `old` one.

        Raises:
            Outdated: the stored value is another one by now.
        """
        slices = Slices()
        self._timeline.note_external_size(value)
        draft = self._draft()
        ops = await slices.run(self._timeline.difference(self._timeline.value, value))
        if ops:
            draft.add(0, 0, ops, value)
        await self._store_surely(value, draft.commit(old))
        self._finish(draft)

    async def _store_default(self) -> None:
        draft = self._draft()
        draft.value = self._timeline.default
        await self._store_surely(draft.value, draft.commit(expected=ABSENT))
        self._timeline.commit(draft)
        self._timeline.set_value(self._timeline.default)

    async def _store_surely(self, value: Value, commit: Commit) -> None:
        """Store a value; if the outcome is unknown, find it out."""
        try:
            await self._storage.store(value, commit, is_new=True)
        except BackendFailed:
            if not await self._storage.holds(value, commit):
                raise

    def _draft(self) -> Draft:
        return Draft(self._timeline.mark, self._timeline.value, counts_all=self._storage.is_shared)

    async def catch_up(self, *, ask: bool) -> None:
        """Adopt what others have committed since, and publish it; see `Storage.news`.

        Before that it has to be known whether the uncertain draft was stored, because it may be among the news.
        """
        if not self.is_loaded:
            return
        await self.resolve(must_know=True)
        try:
            await self._adopt(await self._storage.news(ask=ask or self.refusal is not None), Slices())
        except (WrongVersion, Unavailable) as error:
            if not (isinstance(error, WrongVersion) or self._storage.is_old):
                raise
            if str(error) != str(self.refusal):
                self._subscribers.report_refusal(error.reason)
            self.refusal = error
            raise
        if self.refusal:
            self.refusal = None
            self._subscribers.report_break()

    async def _adopt(self, news: Whole | Sequence[Update] | Stored, slices: Slices) -> None:
        match news:
            case Whole(value) if self._storage.is_old:
                with suppress(Outdated):  # the next news has what is there by now
                    await self._store_migrated(await self._storage.migrated(value), value)
            case Whole(value):
                await self._adopt_whole(value, slices)
            case Stored() if self._storage.is_old:
                await self._load_timeline()
                self._subscribers.report_break()
            case Stored(value, checkpoint):
                self._start_again(value, checkpoint)
            case _:
                await self._adopt_updates(news, slices)

    async def _adopt_updates(self, updates: Sequence[Update], slices: Slices) -> None:
        """Adopt commits one by one; start again from the stored value if one does not fit the present one."""
        try:
            for update in updates:
                change = await slices.run(self._timeline.adopt(update))
                self._storage.adopted(update)
                self._subscribers.publish(change)
        except InvalidEdit:
            stored = await self._storage.load()
            self._start_again(stored.value, stored.checkpoint)
        except BaseException:
            self._storage.hear(None)  # the rest is asked for
            raise

    async def _adopt_whole(self, value: Value, slices: Slices) -> None:
        """Commit the difference between the present value and one that another program has stored."""
        self._timeline.note_external_size(value)
        ops = await slices.run(self._timeline.difference(self._timeline.value, value))
        if ops:
            draft = self._draft()
            draft.add(0, 0, ops, value)
            await self._storage.store(value, draft.commit(), is_new=False)
            self._finish(draft)

    def _start_again(self, value: Value, checkpoint: Checkpoint | None) -> None:
        """Resume from a state to which no known changes lead."""
        assert checkpoint
        self._timeline.resume(value, checkpoint)
        self._subscribers.report_break()

    async def prepare_for_tab(self, seen: Mark, writer: Writer) -> None:
        """Prepare for a tab that has seen a version, and whose edits another server may have committed."""
        if self._timeline.is_before(seen):
            await self.catch_up(ask=True)
        await self._learn([writer])
        if self._storage.is_shared and self._timeline.lacks_latest_edit(writer):
            await self.catch_up(ask=True)
            await self._learn([writer])  # where the record has started again, it knows the receipts of its log alone
        if self._timeline.is_before(seen):
            await self._renew_epoch()

    async def _prepare_for_edits(self, edits: Collection[Edit]) -> None:
        """Catch up before edits are judged whose tabs may have seen more than this server."""
        behind = {edit.writer for edit in edits if self._timeline.may_be_behind(edit)}
        if behind:
            await self.catch_up(ask=True)
            await self._learn(behind)

    async def _learn(self, writers: Collection[Writer]) -> None:
        """Adopt the receipts of these writers' edits, which other servers may have committed."""
        self._timeline.add_receipts(await self._storage.receipts(writers))

    async def _renew_epoch(self) -> bool:
        """Start a new epoch; return False if that happened in the last minute, since a tab may claim anything."""
        if time.monotonic() - self._renewed_at < RENEW_SECONDS:
            return False
        self._renewed_at = time.monotonic()
        stored = await self._storage.begin_epoch(self._timeline.mark, self._timeline.value)
        if stored:
            self._start_again(stored.value, stored.checkpoint)
        else:
            self._timeline.begin_epoch(self._storage.new_epoch())
            self._subscribers.report_break()
        return True

    async def answer_ahead(self, edit: Edit) -> Outcome:
        """Return the outcome of an edit whose tab has seen a version that was lost."""
        if edit.epoch != self._timeline.mark.epoch or await self._renew_epoch():
            return OutOfStep('epoch')
        return OutOfOrder(f'version {edit.base} is ahead of {self._timeline.mark.version}')

    async def commit(self, jobs: list[AnyJob]) -> list[AnyJob]:
        """Commit the jobs' combined draft; return the jobs whose answer depends on the commit.

        They are decided again if another process has changed the value meanwhile.
        """
        await self.resolve(must_know=True)
        if self.refusal or await self._storage.has_news():
            await self.catch_up(ask=False)
        if self._storage.is_shared:
            await self._prepare_for_edits([job.edit for job in jobs if isinstance(job, BrowserEdit)])
        stuck, slices = 0, Slices()
        for _ in range(COMMIT_ATTEMPTS):
            draft = self._draft()
            jobs = [job for job in jobs if await decide(job, draft, self._timeline, self._storage, slices)]
            try:
                if draft.entries or draft.receipts:
                    await self._store(draft, ANYTHING if stuck > STUCK_ATTEMPTS else self._timeline.value)
                elif jobs:
                    await self._storage.confirm()
            except Outdated:
                before = self._timeline.mark
                await self.catch_up(ask=not self._storage.is_shared)
                stuck = stuck + 1 if self._timeline.mark == before else 0  # it may read another value than it writes
            else:
                return jobs
        raise self._contended()

    def _contended(self) -> BackendFailed:
        return BackendFailed(
            f'{self._storage}: {self._key!r} was changed by others at each of {COMMIT_ATTEMPTS} attempts'
        )

    async def _store(self, draft: Draft, expected: Any) -> None:
        try:
            is_new = draft.value is not self._timeline.value
            await self._storage.store(draft.value, draft.commit(expected), is_new=is_new)
        except BackendFailed:
            self.uncertain = draft
            if not await self.resolve():
                raise
        else:
            self._finish(draft)

    async def resolve(self, *, must_know: bool = False) -> bool:
        """Find out whether the uncertain draft was stored, and adopt it if so.

        A call that timed out may have succeeded.

        Raises:
            DaraError: the backend cannot be read now, and the caller must know.
        """
        draft = self.uncertain
        if draft is None:
            return False
        try:
            was_stored = await self._storage.holds(draft.value, draft.commit())
        except DaraError:
            if must_know:
                raise
            return False
        self.uncertain = None
        if was_stored:
            self._finish(draft)
        return was_stored

    def _finish(self, draft: Draft) -> None:
        """Adopt a stored draft and publish its change."""
        change = self._timeline.commit(draft)
        if change is None:
            return
        self._storage.note_write(draft.by, draft.restored)
        self._subscribers.publish(change)
        self.on_commit()

    def checkpoint(self) -> Checkpoint | None:
        """Return the checkpoint of the present, if there is one."""
        if not self.is_loaded:
            return self._checkpoint
        checkpoint = self._timeline.checkpoint(self.uncertain)
        checkpoint.value_version = self._storage.latest_version
        return checkpoint
