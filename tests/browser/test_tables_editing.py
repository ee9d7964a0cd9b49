"""Tests of tables that several people edit at once."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, OpenTwo
from tests.conftest import Serve

PLAN = """
    from pydantic import BaseModel, Field
    from dara.components import Stack, Table, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, InMemoryBackend

    class Task(BaseModel):
        id: str
        title: str = Field('', max_length=12)
        hours: float | None = None
        due: str | None = None
        done: bool = False
        state: str = 'open'

    tasks = Variable(
        default=[
            {'id': 'a', 'title': 'Plan', 'hours': 2, 'due': '2026-05-01', 'done': False, 'state': 'open'},
            {'id': 'b', 'title': 'Build', 'hours': 8.5, 'due': None, 'done': True, 'state': 'open'},
        ],
        store=BackendStore(backend=InMemoryBackend(), type=list[Task]),
    )
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        Table(
            data=tasks, editable=True, row_data_id_column='id', label='Tasks', columns=[
                Table.column('id', editable=False), 'title', 'hours', Table.column('due', type='date'), 'done',
                Table.column('state', unique_items=['open', 'closed']),
            ],
        ),
        Text(tasks, id_='tasks'),
    ))
"""


def cell(tab: Page, row: int, column: str) -> Locator:
    return tab.locator(f'tr[aria-rowindex="{row + 1}"] [data-column="{column}"]')


async def test_two_people_edit_a_row(serve: Serve, open_two: OpenTwo) -> None:
    """Each sees where the other is, and both edits stay."""
    ann, ben = await open_two(serve(PLAN).url)
    await cell(ann, 1, 'title').dblclick()
    await expect(cell(ben, 1, 'title').locator('.dara-table-person')).to_be_visible()
    await cell(ben, 1, 'hours').click()
    await ben.keyboard.type('3.25')
    await ann.keyboard.type(' it')
    await ben.keyboard.press('Enter')
    await ann.keyboard.press('Enter')
    for tab in (ann, ben):
        await expect(cell(tab, 1, 'title')).to_have_text('Plan it')
        await expect(cell(tab, 1, 'hours')).to_have_text('3.25')
    await expect(cell(ben, 2, 'hours')).to_be_focused()


async def test_cells_by_keyboard(serve: Serve, open_tab: OpenTab) -> None:
    """Arrows move, typing replaces, Tab goes on, Escape cancels; choices and booleans have their own editors."""
    ann = await open_tab(serve(PLAN).url)
    await cell(ann, 1, 'title').click()
    await ann.keyboard.press('ArrowDown')
    await ann.keyboard.type('Sell')
    await ann.keyboard.press('Tab')
    await expect(cell(ann, 2, 'hours')).to_be_focused()
    await ann.keyboard.type('9')
    await ann.keyboard.press('Escape')
    await expect(cell(ann, 2, 'hours')).to_have_text('8.5')
    await ann.keyboard.press('ArrowRight')
    await ann.keyboard.press('Enter')
    due = cell(ann, 2, 'due').locator('input')
    await due.fill('2026-06-03')
    await ann.set_viewport_size({'width': 390, 'height': 800})
    natural = "it => { it.style.width = it.style.minWidth = 'auto'; return it.offsetWidth }"
    assert (await due.evaluate('it => it.offsetWidth')) >= (await due.evaluate(natural))  # no part is cut off
    await ann.set_viewport_size({'width': 1280, 'height': 720})
    await ann.keyboard.press('Tab')
    await ann.keyboard.press('Space')
    await expect(cell(ann, 2, 'done').get_by_role('checkbox')).not_to_be_checked()
    await ann.keyboard.press('ArrowRight')
    await ann.keyboard.press('x')  # no choice begins with it
    await cell(ann, 2, 'state').get_by_role('combobox').select_option('closed')
    await ann.keyboard.press('Enter')
    await expect(ann.locator('#tasks')).to_contain_text(
        '{"id":"b","title":"Sell","hours":8.5,"due":"2026-06-03","done":false,"state":"closed"}'
    )


async def test_invalid_and_refused_cells_are_kept(serve: Serve, open_tab: OpenTab) -> None:
    """The input stays in its cell with the reason, also when the user goes elsewhere."""
    ann = await open_tab(serve(PLAN).url)
    await cell(ann, 1, 'hours').click()
    await ann.keyboard.type('many')
    await ann.keyboard.press('Enter')
    await expect(cell(ann, 1, 'hours')).to_contain_text('number')
    reason = cell(ann, 1, 'hours').locator('.dara-table-error')
    is_on_top = """(reason) => {
        const { left, right, top, bottom } = reason.getBoundingClientRect()
        const ends = [[left + 6, top + 6], [right - 6, bottom - 6]]
        return ends.every(([x, y]) => reason.contains(document.elementFromPoint(x, y)))
    }"""
    await expect(reason).to_be_visible()
    assert await reason.evaluate(is_on_top)  # the frame does not clip it
    await cell(ann, 1, 'title').click()
    await expect(reason).to_be_hidden()
    await expect(cell(ann, 1, 'hours')).to_have_attribute('aria-invalid', 'true')
    await expect(cell(ann, 1, 'hours')).to_contain_text('many')
    await ann.keyboard.type('Much longer than twelve')
    await ann.keyboard.press('Enter')
    await expect(cell(ann, 1, 'title')).to_have_attribute('aria-invalid', 'true')
    await expect(cell(ann, 1, 'title')).to_contain_text('Much longer than twelve')
    await expect(ann.locator('#tasks')).to_contain_text('"title":"Plan","hours":2')
    await cell(ann, 1, 'title').press('Escape')
    await expect(cell(ann, 1, 'title')).to_have_text('Plan')
    await cell(ann, 1, 'due').click()
    await ann.keyboard.press('Enter')
    await ann.keyboard.type('0231')
    await ann.keyboard.press('Enter')
    await expect(cell(ann, 1, 'due')).to_contain_text('This date is not complete, or the calendar has no such day.')
    await cell(ann, 1, 'hours').click()
    await expect(cell(ann, 1, 'due')).to_have_attribute('aria-invalid', 'true')
    await expect(ann.locator('#tasks')).to_contain_text('"due":"2026-05-01"')


async def test_rows_come_and_go_while_a_cell_is_edited(serve: Serve, open_two: OpenTwo) -> None:
    """The editor stays with its row when another person removes one above it."""
    ann, ben = await open_two(serve(PLAN).url)
    await cell(ann, 2, 'title').dblclick()
    await ann.keyboard.type('!')
    await ben.get_by_role('row', name='Plan').get_by_role('button', name='Delete row').click()
    await expect(cell(ann, 1, 'title').get_by_role('textbox')).to_have_value('Build!')
    await ann.keyboard.press('Enter')
    await expect(cell(ben, 1, 'title')).to_contain_text('Build!')
    await ben.get_by_role('button', name='Add row').click()
    await expect(cell(ben, 2, 'title')).to_be_focused()
    await ben.keyboard.type('New')
    await ben.keyboard.press('Enter')
    await expect(cell(ann, 2, 'title')).to_contain_text('New')
