"""The throttle of log-ins of an app: failures count on all of its servers."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from hashlib import blake2b
from typing import Any, Final

from dara.core._json import Json
from dara.core._server.own_records import OwnRecords
from dara.core._server.throttle import EXPIRY_SECONDS, MAX_KEYS, Failures, Key, Throttle, key_of

SERIES: Final = 'failures'
RECORDS: Final = 256
MAX_PER_RECORD: Final = 1000


class CommonThrottle:
    """A throttle whose counts are in 256 records `{subject: [failures, time of the last]}`, with keyed hashes as names.

    An attempt is counted there before the password is checked, so that attempts on many servers at once are counted.
    One that has to wait, as far as this server knows, asks nobody. A server without others counts alone. So does a
    server while the database is away; its failures are added afterwards. Expired failures are removed by whichever
    server finds them. Beyond a thousand in one record, the oldest give way.

    Args:
        secret: the key of the hashes, the same on all servers: nobody can choose names that meet in one record.
        now: returns the time in seconds since 1970.
    """

    def __init__(self, secret: str, now: Callable[[], float] = time.time) -> None:
        self._local = Throttle()
        self._key = blake2b(secret.encode(), digest_size=32, person=b'dara.throttle').digest()
        self._now = now
        self._own: OwnRecords | None = None
        self._uncounted: dict[Key, Failures] = {}  # failures that are not in a record; the oldest first

    @asynccontextmanager
    async def shared_through(self, own: OwnRecords) -> AsyncIterator[None]:
        """Share the counts with the other servers of the app."""
        self._own = own
        own.sweep(SERIES, RECORDS, self._living)
        try:
            yield
        finally:
            self._own = None

    async def attempt(self, address: str, name: str) -> int:
        """Return the seconds that the attempt has to wait; if 0, count it as failed."""
        wait = self._local.attempt(address, name)
        if wait:
            return wait
        key = key_of(address, name)
        if not (self._own and self._own.may_ask()):
            self._note_uncounted(key, Failures(1, self._now()))
            return 0
        answers: list[tuple[int, Failures]] = []
        await self._own.briefly(self._own.start(partial(self._count, self._own, key, answers)))
        if not answers:
            return 0
        [(wait, failures)] = answers
        self._local.learn(address, name, failures.count, self._now() - failures.last)
        return wait

    def take_back(self, address: str, name: str) -> None:
        """Uncount an attempt whose password was not checked."""
        key = key_of(address, name)
        self._local.take_back(address, name)
        if key in self._uncounted:
            self._note_uncounted(key, Failures(-1, 0))
        else:
            self._change(key, lambda failures: failures and Failures(failures.count - 1, failures.last))

    def succeeded(self, address: str, name: str) -> None:
        """Drop the failures of that name from that address."""
        key = key_of(address, name)
        self._local.succeeded(address, name)
        self._uncounted.pop(key, None)
        self._change(key, lambda _: None)

    async def _count(self, own: OwnRecords, key: Key, answers: list[tuple[int, Failures]]) -> None:
        """Count an attempt, unless it has to wait; add the wait and the failures to `answers`."""
        uncounted = self._uncounted.pop(key, None)
        found: list[tuple[int, Failures]] = []

        def count(failures: Failures | None) -> Failures:
            now = self._now()
            before = _sum(failures, uncounted) or Failures(0, now)
            before.last = min(before.last, now)  # the clock of another server may be fast
            found[:] = [before.attempt(now)]
            return found[0][1]

        try:
            await self._commit(own, key, count)
        except BaseException:
            self._note_uncounted(key, uncounted)
            self._note_uncounted(key, Failures(1, self._now()))
            raise
        answers += found

    def _change(self, key: Key, change: Callable[[Failures | None], Failures | None]) -> None:
        """Change the failures of a subject in the record, in the background."""
        if self._own and self._own.may_ask():
            self._own.start(partial(self._commit, self._own, key, change))

    async def _commit(self, own: OwnRecords, key: Key, change: Callable[[Failures | None], Failures | None]) -> None:
        subject = blake2b('\0'.join(key).encode('utf-8', 'surrogatepass'), key=self._key, digest_size=16).hexdigest()
        record = own.record(f'{SERIES}/{int(subject, 16) % RECORDS}')
        await record.load()
        await record.transact(lambda value: self._changed(value, subject, change))

    def _changed(
        self, value: Any, subject: str, change: Callable[[Failures | None], Failures | None]
    ) -> dict[str, Json]:
        living = self._living(value)
        failures = change(Failures(*living[subject]) if subject in living else None)
        others = {each: living[each] for each in living if each != subject}
        if failures is None or failures.count <= 0:
            return others
        newest = sorted(others, key=lambda each: others[each][1])[-MAX_PER_RECORD + 1 :]
        return {**{each: others[each] for each in newest}, subject: [failures.count, failures.last]}

    def _living(self, value: Any) -> dict[str, Any]:
        """Return the failures in a record that have not expired."""
        oldest = self._now() - EXPIRY_SECONDS
        failures: dict[str, Any] = value if isinstance(value, dict) else {}
        return {subject: each for subject, each in failures.items() if each[1] >= oldest}

    def _note_uncounted(self, key: Key, failures: Failures | None) -> None:
        total = _sum(self._uncounted.pop(key, None), failures)
        if total and total.count > 0:
            self._uncounted[key] = total
        if len(self._uncounted) > MAX_KEYS:
            del self._uncounted[next(iter(self._uncounted))]


def _sum(some: Failures | None, more: Failures | None) -> Failures | None:
    if some is None or more is None:
        return some or more
    return Failures(some.count + more.count, max(some.last, more.last))
