"""Promises of time, as a busy machine can keep them: each process gets only a share of a processor."""

from __future__ import annotations

import asyncio
import os


def stretched(seconds: float) -> float:
    """Return the time that work of so many seconds may take on this machine, beside the processes that run now."""
    runnable = max(os.getloadavg()[0], 1)
    return seconds * max(1, 2 * runnable / (os.cpu_count() or 1))


def within(seconds: float) -> asyncio.Timeout:
    """Limit the time of a block, as `asyncio.timeout` does, to what is promised on a machine that has time."""
    return asyncio.timeout(stretched(seconds))
