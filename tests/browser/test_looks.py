"""Tests of what a page looks like without being told: rows, words, widths, colours."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, ShowOne, at_rest, completed, overflow
from tests.conftest import Serve


async def lines(element: Locator) -> int:
    """Return the number of lines of a text."""
    return int(
        await element.evaluate(
            '(each) => { const all = new Range(); all.selectNodeContents(each); return all.getClientRects().length }'
        )
    )


IS_ALIGNED = """(row) => {
    const boxes = row.map((each) => each.getBoundingClientRect())
    const [first, ...others] = boxes.map(({ top, height }) => top + height / 2)
    return others.every((each) => Math.abs(each - first) < 1.5)
}"""


@pytest.mark.parametrize('label', ['', ", label='Name'"], ids=['without a label', 'with a label above'])
async def test_a_row_is_aligned_without_being_told(show_one: ShowOne, label: str) -> None:
    """Switches, words and buttons stand at the middle of a field, also of one with a label above, and with an error."""
    field = f"Input(value=it, type='number'{label}, id_='field')"
    row = f"Stack(Switch(label='Done'), {field}, Text('words'), Button('Go'), direction='horizontal')"
    ann = await show_one(row, 7)
    await completed(ann)  # the reason of a refusal then has its whole height at once
    control = ann.locator('#field') if not label else ann.get_by_label('Name')
    others = [ann.locator('.mantine-Switch-track'), ann.get_by_text('words'), ann.get_by_role('button', name='Go')]
    for text in ('8', 'x'):  # the second is refused
        await control.fill(text)
        if text == 'x':
            await expect(ann.locator('.dara-stored')).to_be_visible()  # the reason has a second line
        row_of_all = [await each.element_handle() for each in (control, *others)]
        await ann.wait_for_function(IS_ALIGNED, arg=row_of_all)  # the row moves for a moment


CONTROLS = 'input:not([type=hidden], [role=switch]), button.mantine-Input-input, .mantine-Switch-track, .dara-button'
CENTRES = """(row, controls) => [...row.querySelectorAll(controls)].map((control) => {
    const { top, height } = control.getBoundingClientRect()
    return top + height / 2
})"""


@pytest.mark.parametrize('touch', [False, True], ids=['mouse', 'touch'])
async def test_controls_in_a_row_have_one_centre_line(serve: Serve, open_tab: OpenTab, touch: bool) -> None:
    """Boxes and switches beside fields, with labels above or without, in rows and in grids. Fields are equally high."""
    window = {'width': 1280, 'height': 900}
    tab = await open_tab(serve(ROWS_APP).url, viewport=window, is_mobile=touch, has_touch=touch)
    rows = tab.locator('.dara-main .dara-stack[data-direction="horizontal"], .dara-grid-row')
    await expect(rows).to_have_count(7)
    await at_rest(tab)
    *mixed, last = await rows.all()
    for row in mixed:
        centres: list[float] = await row.evaluate(CENTRES, CONTROLS)
        assert len(centres) >= 3
        assert max(centres) - min(centres) < 0.6, await row.inner_text()
    fields = last.locator('.mantine-Input-input, .dara-button-bar, .dara-button')
    heights = await fields.evaluate_all('(all) => all.map((each) => each.getBoundingClientRect().height)')
    assert len(heights) == 5
    assert max(heights) - min(heights) < 0.1, heights


ROWS_APP = """
from dara.components import *
from dara.core import ConfigurationBuilder

def others():
    return Checkbox(label='Box'), Switch(label='On'), Button('Go')

config = ConfigurationBuilder()
config.add_page('Page', content=Stack(
    Stack(Input(label='Name'), Datepicker(label='Day', value='2026-07-15'), *others(), direction='horizontal'),
    Stack(Input(label='Name', description='As in the passport'),
          Checkbox(label='Box', description='Or not'), Switch(label='On'), direction='horizontal'),
    Grid(Grid.Row(Grid.Column(Input(label='Name')), *map(Grid.Column, others()))),
    Grid(Grid.Row(Grid.Column(Input(placeholder='Name')), *map(Grid.Column, others()))),
    Grid(Grid.Row(Grid.Column(Input(placeholder='Name'), *others(), direction='horizontal'))),
    Stack(Label(Input(), value='Name'), Label(Checkbox(), value='Box'), Label(Switch(), value='On'),
          Button('Go'), direction='horizontal'),
    Stack(Select(items=['a'], label='Some', multiselect=True, placeholder='All'), Datepicker(label='Day'), Button('Go'),
          ButtonBar(items=['a', 'b'], label='One'), Input(label='Name'), direction='horizontal', align='end'),
))
"""


ICONS_AND_FIELDS = """
from dara.components import *
from dara.core import ConfigurationBuilder, Variable, py_component

@py_component
def drawn(x):
    return Button(Icon('xmark', label='In a slot'))

