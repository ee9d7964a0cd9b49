"""Tests of each component: drawn, found by its label, worked by keyboard, and its value in the other browser."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenTab, Show, ShowOne, at_rest, expect_json
from tests.conftest import Serve


async def test_input(show: Show) -> None:
    """Text, also when it looks like a number."""
    ann, ben = await show("Input(value=it, label='Code', placeholder='Like 0042', description='On the lid')", '')
    field = ann.get_by_label('Code')
    await expect(field).to_have_attribute('placeholder', 'Like 0042')
    await expect(field).to_have_accessible_description('On the lid')
    await field.focus()
    await ann.keyboard.type('0042')
    await expect_json(ben, '0042')


async def test_input_without_a_label(show: Show) -> None:
    """It still has a name for those who cannot see it."""
    ann, ben = await show("Input(value=it, placeholder='Your name')", '')
    await ann.get_by_role('textbox', name='Your name').fill('Ann')
    await expect(ben.get_by_role('textbox', name='Your name')).to_have_value('Ann')


async def test_input_of_a_number(show: Show) -> None:
    """A number while there is one, and null while there is none."""
    ann, ben = await show("Input(value=it, type='number', label='Age')")
    field = ann.get_by_label('Age')
    await field.focus()
    await ann.keyboard.type('-1.5')
    await expect_json(ben, -1.5)
    await ann.keyboard.press('ArrowUp')
    await expect_json(ben, -0.5)
    await field.clear()
    await expect_json(ben, None)
    await ben.get_by_label('Age').fill('12')
    await expect(field).to_have_value('12')
    await expect_json(ann, 12)


async def test_textarea(show: Show) -> None:
    """Several lines, and whatever else people write."""
    ann, ben = await show("Textarea(value=it, label='Story')", '')
    await ann.get_by_label('Story').focus()
    await ann.keyboard.type('Once upon a time')
    await ann.keyboard.press('Enter')
    await ann.keyboard.insert_text('there was 👩‍👩‍👧 \u05d0\u05d1')
    await expect(ben.get_by_label('Story')).to_have_value('Once upon a time\nthere was 👩‍👩‍👧 \u05d0\u05d1')


async def test_select_of_numbers(show: Show) -> None:
    """A picked number stays a number."""
    ann, ben = await show("Select(value=it, items=[1, 2, 3], label='Seats')", 1)
    field = ann.get_by_role('combobox', name='Seats')
    await expect(field).to_have_value('1')
    await field.focus()
    await ann.keyboard.press('ArrowDown')
    await expect(ann.get_by_role('option', name='2')).to_be_visible()
    await ann.keyboard.press('ArrowDown')
    await ann.keyboard.press('Enter')
    await expect_json(ben, 2)
    await expect(ben.get_by_role('combobox', name='Seats')).to_have_value('2')


async def test_select_of_labelled_items_in_sections(show: Show) -> None:
    """People read labels; the variable holds values, of whatever type."""
    ann, ben = await show(
        "Select(value=it, label='Meal', items=[{{'label': 'Warm', 'items': [{{'label': 'Soup', 'value': True}}]}}, "
        "{{'label': 'Cold', 'items': [{{'label': 'None', 'value': {{'id': 7}}}}, 'Salad']}}])".format()
    )
    await ann.get_by_role('combobox', name='Meal').click()
    await expect(ann.get_by_role('group', name='Cold')).to_be_visible()
    await ann.get_by_role('option', name='Soup').click()
    await expect_json(ben, True)
    await ben.get_by_role('combobox', name='Meal').click()
    await ben.get_by_role('option', name='None').click()
    await expect_json(ann, {'id': 7})
    await expect(ann.get_by_role('combobox', name='Meal')).to_have_value('None')


async def test_select_by_typing(show: Show) -> None:
    """`searchable`: a part of the label is enough."""
    ann, ben = await show("Select(value=it, items=['Lisbon', 'London', 'Lima'], searchable=True, label='City')")
    await ann.get_by_role('combobox', name='City').focus()
    await ann.keyboard.type('ond')
    await expect(ann.get_by_role('option')).to_have_text(['London'])
    await ann.keyboard.press('ArrowDown')
    await ann.keyboard.press('Enter')
    await expect_json(ben, 'London')


async def test_select_of_several(show: Show) -> None:
    """A list, in the order in which they were picked; Backspace takes the last one back."""
    ann, ben = await show("Select(value=it, items=[1, 2, 3], multiselect=True, label='Days')", [])
    await ann.get_by_role('combobox', name='Days').focus()
    await ann.keyboard.press('ArrowDown')
    await expect(ann.get_by_role('option', name='3')).to_be_visible()
    await ann.get_by_role('option', name='3').click()
    await expect_json(ben, [3])
    await ann.get_by_role('option', name='1').click()
    await expect_json(ben, [3, 1])
    await ann.keyboard.press('Backspace')
    await expect_json(ben, [3])


async def test_select_of_several_by_keyboard(show: Show) -> None:
    """Arrows and Enter, without leaving the list."""
    ann, ben = await show("Select(value=it, items=['a', 'b', 'c'], multiselect=True, label='Letters')", [])
    await ann.get_by_role('combobox', name='Letters').focus()
    await ann.keyboard.press('ArrowDown')
    await expect(ann.get_by_role('option', name='a')).to_be_visible()
    await ann.keyboard.press('ArrowDown')
    await ann.keyboard.press('Enter')
    await ann.keyboard.press('ArrowDown')
    await ann.keyboard.press('Enter')
    await expect(ben.locator('#json')).to_have_text(re.compile(r'^\[\["\w","\w"\]\]$'))


async def test_switch(show: Show) -> None:
    """True and false."""
    ann, ben = await show("Switch(value=it, label='Lights')", False)
    switch = ann.get_by_role('switch', name='Lights')
    await expect(switch).not_to_be_checked()
    await switch.focus()
    await ann.keyboard.press('Space')
    await expect_json(ben, True)
    await expect(ben.get_by_role('switch', name='Lights')).to_be_checked()
    await ben.get_by_label('Lights').click()
    await expect_json(ann, False)


async def test_slider(show: Show) -> None:
    """Arrows, Home, End, and the keys for pages, which are a tenth; the value stands beside the label."""
    ann, ben = await show("Slider(value=it, domain=[0, 10], step=0.5, label='Volume')", 4)
    thumb = ann.get_by_role('slider', name='Volume')
    await expect(thumb).to_have_attribute('aria-valuenow', '4')
    await thumb.focus()
    await ann.keyboard.press('ArrowRight')
    await expect_json(ben, 4.5)
    await expect(ben.get_by_text('4.5', exact=True)).to_be_visible()
    await ann.keyboard.press('End')
    await expect_json(ben, 10)
    await ann.keyboard.press('PageDown')
    await expect_json(ben, 9)
    await ann.keyboard.press('PageUp')
    await expect_json(ben, 10)
    await ann.keyboard.press('Home')
    await expect_json(ben, 0)


async def test_slider_by_pointer(show: Show) -> None:
    """A click at the middle of the rail."""
    ann, ben = await show("Slider(value=it, domain=[0, 100], label='Volume')", 4)
    rail = await ann.locator('.mantine-Slider-track').bounding_box()
    assert rail
    await ann.mouse.click(rail['x'] + rail['width'] / 2, rail['y'] + rail['height'] / 2)
    await expect_json(ben, 50)


async def test_slider_for_a_range(show: Show) -> None:
    """Two thumbs, two numbers; two people move one each."""
    ann, ben = await show("Slider(value=it, domain=[0, 10], label='Price')", [2, 8])
    low, high = ann.get_by_role('slider', name='Price, from'), ben.get_by_role('slider', name='Price, to')
    await low.focus()
    await ann.keyboard.press('ArrowRight')
    await expect_json(ben, [3, 8])
    await high.focus()
    await ben.keyboard.press('ArrowLeft')
    await expect_json(ann, [3, 7])
    for key, value in (('Home', [0, 7]), ('PageUp', [1, 7]), ('End', [7, 7]), ('PageDown', [6, 7])):
        await ann.keyboard.press(key)
        await expect_json(ben, value)
    for key, value in (('End', [6, 10]), ('PageDown', [6, 9]), ('PageUp', [6, 10]), ('Home', [6, 6])):
        await ben.keyboard.press(key)
        await expect_json(ann, value)
    await expect(low).to_have_attribute('aria-valuemax', '6')
    await expect(high).to_have_attribute('aria-valuemin', '6')


async def test_button(show: Show) -> None:
    """Enter and Space press it; its label can be a variable."""
    ann, ben = await show("Button(it, onclick=it.update('Pressed'))", 'Press me')
    await ann.get_by_role('button', name='Press me').focus()
    await ann.keyboard.press('Enter')
    await expect(ben.get_by_role('button', name='Pressed')).to_be_visible()


async def test_a_disabled_field_cannot_be_used(show: Show) -> None:
    """`disabled` can be a variable: one person unlocks the field for all."""
    ann, ben = await show(
        "Switch(value=it, label='Locked'), Input(label='Vote', disabled=it), Button('Go', disabled=it)", True
    )
    await expect(ben.get_by_label('Vote')).to_be_disabled()
    await expect(ben.get_by_role('button', name='Go')).to_be_disabled()
    await ann.get_by_role('switch', name='Locked').press('Space')
    await expect(ben.get_by_label('Vote')).to_be_enabled()
    await expect(ben.get_by_role('button', name='Go')).to_be_enabled()


async def test_text(show_one: ShowOne) -> None:
    """Any JSON as text; `formatted` keeps line breaks."""
    ann = await show_one("Text(it, id_='plain'), Text(it, formatted=True, id_='formatted')", 'one\n  two')
    await expect(ann.locator('#plain')).to_be_visible()
    assert await ann.locator('#plain').inner_text() == 'one two'
    assert await ann.locator('#formatted').inner_text() == 'one\n  two'


async def test_heading(show: Show) -> None:
    """Its level, its text, and styles that follow variables."""
    ann, ben = await show("Heading('Big', level=2, font_size=it), Input(value=it, type='number', label='Size')", 40)
    heading = ben.get_by_role('heading', name='Big', level=2)
    await expect(heading).to_have_css('font-size', '40px')
    await ann.get_by_label('Size').fill('64')
    await expect(heading).to_have_css('font-size', '64px')


async def test_paragraph(show: Show) -> None:
    """Text and a variable in one flow."""
    ann, ben = await show("Paragraph('Hello, ', it, '!', id_='greeting'), Input(value=it, label='Name')", 'you')
    await ann.get_by_label('Name').fill('world')
    await expect(ben.locator('#greeting')).to_have_text('Hello, world!')


async def test_card(show: Show) -> None:
    """A title, a subtitle, and what is in it."""
    ann, ben = await show(
        "Card(Text('inside'), title=it, subtitle='below', id_='card'), Input(value=it, label='Line')", 'A'
    )
    await ann.get_by_label('Line').fill('Another title')
    card = ben.locator('#card')
    await expect(card.get_by_role('heading', name='Another title')).to_be_visible()
    await expect(card.get_by_text('below')).to_be_visible()
    await expect(card.get_by_text('inside')).to_be_visible()


async def test_stack(show: Show) -> None:
    """Side by side or below one another; a variable collapses it."""
    ann, ben = await show(
        "Stack(Text('a', id_='a'), Text('b', id_='b'), direction='horizontal', collapsed=it), "
        "Stack(Text('c', id_='c'), Text('d', id_='d')), Switch(value=it, label='Collapse')",
        False,
    )
    await at_rest(ann)
    boxes = [await ann.locator(f'#{each}').bounding_box() for each in 'abcd']
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = [(box['x'], box['y']) for box in boxes if box]
    assert ax < bx
    assert ay == by
    assert cx == dx
    assert cy < dy
    await ann.get_by_role('switch', name='Collapse').press('Space')
    await expect(ben.locator('#a')).to_be_hidden()


FORM = """
    from dara.components import Button, Input, Select, Slider, Stack, Switch, Textarea
    from dara.core import ConfigurationBuilder

    config = ConfigurationBuilder()
    config.add_page('Form', content=Stack(
        Input(label='Name'), Input(label='Age', type='number'), Textarea(label='Story'),
        Select(label='Seat', items=['window', 'aisle']), Select(label='Days', items=[1, 2], multiselect=True),
        Switch(label='Lights'), Slider(label='Volume', domain=[0, 10]), Button('Send'),
    ))
"""


async def test_the_tab_key_visits_every_field_in_order(serve: Serve, open_tab: OpenTab) -> None:
    """And everything that it visits has a name."""
    ann = await open_tab(serve(FORM).url)
    fields = [
        ann.get_by_role('textbox', name='Name'),
        ann.get_by_label('Age'),
        ann.get_by_role('textbox', name='Story'),
        ann.get_by_role('combobox', name='Seat'),
        ann.get_by_role('combobox', name='Days'),
        ann.get_by_role('switch', name='Lights'),
        ann.get_by_role('button', name='Type the value'),
        ann.get_by_role('slider', name='Volume'),
        ann.get_by_role('button', name='Send'),
    ]
    await fields[0].focus()
    for field in fields:
        await expect(field).to_be_focused()
        await ann.keyboard.press('Tab')
