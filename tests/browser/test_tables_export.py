"""Tests of tables that are saved as files."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve

APP = """
    import datetime
    import pandas as pd
    from dara.components import Button, Stack, Table
    from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action

    def rows(count):
        return [
            {
                'name': f'=cmd {n}' if n == 3 else f'Row {n}', 'amount': n / 4, 'ok': n % 2 == 0,
                'day': '2026-01-02', 'at': '2026-01-02T03:04:00', 'none': None,
            }
            for n in range(count)
        ]

    def frame():
        data = pd.DataFrame(rows(1500)).drop(columns='none')
        return data.assign(day=pd.to_datetime(data['day']), at=pd.to_datetime(data['at']))

    columns = [Table.column('name', label='Name'), 'amount', 'ok', 'day', 'at']
    small = Variable(rows(5))

    @action
    async def save(ctx: ActionCtx):
        await ctx.download_variable(small, 'people', 'xlsx')

    config = ConfigurationBuilder()
    config.add_page('Small', content=Stack(
        Table(data=small, columns=columns, searchable=True, export=True, label='Small: rows'),
        Button('Save', onclick=save()),
    ))
    config.add_page('Large', content=Stack(
        Table(data=DerivedVariable(frame, variables=[]), columns=columns, searchable=True, export=True, label='Large'),
    ))
"""
HEADINGS = ('Name', 'amount', 'ok', 'day', 'at')
DAY = datetime.datetime(2026, 1, 2)
AT = datetime.datetime(2026, 1, 2, 3, 4)


async def saved(tab: Page, button: str, folder: Path) -> Path:
    """Press a button; return the file that the browser saves."""
    async with tab.expect_download() as waiting:
        await tab.get_by_role('button', name=button).click()
    download = await waiting.value
    path = folder / download.suggested_filename
    await download.save_as(path)
    return path


def sheet(path: Path) -> list[tuple[Any, ...]]:
    """Return the rows of a workbook."""
    return [*load_workbook(path).worksheets[0].iter_rows(values_only=True)]


@pytest.mark.parametrize(('page', 'name'), [('small', 'Small  rows'), ('large', 'Large')])
async def test_the_rows_that_the_user_sees_are_saved(
    serve: Serve, open_tab: OpenTab, tmp_path: Path, page: str, name: str
) -> None:
    """Those that are found, in their order; in Excel, dates and numbers stay what they are, and texts never run."""
    ann = await open_tab(f'{serve(APP).url}/{page}')
    await ann.get_by_role('searchbox').fill('cmd')
    await expect(ann.get_by_role('table')).to_have_attribute('aria-rowcount', '2')
    await expect(ann.get_by_role('table')).not_to_have_attribute('aria-busy', 'true')
    workbook = await saved(ann, 'Excel', tmp_path)
    assert workbook.name == f'{name}.xlsx'
    assert sheet(workbook) == [HEADINGS, ('=cmd 3', 0.75, False, DAY, AT)]
    await ann.get_by_role('searchbox').fill('')
    await ann.get_by_role('columnheader', name='amount').get_by_role('button').first.dblclick()
    await expect(ann.locator('tbody td').nth(0)).to_have_text('Row 4' if page == 'small' else 'Row 1499')
    await expect(ann.get_by_role('table')).not_to_have_attribute('aria-busy', 'true')
    text = (await saved(ann, 'CSV', tmp_path)).read_text()
    lines = [*csv.reader(text.splitlines())]
    assert tuple(lines[0]) == HEADINGS
    assert [line[0] for line in lines[-4:]] == ["'=cmd 3", 'Row 2', 'Row 1', 'Row 0']
    assert lines[-3][1:] == ['0.5', 'true', '2026-01-02', '2026-01-02T03:04:00']
    assert len(lines) == (6 if page == 'small' else 1501)


async def test_a_variable_is_saved_as_a_workbook(serve: Serve, open_tab: OpenTab, tmp_path: Path) -> None:
    ann = await open_tab(f'{serve(APP).url}/small')
    path = await saved(ann, 'Save', tmp_path)
    assert path.name == 'people.xlsx'
    first, second, *_ = sheet(path)
    assert first == ('name', 'amount', 'ok', 'day', 'at', 'none')
    assert second == ('Row 0', 0, True, DAY, AT, None)


ALIKE = """
    import pandas as pd
    from dara.components import Stack, Table
    from dara.core import ConfigurationBuilder, DerivedVariable
    some = pd.DataFrame({
        'mark': 'keep', 'text': ['=cmd', 'a "b", c', None, 'line\\nbreak', 'plain'], 'n': [-(2**60), 0, 1, -2, 3],
        'x': [5.0, 1e16, 1e-7, float('-inf'), None], 'ok': [True, False, True, False, True],
        'day': pd.to_datetime(['2026-01-02'] * 5), 'at': pd.to_datetime(['2026-01-02 03:04:05.5'] * 4 + [None]),
        'kind': pd.Categorical(['b', 'a', None, 'b', '-c']),
    })
    rest = pd.concat([some.iloc[[1, 4]].assign(mark='drop', day=some['at'][:2].tolist())] * 1000)
    config = ConfigurationBuilder()
    for name, data in (('small', some), ('large', pd.concat([some, rest], ignore_index=True))):
        rows = DerivedVariable(lambda data=data: data, variables=[])
        config.add_page(name, content=Table(data=rows, searchable=True, export=True, label=name))
"""


async def test_the_tab_writes_what_the_server_writes(serve: Serve, open_tab: OpenTab, tmp_path: Path) -> None:
    """The same bytes for the same rows, whether the table is small or large."""
    server, files = serve(ALIKE), []
    for page in ('small', 'large'):
        ann = await open_tab(f'{server.url}/{page}')
        await ann.get_by_role('searchbox').fill('keep')
        await expect(ann.get_by_role('table')).to_have_attribute('aria-rowcount', '6')
        await expect(ann.get_by_role('table')).not_to_have_attribute('aria-busy', 'true')
        files.append((await saved(ann, 'CSV', tmp_path)).read_bytes().decode())
    assert files[0] == files[1]
    assert (
        files[0].splitlines()[1] == "keep,'=cmd,-1152921504606846976,5.0,true,2026-01-02,2026-01-02T03:04:05.500000,b"
    )