config = ConfigurationBuilder()
row = {'direction': 'horizontal', 'wrap': False}
some = {'items': ['Open', 'Done'], 'value': 'Open'}
cards = [Card(Text('€36,083,982.47', font_size=24, bold=True), basis=280) for _ in range(5)]
config.add_page('Page', width='wide', content=Stack(
    Stack(drawn(Variable(1)), Button(Icon('xmark', label='Alone')), Text('many words ' * 30), **row),
    Stack(Text('many words ' * 30), Select(**some, id_='choice'), Input(value=3, type='number', id_='number'), **row),
    Stack(Input(value='many words ' * 9, grow=1), Select(items=['In progress'], value='In progress', id_='fit'), **row),
    Stack(Text('many words ' * 30), Input(max_width=60, id_='capped'), **row),
    Stack(Select(**some, hug=True, id_='hugging'), Input(value='abc', hug=True, id_='text'), hug=True),
    Stack(Input(value='2026-12-20', type='date'), Select(**some), direction='horizontal', hug=True, id_='all'),
    Stack(Input(value='a', shrink=0), Input(value='b', shrink=0), Select(items=['c'], shrink=0), **row),
    Stack(*cards, direction='horizontal', id_='tiles'),
    Stack(Heading('Head', level=2), Text('text'), Button('Go'), direction='horizontal', align='center', id_='title'),
))
"""
WIDTH = 'it => it.closest(".dara-field").offsetWidth'


async def test_rows_on_one_line_stay_readable(serve: Serve, open_tab: OpenTab) -> None:
    """Icons keep their size, fields some letters; what hugs is as wide as its content; tiles go onto the next line."""
    window = {'width': 390, 'height': 900}
    tab = await open_tab(serve(ICONS_AND_FIELDS).url, viewport=window, is_mobile=True, has_touch=True)
    icons = tab.get_by_role('button').filter(has=tab.get_by_role('img'))
    await expect(icons).to_have_count(2)
    await at_rest(tab)
    assert len(set(await icons.evaluate_all('all => all.map((each) => each.offsetWidth)'))) == 1
    assert await overflow(tab) == 0
    widths = {name: await tab.locator(f'#{name}').evaluate(WIDTH) for name in ('choice', 'number', 'capped')}
    assert widths == {'choice': 88, 'number': 88, 'capped': widths['capped']}
    assert widths['capped'] <= 60
    assert await tab.locator('#fit').evaluate('it => it.scrollWidth - it.clientWidth') == 0
    assert await tab.locator('#text').evaluate(WIDTH) < await tab.locator('#hugging').evaluate(WIDTH) < 120
    for width, columns in ((390, 1), (1280, 4), (1920, 4)):
        await tab.set_viewport_size({'width': width, 'height': 900})
        assert await lines(tab.locator('#tiles .dara-text').first) == 1
        assert await tab.locator('#tiles > *').evaluate_all(IN_FIRST_LINE) == columns
    assert await tab.locator('#all').evaluate('it => it.offsetWidth') < 280
    await tab.wait_for_function(
        IS_ALIGNED, arg=[await each.element_handle() for each in await tab.locator('#title > *').all()]
    )


IN_FIRST_LINE = 'all => all.filter((each) => each.offsetTop === all[0].offsetTop).length'


async def test_words_are_not_broken_but_addresses_are(show_one: ShowOne) -> None:
    """In a row without much room: a name keeps its letters together, and nothing sticks out."""
    ann = await show_one(
        "Stack(Text('Benjamin', id_='name'), Text('https://example.org/' + 'x' * 200, id_='long'), "
        "direction='horizontal', width=220), "
        "Stack(Text('Benjamin', id_='next'), Text('many words ' * 30), direction='horizontal', wrap=False, width=220)"
    )
    assert await lines(ann.locator('#name')) == await lines(ann.locator('#next')) == 1
    assert await lines(ann.locator('#long')) > 1
    assert await overflow(ann) == 0


async def test_a_text_that_becomes_an_address_may_be_broken(show_one: ShowOne) -> None:
    """Also while it is typed, and not any more once it is short again."""
    ann = await show_one("Input(value=it, label='Text'), Stack(Text(it, id_='it'), width=100)", 'Hello')
    await ann.get_by_label('Text').fill('x' * 60)
    await expect(ann.locator('#it')).to_have_css('overflow-wrap', 'anywhere')
    await ann.get_by_label('Text').fill('short')
    await expect(ann.locator('#it')).to_have_css('overflow-wrap', 'break-word')


async def test_a_large_heading_fits_on_a_phone(show_one: ShowOne) -> None:
    """Its words are whole."""
    ann = await show_one("Card(Heading('Hello, everybody', font_size=56, id_='large'), padding=32)")
    await ann.set_viewport_size({'width': 390, 'height': 800})
    assert await lines(ann.locator('#large')) == 2
    assert await overflow(ann) == 0


async def contrast(tab: Page, element: Locator, property: str) -> float:
    """Return the contrast between a colour of an element and the ground of the page's cards."""
    return float(await element.evaluate(CONTRAST, property))


