"""Logging of repeated failures of the app's functions: each outage is logged once."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, TypeAlias

EXPIRY_SECONDS: Final = 300
MAX_AFFECTED: Final = 10_000
_FOREIGN_MODULES: Final = ('dara', 'asyncio', 'concurrent', 'threading', 'contextlib')
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
            trace = None if is_ours else (type(error), error, from_the_apps_line(error.__traceback__))
            logger.error('%s', error if is_ours else f'{what} failed', exc_info=trace)
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


def from_the_apps_line(trace: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback from the app's own line on."""
    return _of_the_app(trace) or trace


def has_line_of_the_app(trace: TracebackType | None) -> bool:
    """Return whether a traceback has a line of the app's code."""
    return _of_the_app(trace) is not None


def _of_the_app(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and _module(trace).partition('.')[0] in _FOREIGN_MODULES:
        trace = trace.tb_next
    return trace


def _module(trace: TracebackType) -> str:
    return str(trace.tb_frame.f_globals.get('__name__', ''))


def _line(error: BaseException) -> str:
    lines = traceback.extract_tb(error.__traceback__)
    return f'{lines[-1].filename}:{lines[-1].lineno}' if lines else ''
