"""The number of values so far, on a terminal."""

from __future__ import annotations

import sys
import time
from typing import Final

SECONDS: Final = 0.2


class Progress:
    """A line on stderr that counts, if that is a terminal.

    Args:
        doing: the act that is counted, such as `exported`.
    """

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._shown_at = time.monotonic() if sys.stderr.isatty() else None
        self._is_shown = False

    def show(self, count: int) -> None:
        """Show the number, unless one was shown just now."""
        if self._shown_at is not None and time.monotonic() - self._shown_at > SECONDS:
            self._shown_at, self._is_shown = time.monotonic(), True
            print(f'\r{count:,} values {self._doing} ...', end='', file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Remove the line."""
        if self._is_shown:
            self._is_shown = False
            print('\r\x1b[K', end='', file=sys.stderr, flush=True)
