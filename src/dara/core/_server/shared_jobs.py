"""`SharedJobs`: the jobs of an app with many servers, which each of them can show, wait for, and cancel."""

from __future__ import annotations

import asyncio
import logging
import pickle
import secrets
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

from dara.core import _messages as messages
from dara.core._jobs.common import Caller, Scope
from dara.core._jobs.jobs import Jobs
from dara.core._jobs.messages import Outcome, Progress
from dara.core._json import Json
from dara.core._server.hosts import Hosts
from dara.core._server.job_entries import Entries, Entry, Owner, hashed, narrowed, scope_of
from dara.core._server.job_links import PAUSE_SECONDS, Followed, Running, sessions_of
from dara.core._server.own_records import OwnRecords
from dara.core._shared_folder import SharedFolder
from dara.core._sync.tasks import Tasks
from dara.core._threads import Threads
from dara.core.errors import JobFailed, JobRefused

KEPT_SECONDS: Final = 300
"""The time for which the outcome of a job is in the shared folder."""
MEMORY_SECONDS: Final = 60
"""The time for which a server knows that a job of its own has ended."""
LEAVING_SECONDS: Final = 1
"""The time for which a job goes on when another server leaves it: its tab may have moved, which is heard later."""
TEND_SECONDS: Final = 5
logger = logging.getLogger('dara')


