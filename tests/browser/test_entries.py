"""Tests of numbers, days and times: stored is what the field shows, or nothing, and then it says why."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, Show, expect_json, notices
from tests.browser.text_fields import SET
from tests.conftest import Serve
from tests.repeats import repeated

NUMBER = "Input(value=it, label='Text', type='number')"


def field(tab: Page) -> Locator:
    return tab.get_by_label('Text')


async def enter(tab: Page, what: str) -> None:
    """Type it in the place of what is there, and go on to the next field."""
    await field(tab).select_text()
    await tab.keyboard.press('Delete')
    await tab.keyboard.type(what)
    await field(tab).blur()


async def test_numbers_as_people_write_them(show: Show) -> None:
    """Wherever they come from; the field then shows what is stored."""
    ann, ben = await show(NUMBER, 600)
    written: list[tuple[str, float, str]] = [
        ('1,5', 1.5, '1.5'),
        ('1.234,56', 1234.56, '1234.56'),
        ('1 000', 1000, '1000'),
        ('\uff11\uff12', 12, '12'),
        ('-2.50', -2.5, '-2.5'),
        ('0.1234567890123456789', 0.12345678901234568, '0.12345678901234568'),
    ]
    for text, value, shown in written:
        await enter(ann, text)
        await expect(field(ann)).to_have_value(shown)
        await expect_json(ben, value)
        await expect(field(ben)).to_have_value(shown)


@pytest.mark.parametrize(
    'text', ['1e400', '0x10', '1,234', *map(repeated, ['12345678901234567890', '-', '12abc', '1e'])]
)
async def test_what_is_no_number_is_not_stored(show: Show, text: str) -> None:
    """And neither is its beginning: others have what was there before. It stays in the field, with the reason."""
    ann, ben = await show(NUMBER, 600)
    await enter(ann, text)
    await expect(field(ann)).to_have_attribute('aria-invalid', 'true')
    await expect(field(ann)).to_have_value(text)
    await expect_json(ben, 600)
    await field(ann).press('Escape')
    await expect(field(ann)).to_have_value('600')
    await expect(field(ann)).not_to_have_attribute('aria-invalid', 'true')
    await enter(ann, '7')
    await expect_json(ben, 7)
    await expect(notices(ann)).to_be_empty()


async def test_a_number_that_a_script_fills_in(show: Show) -> None:
    ann, ben = await show(NUMBER, 600)
    await field(ann).evaluate(SET, '12')
    await field(ann).evaluate('(field) => field.dispatchEvent(new Event("change", { bubbles: true }))')
    await expect_json(ben, 12)
    await field(ann).focus()
    await field(ann).evaluate(SET, '13')
    await field(ann).blur()
    await expect_json(ben, 13)


async def test_the_steps_of_a_number(show: Show) -> None:
    ann, ben = await show(NUMBER, 1.1)
    await field(ann).press('ArrowUp')
    await expect_json(ben, 2.1)
    await ann.locator('.dara-step').nth(1).click()
    await ann.locator('.dara-step').nth(1).click()
    await expect_json(ben, 0.1)
    await field(ann).press('ControlOrMeta+z')
    await expect_json(ben, 1.1)


async def test_nothing_and_a_text_are_no_numbers(show: Show) -> None:
    """An empty field stores null; a text that somebody else stores shows as what it is, beside the field."""
    ann, ben = await show(
        f"{NUMBER}, Button('Break', onclick=it.update('twelve')), Button('Mend', onclick=it.update(3))", 6
    )
    await enter(ann, '')
    await expect_json(ben, None)
    await ben.get_by_role('button', name='Break').click()
    await expect(field(ann)).to_have_value('')
    await expect(ann.get_by_text('"twelve" cannot be shown here.')).to_be_visible()
    await ben.get_by_role('button', name='Mend').click()
    await expect(field(ann)).to_have_value('3')
    await expect(ann.get_by_text('cannot be shown here')).to_be_hidden()


MOMENTS = """
    from dara.components import Input, Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore

    it = Variable(default={value!r}, store=BackendStore())
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        Input(value=it, label='Day', type='date'), Input(value=it, label='Time', type='time'),
        Input(value=it, label='In UTC', type='time', timezone='UTC'),
        Text(it, id_='it'),
    ))
