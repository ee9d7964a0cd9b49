"""Jobs that wait for a record, and the decision of each in a group commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeAlias, TypeVar, assert_never

from dara.core import _messages as messages
from dara.core._context import user_in
from dara.core._edits import ABSENT, Applied, Ops, Value
from dara.core._slices import Slices
from dara.core._threads import Threads
from dara.core.errors import (
    CheckFailed,
    DaraError,
    InvalidEdit,
    InvalidValue,
    NotJson,
    TooLarge,
    Unavailable,
    WrongVersion,
)
from dara.core.persistence.changelog import CommittedEdit, Mark
from dara.core.persistence.draft import Draft
from dara.core.persistence.edit import Committed, Edit, Failed, Outcome, Rejected
from dara.core.persistence.storage import Storage
from dara.core.persistence.timeline import Ahead, Timeline
from dara.core.persistence.volatile import WrittenBy

T = TypeVar('T')


class Raced(Exception):
    """Refusal of a transaction: the record has left the version that it expected."""


@dataclass(slots=True, kw_only=True, eq=False)
class Job(Generic[T]):
    """Something that waits for a record.

    Attributes:
        done: the result of the job.
    """

    done: asyncio.Future[T] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def resolve(self, result: T) -> None:
        """Set the result, unless nobody waits for it any more."""
        if not self.done.done():
            self.done.set_result(result)

    def refuse(self, error: Exception) -> None:
        """Let the job raise an error, unless nobody waits for it any more."""
        if not self.done.done():
            self.done.set_exception(error)


@dataclass(slots=True, eq=False)
class BrowserEdit(Job[Outcome]):
    """An edit of a browser.

    Attributes:
        rejection: the outcome of an edit that was not admitted; only its number is used up.
        outcome: the outcome once the draft is committed, unless that is `Committed`.
        is_ahead: the tab has seen a version that the record has lost.
    """

    edit: Edit
    rejection: Rejected | None = None
    outcome: Rejected | None = None
    is_ahead: bool = False

    def succeed(self, version: int) -> None:
        """Resolve the job after the draft was stored at `version`."""
        self.resolve(self.outcome or Committed(version))

    def fail(self, error: DaraError) -> None:
        """Resolve the job after nothing was stored."""
        reason = error.reason if isinstance(error, (Unavailable, WrongVersion)) else messages.DATA_UNREADABLE
        self.resolve(Failed(reason))


@dataclass(slots=True, eq=False)
class Transaction(Job[Value]):
    """A write by server code.

    `change` receives the present value. It returns the new value, or the result of applying ops, which are published
    as they are. It runs in `threads` if it is the app's own code. A `reason` is stored with the user for whom it runs.
    """

    change: Callable[[Value], Value | Applied]
    expected: Mark | None = None
    threads: Threads | None = None
    reason: str | None = None
    context: Context = field(default_factory=copy_context)
    value: Value = ABSENT

    @property
    def by(self) -> WrittenBy:
        """The kind of writer: a person, or code that runs for nobody in particular."""
        return 'people' if user_in(self.context) else 'code'

    def entry(self, ops: Ops) -> CommittedEdit:
        """Return the entry of the change log for these effective ops."""
        user = None if self.reason is None else user_in(self.context)
        return CommittedEdit.of(0, 0, ops, self.reason, user.identity_id if user else None)

    def succeed(self, _: int) -> None:
        """Resolve the job after the draft was stored."""
        self.resolve(self.value)

    def fail(self, error: DaraError) -> None:
        """Resolve the job after nothing was stored."""
        self.refuse(error)


AnyJob: TypeAlias = BrowserEdit | Transaction


async def decide(job: AnyJob, draft: Draft, timeline: Timeline, storage: Storage, slices: Slices) -> bool:
    """Add a job to the draft, or answer it at once; return whether its answer depends on the commit."""
    await slices.pause()
    match job:
        case BrowserEdit():
            outcome = await _decide_edit(job, draft, timeline, storage, slices)
            job.outcome = outcome if isinstance(outcome, Rejected) else None
            if job.outcome:
                timeline.reject(job.edit, job.outcome, draft)
            elif outcome:
                job.resolve(outcome)
                return False
            return True
        case Transaction():
            return await _decide_transaction(job, draft, timeline, storage, slices)
        case _:
            assert_never(job)


async def _decide_edit(
    job: BrowserEdit, draft: Draft, timeline: Timeline, storage: Storage, slices: Slices
) -> Outcome | None:
    """Add an edit to the draft, or return an outcome other than `Committed`."""
    edit = job.edit
    if job.rejection:
        return timeline.decide_rejection(edit, job.rejection, draft)
    decision = timeline.decide(edit, draft, is_rewritten=storage.written_by is not None)
    job.is_ahead = isinstance(decision, Ahead)
    if isinstance(decision, Ahead):
        return None
    if not isinstance(decision, list):
        return decision
    applied = await slices.run(timeline.draft(edit, decision, draft))
    if not isinstance(applied, Applied):
        return applied
    try:
        if edit.check and edit.threads:
            await edit.threads.run(edit.check, applied.value)
        elif edit.check:
            edit.check(applied.value)
    except (InvalidEdit, InvalidValue, NotJson, TooLarge) as error:
        return Rejected.invalid(error)
    except CheckFailed as error:
        return Failed(error.reason)
    timeline.accept(edit, applied, draft)
    return None


async def _decide_transaction(
    job: Transaction, draft: Draft, timeline: Timeline, storage: Storage, slices: Slices
) -> bool:
    if job.expected is not None and (job.expected != timeline.mark or draft.entries):
        job.refuse(Raced())
        return False
    try:
        change = partial(job.change, draft.value)
        made = await job.threads.run(job.context.run, change) if job.threads else job.context.run(change)
        if isinstance(made, Applied):
            job.value, ops = made
        else:
            job.value, ops = made, await slices.run(timeline.difference(draft.value, made))
        timeline.check_size(job.value, ops)
    except Exception as error:  # raised by the user's own function, to whom it returns
        job.refuse(error)
        return False
    if ops:
        draft.append(job.entry(ops), job.value, job.by)
    else:
        storage.note_write(job.by)
    return True
