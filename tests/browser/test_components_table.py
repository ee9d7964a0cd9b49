"""Tests of tables: cells, order, search, selection, and ten thousand rows."""

from __future__ import annotations

from asyncio import sleep

from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import OpenTab, Show, ShowOne, expect_json
from tests.conftest import Serve
from tests.patience import stretched

MISSING = '\u2013'
PEOPLE = [
    {'name': 'Ben', 'score': 7, 'share': 0.5, 'since': '2026-07-01'},
    {'name': 'Ann', 'score': 12.25, 'share': 0.256, 'since': '2025-12-24'},
    {'name': 'Cleo', 'score': None, 'share': 1, 'since': None},
]


async def column(tab: Page, at: int) -> list[str]:
    """Return the texts of the cells of a column."""
    return await tab.locator(f'tbody :is(td, th):nth-child({at})').all_inner_texts()


async def test_table(show: Show) -> None:
    """Every member is a column, shown by its type; a change shows at once in the other browser."""
    ann, ben = await show(
        "Table(data=it, label='People'), Button('Win', onclick=it.get(0, 'score').update(99))", PEOPLE
    )
    await expect(ann.get_by_role('table', name='People').get_by_role('columnheader')).to_have_text(
        ['name', 'score', 'share', 'since']
    )
    assert await column(ann, 2) == ['7.00', '12.25', MISSING]
    assert await column(ann, 4) == ['Jul 1, 2026', 'Dec 24, 2025', MISSING]
    await expect(ann.get_by_role('cell', name='12.25')).to_have_css('text-align', 'right')
    await expect(ann.get_by_role('cell', name='Ben')).not_to_have_css('text-align', 'right')
    await ann.get_by_role('button', name='Win').click()
    await expect(ben.get_by_role('cell', name='99')).to_be_visible()


async def test_table_columns_with_formatters(show_one: ShowOne) -> None:
    """Those that were asked for, in that order, under their labels."""
    ann = await show_one(
        "Table(data=it, columns=[Table.column('name', label='Name', formatter={'type': 'badge', 'badges': "
        "{'Ann': {'label': 'A.', 'color': 'red'}}}), "
        "Table.column('since', label='Since', formatter={'type': 'datetime', 'format': \"dd/MM/yyyy 'at' HH\"}), "
        "Table.column('share', formatter={'type': 'percent', 'precision': 1}), "
        "Table.column('score', formatter={'type': Table.TableFormatterType.NUMBER, 'precision': 2})])",
        PEOPLE,
    )
    await expect(ann.get_by_role('columnheader')).to_have_text(['Name', 'Since', 'share', 'score'])
    assert await column(ann, 1) == ['Ben', 'A.', 'Cleo']
    assert await column(ann, 2) == ['01/07/2026 at 00', '24/12/2025 at 00', MISSING]
    assert await column(ann, 3) == ['50.0%', '25.6%', '100.0%']
    assert await column(ann, 4) == ['7.00', '12.25', MISSING]


ROW_NAMES = """
    import pandas as pd
    from dara.components import Stack, Table
    from dara.core import ConfigurationBuilder, DerivedVariable

    frame = pd.DataFrame({'mean': [0.5, None], 'ok': [True, False], 'text': ['', None]}, index=['cats', 'dogs'])
    config = ConfigurationBuilder()
    empty = DerivedVariable(lambda: frame[:0], variables=[])
    rows = DerivedVariable(lambda: frame, variables=[])
    config.add_page('Page', content=Stack(Table(data=frame), Table(data=frame, include_index=False)))
    config.add_page('Columns', content=Stack(
        Table(data=frame, columns=['index', 'ok', 'meen'], label='given'),
        Table(data=rows, columns=['index', 'ok', Table.column('tekst')], label='derived'),
        Table(data=empty, columns=['other'], label='without rows'),
        Table(data=[], columns=['other'], label='empty'),
    ))
    count = 300
    orders = pd.DataFrame({
        'order_id': range(9900, 9900 + count), 'ordered': pd.date_range('2026-01-01', periods=count),
        'shipped': pd.date_range('2026-01-05 08:15', periods=count, freq='25h'), 'quantity': range(count),
        'unit_price': [n / 4 for n in range(count)], 'discount': [n / 1000 for n in range(count)],
        'total': [n * 100.01 for n in range(count)], 'due': pd.date_range('2026-02-01', periods=count),
    })
    nothing = DerivedVariable(lambda: pd.DataFrame({'name': [], 'state': []}), variables=[])
    config.add_page('Widths', content=Stack(
        Table(data=orders, label='orders', max_rows=3),
        Table(data=orders, label='filtered', max_rows=3, columns=[
            'ordered', Table.column('quantity', filter='numeric'), Table.column('total', filter='numeric'),
            Table.column('due', align='center', filter='datetime'),
        ]),
        Table(data=nothing, label='nothing'),
    ))
"""
TEXT_EDGES = """
(table) => {
  const edges = (element) => {
    const range = document.createRange()
    range.selectNodeContents(element)
    const { left, right } = range.getBoundingClientRect()
    return { left, right, center: (left + right) / 2 }
  }
  return [...table.querySelectorAll('th')].map((heading, at) => {
    const { align } = heading.dataset
    const cell = table.querySelector(`tbody tr:not([aria-hidden]) td:nth-child(${at + 1})`)
    const [above, below] = [edges(heading.querySelector('button span')), edges(cell)]
    return { align, distance: Math.abs(above[align] - below[align]) }
  })
}
"""
CUT_OFF = """
(table) => [...table.querySelectorAll('td, th button > span')]
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth).map(({ innerText }) => innerText)
"""


