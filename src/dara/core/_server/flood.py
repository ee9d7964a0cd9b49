"""A rate limit of log messages, since a browser can cause them."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeAlias

from dara.core._outages import ShownTraces

PER_SOURCE: Final = 10
PER_KIND: Final = 60
PERIOD_SECONDS: Final = 60
MAX_SOURCES: Final = 1000
Kind: TypeAlias = tuple[str, int, str]


class Flood(logging.Filter):
    """A filter that limits the messages of one kind per minute, and those of one source, and reports the omitted ones.

    A kind is a line of code that logs. The source is the first argument of the message, such as a tab.

    Args:
        now: the time in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._period_began = now()
        self._sources: OrderedDict[tuple[Kind, str], int] = OrderedDict()
        self._kinds: dict[Kind, int] = {}
        self._omitted: dict[Kind, int] = {}
        self._unreported: dict[Kind, int] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        with self._lock:
            return self._admit(record)

    def _admit(self, record: logging.LogRecord) -> bool:
        now = self._now()
        kind = (record.pathname, record.lineno, str(record.msg))
        if now - self._period_began >= PERIOD_SECONDS:
            self._begin_period(now)
        first = record.args[0] if isinstance(record.args, tuple) and record.args else ''
        source = (kind, str(first)[:200])
        self._sources[source] = self._sources.pop(source, 0) + 1
        if len(self._sources) > MAX_SOURCES:
            self._sources.popitem(last=False)
        if self._sources.get(source, 0) > PER_SOURCE or self._kinds.get(kind, 0) >= PER_KIND:
            self._omitted[kind] = self._omitted.get(kind, 0) + 1
            return False
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        omitted = self._unreported.pop(kind, 0)
        if omitted:
            record.msg = f'{record.msg} ({omitted} more like this were omitted)'
        return True

    def _begin_period(self, now: float) -> None:
        self._period_began = now
        for kind, omitted in self._omitted.items():
            self._unreported[kind] = self._unreported.get(kind, 0) + omitted
        self._sources.clear()
        self._kinds.clear()
        self._omitted = {}


def limit(*loggers: str) -> None:
    """Limit the messages of these loggers, and their tracebacks to what concerns the app."""
    for logger in map(logging.getLogger, loggers):
        for kind in (Flood, ShownTraces):
            if not any(isinstance(each, kind) for each in logger.filters):
                logger.addFilter(kind())
