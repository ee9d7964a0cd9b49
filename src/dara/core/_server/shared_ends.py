"""The ended sessions of an app with many servers, in the database that these share."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary, WeakSet

from dara.core._json import Json
from dara.core._server.ended import EVERY
from dara.core._server.own_records import OwnRecords
from dara.core._sync.tasks import Tasks
from dara.core.persistence.record import Record

MAX_ENDED_PER_USER: Final = 1000
SERIES: Final = 'ended'
RECORDS: Final = 1024
FRESH_SECONDS: Final = 0.5
TICK_SECONDS: Final = 1
Ends: TypeAlias = Mapping[str, float]


class SharedEnds:
    """The ended sessions of all users, in 1024 records `{user: {session: time}}`, with hashes as their names.

    A server reads a user's record with the user's requests, and follows it while a socket of the user is open. At most
    1,000 sessions are kept per user. Beyond that, all sessions that the user had are over; `*` has the time of that.
    Sessions whose cookies have expired are removed, by whichever server finds them: it looks at a record now and then.

    Log-outs during an outage of the database are shared when it answers again.

    Args:
        lifetime: the maximum lifetime of a session in seconds.
        now: returns the time in seconds since 1970.
        unshared: ended sessions of which other servers may not have heard, with their times, by user.
    """

    def __init__(
        self, own: OwnRecords, lifetime: float, now: Callable[[], float], unshared: Mapping[str, Ends]
    ) -> None:
        self._own = own
        self._lifetime = lifetime
        self._now = now
        self._unshared = {user: dict(ends) for user, ends in unshared.items()}
        self._readings: WeakKeyDictionary[Record, tuple[float, asyncio.Task[None]]] = WeakKeyDictionary()
        self._unread: WeakSet[Record] = WeakSet()  # records that could not be read when they were needed
        self._tasks = Tasks('The sessions that have ended could not be shared')

    def start(self) -> None:
        """Begin to share."""
        self._tasks.start(self._run())
        self._own.sweep(SERIES, RECORDS, self._living)

    def stop(self) -> None:
        """End."""
        self._tasks.cancel()

    async def refresh(self, user: str) -> None:
        """Learn which sessions of a user have ended, unless that was asked just now."""
        await self._refresh(self._record(user))

    async def add(self, user: str, session: str, at: float) -> None:
        """Record for all servers that a session has ended."""
        self._unshared.setdefault(user, {})[session] = at
        if self._own.may_ask():
            await self._own.briefly(self._own.start(partial(self._share, user)))

    def follow(self, user: str) -> Callable[[], None]:
        """Learn at once of log-outs on other servers; return a function that ends that."""
        record = self._record(user)
        if record not in self._readings:
            self._unread.add(record)
        return record.subscribe(lambda _: None)  # so that it stays in memory

    def include(self, user: str, session: str, began: float) -> bool:
        """Return whether the session of that user and beginning was ended."""
        record = self._own.find(_key(user))
        ends = _ends(record.value, user) if record else {}
        return bool(ends) and (_hash(session) in ends or began < ends.get(EVERY, 0))

    def _record(self, user: str) -> Record:
        return self._own.record(_key(user))

    async def _refresh(self, record: Record) -> None:
        began, task = self._readings.get(record, (-math.inf, None))
        if self._own.is_quiet:
            self._unread.add(record)
            return
        if task is None or task.done():
            now = time.monotonic()
            if now - began < FRESH_SECONDS or not self._own.may_ask():
                return
            task = self._own.start(partial(self._reread, record))
            self._readings[record] = (now, task)
        await self._own.briefly(task)

    async def _reread(self, record: Record) -> None:
        try:
            await self._own.read(record)
            await record.refresh()
        except Exception:
            self._unread.add(record)
            raise
        self._unread.discard(record)

    async def _share(self, user: str) -> None:
        """Add the ended sessions of a user to the record, unless they are there."""
        ends = dict(self._unshared.get(user, {}))
        hashed = {session if session == EVERY else _hash(session): at for session, at in ends.items()}
        if self._missing(hashed, _ends(await self._own.stored(_key(user)), user)):
            record = self._record(user)
            await self._own.read(record)
            await record.transact(lambda value: self._with(value, user, hashed))
        rest = {session: at for session, at in self._unshared.get(user, {}).items() if session not in ends}
        self._unshared[user] = rest
        if not rest:
            del self._unshared[user]

    async def _run(self) -> None:
        """Share and read, every second, what could not be shared and read before."""
        while True:
            for user in list(self._unshared):
                if self._own.may_ask():
                    await self._own.noting_failure(partial(self._share, user))
            for record in list(self._unread):
                await self._refresh(record)
            await asyncio.sleep(TICK_SECONDS)

    def _living(self, value: Any) -> dict[str, Json]:
        """Return the ended sessions of all users without those whose cookies have expired."""
        oldest = self._now() - self._lifetime
        users = {user: {each: at for each, at in value[user].items() if at > oldest} for user in _users(value)}
        return {user: ends for user, ends in users.items() if ends}

    def _missing(self, ends: Ends, known: Ends) -> Ends:
        """Return those of `ends` that are neither known nor so old that their cookies have expired."""
        oldest = max(self._now() - self._lifetime, known.get(EVERY, 0))
        return {each: at for each, at in ends.items() if at > oldest and (each == EVERY or each not in known)}

    def _with(self, value: Any, user: str, ends: Ends) -> dict[str, Json]:
        """Return the ended sessions with some more of a user, and without those whose cookies have expired."""
        living = self._living(value)
        missing = self._missing(ends, _ends(value, user))
        kept: dict[str, Json] = {**_ends(living, user), **missing}
        if len(kept) > MAX_ENDED_PER_USER:
            last = max(missing, key=missing.__getitem__)
            kept = {last: missing[last], EVERY: missing[last]}
        return {**living, _hash(user): kept} if kept else living


def _users(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _ends(value: Any, user: str) -> Ends:
    ends: Ends = _users(value).get(_hash(user), {})
    return ends


def _key(user: str) -> str:
    return f'{SERIES}/{int(_hash(user), 16) % RECORDS}'


def _hash(name: str) -> str:
    return sha256(name.encode(errors='surrogatepass')).hexdigest()[:32]
