"""Termination of the process within a bounded time, even if the app's code blocks."""

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

POLL_SECONDS: Final = 0.2
GRACE_SECONDS: Final = 8
EXIT_SECONDS: Final = 1
LOG_SECONDS: Final = 0.3
logger = logging.getLogger('dara')


class Stopping:
    """A watchdog that ends a process which was told to stop and does not end by itself.

    Acknowledged edits are not lost: they were stored before their acknowledgement.

    Args:
        is_requested: returns whether the process was told to stop; called in a thread, several times a second.
        grace: the seconds that the app may take to finish.
    """

    def __init__(self, is_requested: Callable[[], bool], grace: float = GRACE_SECONDS) -> None:
        self._is_requested = is_requested
        self._grace = grace
        self._is_finished = threading.Event()

    def watch(self) -> None:
        """Start the watchdog's thread."""
        threading.Thread(target=self._watch, name='dara-stopping', daemon=True).start()

    def finished(self) -> None:
        """Note that the app has finished; remaining threads and tasks get one more second."""
        self._is_finished.set()

    def _watch(self) -> None:
        while not self._is_requested() and not self._is_finished.wait(POLL_SECONDS):
            pass
        if not self._is_finished.wait(self._grace):
            self._exit(f'did not finish within {self._grace:g} s')
        time.sleep(EXIT_SECONDS)
        self._exit('left threads or tasks that do not end')

    def _exit(self, reason: str) -> None:
        # Writing the log blocks if its reader has stopped reading; therefore a thread does it.
        report = threading.Thread(target=self._report, args=(reason,), daemon=True)
        report.start()
        report.join(LOG_SECONDS)
        os._exit(0)

    def _report(self, reason: str) -> None:
        logger.warning(
            "The app's own code %s, and is terminated now: %s", reason, '; '.join(_blocking()) or 'an async function'
        )
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()


def _blocking() -> list[str]:
    """Return the present line of each thread that runs the app's code."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    stacks = {names.get(ident, '?'): traceback.extract_stack(frame) for ident, frame in sys._current_frames().items()}
    found = [(name, [each for each in stack if _is_of_the_app(each)]) for name, stack in stacks.items()]
    return [f'{name} at {frames[-1].filename}, line {frames[-1].lineno}' for name, frames in found if frames]


def _is_of_the_app(frame: Any) -> bool:
    elsewhere = ('site-packages', os.path.dirname(threading.__file__), f'{os.sep}dara{os.sep}', '<frozen')
    return not any(part in frame.filename for part in elsewhere)
