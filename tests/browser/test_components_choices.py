"""Tests of components that offer a choice: worked by keyboard, found by their labels, and seen in the other browser."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenTab, Show, ShowOne, expect_json, notices
from tests.conftest import Serve


async def test_select_of_items(show: Show) -> None:
    """`Item`s: people read labels, the variable holds values."""
    ann, ben = await show(
        "Select(value=it, items=[Item(label='x', value=1), Item(label='y', value=2)], label='Axis')", 1
    )
    await expect(ann.get_by_role('combobox', name='Axis')).to_have_value('x')
    await ann.get_by_role('combobox', name='Axis').click()
    await ann.get_by_role('option', name='y').click()
    await expect_json(ben, 2)


async def test_a_value_that_is_no_choice_is_shown_and_kept(show: Show) -> None:
    """It is marked, and cannot be chosen again."""
    ann, ben = await show("Select(value=it, items=['x', 'y'], label='Axis')", 'z')
    field = ann.get_by_role('combobox', name='Axis')
    await expect(field).to_have_value('z (not among the choices)')
    await expect_json(ben, 'z')
    await field.click()
    await ann.get_by_role('option', name='y').click()
    await expect_json(ben, 'y')
    await expect(field).to_have_value('y')


async def test_a_value_that_is_no_choice_is_shown_by_every_field_of_choices(show: Show) -> None:
    ann, ben = await show(
        "Stack(*[kind(value=it, items=['x', 'y'], label=kind.__name__) for kind in (RadioGroup, CheckboxGroup)], "
        "ButtonBar(value=it, items=['x', 'y'], label='Bar'))",
        'z',
    )
    foreign = [
        ann.get_by_role(role, name='z (not among the choices)') for role in ('radio', 'checkbox')
    ]  # the bar has radio buttons, too
    await expect(foreign[0]).to_have_count(2)
    await expect(foreign[1]).to_be_checked()
    for each in (foreign[0].first, foreign[0].last):
        await expect(each).to_be_disabled()
    item = ann.get_by_title('z (not among the choices)')
    await expect(item).to_have_css('color', 'rgb(255, 255, 255)')
    await ann.set_viewport_size({'width': 250, 'height': 800})
    await expect(item).to_be_in_viewport(ratio=0.5)
    assert await item.evaluate('(item) => item.offsetWidth > item.parentElement.clientWidth')  # and has an ellipsis
    await ann.get_by_role('radiogroup', name='RadioGroup').get_by_role('radio', name='y').check()
    await expect_json(ben, 'y')
    await expect(ann.get_by_text('not among the choices')).to_have_count(0)


async def test_a_checked_value_that_is_no_choice_can_be_unchecked(show: Show) -> None:
    """It stays when something else is checked."""
    ann, ben = await show("CheckboxGroup(value=it, items=['x', 'y'], label='Axes')", ['z'])
    foreign = ann.get_by_role('checkbox', name='z (not among the choices)')
    await ann.get_by_role('checkbox', name='x').check()
    await expect_json(ben, ['z', 'x'])
    await foreign.click()
    await expect_json(ben, ['x'])
    await expect(foreign).to_have_count(0)


async def test_an_empty_text_chooses_nothing(show_one: ShowOne) -> None:
    ann = await show_one("RadioGroup(value=it, items=['x', 'y'], label='Axis')", '')
    await expect(ann.get_by_role('radio')).to_have_count(2)


async def test_radio_group(show: Show) -> None:
    """Arrows choose; a label can be a component."""
    ann, ben = await show(
        "RadioGroup(value=it, label='Seat', items=['window', RadioItem(label=Text('Aisle', italic=True), value=2)])",
        'window',
    )
    await expect(ann.get_by_role('radiogroup', name='Seat')).to_be_visible()
    await expect(ann.get_by_role('radio', name='window')).to_be_checked()
    await ann.get_by_role('radio', name='window').focus()
    await ann.keyboard.press('ArrowDown')
    await expect_json(ben, 2)
    await expect(ben.get_by_role('radio', name='Aisle')).to_be_checked()
    await ben.get_by_text('window').click()
    await expect_json(ann, 'window')


async def test_cards_to_choose(show: Show) -> None:
    """A click anywhere in a card chooses it, except on what can be clicked itself; keys do as well."""
    cards = (
        "[{'title': 'a', 'subtitle': 'first', 'component': Text('in a')}, {'title': 'b', 'component': Button('go')}]"
    )
    ann, ben = await show(
        f"Label(ComponentSelectList(selected_items=it, items={cards}, multi_select=True), value='Cards')", ['b', 'x']
    )
    await expect(ann.get_by_role('group').locator('.dara-cards')).to_have_accessible_name('Cards')
    await ann.get_by_text('in a').click()
    await expect_json(ben, ['a', 'b', 'x'])
    await expect(ben.get_by_role('checkbox', name='a', exact=True)).to_be_checked()
    await expect(ben.get_by_role('checkbox', name='a', exact=True)).to_have_accessible_description('first')
    await ben.get_by_role('button', name='go').click()
    await ben.get_by_role('checkbox', name='a', exact=True).press('Space')
    await expect_json(ann, ['b', 'x'])
    await ann.get_by_text('b', exact=True).click()
    await expect_json(ben, ['x'])


async def test_checkbox_group(show: Show) -> None:
    """A list in the order of the items; beyond `select_max` the rest cannot be used."""
    ann, ben = await show("CheckboxGroup(value=it, label='Days', items=['Mon', 'Tue', 3], select_max=2)", [3])
    await expect(ann.get_by_role('group', name='Days')).to_be_visible()
    await ann.get_by_role('checkbox', name='Mon').press('Space')
    await expect_json(ben, ['Mon', 3])
    await expect(ben.get_by_role('checkbox', name='Tue')).to_be_disabled()
    await ben.get_by_role('checkbox', name='3').press('Space')
    await expect_json(ann, ['Mon'])
    await expect(ann.get_by_role('checkbox', name='Tue')).to_be_enabled()


async def test_checkbox_group_with_too_few(show: Show) -> None:
    """`select_min`: until there are enough, the variable stays as it is."""
    ann, ben = await show("CheckboxGroup(value=it, label='Days', items=['a', 'b', 'c'], select_min=2)", [])
    await ann.get_by_role('checkbox', name='a').press('Space')
    await expect(ann.get_by_role('checkbox', name='a')).to_be_checked()
    await expect_json(ann, [])
    await ann.get_by_role('checkbox', name='c').press('Space')
    await expect_json(ben, ['a', 'c'])
    await expect(ben.get_by_role('checkbox', name='c')).to_be_checked()


async def test_button_bar(show: Show) -> None:
    """One of a few, as buttons."""
    ann, ben = await show("ButtonBar(value=it, label='Period', items=[Item(label='Day', value=1), 'Week'])", 1)
    await expect(ann.get_by_role('radiogroup', name='Period')).to_be_visible()
    await expect(ann.get_by_role('radio', name='Day')).to_be_checked()
    await ann.get_by_text('Week').click()
    await expect_json(ben, 'Week')
    await expect(ben.get_by_role('radio', name='Week')).to_be_checked()


async def test_datepicker(show: Show) -> None:
    """The value is the day in ISO format, however it is shown. Screen readers hear it."""
    ann, ben = await show(
        "Datepicker(value=it, label='Start', date_format='dd/MM/yyyy', min_date='2026-07-05'), Datepicker(value=it)",
        '2026-07-10',
    )
    field = ann.get_by_role('button', name='Start')
    await expect(field).to_have_text('10/07/2026')
    await expect(field).to_have_accessible_description('10/07/2026')
    await expect(ann.get_by_role('button', name='10 Jul 2026')).to_have_count(
        1
    )  # what has no label is named by its value
    await field.press('Enter')
    await expect(ann.get_by_role('button', name='4 July 2026', exact=True)).to_be_disabled()
    await ann.get_by_role('button', name='22 July 2026').click()
    await expect_json(ben, '2026-07-22')
    await expect(ben.get_by_role('button', name='Start')).to_have_text('22/07/2026')


async def test_datepicker_for_a_birthday(show: Show) -> None:
    """The year is chosen at once; the calendar opens at the last day that can be picked."""
    ann, ben = await show("Datepicker(value=it, label='Born', min_date='1900-01-01', max_date='2020-05-31')", None)
    await ann.get_by_role('button', name='Born').click()
    await expect(ann.get_by_role('button', name='31 May 2020')).to_be_visible()
    month, year = (ann.get_by_role('combobox', name='Month and year').nth(at) for at in (0, 1))
    await expect(month).to_have_value('4')
    await year.select_option('1990')
    await month.select_option('February')
    await ann.get_by_role('button', name='14 February 1990').click()
    await expect_json(ben, '1990-02-14')


async def test_datepicker_for_a_range(show: Show) -> None:
    """A list of two days."""
    ann, ben = await show("Datepicker(value=it, label='Stay', range=True)", ['2026-07-10', '2026-07-12'])
    await ann.get_by_role('button', name='Stay').click()
    await ann.get_by_role('button', name='20 July 2026').click()
    await ann.get_by_role('button', name='24 July 2026').click()
    await expect_json(ben, ['2026-07-20', '2026-07-24'])


async def test_datepicker_with_a_time(show: Show) -> None:
    """Seconds and all, in the user's own time."""
    ann, ben = await show("Datepicker(value=it, label='At', enable_time=True)", '2026-07-10T13:30:00')
    await expect(ann.get_by_role('button', name='At')).to_contain_text('13:30')
    await ann.get_by_role('button', name='At').click()
    await ann.get_by_role('button', name='20 July 2026').click()
    await expect_json(ben, '2026-07-20T13:30:00')