"""


@pytest.mark.parametrize(
    ('value', 'day', 'time', 'after_day', 'after_time'),
    [
        ('2026-07-15T00:00:00', '2026-07-15', '00:00', '2026-12-24T00:00:00', '2026-12-24T18:45:00'),
        ('2026-07-15 13:30:15.123456', '2026-07-15', '13:30:15.123', '2026-12-24 13:30:15.123456', None),
        ('2026-07-15T23:30:00+00:00', '2026-07-16', '01:30', '2026-12-24T00:30:00+00:00', '2026-12-24T17:45:00+00:00'),
    ],
    ids=['naive', 'precise', 'aware'],
)
async def test_the_day_and_the_time_of_a_moment(
    serve: Serve, open_tab: OpenTab, value: str, day: str, time: str, after_day: str, after_time: str | None
) -> None:
    """In Berlin. A field changes its part: the offset, and what is more exact than it shows, stay."""
    app = serve(MOMENTS.format(value=value))
    ann = await open_tab(app.url, timezone_id='Europe/Berlin')
    await expect(ann.get_by_label('Day')).to_have_value(day)
    await expect(ann.get_by_label('Time')).to_have_value(time)
    await expect(ann.get_by_label('In UTC')).to_have_value(value[11:].split('+')[0][:12].removesuffix(':00'))
    await ann.get_by_label('Day').fill('2026-12-24')
    await expect(ann.locator('#it')).to_have_text(after_day)
    if after_time is not None:
        await ann.get_by_label('Time').fill('18:45')
        await expect(ann.locator('#it')).to_have_text(after_time)


@pytest.mark.parametrize(('value', 'shown'), [('13:30:00.123456', '13:30:00.123'), ('13:30:00+00:00', '13:30')])
async def test_a_time_of_python(show: Show, value: str, shown: str) -> None:
    ann, ben = await show("Input(value=it, label='Text', type='time')", value)
    await expect(field(ann)).to_have_value(shown)
    await field(ann).focus()
    await ann.keyboard.type('02')
    await field(ann).press('Enter')
    changed = value.replace('13', '02' if (await field(ann).input_value()).startswith('02') else '14')
    await expect_json(ben, changed)


SEGMENTS = """
    from dara.components import Button, Form, Input, Stack, Text
    from dara.core import ConfigurationBuilder, For, Variable
    from dara.core.persistence import BackendStore

    items = [{'id': 1, 'day': None}, {'id': 2, 'day': '2026-12-20'}]
    days = Variable(default=items, store=BackendStore(keys={'': 'id'}))
    day = days.list_item.get('day')
    profile = Variable(default={'born': None, 'founded': None}, store=BackendStore())
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        For(days, renderer=Input(value=day, type='date', label='Day')),
        Text(days.get(0).get('day'), id_='first'), Text(days.get(1).get('day'), id_='second'),
        Form(
            Input(id='born', type='date', label='Born', required=True),
            Input(id='founded', type='date', label='Founded', min='0800-01-01'),
            saves=profile, submit_label='Save',
        ),
        Text(profile.get('founded'), id_='founded'),
    ))
