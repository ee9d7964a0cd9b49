"""A bound on what a browser can make the server write into its log."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeAlias

OF_A_SOURCE: Final = 10
OF_A_KIND: Final = 60
PERIOD_SECONDS: Final = 60
SOURCES: Final = 1000
Kind: TypeAlias = tuple[str, int, str]


class Flood(logging.Filter):
    """Lets so many messages of one kind through in a minute, and fewer from one source; says how many it left out.

    A kind is a line of the code that logs; the source is the first thing that the message names, such as a tab.

    Args:
        now: the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._began = now()
        self._sources: OrderedDict[tuple[Kind, str], int] = OrderedDict()
        self._kinds: dict[Kind, int] = {}
        self._left_out: dict[Kind, int] = {}
        self._untold: dict[Kind, int] = {}
        self._counting = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        with self._counting:
            return self._has_room_for(record)

    def _has_room_for(self, record: logging.LogRecord) -> bool:
        now = self._now()
        kind = (record.pathname, record.lineno, str(record.msg))
        if now - self._began >= PERIOD_SECONDS:
            self._begin(now)
        first = record.args[0] if isinstance(record.args, tuple) and record.args else ''
        source = (kind, str(first)[:200])
        self._sources[source] = self._sources.pop(source, 0) + 1
        if len(self._sources) > SOURCES:
            self._sources.popitem(last=False)
        if self._sources.get(source, 0) > OF_A_SOURCE or self._kinds.get(kind, 0) >= OF_A_KIND:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return False
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        left_out = self._untold.pop(kind, 0)
        if left_out:
            record.msg = f'{record.msg} (and {left_out} more like this were left out)'
        return True

    def _begin(self, now: float) -> None:
        self._began = now
        for kind, left_out in self._left_out.items():
            self._untold[kind] = self._untold.get(kind, 0) + left_out
        self._sources.clear()
        self._kinds.clear()
        self._left_out = {}


def bound(*loggers: str) -> None:
    """Bound what these loggers write."""
    for name in loggers:
        logger = logging.getLogger(name)
        if not any(isinstance(each, Flood) for each in logger.filters):
            logger.addFilter(Flood())