async def test_label(show: Show) -> None:
    """It names the field in it; a click on it goes to the field."""
    ann, ben = await show(
        "Label(Input(value=it), value='Your name'), Label(Input(), value=Heading('Town', level=3))", ''
    )
    await ann.get_by_text('Your name').click()
    await ann.keyboard.type('Ann')
    await expect_json(ben, 'Ann')
    await expect(ann.get_by_role('textbox', name='Your name')).to_be_focused()
    await expect(ann.get_by_role('textbox', name='Town')).to_be_visible()


TABS = "TabbedCard(Tab(Text('one'), title='Tab 1'), Tab(Input(label='Two'), title='Tab 2'), selected_tab=it)"


async def test_tabbed_card(show: Show) -> None:
    """Arrows go through the tabs; the variable holds the title; what was typed in a hidden tab stays."""
    ann, ben = await show(TABS, 'Tab 1')
    await expect(ann.get_by_role('tabpanel', name='Tab 1')).to_contain_text('one')
    await ann.get_by_role('tab', name='Tab 1').focus()
    await ann.keyboard.press('ArrowRight')
    await expect_json(ben, 'Tab 2')
    await ben.get_by_label('Two').fill('kept')
    await ben.get_by_role('tab', name='Tab 1').click()
    await expect(ben.get_by_label('Two')).to_be_hidden()
    await expect(ann.get_by_text('one')).to_be_visible()
    await ben.get_by_role('tab', name='Tab 2').click()
    await expect(ben.get_by_label('Two')).to_have_value('kept')


