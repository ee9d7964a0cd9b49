"""Tests of large tables and figures whose rows are those of a user, or are gone after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab, status
from tests.browser.test_plots import bokeh, until_bokeh
from tests.conftest import Serve
from tests.network import Network
from tests.repeats import repeated

RESTARTED = """
    import pandas as pd
    from dara.components import Button, Stack, Table, Text
    from dara.core import ConfigurationBuilder, DerivedVariable, ServerVariable, action
    from dara.core.persistence import FileBackend

    def rows(mark):
        return pd.DataFrame({'n': range(2000), 'mark': mark})
    table = ServerVariable(rows(open('mark.txt').read()))
    @action
    async def write(ctx):
        await table.write(rows('written'))
    config = ConfigurationBuilder()
    config.backend = FileBackend(path='values.json')
    first = DerivedVariable(lambda table: 'a sum of ' + table['mark'][0], variables=[table])
    config.add_page('Rows', content=Stack(Table(data=table), Text(first), Button('Write', onclick=write())))
"""


async def test_an_open_table_shows_the_rows_of_a_server_that_was_started_again(
    serve: Serve, open_tab: OpenTab, tmp_path: Path
) -> None:
    """Those with which it starts: what was written to memory is lost."""
    (tmp_path / 'mark.txt').write_text('old')
    server = serve(RESTARTED, directory=tmp_path)
    ann = await open_tab(server.url)
    for mark in ('new', 'newest'):
        await expect(ann.get_by_role('cell', name='old' if mark == 'new' else 'written').first).to_be_visible()
        (tmp_path / 'mark.txt').write_text(mark)
        server.kill()
        server.restart()
        await expect(ann.get_by_role('cell', name=mark, exact=True).first).to_be_visible()
        await expect(ann.get_by_text(f'a sum of {mark}', exact=True)).to_be_visible()
        await ann.get_by_role('button', name='Write').click()
        await expect(ann.get_by_text('a sum of written')).to_be_visible()


OF_USERS = """
    import pandas as pd
    from dara.components import Button, Stack, Table, Text
    from dara.core import ConfigurationBuilder, DerivedVariable, ServerVariable, Variable, action
    from dara.core.persistence import SQLiteBackend

    own, selected = ServerVariable(scope='user'), Variable([])
    all_rows = ServerVariable(pd.DataFrame({'of': range(5000)}))
    @action
    async def write(ctx):
        await own.write(pd.DataFrame({'n': range(5000)}))
    config = ConfigurationBuilder()
    config.backend = SQLiteBackend('values.db')
    count = DerivedVariable(lambda rows: f'{0 if rows is None else len(rows)} of my own', variables=[own])
    config.add_page('Rows', content=Stack(
        Table(data=own, label='Own', max_rows=8), Text(count), Button('Write', onclick=write()),
        Table(data=all_rows, selected_indices=selected, label='All', max_rows=8),
    ))
