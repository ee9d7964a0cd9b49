"""Logging of repeated failures of the app's functions: each outage is logged once."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, TypeAlias

from dara.core.errors import DaraError

EXPIRY_SECONDS: Final = 300
MAX_AFFECTED: Final = 10_000
_FOREIGN_MODULES: Final = (
    'dara',
    'starlette',
    'uvicorn',
    'asyncio',
    'concurrent',
    'threading',
    'contextlib',
)
Signature: TypeAlias = tuple[str, type[BaseException], str]
logger = logging.getLogger('dara')


@dataclass(slots=True, eq=False)
class _Outage:
    """A failure of one function at one line.

    Attributes:
        last: the time of the last failure.
        affected: the users or keys for which it fails.
    """

    last: float
    affected: set[Hashable] = field(default_factory=set)


class Outages:
    """The present outages. Each is logged once, and again after it has ended, or if the error is a different one.

    An outage ends when the function works for all that were affected, or has not failed for five minutes.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._outages: dict[Signature, _Outage] = {}

    def failed(self, what: str, who: Hashable, error: BaseException, *, is_ours: bool = False) -> None:
        """Record that `what` failed for `who`, and log the failure if it begins an outage.

        Args:
            is_ours: the error is Dara's, and its message suffices without a traceback.
        """
        self._drop_expired()
        signature = (what, type(error), _line(error))
        outage = self._outages.get(signature)
        self.worked(what, who, but=signature)
        if outage is None:
            outage = self._outages[signature] = _Outage(0)
            logger.error('%s', error if is_ours else f'{what} failed', exc_info=None if is_ours else shown_of(error))
        outage.last = self._now()
        if len(outage.affected) < MAX_AFFECTED:
            outage.affected.add(who)

    def worked(self, what: str, who: Hashable, *, but: Signature | None = None) -> None:
        """Record that `what` works for `who`."""
        for signature, outage in list(self._outages.items()):
            if signature[0] != what or signature == but or who not in outage.affected:
                continue
            outage.affected.discard(who)
            if not outage.affected:
                del self._outages[signature]

    def _drop_expired(self) -> None:
        now = self._now()
        self._outages = {key: each for key, each in self._outages.items() if now - each.last < EXPIRY_SECONDS}


OUTAGES: Final = Outages()
"""The outages of this process."""


def shown_of(error: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """Return what the log shows of an error: its traceback without Dara's lines before and between those of the app.

    An error that Dara has raised in the app's code ends at the app's last line.
    """
    entries = list(_entries(error.__traceback__))
    own = [position for position, each in enumerate(entries) if not _is_foreign(each)]
    if not own:
        return type(error), error, error.__traceback__
    shown = [entries[position] for position in own]
    if not isinstance(error, DaraError):
        shown += entries[own[-1] + 1 :]
    trace: TracebackType | None = None
    for each in reversed(shown):
        trace = TracebackType(trace, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return type(error), error, trace


class ShownTraces(logging.Filter):
    """A filter that shows of each error what `shown_of` does, also of one that the web server logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            record.exc_info = shown_of(record.exc_info[1])
        return True


def has_line_of_the_app(trace: TracebackType | None) -> bool:
    """Return whether a traceback has a line of the app's code."""
    return not all(map(_is_foreign, _entries(trace)))


def line_of_the_app(trace: TracebackType | None) -> str | None:
    """Return the file and the line of the app's code at which a traceback enters it; `None` without one."""
    own = next((each for each in _entries(trace) if not _is_foreign(each)), None)
    return f'{own.tb_frame.f_code.co_filename}, line {own.tb_lineno}' if own else None


def _entries(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _is_foreign(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get('__name__', '')).partition('.')[0] in _FOREIGN_MODULES


def _line(error: BaseException) -> str:
    lines = traceback.extract_tb(error.__traceback__)
    return f'{lines[-1].filename}:{lines[-1].lineno}' if lines else ''
