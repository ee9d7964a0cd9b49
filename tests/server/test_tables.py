"""Tests of the windows of tables on the wire: with users, several workers, and tabs that send nonsense."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Literal

import pytest
import pytest_asyncio

from tests.conftest import Serve
from tests.fleet import process_of
from tests.process import DARA, AppServer
from tests.repeats import repeated
from tests.tab import Tab, connected, logged_in, replace, value


@pytest.fixture(scope='module')
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """A server with two workers."""
    server = AppServer(tmp_path_factory.mktemp('tables'), 'shared_tables', command=DARA)
    try:
        server.start('--workers', '2')
        yield server
    finally:
        server.stop()


def stored(store: str, version: int = 0) -> dict[str, Any]:
    return {'store': store, 'path': [], 'version': version}


async def window(tab: Tab, target: str, *inputs: Any, **asked: Any) -> dict[str, Any]:
    """Return the answer to a window of two rows."""
    answer = await tab.call(target, *inputs, window={'start': 0, 'count': 2, **asked})
    assert answer['type'] == 'result', answer
    found: dict[str, Any] = answer['value']
    return found


@pytest_asyncio.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def on_another_worker(
    stack: AsyncExitStack, server: AppServer, tab: Tab, client: str | None = None, cookie: str = ''
) -> Tab:
    """Connect a tab to another worker than that of `tab`."""
    return await _on_a_worker(stack, server, tab, client, cookie, is_same=False)


async def on_the_same_worker(
    stack: AsyncExitStack, server: AppServer, tab: Tab, client: str | None = None, cookie: str = ''
) -> Tab:
    """Connect a tab to the worker of `tab`."""
    return await _on_a_worker(stack, server, tab, client, cookie, is_same=True)


async def _on_a_worker(
    stack: AsyncExitStack, server: AppServer, tab: Tab, client: str | None, cookie: str, *, is_same: bool
) -> Tab:
    process = await process_of(tab)
    while True:
        other = await stack.enter_async_context(connected(server.socket_url, cookie=cookie, client=client))
        if (await process_of(other) == process) == is_same:
            return other
        await other.cut()


async def test_what_is_written_shows_on_all_workers(server: AppServer, stack: AsyncExitStack) -> None:
    """Each user has their own values. A tab that moves to another worker in between goes on with its rows."""
    async with logged_in(server, 'ann') as (ann,):
        of_ben = server.login('ben', 'b')
        ben = await on_another_worker(stack, server, ann, cookie=of_ben)
        at_ben = await ben.subscribe('shared:version')
        before = await window(ben, 'shared', stored('shared:version', at_ben['version']))
        assert before['columns'] == [['n', 'integer', False], ['mark', 'text', False], ['half', 'integer', False]]
        assert (before['total'], before['rows']) == (5000, [[0, 0, 'first', 0], [1, 1, 'first', 0]])
        buttons = server.buttons(server.login('ann', 'a'))
        assert (await ann.call(buttons['Write second'], value(None)))['type'] == 'result'
        at_ben = await ben.receive('change')
        last = {'version': before['version'], 'query': {'orders': [{'column': 'n', 'descending': True}]}}
        after = await window(ben, 'shared', stored('shared:version', at_ben['version']))
        assert after['rows'][0] == [0, 0, 'second', 0]
        assert after['version'] != before['version']
        again = await window(ben, 'shared', stored('shared:version', at_ben['version']), **last)
        assert (again['version'], again['rows'][0]) == (after['version'], [4999, 4999, 'second', 2499])
        assert (await window(ann, 'own', stored('own:version')))['rows'][0][2] == 'second of my own'
        assert (await ben.call('own', stored('own:version'), window={'start': 0, 'count': 2}))['value'] is None
        moved = await on_another_worker(stack, server, ben, ben.client, of_ben)
        last['version'] = after['version']
        there = await window(moved, 'shared', stored('shared:version', at_ben['version']), **last)
        assert there['rows'] == again['rows']
        assert there['version'] != after['version']


HEAVY = """
    import os
    import numpy as np
    import pandas as pd
    from dara.components import Button, Stack, Table, Text
    from dara.core import ConfigurationBuilder, DerivedVariable, ServerVariable, Variable, action
    from dara.core.persistence import SQLiteBackend

    def rows(mark):
        return pd.DataFrame({'n': np.full(15_000_000, mark)})
    heavy = ServerVariable(rows(1), uid='heavy')
    pid = DerivedVariable(lambda _: os.getpid(), variables=[Variable(0, uid='any')], uid='pid', cache=None)
    @action
    async def write(ctx):
        await heavy.write(rows(2))
    config = ConfigurationBuilder()
    config.backend = SQLiteBackend('values.db')
    config.shared_folder = os.environ.get('FOLDER') or None
    config.add_page('Rows', content=Stack(
        Text(pid), Table(data=heavy), Table(data=rows(3)), Button('Write', onclick=write()),
    ))