async def test_table_of_a_frame(serve: Serve, open_tab: OpenTab) -> None:
    """The names of rows head them; what is missing shows, unlike an empty text; booleans are marks.

    A declared column that the data does not have says so, and the log has the place, unless there are no rows.
    """
    server = serve(ROW_NAMES)
    ann = await open_tab(server.url)
    named, plain = ann.get_by_role('table').first, ann.get_by_role('table').nth(1)
    await expect(named.get_by_role('rowheader')).to_have_text(['cats', 'dogs'])
    cats, dogs = named.get_by_role('row', name='cats'), named.get_by_role('row', name='dogs')
    await expect(cats.get_by_role('img', name='true')).to_be_visible()
    await expect(dogs.get_by_role('img', name='false')).to_be_visible()
    await expect(cats.get_by_role('img', name='missing')).to_have_count(0)
    await expect(dogs.get_by_role('img', name='missing')).to_have_count(2)
    await expect(plain.get_by_role('columnheader')).to_have_text(['mean', 'ok', 'text'])
    await ann.goto(f'{server.url}/columns')
    for label, wrong, meant in (('given', 'meen', 'mean'), ('derived', 'tekst', 'text')):
        table = ann.get_by_role('table', name=label)
        sign = ann.get_by_role('img', name=f'The data has no column “{wrong}”')
        await expect(table.get_by_role('columnheader').filter(has=sign)).to_have_text(wrong)
        assert f'app.py, line {12 if label == "given" else 13}: Table: the data has no column {wrong!r}' in server.log
        assert f'Did you mean {meant!r}?' in server.log
    await expect(ann.get_by_role('table', name='empty')).to_be_visible()
    await expect(ann.get_by_role('img', name='The data has no column')).to_have_count(2)
    assert server.log.count('has no column') == 2
    await expect_fitting_columns(ann, f'{server.url}/widths')


async def expect_fitting_columns(tab: Page, url: str) -> None:
    """Expect that columns are as wide as what they show, also further down, in line with their headings."""
    await tab.goto(url)
    orders, filtered = tab.get_by_role('table', name='orders'), tab.get_by_role('table', name='filtered')
    await expect(orders.get_by_role('row')).not_to_have_count(1)
    frame = tab.locator('.dara-table-view').first
    assert not await frame.evaluate('({ firstElementChild: it }) => it.scrollWidth - it.clientWidth')
    await frame.locator('.dara-table-frame').focus()
    await tab.keyboard.press('End')
    await expect(orders.get_by_role('cell', name='10199', exact=True)).to_be_in_viewport()
    for table in (orders, filtered):
        assert await table.evaluate(CUT_OFF) == []
        edges = await table.evaluate(TEXT_EDGES)
        assert {edge['align'] for edge in edges} >= {'left', 'right'}
        assert all(edge['distance'] < 1 for edge in edges), edges
    for heading in await tab.get_by_role('table', name='nothing').get_by_role('columnheader').all():
        await expect(heading).to_have_attribute('data-align', 'left')
    await tab.set_viewport_size({'width': 390, 'height': 800})
    shadow = '(view, side) => getComputedStyle(view, side).opacity'
    await expect(frame).to_have_attribute('data-after', '')
    await expect_value(frame, shadow, '::after', '1')
    await frame.locator('.dara-table-frame').evaluate('frame => frame.scrollTo(frame.scrollWidth, 0)')
    await expect(frame).not_to_have_attribute('data-after', '')
    await expect_value(frame, shadow, '::after', '0')


