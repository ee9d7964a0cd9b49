"""Tests of files of large tables, of windows with odd cells, and of queries that nobody waits for."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import orjson
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from dara.core._calls import DeriveCall
from dara.core._context import Dependencies, Identity, UserData
from dara.core._frames.export import export
from dara.core._frames.frame import Frame
from dara.core._frames.views import View
from dara.core._sync.encoded import MESSAGE_BYTES, ResultTooLarge
from dara.core._sync.protocol.messages import Export, Window
from dara.core._sync.results import Computed, Visibility
from dara.core._sync.tables import Table, Tables, in_turn
from dara.core._temporary import FILE_PREFIX
from dara.core._threads import Threads
from dara.core.derived import Computation


async def send_nothing(path: Path, is_temporary: bool) -> None:
    raise AssertionError('no file was asked for')


@pytest.mark.parametrize('library', ['pandas', 'polars', 'pyarrow'])
def test_csv_files_of_all_libraries_are_alike(library: str, tmp_path: Path) -> None:
    """Texts never run as formulas, numbers are exact, days have no time; what is missing is empty."""
    moments = [datetime(2026, 1, 2, 3, 4, 5, 600), None]
    data: dict[str, list[Any]] = {
        'text': ['=cmd, "x"', None], 'n': [-(2**60), 7], 'x': [float('inf'), 1e-7], 'y': [-0.5, None],
        'ok': [True, False], 'day': [datetime(2026, 1, 2), datetime(1900, 1, 1)], 'at': moments,
    }  # fmt: skip
    native = {'pandas': pd.DataFrame, 'polars': pl.DataFrame, 'pyarrow': pa.table}[library](data)
    path = tmp_path / 'rows.csv'
    frame = Frame(native)
    shown = {column.name: column.kind for column in frame.display_columns}
    assert (shown['day'], shown['at']) == ('date', 'datetime')
    export(frame, View(None, 2), [(name, f'{name}!') for name in [*data, 'gone']], 'csv', path)
    assert path.read_bytes().decode().split('\r\n') == [
        'text!,n!,x!,y!,ok!,day!,at!',
        '"\'=cmd, ""x""",-1152921504606846976,inf,-0.5,true,2026-01-02,2026-01-02T03:04:05.000600',
        ',7,1e-7,,false,1900-01-01,',
        '',
    ]


async def test_a_file_for_which_nobody_waits_is_not_finished() -> None:
    """Its thread ends soon, and the queries of others do not wait for it."""
    tables, count = Tables(), 400_000
    table = Table(Frame(pd.DataFrame({'n': range(count), 'text': 'x'})), serial=1)
    wanted = Window(0, 0, export=Export('csv', 'rows', [('n', 'n'), ('text', 'text')]))

    before = set(Path(gettempdir()).glob(f'{FILE_PREFIX}*/rows.csv'))

    def files() -> set[Path]:
        return set(Path(gettempdir()).glob(f'{FILE_PREFIX}*/rows.csv')) - before

    exporting = [asyncio.create_task(tables.window(table, wanted, send_nothing)) for _ in range(5)]
    while len(files()) < 2:
        await asyncio.sleep(0.001)
    assert len(files()) == 2
    for each in exporting:
        each.cancel()
    await asyncio.gather(*exporting, return_exceptions=True)
    rows = await tables.window(table, Window(0, 1), send_nothing)
    assert orjson.loads(rows.content)['rows'] == [[0, 0, 'x']]
    while files():
        await asyncio.sleep(0.001)


async def test_cancelled_queries_keep_their_turn_and_those_that_wait_do_not_start() -> None:
    turns, threads, running, go = asyncio.Semaphore(2), Threads('test', 8), [0, 0], threading.Event()

    def query() -> None:
        running[0] += 1
        running[1] = max(running)
        go.wait()
        running[0] -= 1

    started = [asyncio.create_task(in_turn(turns, threads, query)) for _ in range(10)]
    while running[0] < 2:
        await asyncio.sleep(0.001)
    for each in started:
        each.cancel()
    await asyncio.gather(*started, return_exceptions=True)
    last = asyncio.create_task(in_turn(turns, threads, lambda: 'last'))
    await asyncio.sleep(0)
    go.set()
    assert await last == 'last'
    assert running[1] == 2


async def test_large_cells_and_half_characters_are_sent() -> None:
    """Rows of more than a message are compressed, and fetched by the tab; a half character is replaced."""
    tables = Tables()
    frame = pd.DataFrame({'text': ['a\ud800b', 'x' * 600_000] * 600}, dtype=object)
    table = Table(Frame(frame), serial=1)
    small, large = [await tables.window(table, Window(at, 1), send_nothing) for at in (0, 1)]
    assert orjson.loads(small.content)['rows'] == [[0, 'a\ufffdb']]
    assert large.is_large
    assert len(large.content) < MESSAGE_BYTES
    with pytest.raises(ResultTooLarge):
        await tables.window(table, Window(0, 500), send_nothing)


async def test_a_late_result_is_not_kept_beside_a_newer_one_of_fewer_users() -> None:
    tables = Tables()
    identity = Identity(UserData('ann', 'Ann'), 'session')
    computation = Computation(None, None)
    call = DeriveCall(len, (), (), 'rows', computation, 0)
    requests = [tables.next_request(), tables.next_request()]
    for request, visibility in ((requests[1], Visibility.USER), (requests[0], Visibility.EVERYBODY)):
        computed = Computed(None, identity, visibility, Dependencies())
        await tables.keep(call, [], [], computed, pd.DataFrame({'n': [request]}), request)
    found = tables.find(computation, [], [], identity)
    assert found is not None
    assert found.asked == requests[1]
    other = Identity(UserData('ben', 'Ben'), 'other session')
    assert tables.find(computation, [], [], other) is None