"""
NO_DATE = 'This date is not complete, or the calendar has no such day.'
WATCH = """() => {
    window.seen = []
    const it = document.getElementById('second')
    new MutationObserver(() => window.seen.push(it.textContent)).observe(it, {
        childList: true, subtree: true, characterData: true
    })
}"""

IS_WARNED = "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"


async def test_a_date_that_is_half_typed_is_nobodys(serve: Serve, open_tab: OpenTab) -> None:
    """Typed key by key, 02/31/2027 begins as the second month, and 2027 as the years 2, 20 and 202."""
    app = serve(SEGMENTS)
    ann, ben = await open_tab(app.url, locale='en-US'), await open_tab(app.url)
    day, second = ann.get_by_label('Day').nth(1), ben.locator('#second')
    await expect(second).to_have_text('2026-12-20')
    await ben.evaluate(WATCH)
    await day.focus()
    await ann.keyboard.type('0231', delay=20)
    await day.blur()
    await expect(ann.get_by_text(f'{NO_DATE} Stored: Dec 20, 2026')).to_be_visible()
    await day.press('Escape')
    await expect(day).to_have_value('2026-12-20')
    await day.blur()
    await day.focus()
    await ann.keyboard.type('02282027', delay=20)
    await expect(day).to_have_value('2027-02-28')
    await ann.keyboard.press('Enter')
    await expect(second).to_have_text('2027-02-28')
    assert await ben.evaluate('window.seen') == ['2027-02-28']
    await ann.keyboard.press('Backspace')
    await day.blur()
    await expect(ann.get_by_text(f'{NO_DATE} Stored: Feb 28, 2027')).to_be_visible()
    await day.focus()
    await ann.keyboard.type('022831', delay=20)
    await day.blur()
    await expect(ann.get_by_text('This is the year 31. Write the year with four digits.')).to_be_visible()
    await day.evaluate(SET, '2027-05-01')  # as the calendar of a browser does
    await day.evaluate('(field) => field.dispatchEvent(new Event("input", { bubbles: true }))')
    await expect(second).to_have_text('2027-05-01')
    await day.focus()
    await ann.keyboard.type('12242026', delay=20)
    assert await ann.evaluate(IS_WARNED)  # by the browser, before the page is left
    await expect(second).to_have_text('2026-12-24')  # after a pause
    await ann.wait_for_function(f'() => !({IS_WARNED})()')
    await ann.keyboard.press('Backspace')
    await day.blur()
    await expect(ann.get_by_text(f'{NO_DATE} Stored: Dec 24, 2026')).to_be_visible()
    assert await ann.evaluate(IS_WARNED)
    assert await ben.evaluate('window.seen') == ['2027-02-28', '2027-05-01', '2026-12-24']


async def test_what_is_typed_into_an_empty_date_stays(serve: Serve, open_tab: OpenTab) -> None:
    """In a list and in a form, with the reason why it is no date."""
    ann = await open_tab(serve(SEGMENTS).url, locale='en-US')
    day, born, founded = ann.get_by_label('Day').nth(0), ann.get_by_label('Born'), ann.get_by_label('Founded')
    is_kept = '(field) => field.validity.badInput'
    reason = re.compile(NO_DATE)
    for box, keys in ((day, '1225'), (born, '02312026')):
        await box.focus()
        await ann.keyboard.type(keys, delay=20)
        await box.blur()
        await expect(box).to_have_attribute('aria-invalid', 'true')
        await expect(box).to_have_accessible_description(reason)
        assert await box.evaluate(is_kept)
    await day.press('Escape')
    await expect(day).not_to_have_attribute('aria-invalid', 'true')
    assert not await day.evaluate(is_kept)
    await day.blur()
    await day.focus()
    await ann.keyboard.type('12252026', delay=20)
    await expect(ann.locator('#first')).to_be_empty()
    await day.blur()
    await expect(ann.locator('#first')).to_have_text('2026-12-25')
    await ann.get_by_role('button', name='Save').click()
    await expect(born).to_have_accessible_description(reason)
    await born.fill('2001-02-03')
    await founded.focus()
    await ann.keyboard.type('03040962', delay=20)
    await ann.get_by_role('button', name='Save').click()
    await expect(ann.locator('#founded')).to_have_text('0962-03-04')


async def test_a_time_that_clocks_never_show(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve(MOMENTS.format(value='2026-03-29T12:00:00+02:00')).url, timezone_id='Europe/Berlin')
    await ann.get_by_label('Time').fill('02:30')
    await expect(ann.get_by_text('There is no 02:30 on Mar 29, 2026')).to_be_visible()
    await expect(ann.locator('#it')).to_have_text('2026-03-29T12:00:00+02:00')
    await ann.get_by_label('Time').fill('03:30')
    await expect(ann.locator('#it')).to_have_text('2026-03-29T03:30:00+02:00')


async def test_a_picked_day_keeps_the_rest(serve: Serve, open_tab: OpenTab) -> None:
    """Of a moment with an offset, too, wherever one picks it."""
    app = serve("""
        from dara.components import Datepicker, Stack, Text
        from dara.core import ConfigurationBuilder, Variable
        from dara.core.persistence import BackendStore

        it = Variable(default=['2026-07-15T23:30:00.5+00:00', '2026-07-15T09:00:00'], store=BackendStore())
        config = ConfigurationBuilder()
        config.add_page('Page', content=Stack(
            Datepicker(value=it.get(0), label='Instant'), Datepicker(value=it.get(1), label='Wall'),
            Datepicker(value=it.get(0), label='Both', enable_time=True, timezone='UTC'), Text(it, id_='it'),
        ))
    """)
    ann = await open_tab(app.url, timezone_id='Europe/Berlin')
    await expect(ann.get_by_role('button', name='Instant')).to_have_text('16 Jul 2026')
    await expect(ann.get_by_role('button', name='Both')).to_have_text('15 Jul 2026 23:30')
    await ann.get_by_role('button', name='Instant').click()
    await ann.get_by_role('button', name='20 July 2026').click()
    await expect(ann.get_by_role('button', name='20 July 2026')).to_be_hidden()
    await ann.get_by_role('button', name='Wall').click()
    await ann.get_by_role('button', name='21 July 2026').click()
    after = json.dumps(['2026-07-19T23:30:00.5+00:00', '2026-07-21T09:00:00'], separators=(',', ':'))
    await expect(ann.locator('#it')).to_have_text(after)


async def test_a_form_is_not_sent_while_a_field_of_it_is_wrong(serve: Serve, open_tab: OpenTab) -> None:
    """The values of its fields are sent as they are shown."""
    app = serve('number_form')
    ann = await open_tab(app.url)
    await ann.get_by_label('Age').press_sequentially('12x')
    await ann.get_by_label('Name').press_sequentially('Ann')
    await ann.get_by_role('button', name='Submit').click()
    await expect(ann.get_by_label('Age')).to_be_focused()
    await expect(ann.locator('#sent')).to_have_text('')
    await ann.keyboard.press('Backspace')
    await ann.get_by_role('button', name='Submit').click()
    await expect(ann.locator('#sent')).to_have_text('{"name":"Ann","age":12}')


async def test_a_number_that_is_refused_leaves_nothing_behind(serve: Serve, open_tab: OpenTab) -> None:
    """Its beginning would have fitted, and others saw it on the way: they see again what was there before."""
    app = serve("""
        from typing import Annotated
        from pydantic import Field
        from dara.components import Input, Stack, Text
        from dara.core import ConfigurationBuilder, Variable
        from dara.core.persistence import BackendStore

        it = Variable(default=77, store=BackendStore(type=Annotated[int, Field(ge=10, le=5000)]))
        config = ConfigurationBuilder()
        config.add_page('Page', content=Stack(Input(value=it, label='Text', type='number'), Text(it, id_='it')))
    """)
    ann, ben = await open_tab(app.url), await open_tab(app.url)
    await field(ann).select_text()
    await ann.keyboard.type('60')
    await expect(ben.locator('#it')).to_have_text('60')
    await ann.keyboard.type('00')
    await expect(ann.get_by_text('Enter 5000 or less.')).to_be_visible()
    await expect(ben.locator('#it')).to_have_text('77')
    await expect(field(ann)).to_have_value('6000')
