"""The ended sessions of an app with many servers, in the database that these share."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Coroutine, Mapping
from hashlib import sha256
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary, WeakSet

from dara.core._json import Json
from dara.core._server.ended import EVERY
from dara.core._sync.tasks import Tasks
from dara.core.persistence.record import Record
from dara.core.persistence.records import Records
from dara.core.persistence.shared import SharedBackend

MAX_ENDED_PER_USER: Final = 1000
FRESH_SECONDS: Final = 0.5
WAIT_SECONDS: Final = 1
PAUSE_SECONDS: Final = 5
"""The time after a failure in which the database is not asked."""
TICK_SECONDS: Final = 1
Ends: TypeAlias = Mapping[str, float]
logger = logging.getLogger('dara')


class SharedEnds:
    """The ended sessions of each user, as a record `{session: time}` under a hash of the user's id.

    A server reads the record with the user's requests, and follows it while a socket of the user is open. At most 1,000
    sessions are kept per user. Beyond that, all sessions that the user had are over; `*` has the time of that.

    Nobody waits for a database that does not answer. Log-outs are shared when it answers again.

    Args:
        lifetime: the maximum lifetime of a session in seconds.
        now: returns the time in seconds since 1970.
        unshared: ended sessions of which other servers may not have heard, with their times, by user.
    """

    def __init__(
        self, backend: SharedBackend, lifetime: float, now: Callable[[], float], unshared: Mapping[str, Ends]
    ) -> None:
        self._backend = backend.sibling('sessions')
        self._records = Records(self._backend)
        self._lifetime = lifetime
        self._now = now
        self._unshared = {user: dict(ends) for user, ends in unshared.items()}
        self._readings: WeakKeyDictionary[Record, tuple[float, asyncio.Task[None]]] = WeakKeyDictionary()
        self._unread: WeakSet[Record] = WeakSet()  # records that could not be read when they were needed
        self._is_failing = False
        self._quiet_until = 0.0
        self._tasks = Tasks('The sessions that have ended could not be shared')

    async def start(self) -> None:
        """Connect to the database, and begin to share.

        Raises:
            BackendFailed: the database cannot be read.
        """
        await self._read(self._records.get(_hash('')))
        self._tasks.start(self._catch_up())

    async def stop(self) -> None:
        """End, and release the connections."""
        self._tasks.cancel()
        await self._records.close()

    async def refresh(self, user: str) -> None:
        """Learn which sessions of a user have ended, unless that was asked just now."""
        await self._refresh(self._records.get(_hash(user)))

    async def add(self, user: str, session: str, at: float) -> None:
        """Record for all servers that a session has ended."""
        self._unshared.setdefault(user, {})[session] = at
        if self._may_ask():
            await self._briefly(self._tasks.start(self._noting_failure(self._share(user))))

    def follow(self, user: str) -> Callable[[], None]:
        """Learn at once of log-outs on other servers; return a function that ends that."""
        record = self._records.get(_hash(user))
        if record not in self._readings:
            self._unread.add(record)
        return record.subscribe(lambda _: None)  # so that it stays in memory

    def include(self, user: str, session: str, began: float) -> bool:
        """Return whether the session of that user and beginning was ended."""
        record = self._records.find(_hash(user))
        ends = _ends(record.value) if record else {}
        return bool(ends) and (_hash(session) in ends or began < ends.get(EVERY, 0))

    async def _refresh(self, record: Record) -> None:
        began, task = self._readings.get(record, (-math.inf, None))
        now = time.monotonic()
        if now < self._quiet_until:
            self._unread.add(record)
            return
        if task is None or task.done():
            if now - began < FRESH_SECONDS or not self._may_ask():
                return
            task = self._tasks.start(self._noting_failure(self._reread(record)))
            self._readings[record] = (now, task)
        await self._briefly(task)

    async def _reread(self, record: Record) -> None:
        try:
            await self._read(record)
            await record.refresh()
        except Exception:
            self._unread.add(record)
            raise
        self._unread.discard(record)

    async def _read(self, record: Record) -> None:
        await self._records.watch(record.key)
        await record.load()

    async def _share(self, user: str) -> None:
        """Add the ended sessions of a user to the record, unless they are there."""
        ends = dict(self._unshared.get(user, {}))
        hashed = {session if session == EVERY else _hash(session): at for session, at in ends.items()}
        async with asyncio.timeout(self._backend.seconds_per_call):
            stored = (await self._backend.load(_hash(user))).value  # no record: after a restart there are many users
        if self._missing(hashed, _ends(stored)):
            record = self._records.get(_hash(user))
            await self._read(record)
            await record.transact(lambda value: self._with(_ends(value), hashed))
        rest = {session: at for session, at in self._unshared.get(user, {}).items() if session not in ends}
        self._unshared[user] = rest
        if not rest:
            del self._unshared[user]

    async def _catch_up(self) -> None:
        """Share and read, every second, what could not be shared and read before."""
        while True:
            for user in list(self._unshared):
                if self._may_ask():
                    await self._noting_failure(self._share(user))
            for record in list(self._unread):
                await self._refresh(record)
            await asyncio.sleep(TICK_SECONDS)

    def _missing(self, ends: Ends, known: Ends) -> Ends:
        """Return those of `ends` that are neither known nor so old that their cookies have expired."""
        oldest = max(self._now() - self._lifetime, known.get(EVERY, 0))
        return {each: at for each, at in ends.items() if at > oldest and (each == EVERY or each not in known)}

    def _with(self, known: Ends, ends: Ends) -> dict[str, Json]:
        """Return the ended sessions with some more, and without those whose cookies have expired."""
        oldest = self._now() - self._lifetime
        missing = self._missing(ends, known)
        kept: dict[str, Json] = {**{session: at for session, at in known.items() if at > oldest}, **missing}
        if len(kept) <= MAX_ENDED_PER_USER:
            return kept
        last = max(missing, key=missing.__getitem__)
        return {last: missing[last], EVERY: missing[last]}

    def _may_ask(self) -> bool:
        """Return whether to ask the database. After a failure, one question at a time finds out whether it answers."""
        now = time.monotonic()
        if now < self._quiet_until:
            return False
        if self._is_failing:
            self._quiet_until = now + PAUSE_SECONDS
        return True

    async def _briefly(self, task: asyncio.Task[None]) -> None:
        """Wait for a task, but not for long. It goes on."""
        _, late = await asyncio.wait({task}, timeout=WAIT_SECONDS)
        if late:
            self._note_failure(TimeoutError(f'{self._backend.describe()}: no answer within {WAIT_SECONDS} s'))

    async def _noting_failure(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # whatever the driver of the database raises
            self._note_failure(error)
        else:
            self._is_failing, self._quiet_until = False, 0

    def _note_failure(self, error: Exception) -> None:
        if not self._is_failing:
            logger.error('%s; until it answers, log-outs count only on the servers that have heard of them', error)
        self._is_failing, self._quiet_until = True, time.monotonic() + PAUSE_SECONDS


def _ends(value: Any) -> Ends:
    return value if isinstance(value, dict) else {}


def _hash(name: str) -> str:
    return sha256(name.encode(errors='surrogatepass')).hexdigest()[:32]
