"""How often a login may be tried."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

FREE_FAILURES: Final = 5
LONGEST_SECONDS: Final = 900
FORGOTTEN_SECONDS: Final = 3600
REMEMBERED: Final = 10_000
_NAME_CHARACTERS: Final = 64

Key: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Failures:
    count: int
    last: float

    @property
    def until(self) -> float:
        """When the next try is let through."""
        beyond = self.count - FREE_FAILURES
        return self.last + (min(LONGEST_SECONDS, 2.0**beyond) if beyond >= 0 else 0)


class Throttle:
    """Makes who fails to log in wait: after five failures for one name from one address longer every time.

    A try counts as failed until it is said to have succeeded, so that many at once are many. Failures are forgotten
    an hour after the last one, and the oldest when there are ten thousand.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures: dict[Key, _Failures] = {}  # the oldest first

    def try_once(self, address: str, name: str) -> int:
        """Return 0 and count a try, or return how many seconds it has to wait."""
        key, now = _key(address, name), self._now()
        failures = self._failures.pop(key, None)
        if failures is None or now - failures.last > FORGOTTEN_SECONDS:
            failures = _Failures(0, now)
        if now < failures.until:
            self._failures[key] = failures
            return math.ceil(failures.until - now)
        if len(self._failures) >= REMEMBERED:
            del self._failures[next(iter(self._failures))]
        self._failures[key] = _Failures(failures.count + 1, now)
        return 0

    def succeeded(self, address: str, name: str) -> None:
        """Forget the failures of that name from that address."""
        self._failures.pop(_key(address, name), None)


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