async def expect_value(element: Locator, script: str, argument: str, value: object) -> None:
    while await element.evaluate(script, argument) != value:
        await sleep(0.05)


async def test_table_in_order(show: Show) -> None:
    """A heading sorts up, then down, then not; what is missing is last. The other browser keeps its own order."""
    ann, ben = await show('Table(data=it)', PEOPLE)
    heading = ann.get_by_role('columnheader', name='score')
    await heading.get_by_role('button').press('Enter')
    await expect(heading).to_have_attribute('aria-sort', 'ascending')
    assert await column(ann, 1) == ['Ben', 'Ann', 'Cleo']
    await heading.get_by_role('button').press('Enter')
    await expect(heading).to_have_attribute('aria-sort', 'descending')
    assert await column(ann, 1) == ['Ann', 'Ben', 'Cleo']
    await heading.get_by_role('button').press('Enter')
    await expect(heading).not_to_have_attribute('aria-sort', 'descending')
    assert await column(ann, 1) == await column(ben, 1) == ['Ben', 'Ann', 'Cleo']


async def test_table_searched(show_one: ShowOne) -> None:
    """In what is shown, and only in the columns that are named; nothing found is said."""
    ann = await show_one("Table(data=it, searchable=True, search_columns=['name'])", PEOPLE)
    await ann.get_by_role('searchbox', name='Search').fill('n')
    await expect(ann.locator('tbody tr')).to_have_count(2)
    await expect(ann.get_by_text('2 of 3 rows', exact=True)).to_be_visible()
    await ann.get_by_role('searchbox', name='Search').fill('2026')
    await expect(ann.get_by_text('Nothing found')).to_be_visible()


async def test_table_with_filters(show: Show) -> None:
    """A sign in the headings that declare one opens a range, a choice or a text; all of them have to fit."""
    ann, ben = await show(
        "Table(data=it, columns=[Table.column('name', filter=Table.TableFilter.CATEGORICAL), "
        "Table.column('score', filter='numeric'), Table.column('since', filter='datetime'), 'share'])",
        PEOPLE,
    )
    await expect(ann.get_by_role('button', name='Filter share')).to_have_count(0)
    await ann.get_by_role('button', name='Filter score').click()
    await ann.get_by_label('From').fill('7')
    await expect(ann.locator('tbody tr')).to_have_count(2)
    await ann.keyboard.press('Escape')
    await ann.get_by_role('button', name='Filter since').click()
    await ann.get_by_label('To', exact=True).fill('2025-12-31')
    await expect(ann.locator('tbody tr')).to_have_count(1)
    await ann.get_by_role('button', name='Clear the filter').click()
    await ann.keyboard.press('Escape')
    menu = ann.get_by_role('button', name='Filter name')
    box = await menu.bounding_box()
    assert box
    await ann.set_viewport_size({'width': 1280, 'height': int(box['y'] + box['height'])})  # no room below
    await menu.click()
    await ann.get_by_label('Ben').check()
    await expect(ann.locator('tbody tr')).to_contain_text(['Ben'])
    await expect(ben.locator('tbody tr')).to_have_count(3)


async def test_table_without_rows(show_one: ShowOne) -> None:
    """It says so."""
    ann = await show_one('Table(data=it)', [])
    await expect(ann.get_by_text('No data')).to_be_visible()


async def test_table_with_a_selection(show: Show) -> None:
    """A click on a row, or its box; the variable holds the rows' places in the data, whatever the order shown."""
    ann, ben = await show(
        "Table(data=[{'n': 'b'}, {'n': 'a'}, {'n': 'c'}], selected_indices=it, multi_select=True)", [0]
    )
    await expect(ann.get_by_role('checkbox', name='Row 1')).to_be_checked()
    await ann.get_by_role('button', name='n').click()
    await ann.get_by_role('cell', name='a').click()
    await expect_json(ben, [0, 1])
    await ben.get_by_role('checkbox', name='Row 1').press('Space')
    await expect_json(ann, [1])
    await expect(ann.locator('tbody').get_by_role('row', name='a')).to_have_attribute('aria-selected', 'true')


async def test_table_whose_rows_do_something(show: Show) -> None:
    """By pointer and by keyboard; the action gets the row."""
    ann, ben = await show("Table(data=[{'n': 'a'}, {'n': 'b'}], onclick_row=it.sync())")
    await ann.get_by_role('cell', name='a').click()
    await expect_json(ben, [{'n': 'a'}])
    await ben.get_by_role('row', name='b').press('Enter')
    await expect_json(ann, [{'n': 'b'}])