async def test_a_value_that_names_no_tab_shows_the_first(show: Show) -> None:
    """And is left as it is."""
    ann, ben = await show(TABS, 'tab1')
    await expect(ann.get_by_role('tab', name='Tab 1')).to_have_attribute('aria-selected', 'true')
    await expect(ann.get_by_text('one')).to_be_visible()
    await expect_json(ann, 'tab1')
    await ann.get_by_role('tab', name='Tab 2').click()
    await expect_json(ben, 'Tab 2')


async def test_accordion(show: Show) -> None:
    """Parts open and close; the variable holds which are open."""
    ann, ben = await show(
        "Accordion(value=it, items=[AccordionItem(label='Why', content=Text('Because'), badge=ItemBadge('new')), "
        "AccordionItem(label='How', content='Like this')])",
        [0],
    )
    await expect(ann.get_by_text('Because')).to_be_visible()
    await expect(ann.get_by_text('Like this')).to_be_hidden()
    await ann.get_by_role('button', name='How').press('Enter')
    await expect_json(ben, [0, 1])
    await expect(ben.get_by_text('Like this')).to_be_visible()
    await ben.get_by_role('button', name='Why').click()
    await expect_json(ann, [1])


ONE_OF_A_KIND = """
    from dara.components import Accordion, AccordionItem, Stack, Tab, TabbedCard, Text
    from dara.core import ConfigurationBuilder

    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        TabbedCard(Tab(Text('one'), title='A'), Tab(Text('two'), title='B'), initial_tab='B'),
        Accordion(
            items=[AccordionItem(label='Why', content='Because'), AccordionItem(label='How', content='So')], multi=False
        ),
    ))
"""