"""


@pytest.mark.parametrize('options', [('--workers', '2'), repeated(())])
async def test_a_restart_leaves_what_lasts(serve: Serve, open_tab: OpenTab, options: tuple[str, ...]) -> None:
    """The position and the selection stay; the rows that each user had in memory are gone, also from open tables."""
    server = serve(OF_USERS, *options)
    ann, ben = await open_tab(server.url), await open_tab(server.url)
    own, everything = ann.get_by_role('table', name='Own'), ann.get_by_role('table', name='All')
    await ann.get_by_role('button', name='Write').click()
    await expect(ann.get_by_text('5000 of my own')).to_be_visible()
    await expect(own).to_have_attribute('aria-rowcount', '5001')
    await expect(ben.get_by_text('0 of my own', exact=True)).to_be_visible()
    await ann.get_by_label('Go to row').last.fill('3001')
    await ann.keyboard.press('Enter')
    await everything.get_by_role('cell', name='3000', exact=True).click()
    selected = everything.get_by_role('row', selected=True)
    await expect(selected).to_have_attribute('aria-rowindex', '3002')
    server.stop()
    await expect(ann.get_by_text('Live', exact=True)).to_have_count(0)
    server.start(*options)
    await expect(ann.get_by_text('0 of my own', exact=True)).to_be_visible()
    await expect(own).to_have_attribute('aria-rowcount', '1')
    await expect(selected).to_have_attribute('aria-rowindex', '3002')
    await expect(everything.get_by_role('cell', name='3000', exact=True)).to_be_in_viewport()
    await ann.get_by_role('button', name='Write').click()
    await expect(own).to_have_attribute('aria-rowcount', '5001')
    await expect(ben.get_by_text('0 of my own', exact=True)).to_be_visible()


FIGURES_OF_USERS = """
    import os
    import time
    import pandas as pd
    import bokeh.plotting
    import plotly.graph_objects as go
    from dara.components import Bokeh, Button, Chart, Plotly, Stack, Table, Text
    from dara.core import ConfigurationBuilder, DerivedVariable, ServerVariable, Variable, action
    from dara.core.persistence import SQLiteBackend

    own, worker = ServerVariable(scope='user'), Variable('')

    def number(rows):
        return 0 if rows is None else len(rows)

    def figure(rows):
        time.sleep(0.5)
        return go.Figure(go.Bar(y=[number(rows)]))

    def bokeh_figure(rows):
        time.sleep(0.5)
        plot = bokeh.plotting.figure()
        plot.vbar(x=[0], top=[number(rows)])
        return plot

    @action
    async def add(ctx):
        count = number(await own.read()) + 150_000
        await own.write(pd.DataFrame({'n': range(count)}))
        await ctx.update(worker, f'{count} by {os.getpid()}')
    config = ConfigurationBuilder()
    config.backend = SQLiteBackend('values.db')
    config.add_page('Rows', content=Stack(
        Table(data=own, label='Own', max_rows=8), Button('Add', onclick=add()), Text(worker, id_='worker'),
        Plotly(DerivedVariable(figure, variables=[own]), height=300, alt='Own'),
        Bokeh(DerivedVariable(bokeh_figure, variables=[own]), height=300, alt='Own'),
        Chart(own, kind='scatter', x='n', y='n', height=300, label='Own'),
    ))
"""
HEIGHT = "(height) => document.querySelector('.js-plotly-plot')?._fullData?.[0]?.y[0] === height"


async def test_own_rows_and_figures_come_though_the_connection_breaks(serve: Serve, open_tab: OpenTab) -> None:
    """In the middle of an update, and also from another worker. Nobody else gets them."""
    async with Network(serve(FIGURES_OF_USERS, '--workers', '2').url) as network:
        ann, ben = await open_tab(network.url), await open_tab(network.url)
        for tab in (ann, ben):
            await tab.wait_for_function(HEIGHT, arg=0)
            await until_bokeh(tab, 1, 'source.data.top[0]', 0)
            await expect(tab.locator('.dara-chart')).to_contain_text('No data')
        rows, workers = 0, set[str]()
        while len(workers) < 2 and rows < 3_000_000:
            rows += 150_000
            await ann.get_by_role('button', name='Add').click()
            await expect(ann.locator('#worker')).to_contain_text(f'{rows} by')
            workers.add((await ann.locator('#worker').inner_text()).split()[-1])
            network.drop()  # while the figures are computed
            await expect(ann.get_by_role('table', name='Own')).to_have_attribute('aria-rowcount', f'{rows + 1}')
            await ann.wait_for_function(HEIGHT, arg=rows)
            await until_bokeh(ann, 1, 'source.data.top[0]', rows)
            await expect(ann.locator('.dara-chart')).to_contain_text(f'20,000 of {rows:,} points')
            await expect(status(ann)).to_contain_text('Live')
        assert len(workers) == 2
        await expect(ben.get_by_role('table', name='Own')).to_have_attribute('aria-rowcount', '1')
        assert await ben.evaluate(HEIGHT, 0)
        assert await bokeh(ben, 1, 'source.data.top[0]') == 0
        await expect(ben.locator('.dara-chart')).to_contain_text('No data')
