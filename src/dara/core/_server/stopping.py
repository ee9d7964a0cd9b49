"""The end of the process: it comes in time, whatever the app's own code does."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

LOOK_SECONDS: Final = 0.2
GRACE_SECONDS: Final = 8
END_SECONDS: Final = 1
LOG_SECONDS: Final = 0.3
logger = logging.getLogger('dara')


class Stopping:
    """Ends a process that was told to stop, if it does not end by itself.

    Args:
        is_told: whether it was told to stop; asked in a thread, several times a second.
        grace: how many seconds the app may take to finish.
    Nothing that was acknowledged is lost by that: it was stored before.
    """

    def __init__(self, is_told: Callable[[], bool], grace: float = GRACE_SECONDS) -> None:
        self._is_told = is_told
        self._grace = grace
        self._is_over = threading.Event()

    def watch(self) -> None:
        """Begin to look whether the process has to end."""
        threading.Thread(target=self._watch, name='dara-stopping', daemon=True).start()

    def over(self) -> None:
        """All is done; whatever still runs may keep the process for a moment only."""
        self._is_over.set()

    def _watch(self) -> None:
        while not self._is_told() and not self._is_over.wait(LOOK_SECONDS):
            pass
        if not self._is_over.wait(self._grace):
            self._end(f'was not over after {self._grace:g} s')
        time.sleep(END_SECONDS)
        self._end('left threads or tasks that do not end')

    def _end(self, why: str) -> None:
        # A log that nobody reads may block, so it is written in a thread of its own.
        report = threading.Thread(target=self._report, args=(why,), daemon=True)
        report.start()
        report.join(LOG_SECONDS)
        os._exit(0)

    def _report(self, why: str) -> None:
        logger.warning(
            "the app's own code %s, and is ended now: %s", why, '; '.join(_blocking()) or 'an async function'
        )
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()


def _blocking() -> list[str]:
    """Say where each thread is that runs code of the app's."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    stacks = {names.get(ident, '?'): traceback.extract_stack(frame) for ident, frame in sys._current_frames().items()}
    found = [(name, [each for each in stack if _is_of_the_app(each)]) for name, stack in stacks.items()]
    return [f'{name} at {frames[-1].filename}, line {frames[-1].lineno}' for name, frames in found if frames]


def _is_of_the_app(frame: Any) -> bool:
    elsewhere = ('site-packages', os.path.dirname(threading.__file__), f'{os.sep}dara{os.sep}', '<frozen')
    return not any(part in frame.filename for part in elsewhere)
