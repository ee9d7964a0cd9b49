"""Start: from spawning the server to the first byte of its page, and the memory of the idle server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.systems import System, contenders

START = Target(1)
MEMORY = Target(80)


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara and the peers: the median of a few starts, without the first (cold caches)."""
    for system in contenders(options, 'text'):
        starts = [_start(system) for _ in range(3 if options.quick else 6)][1:]
        is_ours = system.name == 'dara'
        seconds, megabytes = (median(column) for column in zip(*starts, strict=True))
        yield Figure('start', 'to the first byte', 's', system.name, seconds, START if is_ours else None)
        yield Figure('start', 'RSS, idle', 'MB', system.name, megabytes, MEMORY if is_ours else None)


def _start(system: System) -> tuple[float, float]:
    with serving(system) as server:
        time.sleep(1)
        return server.first_byte_seconds, server.rss()
