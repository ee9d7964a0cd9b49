"""What is told to the log of functions of the app that fail again and again."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, TypeAlias

FORGOTTEN_SECONDS: Final = 300
SUFFERERS: Final = 10_000
_NOT_THE_APPS: Final = ('dara', 'asyncio', 'concurrent', 'threading', 'contextlib')
Signature: TypeAlias = tuple[str, type[BaseException], str]
logger = logging.getLogger('dara')


@dataclass(slots=True)
class _Outage:
    """One thing that fails in one way, for whom, and when it did last."""

    last: float
    sufferers: set[Hashable] = field(default_factory=set)


class Outages:
    """Tells the log once of what fails, with its line: again if it fails in another way, or has worked since.

    That it has not failed for five minutes counts as having worked.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._outages: dict[Signature, _Outage] = {}

    def failed(self, what: str, who: Hashable, error: BaseException, *, is_ours: bool = False) -> None:
        """Take down that `what` failed for `who`, and log it unless that is known.

        Args:
            is_ours: the error says all that there is to say, and where.
        """
        self._forget()
        signature = (what, type(error), _line(error))
        outage = self._outages.get(signature)
        self.worked(what, who, but=signature)
        if outage is None:
            outage = self._outages[signature] = _Outage(0)
            trace = None if is_ours else (type(error), error, from_the_apps_line(error.__traceback__))
            logger.error('%s', error if is_ours else f'{what} failed', exc_info=trace)
        outage.last = self._now()
        if len(outage.sufferers) < SUFFERERS:
            outage.sufferers.add(who)

    def worked(self, what: str, who: Hashable, *, but: Signature | None = None) -> None:
        """Take down that `what` works for `who`."""
        for signature, outage in list(self._outages.items()):
            if signature[0] != what or signature == but or who not in outage.sufferers:
                continue
            outage.sufferers.discard(who)
            if not outage.sufferers:
                del self._outages[signature]

    def _forget(self) -> None:
        now = self._now()
        self._outages = {key: each for key, each in self._outages.items() if now - each.last < FORGOTTEN_SECONDS}


OUTAGES: Final = Outages()
"""Those of the process, whose log it is."""


def from_the_apps_line(trace: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback that begins at the app's own line."""
    return _of_the_app(trace) or trace


def has_line_of_the_app(trace: TracebackType | None) -> bool:
    """Whether any code of the app's has run."""
    return _of_the_app(trace) is not None


def _of_the_app(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and _module(trace).partition('.')[0] in _NOT_THE_APPS:
        trace = trace.tb_next
    return trace


def _module(trace: TracebackType) -> str:
    return str(trace.tb_frame.f_globals.get('__name__', ''))


def _line(error: BaseException) -> str:
    lines = traceback.extract_tb(error.__traceback__)
    return f'{lines[-1].filename}:{lines[-1].lineno}' if lines else ''
