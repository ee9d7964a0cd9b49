"""`Jobs`: the jobs of an app, the processes that run them, and the queue before these."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import pickle
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, Final

from dara.core import _messages as messages
from dara.core._context import ID_TOKEN, SESSION_ID, USER, Identity, identity_in
from dara.core._jobs.common import ACTION, PRESSED_AT, Caller, OtherServers, fingerprint
from dara.core._jobs.messages import Outcome, Progress
from dara.core._jobs.process import JobProcess
from dara.core._threads import Threads
from dara.core.errors import InvalidDefinition, JobCancelled, JobFailed, JobRefused

WAITING: Final = 100
"""The number of jobs that may wait for a process."""
WAITING_OF_USER: Final = 10
"""The number of jobs of one user that may wait for a process."""
IDLE_SECONDS: Final = 60
"""The time after which a process without a job ends."""
FAREWELL_SECONDS: Final = 2
"""The time in which the code that waited for a job can store, before the server stops, that it has failed."""
ENDED_SECONDS: Final = 600
"""The time for which the end of a job is known, to refuse a press that was made before it."""
NEED: Final = 'the results of a DerivedVariable with run_as_task=True'

Report = Callable[[Progress], None]


def default_processes() -> int:
    """Return the number of processes for jobs if the app is not configured otherwise: one for each core but one."""
    return max((os.cpu_count() or 2) - 1, 1)


class Jobs:
    """The jobs of an app. No process is started before the first one.

    Each job has a process for itself while it runs. A process that ends fails its own job alone; a job that is
    cancelled ends with its process. The next job is that of the user with the fewest running ones.

    Args:
        processes: the number of jobs that run at one time.

    Attributes:
        others: the other servers, while the app is served over a database that servers share.
        is_stopped: whether no job can run any more.
    """

    def __init__(self, processes: int | None = None) -> None:
        self._size = processes or default_processes()
        self._threads = Threads('dara-jobs', self._size)
        self._pickling = Threads('dara-pickle', 2)
        self._idle: list[JobProcess] = []
        self._busy: set[JobProcess] = set()
        self._running: Counter[str] = Counter()  # by user
        self._callers: Counter[asyncio.Task[Any] | None] = Counter()  # the tasks that wait for jobs, and their actions
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}  # by user
        self._by_key: dict[str, asyncio.Task[Any]] = {}
        self._ended: dict[str, float] = {}  # the times at which jobs of keys have ended lately
        self._reaper: asyncio.TimerHandle | None = None
        self.others: OtherServers | None = None
        self.is_stopped = False

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Accept jobs while the body runs; at the end, end those that run."""
        self.is_stopped = False
        try:
            yield
        finally:
            await self._stop()

    async def run(self, call: Callable[[], Any], report: Report) -> Any:
        """Call a function in a process, for the current user; return its result. A cancellation ends the process.

        The code that waits for the result has read the user if the function has.

        Args:
            report: gets the progress.

        Raises:
            JobFailed: the job has no result, for another reason than an error of the function.
            JobRefused: too many jobs are waiting.
            InvalidDefinition: the function or an argument cannot be sent to a process.
        """
        return await self._result_of(await self.outcome(call, report))

    async def run_common(self, inputs: Any, call: Callable[[], Any], caller: Caller) -> Any:
        """Do what `run` does, once for the callers with equal inputs on all servers. Raises what `run` does."""
        if self.others is None:
            return await self.run(call, caller.report)
        name = await self._pickling.run(fingerprint, inputs)
        if name is None:
            return await self.run(call, caller.report)
        return await self._result_of(await self.others.run(name, call, caller))

    async def outcome(self, call: Callable[[], Any], report: Report) -> Outcome:
        """Call a function in a process, and return its outcome. Raises what `run` does, but for the error of it."""
        identity = identity_in()
        user = identity.user.identity_id if identity else ''
        callers = Counter({asyncio.current_task(), ACTION.get()})  # either may be None
        self._callers += callers
        try:
            request = await self._pickling.run(_request, call, identity)
            await self._turn(user, report)
            try:
                return await self._run(request, report)
            finally:
                self._pass_on(user)
        finally:
            self._callers -= callers

    async def run_alone(self, key: str | None, call: Callable[[], Any], report: Report) -> Any:
        """Do what `run` does, unless there is a job of that key already. `cancel` ends a job of a key.

        Raises:
            JobRefused: there is one, on any server of the app; or there was one here when the user pressed the button.
        """
        if key is None:
            return await self.run(call, report)
        if key in self._by_key or self._ended.get(key, -math.inf) > PRESSED_AT.get():
            raise JobRefused(messages.JOB_RUNS_ALREADY)
        task = self._by_key[key] = asyncio.create_task(self._run_alone(key, call, report))
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                task.cancel()
                raise
            raise JobCancelled(messages.JOB_CANCELLED) from None
        finally:
            del self._by_key[key]
            now = time.monotonic()
            self._ended = {each: at for each, at in self._ended.items() if now - at < ENDED_SECONDS} | {key: now}

    async def cancel(self, key: str) -> bool:
        """End the job of a key, on whichever server it runs; return whether there was one."""
        if self._cancel_here(key):
            return True
        return self.others is not None and await self.others.cancel(key)

    def _cancel_here(self, key: str) -> bool:
        task = self._by_key.get(key)
        return task is not None and task.cancel()

    async def _run_alone(self, key: str, call: Callable[[], Any], report: Report) -> Any:
        if self.others is None:
            return await self.run(call, report)
        async with self.others.alone(key, partial(self._cancel_here, key)):
            return await self.run(call, report)

    async def _result_of(self, outcome: Outcome) -> Any:
        _note_reads(outcome)
        if outcome.error:
            raise outcome.error
        return await self._pickling.run(pickle.loads, outcome.result)

    async def _run(self, request: bytes, report: Report) -> Outcome:
        loop = asyncio.get_running_loop()
        process = self._idle.pop() if self._idle else JobProcess()
        self._busy.add(process)
        try:
            return await self._threads.run(process.run, request, lambda each: loop.call_soon_threadsafe(report, each))
        except JobFailed:
            if self.is_stopped:
                raise JobFailed(messages.JOB_STOPPED) from None
            raise
        except asyncio.CancelledError:
            process.kill()
            raise
        finally:
            self._busy.discard(process)
            self._put_back(process)

    def _put_back(self, process: JobProcess) -> None:
        if not process.is_usable or self.is_stopped:
            self._threads.submit(process.close)
            return
        self._idle.append(process)
        if self._reaper:
            self._reaper.cancel()
        self._reaper = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end_idle)

    def _end_idle(self) -> None:
        while self._idle:
            self._threads.submit(self._idle.pop().close)

    async def _turn(self, user: str, report: Report) -> None:
        """Wait until a job of that user may run, count it, and report that it begins."""
        if self.is_stopped:
            raise JobFailed(messages.JOB_STOPPED)
        if self._running.total() < self._size:
            self._running[user] += 1
            report(Progress(0, ''))
            return
        own = self._waiting.setdefault(user, deque())
        if len(own) >= WAITING_OF_USER or sum(map(len, self._waiting.values())) >= WAITING:
            raise JobRefused(messages.TOO_MANY_JOBS)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        own.append(turn)
        report(Progress(0, messages.JOB_WAITS))
        try:
            await turn
            report(Progress(0, ''))
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on(user)
            raise
        finally:
            if turn in own:
                own.remove(turn)

    def _pass_on(self, user: str) -> None:
        """Note that a job of a user has ended, and let the next one run."""
        self._running -= Counter([user])  # which removes what is zero
        waiting = {each: turns for each, turns in self._waiting.items() if turns}
        self._waiting = waiting
        while waiting and self._running.total() < self._size:
            next_user = min(waiting, key=self._running.__getitem__)
            turn = waiting[next_user].popleft()
            if not waiting[next_user]:
                del waiting[next_user]
            if not turn.done():
                self._running[next_user] += 1
                turn.set_result(None)

    async def _stop(self) -> None:
        self.is_stopped = True
        for turns in self._waiting.values():
            for turn in turns:
                if not turn.done():
                    turn.set_exception(JobFailed(messages.JOB_STOPPED))
        if self._reaper:
            self._reaper.cancel()
        callers = {task for task in self._callers if task}
        for process in self._busy:
            process.kill()
        self._end_idle()
        if callers:
            await asyncio.wait(callers, timeout=FAREWELL_SECONDS)


def _request(call: Callable[[], Any], identity: Identity | None) -> bytes:
    try:
        return pickle.dumps((call, identity), pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise InvalidDefinition(
            f'A job cannot be sent to its process: {error}. Its function has to be at the top of a module, and its '
            'arguments have to be values that can be pickled.'
        ) from error


def _note_reads(outcome: Outcome) -> None:
    """Make the result of the running code depend on the user, or the session, if the job has read it."""
    if outcome.user:
        USER.get()
    if outcome.session:
        SESSION_ID.get()
        ID_TOKEN.get()
