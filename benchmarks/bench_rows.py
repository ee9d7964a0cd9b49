"""A table of a million rows and 20 columns, on the server alone.

- The memory that four workers take for it together, their own and the file that they map: beyond that of the same app
  with ten rows, for each byte of the data.
- The longest stall of the event loop while a thread writes a CSV file of all rows, in processor time of this thread:
  what it takes between two turns of the loop, and if the machine is busy, not only with Python's lock. It contains the
  5 ms after which Python passes on its lock.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from psutil import Process  # type: ignore[import-untyped, unused-ignore]  # has no types of its own

from benchmarks.bench_large_tables import ROWS
from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.systems import ours

WORKERS: Final = 4
COLUMNS: Final = 20
SUBJECT: Final = f'table of {ROWS:,} rows'


def run(options: Options) -> Iterator[Figure]:
    """Yield the memory of the workers, and the stalls beside an export."""
    rows = ROWS // 10 if options.quick else ROWS
    size = rows * COLUMNS * 8
    ratio = (_memory(rows) - _memory(10)) / size
    yield Figure(SUBJECT, f'memory of {WORKERS} workers, of the size of the data', '', 'dara', ratio, Target(2))
    stalls = sorted(asyncio.run(_stalls_beside_export(rows)))
    yield Figure(SUBJECT, 'longest stall beside a CSV file', 'ms', 'dara', stalls[-1] * 1000)
    yield Figure(
        SUBJECT, 'stall beside a CSV file, p99', 'ms', 'dara', stalls[len(stalls) * 99 // 100] * 1000, Target(20)
    )


def _memory(rows: int) -> int:
    """Return the size of the memory of a server and its workers in bytes."""
    system = ours('table_of_workers').given(ROWS=str(rows))
    workers = ['--workers', str(WORKERS)]
    with serving(replace(system, command=lambda port: [*system.command(port), *workers])) as server:
        sizes: list[int] = []
        while len(sizes) < 4 or max(sizes[-4:]) > 1.01 * min(sizes[-4:]):  # until all of them serve
            time.sleep(3)
            sizes.append(_size([server.process, *server.process.children(recursive=True)]))
        return sizes[-1]


def _size(processes: list[Process]) -> int:
    """Return the size of the memory that is of one process alone, and of the files of values that any has mapped."""
    maps = [each for process in processes for each in process.memory_maps(grouped=True)]
    own = sum(each.private_dirty for each in maps)
    return own + sum({each.path: each.size for each in maps if '.value' in each.path}.values())


async def _stalls_beside_export(rows: int) -> list[float]:
    import numpy as np
    import pandas as pd  # type: ignore[import-untyped, unused-ignore]

    from dara.core._frames.export import export
    from dara.core._frames.frame import Frame
    from dara.core._frames.views import View

    numbers = np.arange(rows)
    columns = {'name': [f'item {row:06}' for row in range(rows)], 'order': rows - numbers}
    columns |= {f'day {at}': pd.date_range('2020-01-01', periods=rows, freq='min') for at in range(3)}
    frame = Frame(pd.DataFrame({**columns, **{f'c{at}': numbers * 7919 % 10007 / (at + 1) for at in range(15)}}))
    clocks: list[int] = []

    def write() -> None:
        clocks.append(time.pthread_getcpuclockid(threading.get_ident()))
        with tempfile.TemporaryDirectory() as folder:
            names = [(column.name, column.name) for column in frame.columns]
            export(frame, View(None, rows), names, 'csv', Path(folder) / 'rows.csv')
            clocks.clear()

    writing = asyncio.create_task(asyncio.to_thread(write))
    stalls, last = [], 0.0
    while not writing.done():
        await asyncio.sleep(0.002)
        for clock in clocks:
            used = time.clock_gettime(clock)
            stalls.append(used - last)
            last = used
    await writing
    return stalls[1:]  # the first has the imports