LARGE = """
    from dara.components import Table
    from dara.core import ConfigurationBuilder

    config = ConfigurationBuilder()
    config.add_page('Page', content=Table(data=[{'n': n, 'text': f'row {n}'} for n in range(10000)], max_rows=5))
"""
SCROLL = """
async () => {
  const frame = document.querySelector('.dara-table-frame'), frames = []
  let last = performance.now()
  for (let i = 0; i < 60; i++) {
    frame.scrollTop += 6000
    await new Promise(requestAnimationFrame)
    const now = performance.now()
    frames.push(now - last)
    last = now
  }
  return frames.sort((a, b) => a - b)[30]
}
"""
FRAME_MS = 50


async def test_a_table_of_ten_thousand_rows(serve: Serve, open_tab: OpenTab) -> None:
    """Only the rows in sight are drawn; it scrolls smoothly to the last, and the heading stays."""
    ann = await open_tab(serve(LARGE).url)
    await expect(ann.get_by_role('cell', name='row 4', exact=True)).to_be_visible()
    assert await ann.locator('tbody tr').count() < 50
    assert await ann.evaluate(SCROLL) < stretched(FRAME_MS)
    await ann.locator('.dara-table-frame').evaluate('frame => frame.scrollTo(0, frame.scrollHeight)')
    await expect(ann.get_by_role('cell', name='row 9999', exact=True)).to_be_in_viewport()
    await expect(ann.get_by_role('columnheader', name='text')).to_be_in_viewport()
    await ann.get_by_role('button', name='n', exact=True).dblclick()
    await ann.locator('.dara-table-frame').evaluate('frame => frame.scrollTo(0, 0)')
    await expect(ann.get_by_role('row').nth(1)).to_contain_text('row 9999')


DERIVED = """
    from dara.components import Input, Stack, Table
    from dara.core import ConfigurationBuilder, DerivedVariable, Variable

    count = Variable(2)
    squares = DerivedVariable(lambda count: [{'n': n, 'square': n * n} for n in range(count or 0)], variables=[count])
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(Input(value=count, type='number', label='Count'), Table(data=squares)))
"""


async def test_a_table_of_derived_data(serve: Serve, open_tab: OpenTab) -> None:
    """It follows what it is computed from."""
    ann = await open_tab(serve(DERIVED).url)
    await expect(ann.locator('tbody tr')).to_have_count(2)
    await ann.get_by_label('Count').fill('4')
    await expect(ann.get_by_role('cell', name='9')).to_be_visible()


LONG = """
from dara.components import Stack, Table
from dara.core import ConfigurationBuilder, DerivedVariable

rows = DerivedVariable(lambda: [{'id': i, 'name': f'Row {i}', 'group': i % 7} for i in range(30_000)], variables=[])
config = ConfigurationBuilder()
config.add_page('Table', content=Stack(Table(data=rows, searchable=True), height='100%'))
"""


async def test_long_table_from_a_function(serve: Serve, open_tab: OpenTab) -> None:
    """It arrives by HTTP, is searched and sorted in slices, and a newer search replaces the older."""
    server = serve(LONG)
    tab = await open_tab(server.url)
    await expect(tab.get_by_role('table')).to_have_attribute('aria-rowcount', '30001')
    search = tab.get_by_role('searchbox', name='Search')
    await search.press_sequentially('row 2999')
    await expect(tab.get_by_role('table')).to_have_attribute('aria-rowcount', '12')
    assert await column(tab, 1) == ['2999', *map(str, range(29990, 30000))]
    await tab.get_by_role('columnheader', name='group').get_by_role('button').click()
    await expect(tab.locator('tbody td:nth-child(3)').first).to_have_text('0')
    assert await column(tab, 3) == sorted(str(i % 7) for i in (2999, *range(29990, 30000)))
    await search.fill('')
    await expect(tab.get_by_role('table')).to_have_attribute('aria-rowcount', '30001')
    await expect(tab.locator('tbody td:nth-child(1)').first).to_have_text('0')
    await expect(tab.get_by_role('table')).not_to_have_attribute('aria-busy', 'true')


async def test_long_table_is_fetched_again_when_the_connection_breaks(serve: Serve, open_tab: OpenTab) -> None:
    server = serve(LONG)
    tab = await open_tab('about:blank')
    refused: list[str] = []

    async def refuse_once(route: Route) -> None:
        if refused:
            await route.continue_()
        else:
            refused.append(route.request.url)
            await route.abort('connectionreset')

    await tab.route('**/_dara/result/*', refuse_once)
    await tab.goto(server.url)
    await expect(tab.get_by_role('table')).to_have_attribute('aria-rowcount', '30001')
    assert len(refused) == 1
