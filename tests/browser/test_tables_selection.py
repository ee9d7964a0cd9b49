"""Tests of tables whose rows are used: selection, clicks, and buttons in rows."""

from __future__ import annotations

import json

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, Show, expect_json
from tests.conftest import Serve

SHARED = """
    from dara.components import Stack, Table, Text
    from dara.components.common.table import TableAction
    from dara.core import ConfigurationBuilder, ActionCtx, Variable, action
    from dara.core.persistence import BackendStore, InMemoryBackend

    def shared(default):
        return Variable(default=default, store=BackendStore(backend=InMemoryBackend()))

    rows = shared([{'id': f'r{n}', 'n': n} for n in range(6)])
    ids, clicked, log = shared([]), Variable(), Variable([])

    @action
    async def note(ctx: ActionCtx, kind):
        await ctx.update(log, [kind, ctx.input])

    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        Table(
            data=rows, columns=['n'], label='Rows', searchable=True, row_data_id_column='id', selected_ids=ids,
            multi_select=True, clicked_row=clicked, onselect_row=note('select'), onclick_row=note('click'),
            suppress_click_events_for_selection=True,
            actions=[TableAction(icon_name='trash', label='Delete', id='delete')], on_action=note('act'),
        ),
        Text(ids, id_='ids'), Text(clicked, id_='clicked'), Text(log, id_='log'),
    ))
"""


async def test_rows_are_selected_together(serve: Serve, open_two: OpenTwo) -> None:
    """By pointer and by keyboard, in ranges and all at once; both people see it, and sorting keeps it."""
    ann, ben = await open_two(serve(SHARED).url)
    box = ann.get_by_role('checkbox', name='Row 2')
    await box.click()
    await ann.get_by_role('checkbox', name='Row 4').click(modifiers=['Shift'])
    await expect_ids(ben, ['r1', 'r2', 'r3'])
    await expect_text(ann, 'log', ['select', [{'id': f'r{n}', 'n': n} for n in (1, 2, 3)]])
    await ann.get_by_role('button', name='n', exact=True).dblclick()
    await expect(ann.get_by_role('row', selected=True)).to_have_count(3)
    await expect(ann.get_by_role('row', name='Row 4')).to_have_attribute('aria-selected', 'true')
    await ben.get_by_role('checkbox', name='Select all').click()
    await expect_ids(ann, [f'r{n}' for n in (1, 2, 3, 0, 4, 5)])
    await ann.get_by_role('checkbox', name='Select all').click()
    await expect_ids(ben, [])


async def test_selected_rows_that_a_search_hides(serve: Serve, open_two: OpenTwo) -> None:
    """They stay selected, and are counted; actions get them, too, whoever has selected them."""
    ann, ben = await open_two(serve(SHARED).url)
    await ann.get_by_role('checkbox', name='Row 2').click()
    await expect_ids(ben, ['r1'])
    await ben.get_by_role('searchbox').fill('5')
    await expect(ben.get_by_text('1 selected, but hidden by the filter')).to_be_visible()
    await ben.get_by_role('checkbox', name='Row 6').click()
    await expect_ids(ann, ['r1', 'r5'])
    await expect_text(ben, 'log', ['select', [{'id': 'r1', 'n': 1}, {'id': 'r5', 'n': 5}]])
    await expect(ben.get_by_text('2 selected, 1 of them hidden by the filter')).to_be_visible()
    await ben.get_by_role('button', name='Deselect the hidden rows').click()
    await expect_ids(ann, ['r5'])
    await expect_text(ben, 'log', ['select', [{'id': 'r5', 'n': 5}]])
    await expect(ben.get_by_text('hidden by the filter')).to_have_count(0)


async def test_rows_by_keyboard(serve: Serve, open_tab: OpenTab) -> None:
    """The arrows move, Space selects, Shift extends, and Enter clicks."""
    ann = await open_tab(serve(SHARED).url)
    row = ann.get_by_role('row')
    await row.nth(1).focus()
    for key in ('ArrowDown', 'Space', 'Shift+ArrowDown'):
        await ann.keyboard.press(key)
    await expect_ids(ann, ['r1', 'r2'])
    await expect(row.nth(3)).to_be_focused()
    await ann.keyboard.press('ControlOrMeta+a')
    await expect(ann.get_by_role('row', selected=True)).to_have_count(6)
    await ann.keyboard.press('ControlOrMeta+a')
    await expect_text(ann, 'log', ['select', []])
    await ann.keyboard.press('Enter')
    await expect_text(ann, 'clicked', {'id': 'r2', 'n': 2})
    await expect_text(ann, 'log', ['click', [{'id': 'r2', 'n': 2}]])


async def test_buttons_in_rows(serve: Serve, open_tab: OpenTab) -> None:
    """Their action gets the button and the record; the row is not clicked."""
    ann = await open_tab(serve(SHARED).url)
    await ann.get_by_role('row').nth(3).get_by_role('button', name='Delete').click()
    await expect_text(ann, 'log', ['act', {'action_id': 'delete', 'data': {'id': 'r2', 'n': 2}}])
    await expect_ids(ann, [])