class SharedJobs:
    """The jobs of this server, for the others, and those of the others, for this one.

    The server that runs a job has written its entry. Others follow it: they ask for its progress again and again, and
    so keep it alive; they find its outcome in the shared folder. One that does not answer has ended, and its jobs have
    failed. A server that cannot reach the database runs jobs for itself.

    Messages may be lost. Each has its sender, the server and the name of a job, and a word:

    - `job_follow`: somebody waits on another server; with the sessions whose tabs wait there.
    - `job_ask`: another server wants to know whether the job runs.
    - `job_leave`: nobody waits there any more.
    - `job_state`: the progress, as the answer to the first two, and when it changes.
    - `job_end`: the same after the end. `ended`: the outcome is in the folder; `stopped`: there is none.
    """

    def __init__(self, own: OwnRecords, hosts: Hosts, jobs: Jobs, folder: SharedFolder) -> None:
        self._own = own
        self._hosts = hosts
        self._jobs = jobs
        self._files = folder.files('jobs', KEPT_SECONDS)
        self._entries = Entries(own)
        self._threads = Threads('dara-job-files', 2)
        self._me = secrets.token_hex(8)
        self._running: dict[str, Running] = {}  # also those that have ended a moment ago
        self._followed: dict[str, list[Followed]] = {}
        self._tasks = Tasks('A job could not be shared with the other servers of the app')
        self._ends: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[None]:
        """Share the jobs, if the database carries messages."""
        if not self._own.can_send:
            yield
            return
        await self._own.hear(
            job_follow=self._hear_follower,
            job_ask=self._hear_question,
            job_leave=self._hear_leaver,
            job_state=self._hear_state,
            job_end=self._hear_end,
        )
        self._entries.start()
        self._tasks.start(self._tend())
        self._jobs.others = self
        try:
            yield
        finally:
            self._jobs.others = None
            for task in list(self._ends):
                await self._own.briefly(task)
            self._tasks.cancel()

    async def run(self, inputs: str, call: Callable[[], Any], caller: Caller) -> Outcome:
        """Return the outcome of a job that runs on one of the servers, as it does without others."""
        me, scope, ended = Owner.here(), caller.scope, set[str]()
        while True:
            running = self._new(me.name(inputs, scope), me, is_fresh=caller.is_fresh)
            fits = partial(_fits, me, scope, caller.is_fresh, ended)
            claimed = await self._claim(running, me.names(inputs), fits)
            if not claimed:
                return await self._jobs.outcome(call, caller.report)
            [found] = claimed
            if found is None:
                running.task = asyncio.create_task(self._carry_out(running, call, caller.kept_seconds))
                return await self._wait(running, me, caller)
            outcome = await self._outcome_of(found, me, caller)
            if outcome is None:
                ended.add(found.job)
                self._own.start(partial(self._remove, found))
            elif me.may_share(outcome, found):
                return outcome
            else:
                scope = scope_of(outcome)

    @asynccontextmanager
    async def alone(self, key: str, cancel: Callable[[], object]) -> AsyncIterator[None]:
        """Be the only server that runs the job of a key; see `OtherServers`."""
        running = self._new(hashed(f'key {key}'), Owner.here())
        entry = running.entry

        def check(found: Entry | None) -> None:
            if found is None or found.job != entry.job or found.is_cancelled:
                cancel()

        self._running[entry.job] = running
        try:
            await self._claim_alone(entry)
            try:
                async with self._entries.followed(entry.name, check):
                    yield
            finally:
                await self._own.briefly(self._own.start(partial(self._remove, entry)))
        finally:
            del self._running[entry.job]

    async def cancel(self, key: str) -> bool:
        """End the job of a key, which runs on another server; return whether there was one."""
        found = await self._entries.find(hashed(f'key {key}'))
        if found is None or not await self._runs(found):
            return False
        return await self._entries.replace(found, replace(found, is_cancelled=True))

    def _new(self, name: str, me: Owner, *, is_fresh: bool = False) -> Running:
        return Running(Entry(name, self._me, secrets.token_hex(8), me.user, me.session, is_fresh=is_fresh))

    async def _claim(
        self, running: Running, others: Collection[str], fits: Callable[[Entry], bool]
    ) -> list[Entry | None]:
        """Write the entry of a job, or return the one that is there; an empty list if the database does not answer."""
        answers: list[Entry | None] = []

        async def claim() -> None:
            answers.append(await self._entries.claim(running.entry, others, fits))

        self._running[running.entry.job] = running  # before another server can ask for it
        try:
            if self._own.may_ask():
                await self._own.briefly(self._own.start(claim))
            return answers[:1]
        finally:
            if answers != [None]:
                del self._running[running.entry.job]

    async def _remove(self, entry: Entry) -> None:
        await self._entries.replace(entry, None)

    async def _claim_alone(self, entry: Entry) -> None:
        """Write the entry of a key. Raises JobRefused."""
        ended = set[str]()
        while True:
            try:
                found = await self._entries.claim(entry, [entry.name], partial(_is_another, ended))
            except Exception as error:  # of the database
                raise JobRefused(messages.JOB_MAY_RUN) from error
            if found is None:
                return
            if await self._runs(found):
                raise JobRefused(messages.JOB_RUNS_ALREADY)
            ended.add(found.job)

    async def _carry_out(self, running: Running, call: Callable[[], Any], kept_seconds: float) -> Outcome:
        """Run a job of this server, for everybody."""
        try:
            outcome = await self._jobs.outcome(call, partial(self._report, running))
        except asyncio.CancelledError:
            self._start_end(running, None)
            raise
        except Exception as error:
            outcome = Outcome(b'', error)
        self._start_end(running, None if self._jobs.is_stopped else outcome, kept_seconds)
        return outcome

    def _start_end(self, running: Running, outcome: Outcome | None, kept_seconds: float = 0) -> None:
        task = self._own.start(partial(self._end, running, outcome, kept_seconds))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    async def _end(self, running: Running, outcome: Outcome | None, kept_seconds: float) -> None:
        """Keep the outcome of a job for the others, if there are any, and tell them that it has ended."""
        entry, end, kept = running.entry, 'stopped', None
        try:
            if outcome and (running.followers or self._hosts.are_several):
                await self._threads.run(self._write, entry, outcome)
                end = 'ended'
                if kept_seconds and not outcome.error:
                    kept = replace(narrowed(entry, outcome), until=time.time() + kept_seconds)
            await self._entries.replace(entry, kept)
        except OSError as error:
            logger.error('The result of a job cannot be kept for the other servers of the app: %s', error)
        finally:
            running.end = running.end or end
            asyncio.get_running_loop().call_later(MEMORY_SECONDS, self._running.pop, entry.job, None)
            await self._say('job_end', entry, running.end)

    async def _wait(self, running: Running, me: Owner, caller: Caller) -> Outcome:
        """Wait for a job of this server; end it when nobody waits any more."""
        assert running.task
        running.add(me.session, caller)
        try:
            return await asyncio.shield(running.task)
        finally:
            running.remove(caller)
            self._end_unwanted(running)

    def _end_unwanted(self, running: Running) -> None:
        if running.task and not running.task.done() and running.end is None and not running.is_wanted:
            running.end = 'stopped'
            running.task.cancel()

    async def _outcome_of(self, entry: Entry, me: Owner, caller: Caller) -> Outcome | None:
        """Return the outcome of a job, which may run on another server; None if it has none, and can begin again."""
        if entry.until:
            return await self._threads.run(self._read, entry)
        if entry.server == self._me:
            running = self._running.get(entry.job)
            return await self._wait(running, me, caller) if running and running.task and not running.end else None
        with self._following(Followed(entry, me.session, caller)) as followed:
            while followed.end is None and not followed.is_silent:
                if not await self._say('job_follow', entry, sessions_of([caller])):
                    followed.excuse()
                await followed.wait()
        if followed.end is None:
            self._own.start(partial(self._remove, entry))
            return Outcome(b'', JobFailed(messages.JOB_SERVER_ENDED))
        return await self._threads.run(self._read, entry) if followed.end == 'ended' else None

    async def _runs(self, entry: Entry) -> bool:
        """Return whether a job runs: its server says so."""
        if entry.server == self._me:
            return entry.job in self._running
        with self._following(Followed(entry, '')) as followed:
            while not followed.is_heard and not followed.is_silent:
                if not await self._say('job_ask', entry):
                    followed.excuse()
                await followed.wait()
        return followed.is_heard and followed.end is None

    @contextmanager
    def _following(self, followed: Followed) -> Iterator[Followed]:
        """Hear of a job of another server; in the end, tell that nobody waits for it."""
        job = followed.entry.job
        self._followed.setdefault(job, []).append(followed)
        try:
            yield followed
        finally:
            self._followed[job].remove(followed)
            if not self._followed[job]:
                del self._followed[job]
                if followed.caller and followed.end is None:
                    self._tasks.start(self._leave(followed.entry))

    async def _leave(self, entry: Entry) -> None:
        await self._say('job_leave', entry)

    def _write(self, entry: Entry, outcome: Outcome) -> None:
        self._files.write(entry.job, pickle.dumps(outcome))

    def _read(self, entry: Entry) -> Outcome | None:
        content = self._files.read(entry.job)
        if content is None:
            return None
        outcome: Outcome = pickle.loads(content)  # noqa: S301  # of a server of the app; only its user can write there
        return outcome

    async def _say(self, word: str, entry: Entry, *content: Json) -> bool:
        """Send a message; return whether the database has taken it."""
        try:
            await self._own.say(word, self._me, entry.server, entry.job, *content)
        except Exception as error:  # whatever the driver of the database raises
            logger.debug('A message about a job could not be sent: %s', error)
            return False
        return True

    def _report(self, running: Running, progress: Progress) -> None:
        running.report(progress)
        if running.followers and not running.is_telling:
            running.is_telling = True
            asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._tell, running)

    def _tell(self, running: Running) -> None:
        running.is_telling = False
        self._answer(running.entry.server, running.entry.job)

    def _answer(self, server: str, job: str) -> None:
        """Tell the others how far a job of this server is, or how it has ended."""
        if server != self._me:
            return
        running = self._running.get(job)
        if running and running.end is None:
            self._tasks.start(self._told('job_state', running.entry, *running.state()))
        else:
            self._tasks.start(
                self._told('job_end', Entry('', server, job, '', ''), running.end if running else 'stopped')
            )

    async def _told(self, word: str, entry: Entry, *content: Json) -> None:
        await self._say(word, entry, *content)

    def _hear_follower(self, sender: str, server: str, job: str, sessions: Collection[str]) -> None:
        if sender == self._me:
            return
        for followed in self._followed.get(job, ()):
            followed.drop_absent(sessions)
        running = self._running.get(job)
        if running and running.end is None:
            running.note_follower(sender, sessions)
        self._answer(server, job)

    def _hear_question(self, sender: str, server: str, job: str) -> None:
        self._answer(server, job)

    def _hear_leaver(self, sender: str, server: str, job: str) -> None:
        running = self._running.get(job)
        if running:
            running.followers.pop(sender, None)
            asyncio.get_running_loop().call_later(LEAVING_SECONDS, self._end_unwanted, running)

    def _hear_state(self, sender: str, server: str, job: str, *state: Any) -> None:
        for followed in list(self._followed.get(job, ())):
            followed.note_state(*state)

    def _hear_end(self, sender: str, server: str, job: str, end: str) -> None:
        for followed in self._followed.get(job, ()):
            followed.note_end(end)

    async def _tend(self) -> None:
        """End the jobs of which servers that were killed, or cannot be reached, were the last to wait."""
        while True:
            await asyncio.sleep(TEND_SECONDS)
            for running in list(self._running.values()):
                self._end_unwanted(running)


def _is_another(ended: Collection[str], entry: Entry) -> bool:
    return entry.job not in ended


def _fits(me: Owner, scope: Scope, is_fresh: bool, ended: Collection[str], entry: Entry) -> bool:
    """Return whether the job of an entry will do for a caller."""
    is_new_enough = not is_fresh or (entry.is_fresh and not entry.until)
    return is_new_enough and _is_another(ended, entry) and me.is_within(scope, entry)