async def test_tabs_and_parts_without_a_variable(serve: Serve, open_tab: OpenTab) -> None:
    """They remember themselves what shows; with `multi=False` one part closes when another opens."""
    ann = await open_tab(serve(ONE_OF_A_KIND).url)
    await expect(ann.get_by_text('two')).to_be_visible()
    await ann.get_by_role('tab', name='A').click()
    await expect(ann.get_by_text('one')).to_be_visible()
    await expect(ann.get_by_text('Because')).to_be_visible()
    await ann.get_by_role('button', name='How').click()
    await expect(ann.get_by_text('So')).to_be_visible()
    await expect(ann.get_by_text('Because')).to_be_hidden()


READONLY = """
    from dara.components import CheckboxGroup, Datepicker, Input, RadioGroup, Select, Slider, Stack, Switch, Textarea
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore

    it = Variable(default='a', store=BackendStore(readonly=True))
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        Input(value=it, label='Line'), Textarea(value=it, label='Lines'), Select(value=it, items=['a'], label='Choice'),
        Switch(value=it, label='Switch'), RadioGroup(value=it, items=['a', 'b']), Slider(value=it, domain=[0, 9]),
    ))
"""


async def test_a_value_that_may_only_be_read(serve: Serve, open_tab: OpenTab) -> None:
    """Fields show it and take no typing; there is nothing to be told off for."""
    ann = await open_tab(serve(READONLY).url)
    line, lines = ann.get_by_role('textbox', name='Line', exact=True), ann.get_by_role('textbox', name='Lines')
    choice = ann.get_by_role('combobox', name='Choice')
    for field in (line, lines, choice):
        await expect(field).to_have_attribute('readonly', '')
        await expect(field).to_have_css('background-color', 'rgba(60, 50, 30, 0.06)')  # unlike one that can be edited
    await line.focus()
    await ann.keyboard.type('x')
    await expect(line).to_have_value('a')
    await choice.click()
    await expect(ann.get_by_role('option')).to_have_count(0)
    await expect(ann.get_by_role('switch')).to_be_disabled()
    await expect(ann.get_by_role('radio', name='b')).to_be_disabled()
    await expect(notices(ann)).to_be_empty()


IN_THE_URL = """
    from dara.components import Stack, Tab, TabbedCard, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import QueryParamStore

    selected = Variable(default='tab1', store=QueryParamStore(query='tab_selection'))
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(TabbedCard(
        Tab(Text('Tab 1 Content'), title='Tab 1'), Tab(Text('Tab 2 Content'), title='Tab 2'), selected_tab=selected,
    )))
"""