async def test_boxes_can_be_left_out(show: Show) -> None:
    """A click on a row selects it then; a table without a variable has a selection of its own."""
    ann, ben = await show(
        "Table(data=[{'n': 'a'}, {'n': 'b'}], selected_indices=it, show_checkboxes=False), "
        "Table(data=[{'n': 'x'}], show_checkboxes=True)",
        [],
    )
    await expect(ann.get_by_role('radio')).to_have_count(1)
    await ann.get_by_role('cell', name='b').click()
    await expect_json(ben, [1])
    await ann.get_by_role('radio').click()
    await expect(ann.get_by_role('row', name='x')).to_have_attribute('aria-selected', 'true')


async def expect_ids(tab: Page, ids: list[str]) -> None:
    await expect_text(tab, 'ids', ids)


async def expect_text(tab: Page, id_: str, value: object) -> None:
    """Expect a value as the JSON text of an element."""
    await expect(tab.locator(f'#{id_}')).to_have_text(json.dumps(value, separators=(',', ':')))


LARGE = """
    import pandas as pd
    from dara.components import Stack, Table, Text
    from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action
    selected, told = Variable([], uid='selected'), Variable('')
    @action
    async def tell(ctx):
        await ctx.update(told, f'told of {len(ctx.input)}, the last is {ctx.input[-1]["name"] if ctx.input else None}')
    config = ConfigurationBuilder()
    def add(name, count):
        rows = pd.DataFrame({'id': range(count), 'name': [f'item {n}' for n in range(count)]})
        config.add_page(name, content=Stack(
            Text(DerivedVariable(lambda ids: f'{len(ids)} selected', variables=[selected])), Text(told),
            Table(data=rows, row_data_id_column='id', selected_ids=selected, multi_select=True, onselect_row=tell(),
                searchable=True, max_rows=8, label=name),
        ))
    add('Some', 5000)
    add('Many', 1_000_000)
"""


async def test_rows_of_a_large_table_are_selected_together(serve: Serve, open_tab: OpenTab) -> None:
    """Also those that the tab does not have, up to a number that the tab can hold; more is refused with the way out."""
    server = serve(LARGE)
    ann = await open_tab(f'{server.url}/some')
    await ann.get_by_role('row', name='item 3', exact=False).first.get_by_role('checkbox').check()
    await expect(ann.get_by_text('1 selected')).to_be_visible()
    await ann.get_by_label('Go to row').fill('4001')
    await ann.keyboard.press('Enter')
    far = ann.get_by_role('row').filter(has=ann.get_by_role('cell', name='item 4000', exact=True))
    await far.get_by_role('checkbox').click(modifiers=['Shift'])
    await expect(ann.get_by_text('3998 selected')).to_be_visible()
    await expect(ann.get_by_text('told of 3998, the last is item 4000')).to_be_visible()
    everything = ann.get_by_role('checkbox', name='Select all')
    for search, found, state in (
        ('item 4', 1111, 'some'),  # more are selected, but not these
        ('item 3', 1111, 'all'),
        ('item 399', 11, 'all'),
        ('item 4990', 1, 'none'),
    ):
        await ann.get_by_role('searchbox').fill(search)
        await expect(ann.get_by_text(f'{found:,} of 5,000 rows')).to_be_visible()
        await expect(everything).to_have_js_property('indeterminate', state == 'some')
        await expect(everything).to_be_checked(checked=state == 'all')
    await expect(ann.get_by_text('3,998 selected, but hidden by the filter')).to_be_visible()
    await ann.get_by_role('searchbox').fill('item 400')
    await expect(ann.get_by_text('3,998 selected, 3,996 of them hidden by the filter')).to_be_visible()
    await ann.get_by_role('searchbox').fill('')
    await expect(ann.get_by_text('5,000 rows', exact=True)).to_be_visible()
    await expect(ann.get_by_text('hidden by the filter')).to_have_count(0)
    await expect(everything).to_have_js_property('indeterminate', True)
    await everything.click()
    await expect(ann.get_by_text('5000 selected')).to_be_visible()
    await expect(everything).to_be_checked()
    await everything.click()
    await expect(ann.get_by_text('0 selected', exact=True)).to_be_visible()
    await ann.goto(f'{server.url}/many')
    await ann.get_by_role('checkbox', name='Select all').click()
    await expect(ann.get_by_text('1,000,000 rows are too many to select at once')).to_be_visible()
    await ann.get_by_role('searchbox').fill('item 99999')
    await expect(ann.get_by_text('11 of 1,000,000 rows')).to_be_visible()
    await ann.get_by_role('checkbox', name='Select all').click()
    await expect(ann.get_by_text('11 selected')).to_be_visible()