"""
HEAVY_BYTES = 15_000_000 * 8


def own_bytes(process: int) -> int:
    """Return the size of the memory of a process that no file backs; other processes do not share it."""
    lines = Path(f'/proc/{process}/smaps_rollup').read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith('Pss_Anon:'))


@pytest.mark.parametrize('folder', [pytest.param('', id='workers'), repeated('.', id='hosts')])
async def test_the_workers_of_a_host_hold_a_value_once(
    tmp_path: Path, stack: AsyncExitStack, folder: Literal['', '.']
) -> None:
    """The default, a DataFrame given by value, and what is written; also if hosts share a folder."""
    server = AppServer(tmp_path, HEAVY, command=DARA, environment={'FOLDER': folder and str(tmp_path)})
    stack.callback(server.stop)
    server.start('--workers', '2')
    ann = await stack.enter_async_context(connected(server.socket_url))
    ben = await on_another_worker(stack, server, ann)
    processes = [await process_of(tab) for tab in (ann, ben)]
    before = [own_bytes(process) for process in processes]
    assert max(before) < HEAVY_BYTES
    versions = [(await tab.subscribe('heavy:version'))['version'] for tab in (ann, ben)]
    await ann.call(server.buttons('')['Write'], value(None))
    for tab, version in zip((ann, ben), versions, strict=True):
        assert (await window(tab, 'heavy', stored('heavy:version', version + 1)))['rows'][0] == [0, 2]
    grown = [own_bytes(process) - size for process, size in zip(processes, before, strict=True)]
    assert max(grown) < HEAVY_BYTES / 2


async def test_rights_are_checked_for_each_window(server: AppServer) -> None:
    """A user who may not read an input gets no rows, also of a version that another user has seen."""
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        rows = await window(ann, 'of_secret', stored('secret'))
        assert rows['rows'][0][2] == 'secret of ann'
        for version in ({}, {'version': rows['version']}):
            answer = await ben.call('of_secret', stored('secret'), window={'start': 0, 'count': 2, **version})
            assert answer['type'] == 'error'


@pytest.mark.parametrize('is_far', [False, True], ids=['same worker', 'other worker'])
async def test_rows_that_have_become_personal_are_no_longer_those_of_all(
    server: AppServer, stack: AsyncExitStack, is_far: bool
) -> None:
    """A tab that scrolls gets no rows of the version from before, whoever has asked for the newest one, and where."""
    (ann,) = await stack.enter_async_context(logged_in(server, 'ann'))
    of_ben = server.login('ben', 'b')
    where = on_another_worker if is_far else on_the_same_worker
    ben = await where(stack, server, ann, cookie=of_ben)
    record = await ann.subscribe('is_personal')
    if record['value']:
        await ann.edit(record, replace(False))
        record['version'] = (await ann.receive('change'))['version']
    common = stored('is_personal', record['version'])
    for tab in (ann, ben):
        before = await window(tab, 'at_times_personal', common)
        assert before['rows'][0][2] == 'rows of all'
    await ann.edit(record, replace(True))
    changed = stored('is_personal', (await ann.receive('change'))['version'])
    after = await window(ann, 'at_times_personal', changed)
    for tab, name, version in ((ann, 'ann', after['version']), (ben, 'ben', before['version'])):
        scrolled = await window(tab, 'at_times_personal', changed, version=version)
        assert scrolled['rows'][0][2] == f'rows of {name}'


async def test_the_whole_value_stays_on_the_server(server: AppServer) -> None:
    async with logged_in(server, 'ann') as (ann,):
        answer = await ann.call('shared', stored('shared:version'))
        assert answer['type'] == 'error'
        assert 'stays on the server' in answer['message']
        no_table = await ann.call('model', stored('model:version'), window={'start': 0, 'count': 2})
        assert no_table['type'] == 'error'


async def test_the_progress_of_a_large_value_is_told_without_it(server: AppServer) -> None:
    """Its number says whether it is another one; a small value comes at once."""
    async with logged_in(server, 'ann') as (ann,):
        for target, inputs in (('of_secret', [stored('secret')]), ('of_given', [value('a')])):
            answers = [(await ann.call(target, *inputs, state=True, **fresh)) for fresh in ({}, {}, {'fresh': True})]
            first, same, other = (answer['value'] for answer in answers)
            assert [*first] == ['number']
            assert first == same != other
        small = await ann.call('pid', value(0), state=True)
        assert isinstance(small['value']['value'], int)
        assert (await ann.call('shared', stored('shared:version'), state=True))['type'] == 'error'


async def test_filters_that_do_not_fit_find_nothing(server: AppServer) -> None:
    """Columns that the newest version no longer has are left out, as a tab may not know of it yet."""
    async with logged_in(server, 'ann') as (ann,):
        for filters, count in (
            ([{'column': 'n', 'operator': 'IN', 'value': ['many']}], 0),
            ([{'column': 'gone', 'operator': 'IN', 'value': [1]}], 5000),
            ([{'column': 'n', 'operator': 'BT', 'value': [None, 9]}], 10),
            ([{'column': 'n', 'operator': 'BT', 'value': 9}], 0),
        ):
            found = await window(ann, 'shared', stored('shared:version'), query={'filters': filters})
            assert found['count'] == count
        mark = (await window(ann, 'shared', stored('shared:version')))['rows'][0][2]
        grouped = {'group': {'by': 'mark', 'aggregate': 'max', 'open': [mark]}}
        found = await window(ann, 'shared', stored('shared:version'), query=grouped)
        assert (found['count'], found['found']) == (5001, 5000)
        assert found['rows'] == [
            {'group': mark, 'rows': 5000, 'values': {'n': 4999, 'half': 2499}},
            [0, 0, mark, 0],
        ]


MALFORMED: list[dict[str, Any]] = [
    {'start': 0, 'count': 501},
    {'start': -1, 'count': 1},
    {'start': 0, 'count': 1, 'query': {'orders': [{'column': 1}]}},
    {'start': 0, 'count': 1, 'query': {'filters': [{'column': 'n', 'operator': 'RUN', 'value': 1}]}},
    {'start': 0, 'count': 1, 'query': {'filters': [{'column': 'n', 'operator': 'EQ', 'value': {'a': 1}}]}},
    {'start': 0, 'count': 1, 'query': {'search': {'text': ''}}},
    {'start': 0, 'count': 1, 'query': {'group': {'by': 'n', 'aggregate': 'eval'}}},
]


async def test_malformed_windows_end_the_connection(server: AppServer) -> None:
    cookie = server.login('ann', 'a')
    for asked in MALFORMED:
        async with connected(server.socket_url, cookie=cookie) as ann:
            await ann.send(type='call', id=1, target='shared', inputs=[stored('shared:version')], window=asked)
            assert (await ann.receive('bye'))['reason'] == 'protocol', asked


async def test_a_value_that_returns_shows_its_former_rows(server: AppServer) -> None:
    """The result is a kept one, and older than that of the value between; the rows are those of the present value."""
    async with logged_in(server, 'ann') as (ann,):
        at = await ann.subscribe('secret')
        for name in ('ben', 'ann', 'zoe', 'ben', 'ann'):
            await ann.edit(at, replace(name), base=at['version'])
            at = {**at, 'version': (await ann.receive('change'))['version']}
            rows = await window(ann, 'of_secret', stored('secret', at['version']))
            assert rows['rows'][0][2] == f'secret of {name}'
            again = await window(ann, 'of_secret', stored('secret', at['version']), version=rows['version'])
            assert (again['version'], again['rows']) == (rows['version'], rows['rows'])


async def test_the_rows_of_a_table_are_those_that_its_database_finds(serve: Serve) -> None:
    """A backend of a ServerVariable and a `filter_resolver` get filters and pages, and no more rows than are shown."""
    server = serve('found_rows')
    async with connected(server.socket_url) as ann:
        for target, of, prefix in (('items', stored('items:version'), ''), ('found', value('an '), 'an ')):
            first = await window(ann, target, of)
            assert first['columns'] == [['n', 'integer', False], ['name', 'text', False]]
            assert (first['total'], first['count']) == (5000, 5000)
            assert first['rows'] == [[0, 0, f'{prefix}item 0000'], [1, 1, f'{prefix}item 0001']]
            last = {
                'start': 4998,
                'version': first['version'],
                'query': {'orders': [{'column': 'n', 'descending': True}]},
            }
            again = await window(ann, target, of, **last)
            assert 'columns' not in again
            assert [row[1] for row in again['rows']] == [1, 0]
            for query, count in (
                ({'search': {'text': 'item 12'}}, 100),
                ({'filters': [{'column': 'n', 'operator': 'BT', 'value': [None, 9]}]}, 10),
                ({'filters': [{'column': 'n', 'operator': 'BT', 'value': [4990, None]}]}, 10),
                ({'filters': [{'column': 'n', 'operator': 'BT', 'value': [1, 3]}]}, 3),
                ({'filters': [{'column': 'n', 'operator': 'IN', 'value': [1, 3]}]}, 2),
                ({'filters': [{'column': 'gone', 'operator': 'IN', 'value': [1]}]}, 5000),
            ):
                some = await window(ann, target, of, query=query)
                assert (some['count'], some['total']) == (count, 5000), query
        read = (await ann.call('reads', value(0)))['value']
        assert read == {'whole': 0, 'most': 100}
        grouped = await window(ann, 'items', stored('items:version'), query={'group': {'by': 'n', 'aggregate': 'max'}})
        assert grouped['count'] == 5000
        of_found = await window(ann, 'found', value('an '), values_of='name')
        assert of_found['values'][0] == 'an item 0000'
        assert (await window(ann, 'whole', stored('whole:version')))['rows'][0][2] == 'item 0000'
        assert (await ann.call('reads', value(0)))['value']['whole'] == 2
