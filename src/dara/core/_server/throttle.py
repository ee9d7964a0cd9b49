"""Throttling of login attempts: each failure beyond the fifth makes the next attempt wait longer."""

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
MAX_WAIT_SECONDS: Final = 900
EXPIRY_SECONDS: Final = 3600
MAX_KEYS: Final = 10_000
_NAME_CHARACTERS: Final = 64
_ROWS: Final = 8
_COLUMNS: Final = 2**16

Key: TypeAlias = tuple[str, str]
"""The network address and the name of login attempts."""


@dataclass(slots=True)
class Failures:
    """The number of failed attempts, and the time of the last one."""

    count: int
    last: float

    @property
    def until(self) -> float:
        """The time from which the next attempt is allowed."""
        excess = self.count - FREE_FAILURES
        return self.last + (min(MAX_WAIT_SECONDS, 2.0 ** min(excess, 10)) if excess >= 0 else 0)

    def attempt(self, now: float) -> tuple[int, Failures]:
        """Return the seconds that an attempt has to wait, and the failures with it if it has not to wait."""
        known = Failures(0, now) if now - self.last > EXPIRY_SECONDS else self
        if now < known.until:
            return math.ceil(known.until - now), known
        return 0, Failures(known.count + 1, now)


class Throttle:
    """A throttle of login attempts: after five failures for one name from one address, each wait is longer.

    An attempt counts as failed until `succeeded` is called, so that concurrent attempts are counted. Failures expire
    an hour after the last one, or a little later, and never because of attempts for other names. Memory is bounded.
    The counts of the latest ten thousand names are exact. Those of other names are in a sketch, which may overestimate
    a count and never underestimates one; overestimates take hundreds of thousands of names in an hour.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: dict[Key, Failures] = {}  # the oldest first
        self._salt = secrets.token_bytes(16)  # nobody can choose names that collide in the sketch
        self._sketches: list[_Sketch] = []  # the newest first, one for each hour that has not expired

    def attempt(self, address: str, name: str) -> int:
        """Return the seconds that the attempt has to wait; if 0, count it as failed."""
        key, now = key_of(address, name), self._now()
        failures = self._failures.pop(key, None) or self._find_in_sketches(key, now)
        wait, counted = failures.attempt(now)
        self._store(key, counted, now)
        return wait

    def learn(self, address: str, name: str, count: int, seconds: float) -> None:
        """Adopt the number of failures at all servers, and the time since the last one."""
        key, now = key_of(address, name), self._now()
        self._failures.pop(key, None)
        self._store(key, Failures(count, now - seconds), now)

    def take_back(self, address: str, name: str) -> None:
        """Uncount an attempt whose password was not checked."""
        failures = self._failures.get(key_of(address, name))
        if failures:
            failures.count -= 1

    def succeeded(self, address: str, name: str) -> None:
        """Drop the failures of that name from that address."""
        key, now = key_of(address, name), self._now()
        self._failures.pop(key, None)
        if self._sketches:
            self._store(key, Failures(0, now), now)  # takes precedence over the sketches

    def _store(self, key: Key, failures: Failures, now: float) -> None:
        if len(self._failures) >= MAX_KEYS:
            oldest = next(iter(self._failures))
            self._add_to_sketch(oldest, self._failures.pop(oldest), now)
        self._failures[key] = failures

    def _add_to_sketch(self, key: Key, failures: Failures, now: float) -> None:
        if failures.count == 0 or now - failures.last > EXPIRY_SECONDS:
            return
        if not self._sketches or now - self._sketches[0].began > EXPIRY_SECONDS:
            self._sketches = [_Sketch(now), *self._sketches[:1]]
        self._sketches[0].add(self._positions(key), failures)

    def _find_in_sketches(self, key: Key, now: float) -> Failures:
        """Return the estimated failures of a key without an exact count."""
        self._sketches = [each for each in self._sketches if now - each.began <= 2 * EXPIRY_SECONDS]
        found = [each.find(self._positions(key)) for each in self._sketches]
        return max(found, key=lambda failures: failures.until, default=Failures(0, now))

    def _positions(self, key: Key) -> list[int]:
        digest = blake2b('\0'.join(key).encode('utf-8', 'surrogatepass'), key=self._salt, digest_size=4 * _ROWS)
        return [row * _COLUMNS + column for row, column in enumerate(_columns(digest.digest()))]


class _Sketch:
    """A count-min sketch of failures: each key has eight counters, of which the lowest is the best estimate."""

    def __init__(self, began: float) -> None:
        self.began = began
        self._counts = array('B', bytes(_ROWS * _COLUMNS))
        self._lasts = array('d', bytes(8 * _ROWS * _COLUMNS))

    def add(self, positions: list[int], failures: Failures) -> None:
        for position in positions:
            self._counts[position] = max(self._counts[position], min(failures.count, 255))
            self._lasts[position] = max(self._lasts[position], failures.last)

    def find(self, positions: list[int]) -> Failures:
        return Failures(min(self._counts[each] for each in positions), min(self._lasts[each] for each in positions))


def _columns(digest: bytes) -> Iterator[int]:
    for start in range(0, len(digest), 4):
        yield int.from_bytes(digest[start : start + 4]) % _COLUMNS


def key_of(address: str, name: str) -> Key:
    """Return what attempts are counted for."""
    return _network(address), name[:_NAME_CHARACTERS]


def _network(address: str) -> str:
    """Return an IPv4 address as it is, and the /64 network of an IPv6 address, since a subscriber has all of it."""
    try:
        parsed = ipaddress.ip_address(address.partition('%')[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
