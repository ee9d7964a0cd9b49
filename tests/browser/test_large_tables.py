"""Tests of tables whose rows are on the server: a million of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve
from tests.process import AppServer

RECORD_VERSIONS = """
() => {
  const note = () => {
    const shown = [...document.querySelectorAll('tbody tr:not([aria-hidden]):not([aria-busy]) td:nth-child(2)')]
    const versions = new Set(shown.map((cell) => cell.innerText))
    window.mixed = Math.max(window.mixed ?? 0, versions.size)
    for (const each of versions) (window.versions ??= new Set()).add(each)
  }
  const changes = { subtree: true, childList: true, characterData: true }
  new MutationObserver(note).observe(document.querySelector('tbody'), changes)
}
"""


@pytest.fixture(scope='module')
def million(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """A server of a million rows, for all tests that leave them as they are but one."""
    server = AppServer(tmp_path_factory.mktemp('million'), 'large_tables').start()
    yield server
    server.stop()


def row(tab: Page, number: int) -> Locator:
    return tab.get_by_role('cell', name=f'item {number:06}', exact=True)


async def first_shown(tab: Page) -> int:
    """Return the position of the first row that is in view, from its `aria-rowindex`."""
    index = await tab.evaluate(
        """() => {
          const frame = document.querySelector('.dara-table-frame').getBoundingClientRect()
          const head = document.querySelector('thead').getBoundingClientRect().height
          const rows = [...document.querySelectorAll('tbody tr[aria-rowindex]')]
          return rows.find((row) => row.getBoundingClientRect().bottom > frame.top + head + 2)?.ariaRowIndex
        }"""
    )
    return int(index) - 2


async def test_every_row_is_reached(million: AppServer, open_tab: OpenTab) -> None:
    """By the wheel at its usual speed, by keys, by the scroll bar, and by its number. Few rows are in the page."""
    ann = await open_tab(million.url)
    await expect(row(ann, 0)).to_be_visible()
    await expect(ann.get_by_role('table')).to_have_attribute('aria-rowcount', '1000001')
    await expect(ann.get_by_text('1,000,000 rows', exact=True)).to_be_visible()
    frame = ann.locator('.dara-table-frame')
    await frame.hover()
    for _ in range(5):
        await ann.mouse.wheel(0, 400)
    await expect(row(ann, 50)).to_be_in_viewport()
    await frame.focus()
    await ann.keyboard.press('End')
    await expect(row(ann, 999_999)).to_be_in_viewport()
    await expect(row(ann, 999_999).locator('..')).to_have_attribute('aria-rowindex', '1000001')
    await ann.keyboard.press('PageUp')
    await expect(row(ann, 999_980)).to_be_in_viewport()
    await ann.keyboard.press('Home')
    await expect(row(ann, 0)).to_be_in_viewport()
    await frame.evaluate('frame => frame.scrollTo(0, (frame.scrollHeight - frame.clientHeight) / 2)')
    await expect(row(ann, 500_000)).to_be_visible()
    await frame.hover()
    before = await first_shown(ann)
    await ann.mouse.wheel(0, 400)
    await expect(row(ann, before + 20)).to_be_in_viewport()
    await expect(row(ann, before)).not_to_be_in_viewport()
    await ann.get_by_label('Go to row').fill('777778')
    await ann.keyboard.press('Enter')
    await expect(row(ann, 777_777)).to_be_in_viewport()
    assert await ann.locator('tbody tr').count() < 80


NOTE_HIDDEN_TABLES = """() => {
    wasHidden = false
    const isHidden = ({ target }) => target.style.display === 'none' && target.querySelector('table') !== null
    new MutationObserver((changes) => { wasHidden ||= changes.some(isHidden) }).observe(document.body, {
        subtree: true, attributes: true, attributeFilter: ['style'],
    })
}"""


async def test_rows_are_sorted_filtered_searched_and_grouped_on_the_server(
    million: AppServer, open_tab: OpenTab
) -> None:
    """For one user alone; another one keeps the order of the data."""
    ann, ben = await open_tab(million.url), await open_tab(million.url)
    await ann.get_by_role('button', name='order', exact=True).click()
    await expect(row(ann, 999_999)).to_be_in_viewport()
    await expect(row(ben, 0)).to_be_in_viewport()
    await ann.get_by_role('button', name='city', exact=True).click(modifiers=['Shift'])
    await ann.get_by_role('button', name='city', exact=True).click(modifiers=['Shift'])
    await expect(ann.locator('thead sup')).to_have_text(['2', '1'])
    await ann.get_by_role('button', name='Filter city').click()
    await expect(ann.get_by_role('checkbox').first).to_be_focused()
    await ann.get_by_label('Rome').check()
    await expect(ann.get_by_text('250,000 of 1,000,000 rows')).to_be_visible()
    await ann.keyboard.press('Escape')
    await ann.get_by_role('button', name='Filter day').click()
    await ann.get_by_label('To', exact=True).fill('2020-01-01')
    await expect(ann.get_by_text('360 of 1,000,000 rows')).to_be_visible()
    await ann.keyboard.press('Escape')
    await ann.get_by_role('searchbox', name='Search').fill('ITEM 00003')
    await expect(ann.get_by_text('3 of 1,000,000 rows')).to_be_visible()
    await expect(row(ann, 39)).to_be_visible()
    await ben.evaluate(NOTE_HIDDEN_TABLES)
    await ben.get_by_role('button', name='Filter city').click()
    await ben.get_by_role('button', name='Group by this column').click()
    await ben.keyboard.press('Escape')
    london = ben.get_by_role('button', name='London')
    await expect(london).to_contain_text('250,000')
    assert not await ben.evaluate('wasHidden')  # while the code of groups is fetched
    await expect(ben.get_by_role('row').filter(has=london)).to_contain_text(f'{sum(range(2, 1_000_000, 4)):,}'[:9])
    await london.click()
    await expect(ben.get_by_role('row').nth(3)).to_contain_text('item 000001')
    await expect(ben.get_by_role('table')).to_have_attribute('aria-rowcount', '250005')


async def test_a_table_that_is_written_never_mixes_two_versions(million: AppServer, open_tab: OpenTab) -> None:
    """While one user scrolls and another one writes, all rows that show are of one version, in the end the last one."""
    ann, ben = await open_tab(million.url), await open_tab(million.url)
    await expect(row(ann, 0)).to_be_visible()
    await ann.evaluate(RECORD_VERSIONS)
    await ann.locator('.dara-table-frame').hover()
    await ben.get_by_role('button', name='Write often').click()
    for step in range(40):
        await ann.mouse.wheel(0, 900)
        if step % 10 == 9:
            await ann.locator('.dara-table-frame').evaluate('(frame, part) => frame.scrollTo(0, part)', step * 150_000)
    await expect(ben.get_by_text('14', exact=True)).to_be_visible()
    await ben.get_by_role('button', name='Write', exact=True).click()
    for tab in (ann, ben):
        await expect(tab.get_by_text('1000000 rows of v2')).to_be_visible()
        await expect(tab.locator('tbody tr[aria-busy]')).to_have_count(0)
        await expect(tab.get_by_role('cell', name='v2').first).to_be_visible()
        await expect(tab.get_by_role('cell', name='v1')).to_have_count(0)
    assert await ann.evaluate('window.mixed') == 1
    assert await ann.evaluate('[...window.versions].sort()') == ['v1', 'v2']


async def test_tables_of_other_sources(million: AppServer, open_tab: OpenTab) -> None:
    """A DerivedVariable, whose small results are in the tab as a whole, and a DataFrame that is given by value.

    Small results have the same filters as large ones, and keep those that are set; they can be cleared.
    """
    ann = await open_tab(f'{million.url}/late')
    await expect(row(ann, 9)).to_be_visible()
    await expect(ann.get_by_role('table')).to_have_attribute('aria-rowcount', '11')
    await expect(ann.get_by_text('10 rows', exact=True)).to_be_visible()
    await expect(ann.get_by_label('Go to row')).to_have_count(0)
    menu = ann.get_by_role('button', name='Filter order')
    await menu.click()
    await ann.get_by_label('To', exact=True).fill('999991')
    await expect(ann.get_by_text('2 of 10 rows', exact=True)).to_be_visible()
    await ann.keyboard.press('Escape')
    await ann.get_by_label('Least').fill('99')
    await expect(ann.get_by_text('999,893 of 999,901 rows')).to_be_visible()
    await menu.click()
    await ann.get_by_label('To', exact=True).fill('100')
    await expect(ann.get_by_text('2 of 999,901 rows')).to_be_visible()
    await ann.keyboard.press('Escape')
    await ann.get_by_label('Least').fill('999990')
    await expect(ann.get_by_text('0 of 10 rows', exact=True)).to_be_visible()
    await expect(ann.get_by_text('Nothing found')).to_be_visible()
    await menu.click()
    await ann.get_by_role('button', name='Clear the filter').click()
    await ann.keyboard.press('Escape')
    await expect(ann.get_by_text('10 rows', exact=True)).to_be_visible()
    await ann.get_by_label('Least').fill('99')
    await expect(ann.get_by_text('999,901 rows', exact=True)).to_be_visible()
    await expect(ann.get_by_label('Go to row')).to_be_visible()
    await ann.get_by_role('button', name='order', exact=True).click()
    await expect(ann.get_by_role('row').nth(1)).to_contain_text(re.compile('item 999900.*99'))
    response = await ann.goto(f'{million.url}/given')
    assert response is not None
    assert len(await response.body()) < 100_000
    await expect(row(ann, 0)).to_be_visible()
    await expect(ann.get_by_text('1,000,000 rows', exact=True)).to_be_visible()


async def test_a_table_goes_on_after_the_connection_was_cut(serve: Serve, open_tab: OpenTab) -> None:
    """Rows that are scrolled to meanwhile come when the server is back."""
    server = serve('large_tables', ROWS='10000')
    ann = await open_tab(server.url)
    await expect(row(ann, 0)).to_be_visible()
    server.kill()
    await ann.get_by_label('Go to row').fill('6001')
    await ann.keyboard.press('Enter')
    await expect(ann.locator('tbody tr[aria-busy]').first).to_be_visible()
    server.restart()
    await expect(row(ann, 6000)).to_be_visible()


PROGRESS = """
    import pandas as pd
    from dara.components import Button, If, Stack, Table, Text
    from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action
    calls, number, shown = [], Variable(0), Variable('')
    def compute(number):
        calls.append(number)
        return pd.DataFrame({'n': range(100_000), 'text': f'text {number}'})
    rows = DerivedVariable(compute, variables=[number], cache=None)
    @action
    async def count(ctx):
        await ctx.update(shown, f'{len(calls)} calls')
    config = ConfigurationBuilder()
    progress = [If(rows.has_value, Text('Computed'), Text('Computing')), Button('Count', onclick=count()), Text(shown)]
    config.add_page('Alone', content=Stack(*progress))
    config.add_page('Beside', content=Stack(*progress, Table(data=rows), Button('Next', onclick=number.update(1))))
