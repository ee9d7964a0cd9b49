"""A token bucket: a rate limit that allows bursts."""

from __future__ import annotations

import time


class TokenBucket:
    """A rate limit that allows a burst of `at_once`, then `per_second`."""

    __slots__ = ('_at_once', '_filled_at', '_per_second', '_tokens')

    def __init__(self, per_second: int, at_once: int) -> None:
        self._per_second = per_second
        self._at_once = at_once
        self._tokens = float(at_once)
        self._filled_at = time.monotonic()

    def take(self) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        now = time.monotonic()
        self._tokens = min(self._at_once, self._tokens + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self._per_second
        self._tokens -= 1
        return 0