CONTRAST = """(element, property) => {
    const light = (color) => {
        const context = new OffscreenCanvas(1, 1).getContext('2d')
        context.fillStyle = color
        context.fillRect(0, 0, 1, 1)
        const channels = [...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((each) => each / 255)
        const [r, g, b] = channels.map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
    }
    const ground = getComputedStyle(document.documentElement).getPropertyValue('--dara-surface')
    const both = [light(getComputedStyle(element)[property]), light(ground)]
    return Math.max(...both) / Math.min(...both)
}"""


@pytest.mark.parametrize('scheme', ['light', 'dark'])
async def test_edges_and_errors_can_be_seen(show_one: ShowOne, scheme: str) -> None:
    """Edges of controls have a contrast of 3:1, the text of an error has 4.5:1."""
    ann = await show_one(
        "Input(value=it, type='number', label='Number'), Input(label='Text'), "
        "RadioGroup(items=['a'], label='Radio'), CheckboxGroup(items=['b'], label='Boxes'), Checkbox(label='Box')",
        1,
    )
    await ann.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await ann.get_by_label('Number').fill('x')
    error = ann.get_by_text('is not a number')
    await expect(error).to_be_visible()
    assert await contrast(ann, error, 'color') >= 4.5
    boxes = [ann.get_by_role('checkbox', name=name, exact=True) for name in ('b', 'Box')]
    for control in (ann.get_by_label('Text'), ann.get_by_role('radio'), *boxes):
        assert await contrast(ann, control, 'borderTopColor') >= 3


LIST = """
    from dara.components import Button, Input, Stack, Switch
    from dara.core import ConfigurationBuilder, For, Variable

    people = Variable([{'id': 1, 'name': 'Ann', 'age': 30}, {'id': 2, 'name': 'Ben', 'age': 40}])
    person = people.list_item
    fields = Input(value=person.get('name'), label='Name'), Input(value=person.get('age'), type='number', label='Age')
    wide, fitting = Stack(*fields, direction='horizontal'), Stack(Switch(), Button('Go'), direction='horizontal')

    config = ConfigurationBuilder()
    config.add_page('Page', Stack(For(people, wide), Stack(For(people, fitting), id_='fitting'), id_='rows'))
"""


async def test_on_a_phone_a_row_of_several_lines_is_told_from_the_next(serve: Serve, open_tab: OpenTab) -> None:
    """By a line; a row that fits has none."""
    tab = await open_tab(serve(LIST).url, viewport={'width': 390, 'height': 800})
    await expect(tab.get_by_label('Age')).to_have_count(2)
    heights = await tab.evaluate(LINES)
    assert heights == ['1px', 'auto', '0px', 'auto']
    await tab.set_viewport_size({'width': 1280, 'height': 800})
    assert set(await tab.evaluate(LINES)) == {'auto'}


LINES = "[...document.querySelectorAll('[data-item]')].map((row) => getComputedStyle(row, '::after').height)"


async def test_a_date_beside_a_text_is_as_wide_as_it_needs(show_one: ShowOne) -> None:
    """On a phone, too: the text that grows takes the rest. A field's colour is that of the text in it."""
    fields = (
        "Input(value=it, grow=1, color='dimmed', bold=True), Input(value='2026-12-20', type='date', color='dimmed')"
    )
    tab = await show_one(
        f"Stack({fields}, direction='horizontal', wrap=False), "
        "Select(value=it, items=['Buy bread'], italic=True, color='#f00', background='#0f0'), "
        "Text('x', color='dimmed')",
        'Buy bread',
    )
    await tab.set_viewport_size({'width': 390, 'height': 800})
    text, date, choice = tab.locator('input').nth(0), tab.locator('[type=date]'), tab.locator('.dara-main input').nth(2)
    await expect(date).to_have_value('2026-12-20')
    await at_rest(tab)
    width = await date.evaluate('it => it.offsetWidth')
    natural = "it => { it.style.width = 'max-content'; return it.offsetWidth }"
    assert width == await date.evaluate(natural)
    assert await text.evaluate('it => it.offsetWidth') > width
    assert await overflow(tab) == 0
    dimmed = await tab.get_by_text('x', exact=True).evaluate('it => getComputedStyle(it).color')
    await expect(text).to_have_css('color', dimmed)
    await expect(date).to_have_css('color', dimmed)
    await expect(text).to_have_css('font-weight', '650')
    await expect(choice).to_have_css('color', 'rgb(255, 0, 0)')
    await expect(choice).to_have_css('font-style', 'italic')
    await expect(choice).to_have_css('background-color', 'rgba(0, 0, 0, 0)')
