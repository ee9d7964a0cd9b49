"""The ended sessions of an app with many servers, in the database that these share."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from dara.core._edits import ABSENT, Value
from dara.core.errors import DaraError
from dara.core.persistence.record import Record
from dara.core.persistence.records import Records
from dara.core.persistence.shared import SharedBackend

KEY: Final = 'ended sessions'
EVERY: Final = '*'
MAX_ENDED_PER_USER: Final = 1000
FRESH_SECONDS: Final = 0.5
logger = logging.getLogger('dara')


class SharedEnds:
    """The ended sessions, as a record `{user: {session: time}}` of hashes, which every server follows.

    At most 1,000 are kept per user. Beyond that, all sessions that the user had are over; `*` has the time of that.

    Args:
        lifetime: the maximum lifetime of a session in seconds.
        now: returns the time in seconds since 1970.
    """

    def __init__(self, backend: SharedBackend, lifetime: float, now: Callable[[], float]) -> None:
        self._records = Records(backend.sibling('sessions'))
        self._lifetime = lifetime
        self._now = now
        self._record: Record | None = None
        self._refreshed_at = 0.0

    async def start(self) -> None:
        """Read the ended sessions, and follow those of other servers.

        Raises:
            BackendFailed: the database cannot be read.
        """
        await self._records.watch(KEY)
        self._record = self._records.get(KEY)
        await self._record.load()
        self._record.subscribe(lambda _: None)  # so that it stays in memory

    async def stop(self) -> None:
        """Release the connections."""
        backend = self._records.backend
        assert isinstance(backend, SharedBackend)
        await backend.close()

    async def refresh(self) -> None:
        """Ask the database, unless it was asked just now. If it does not answer, what is known counts."""
        now = time.monotonic()
        if self._record is None or now - self._refreshed_at < FRESH_SECONDS:
            return
        self._refreshed_at = now
        try:
            await self._record.refresh()
        except DaraError as error:
            logger.debug('%s', error)

    async def add(self, user: str, session: str) -> None:
        """Record for all servers that a session ends now; log an error if that fails."""
        if self._record is None:
            return
        try:
            await self._record.transact(lambda value: self._with(value, _hash(user), _hash(session)))
        except DaraError as error:
            logger.error('%s; other servers still accept the session of a user who has logged out', error)

    def include(self, user: str, session: str, began: float) -> bool:
        """Return whether the session of that user and beginning was ended."""
        value: Any = self._record.value if self._record else ABSENT
        ends = {} if value is ABSENT else value.get(_hash(user), {})
        return _hash(session) in ends or began < ends.get(EVERY, 0)

    def _with(self, value: Value, user: str, session: str) -> Value:
        """Return the ended sessions with one more, and without those whose cookies have expired."""
        now = self._now()
        oldest = now - self._lifetime
        known: Any = {} if value is ABSENT else value
        kept = {
            each: {session_id: at for session_id, at in ends.items() if at > oldest} for each, ends in known.items()
        }
        ends = {**kept.get(user, {}), session: now}
        kept[user] = ends if len(ends) <= MAX_ENDED_PER_USER else {EVERY: now, session: now}
        return {each: ends for each, ends in kept.items() if ends}


def _hash(name: str) -> str:
    return sha256(name.encode(errors='surrogatepass')).hexdigest()[:32]
