"""Long work in slices, between which the event loop serves the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from typing import Any, Final, TypeAlias, TypeVar

Result = TypeVar('Result')
Steps: TypeAlias = Generator[None, None, Result]
"""Work that can be left alone at every `yield`, and returns a result at its end."""

SLICE_SECONDS: Final = 0.002


class Slices:
    """Slices of time, each of about two milliseconds."""

    def __init__(self) -> None:
        self._end = time.perf_counter() + SLICE_SECONDS

    async def pause(self) -> None:
        """Let others go on, if the slice is over."""
        if time.perf_counter() >= self._end:
            await asyncio.sleep(0)
            self._end = time.perf_counter() + SLICE_SECONDS

    async def run(self, work: Steps[Result]) -> Result:
        """Do all the work, and pause between its steps."""
        try:
            while True:
                next(work)
                await self.pause()
        except StopIteration as done:
            result: Result = done.value
            return result
        finally:
            work.close()


def finish(work: Steps[Any]) -> Any:
    """Do all the work at once."""
    try:
        while True:
            next(work)
    except StopIteration as done:
        return done.value