async def test_tabs_in_the_address(serve: Serve, open_tab: OpenTab) -> None:
    """The documented example: the address says which tab shows, and can be sent to somebody."""
    ann = await open_tab(serve(IN_THE_URL).url)
    await expect(ann.get_by_text('Tab 1 Content')).to_be_visible()
    assert 'tab_selection' not in ann.url
    await ann.get_by_role('tab', name='Tab 2').click()
    await ann.wait_for_url(re.compile('tab_selection=Tab(%20|[+])2'))
    ben = await open_tab(ann.url)
    await expect(ben.get_by_text('Tab 2 Content')).to_be_visible()
    await ann.go_back()
    await expect(ann.get_by_text('Tab 1 Content')).to_be_visible()


async def test_none_can_be_chosen(show: Show) -> None:
    """None chooses the item with the value None, in each component that offers a choice."""
    items = "items=['Ann', Item(label='Nobody', value=None)], value=it"
    kinds = ', '.join(f"{kind}({items}, label='{kind}')" for kind in ('RadioGroup', 'Select', 'ButtonBar'))
    ann, ben = await show(kinds, 'Ann')
    await ann.get_by_role('radiogroup', name='RadioGroup').get_by_label('Nobody').click()
    for tab in (ann, ben):
        await expect_json(tab, None)
        await expect(tab.get_by_role('radiogroup', name='RadioGroup').get_by_label('Nobody')).to_be_checked()
        await expect(tab.get_by_role('combobox', name='Select')).to_have_value('Nobody')
        await expect(tab.get_by_role('radiogroup', name='ButtonBar').get_by_label('Nobody')).to_be_checked()
    await ben.get_by_role('combobox', name='Select').click()
    await ben.get_by_role('option', name='Ann').click()
    await expect_json(ann, 'Ann')


async def test_none_chooses_nothing_where_it_is_no_item(show_one: ShowOne) -> None:
    ann = await show_one(
        "RadioGroup(items=['Ann'], value=it, label='Who'), Select(items=['Ann'], value=it, label='Whom')"
    )
    await expect(ann.get_by_label('Ann', exact=True).first).not_to_be_checked()
    await expect(ann.get_by_role('combobox', name='Whom')).to_have_value('')


async def test_the_steps_of_a_slider_count_from_its_lower_end(show: Show) -> None:
    """By key and by pointer, up to the upper end, which no whole step reaches."""
    ann, ben = await show("Slider(value=it, domain=[1.5, 4], step=1, label='Size')", 1.5)
    thumb = ann.get_by_role('slider', name='Size')
    await thumb.focus()
    for value in (2.5, 3.5, 4, 4):
        await thumb.press('ArrowRight')
        await expect_json(ben, value)
    await thumb.press('ArrowLeft')
    await expect_json(ben, 3.5)
    await expect(thumb).to_have_attribute('aria-valuenow', '3.5')
    await expect(thumb).to_have_attribute('aria-valuemin', '1.5')
    await expect(thumb).to_have_attribute('aria-valuemax', '4')
    box = await ann.locator('.dara-slider-rail').bounding_box()
    assert box
    await ann.mouse.click(box['x'] + box['width'] * 0.35, box['y'] + box['height'] / 2)
    await expect_json(ben, 2.5)
    await thumb.press('End')
    await expect_json(ben, 4)


async def test_a_slider_over_fractions_has_no_noise(show: Show) -> None:
    """Tenths are tenths, also those that are none in binary."""
    ann, ben = await show("Slider(value=it, domain=[0.1, 0.9], step=0.1, label='Share')", 0.1)
    thumb = ann.get_by_role('slider', name='Share')
    await thumb.focus()
    for value in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7):
        await thumb.press('ArrowRight')
        await expect_json(ben, value)
