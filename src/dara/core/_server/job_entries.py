"""The entries of jobs in the database that the servers of an app share."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from dara.core._context import hashed_session, identity_in
from dara.core._jobs.common import Scope
from dara.core._jobs.messages import Outcome
from dara.core._json import Json
from dara.core._server.own_records import OwnRecords
from dara.core.persistence.record import Record

SERIES: Final = 'jobs'
RECORDS: Final = 64
HASH_CHARACTERS: Final = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that runs on a server, or has ended there a moment ago.

    Attributes:
        name: made of its function, its inputs and its users; see `Owner`.
        server: the server's random name.
        job: the job's random name.
        user: the hash of the user for whom it runs.
        session: the hash of the user's login session.
        until: the time in seconds since 1970 until which its outcome is kept; 0 while it runs.
        is_cancelled: whether another server has asked to end it.
        is_fresh: whether it was begun for somebody for whom no earlier result would do.
    """

    name: str
    server: str
    job: str
    user: str
    session: str
    until: float = 0
    is_cancelled: bool = False
    is_fresh: bool = False

    @property
    def dumped(self) -> list[Json]:
        return [self.server, self.job, self.user, self.session, self.until, self.is_cancelled, self.is_fresh]


@dataclass(frozen=True, slots=True)
class Owner:
    """The user for whom the code runs, in the names of jobs: `INPUTS`, `INPUTS USER` or `INPUTS SESSION`, in hashes.

    Attributes:
        user: the hash of the user's id.
        session: the hash of the login session.
    """

    user: str
    session: str

    @classmethod
    def here(cls) -> Owner:
        identity = identity_in()
        user, session = (identity.user.identity_id, identity.session_id) if identity else ('', '')
        return cls(hashed(f'user {user}'), hashed_session(session)[:HASH_CHARACTERS])

    def name(self, inputs: str, scope: Scope) -> str:
        """Return the name of a job that only the users within a scope may share."""
        return {'everybody': inputs, 'user': f'{inputs} {self.user}', 'session': f'{inputs} {self.session}'}[scope]

    def names(self, inputs: str) -> list[str]:
        """Return the names of all jobs that the user may share."""
        return [self.name(inputs, scope) for scope in ('session', 'user', 'everybody')]

    def is_within(self, scope: Scope, entry: Entry) -> bool:
        """Return whether the user may share a job, given that only the users within a scope may.

        The server that runs it may not know that yet.
        """
        return {'everybody': True, 'user': entry.user == self.user, 'session': entry.session == self.session}[scope]

    def may_share(self, outcome: Outcome, entry: Entry) -> bool:
        """Return whether the outcome of a job may be shown to the user."""
        if outcome.session:
            return entry.session == self.session
        return not outcome.user or entry.user == self.user


def scope_of(outcome: Outcome) -> Scope:
    """Return the users who may share a job, as its outcome tells."""
    return 'session' if outcome.session else 'user' if outcome.user else 'everybody'


def narrowed(entry: Entry, outcome: Outcome) -> Entry:
    """Return the entry of a job with a name for those who may share the outcome."""
    inputs, _, whose = entry.name.partition(' ')
    scope = scope_of(outcome)
    if scope == 'everybody' or whose == entry.session or (whose == entry.user and scope == 'user'):
        return entry
    return replace(entry, name=f'{inputs} {entry.session if scope == "session" else entry.user}')


def hashed(text: str) -> str:
    """Return a hash in hexadecimal digits."""
    return sha256(text.encode(errors='surrogatepass')).hexdigest()[:HASH_CHARACTERS]


class Entries:
    """The jobs of all servers, in 64 records `{name: entry}`. Whoever writes the entry of a name first runs the job.

    Args:
        now: returns the time in seconds since 1970.
    """

    def __init__(self, own: OwnRecords, now: Callable[[], float] = time.time) -> None:
        self._own = own
        self._now = now

    def start(self) -> None:
        """Begin to remove what is not kept any longer."""
        self._own.sweep(SERIES, RECORDS, self._living)

    async def claim(self, entry: Entry, others: Collection[str], fits: Callable[[Entry], bool]) -> Entry | None:
        """Write an entry, unless one of the names `others` has one that will do: then return that one.

        Args:
            fits: tells of an entry whether it will do.
        """
        found: list[Entry] = []

        def change(value: Any) -> dict[str, Json]:
            living = self._living(value)
            entries = [Entry(name, *living[name]) for name in others if name in living]
            found[:] = [each for each in entries if fits(each)][:1]
            return living if found else {**living, entry.name: entry.dumped}

        await (await self._opened(entry.name)).transact(change)
        return found[0] if found else None

    async def replace(self, old: Entry, new: Entry | None) -> bool:
        """Replace the entry of a job, or remove it; return whether it was there."""
        found: list[bool] = []

        def change(value: Any) -> dict[str, Json]:
            living = self._living(value)
            found[:] = [old.name in living and Entry(old.name, *living[old.name]).job == old.job]
            if not found[0]:
                return living
            rest = {name: each for name, each in living.items() if name != old.name}
            return {**rest, new.name: new.dumped} if new else rest

        await (await self._opened(old.name)).transact(change)
        return found[0]

    async def find(self, name: str) -> Entry | None:
        """Return the entry of a name."""
        return _entry(await self._opened(name), name)

    @asynccontextmanager
    async def followed(self, name: str, listener: Callable[[Entry | None], None]) -> AsyncIterator[None]:
        """Call `listener` with the entry of a name whenever it may have changed, while the body runs."""
        record = await self._opened(name)

        def notify() -> None:
            listener(_entry(record, name))

        stop = record.subscribe(lambda _: notify(), notify)
        try:
            notify()
            yield
        finally:
            stop()

    async def _opened(self, name: str) -> Record:
        record = self._own.record(f'{SERIES}/{int(name[:8], 16) % RECORDS}')
        await self._own.read(record)
        await record.refresh()
        return record

    def _living(self, value: Any) -> dict[str, Any]:
        entries: dict[str, Any] = value if isinstance(value, dict) else {}
        now = self._now()
        return {name: each for name, each in entries.items() if each[4] == 0 or each[4] > now}


def _entry(record: Record, name: str) -> Entry | None:
    entries = record.value if isinstance(record.value, dict) else {}
    return Entry(name, *entries[name]) if name in entries else None  # type: ignore[misc]