"""


async def test_the_progress_of_a_large_table_costs_nothing(serve: Serve, open_tab: OpenTab) -> None:
    """It is that of the calls for rows, and without such a call the rows stay on the server."""
    server = serve(PROGRESS)
    ann = await open_tab('about:blank')
    received: list[int] = []
    ann.on('websocket', lambda socket: socket.on('framereceived', lambda frame: received.append(len(frame))))
    ann.on('response', lambda response: received.append(10**6 if '/_dara/result/' in response.url else 0))
    for page, computed in (('alone', 1), ('beside', 2)):
        await ann.goto(f'{server.url}/{page}')
        await expect(ann.get_by_text('Computed')).to_be_visible()
        await ann.get_by_role('button', name='Count').click()
        await expect(ann.get_by_text(f'{computed} calls')).to_be_visible()
    await expect(ann.get_by_role('cell', name='text 0').first).to_be_visible()
    await ann.get_by_role('button', name='Next').click()
    await expect(ann.get_by_role('cell', name='text 1').first).to_be_visible()
    await expect(ann.get_by_text('Computed')).to_be_visible()
    await ann.get_by_role('button', name='Count').click()
    await expect(ann.get_by_text('3 calls')).to_be_visible()
    assert sum(received) < 100_000


FAILING = """
    import pandas as pd
    from dara.components import Table
    from dara.core import ConfigurationBuilder, ServerVariable
    config = ConfigurationBuilder()
    # Dara numbers rows in a column of that name: to sort them fails.
    rows = ServerVariable(pd.DataFrame({'n': range(2000), '__dara_row__': 1}))
    config.add_page('Rows', content=Table(data=rows, columns=['n', '__dara_row__', 'nn']))
"""


async def test_rows_that_cannot_be_fetched_say_so(serve: Serve, open_tab: OpenTab) -> None:
    """The rows of the last query stay, and are no longer as if they were those of the present one."""
    server = serve(FAILING)
    ann = await open_tab(server.url)
    await expect(ann.get_by_role('cell', name='0', exact=True).first).to_be_visible()
    await expect(ann.get_by_role('img', name='The data has no column “nn”')).to_be_visible()
    assert "Table: the data has no column 'nn'. Did you mean 'n'?" in server.log
    heading = ann.get_by_role('button', name='__dara_row__', exact=True)
    await heading.click()
    await expect(ann.locator('[data-stale]')).to_be_visible()
    await heading.click()
    await heading.click()
    await expect(ann.locator('[data-stale]')).to_have_count(0)
