"""How often a login may be tried."""

from __future__ import annotations

import ipaddress
import math
import secrets
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, TypeAlias

FREE_FAILURES: Final = 5
LONGEST_SECONDS: Final = 900
FORGOTTEN_SECONDS: Final = 3600
REMEMBERED: Final = 10_000
_NAME_CHARACTERS: Final = 64
_ROWS: Final = 8
_COLUMNS: Final = 2**16

Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Failures:
    count: int
    last: float

    @property
    def until(self) -> float:
        """When the next try is let through."""
        beyond = self.count - FREE_FAILURES
        return self.last + (min(LONGEST_SECONDS, 2.0 ** min(beyond, 10)) if beyond >= 0 else 0)


class Throttle:
    """Makes who fails to log in wait: after five failures for one name from one address longer every time.

    A try counts as failed until it is said to have succeeded, so that many at once are many. Failures are forgotten
    an hour after the last one, or a little later; never because of tries for other names. The memory is bounded: the
    newest ten thousand names are known exactly, the others by a sketch that may take a name for one that has failed
    more often, and never for one that has failed less often. That takes hundreds of thousands of names in an hour.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: dict[Key, _Failures] = {}  # the oldest first
        self._salt = secrets.token_bytes(16)  # so that nobody can choose names that share places in the sketch
        self._sketches: list[_Sketch] = []  # the newest first: one for each hour that counts

    def try_once(self, address: str, name: str) -> int:
        """Return 0 and count a try, or return how many seconds it has to wait."""
        key, now = _key(address, name), self._now()
        failures = self._failures.pop(key, None) or self._sketched(key, now)
        if now - failures.last > FORGOTTEN_SECONDS:
            failures = _Failures(0, now)
        if now < failures.until:
            self._keep(key, failures, now)
            return math.ceil(failures.until - now)
        self._keep(key, _Failures(failures.count + 1, now), now)
        return 0

    def take_back(self, address: str, name: str) -> None:
        """Forget a try that nobody has looked at."""
        failures = self._failures.get(_key(address, name))
        if failures:
            failures.count -= 1

    def succeeded(self, address: str, name: str) -> None:
        """Forget the failures of that name from that address."""
        key, now = _key(address, name), self._now()
        self._failures.pop(key, None)
        if self._sketches:
            self._keep(key, _Failures(0, now), now)  # instead of what the sketch says

    def _keep(self, key: Key, failures: _Failures, now: float) -> None:
        if len(self._failures) >= REMEMBERED:
            oldest = next(iter(self._failures))
            self._sketch(oldest, self._failures.pop(oldest), now)
        self._failures[key] = failures

    def _sketch(self, key: Key, failures: _Failures, now: float) -> None:
        if failures.count == 0 or now - failures.last > FORGOTTEN_SECONDS:
            return
        if not self._sketches or now - self._sketches[0].began > FORGOTTEN_SECONDS:
            self._sketches = [_Sketch(now), *self._sketches[:1]]
        self._sketches[0].add(self._places(key), failures)

    def _sketched(self, key: Key, now: float) -> _Failures:
        """What is known of a name that was left out of the exact memory."""
        self._sketches = [each for each in self._sketches if now - each.began <= 2 * FORGOTTEN_SECONDS]
        found = [each.find(self._places(key)) for each in self._sketches]
        return max(found, key=lambda failures: failures.until, default=_Failures(0, now))

    def _places(self, key: Key) -> list[int]:
        digest = blake2b('\0'.join(key).encode('utf-8', 'surrogatepass'), key=self._salt, digest_size=4 * _ROWS)
        return [row * _COLUMNS + column for row, column in enumerate(_columns(digest.digest()))]


class _Sketch:
    """A count-min sketch of failures: eight places for each name, of which the lowest is the nearest to the truth."""

    def __init__(self, began: float) -> None:
        self.began = began
        self._counts = array('B', bytes(_ROWS * _COLUMNS))
        self._lasts = array('d', bytes(8 * _ROWS * _COLUMNS))

    def add(self, places: list[int], failures: _Failures) -> None:
        for place in places:
            self._counts[place] = max(self._counts[place], min(failures.count, 255))
            self._lasts[place] = max(self._lasts[place], failures.last)

    def find(self, places: list[int]) -> _Failures:
        return _Failures(min(self._counts[each] for each in places), min(self._lasts[each] for each in places))


def _columns(digest: bytes) -> Iterator[int]:
    for start in range(0, len(digest), 4):
        yield int.from_bytes(digest[start : start + 4]) % _COLUMNS


def _key(address: str, name: str) -> Key:
    return _network(address), name[:_NAME_CHARACTERS]


def _network(address: str) -> str:
    """One subscriber has 2**64 addresses of version 6."""
    try:
        parsed = ipaddress.ip_address(address.partition('%')[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
