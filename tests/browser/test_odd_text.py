"""Tests of fields whose text has odd line ends or characters: a field changes nothing but what is typed."""

from __future__ import annotations

from asyncio import gather

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Show, expect_json, notices
from tests.browser.text_fields import FIELDS, in_both, insert, select, selected, text
from tests.repeats import repeated

ODD = {
    'control': '\x01\x07\x1b\x7f',
    'separators': 'a\u2028b\u2029c',
    'direction': '\u200f\u202eשל\u202c',
    'combining': 'e\u0301\u0323',
    'astral': '👩\u200d👧🇩🇪',
    'invisible': '\ufeffa\xa0b\xad',
}
LINES = [f'line {i}' for i in range(9)]


@pytest.mark.parametrize('end', [pytest.param('\r\n', id='CRLF'), repeated('\r', id='CR'), repeated('\n', id='LF')])
async def test_two_begin_to_type_at_once_whatever_ends_the_lines(show_slowly: Show, end: str) -> None:
    """Neither has heard of the other: no line is there twice, and each keeps its end."""
    ann, ben = await show_slowly(FIELDS['lines'], end.join(LINES))
    await select(text(ann), 6, 6)
    seventh = len('\n'.join(LINES[:7]))
    await select(text(ben), seventh, seventh)
    await gather(ann.keyboard.type('ABC', delay=20), ben.keyboard.type('XYZ', delay=20))
    both = end.join([LINES[0] + 'ABC', *LINES[1:6], LINES[6] + 'XYZ', *LINES[7:]])
    for tab in (ann, ben):
        await expect_json(tab, both)
    assert await selected(text(ann)) == [9, 9, 'forward']


async def test_line_ends_stay_as_they_are(show: Show) -> None:
    """They stay if one types, or deletes a break; a new line ends like the others."""
    ann, ben = await show(FIELDS['lines'], 'one\r\ntwo\r\nthree')
    await expect(text(ann)).to_have_value('one\ntwo\nthree')
    await insert(ben, 13, '!')
    await expect(text(ann)).to_have_value('one\ntwo\nthree!')
    await insert(ann, 3, '?')
    await expect_json(ben, 'one?\r\ntwo\r\nthree!')
    await text(ann).press('Enter')
    await expect_json(ben, 'one?\r\n\r\ntwo\r\nthree!')
    await text(ann).press('Backspace')
    await text(ann).press('Delete')
    await expect_json(ben, 'one?two\r\nthree!')
    await expect(text(ben)).to_have_value('one?two\nthree!')
    await text(ann).press('ControlOrMeta+z')  # what was typed without a pause
    await expect_json(ben, 'one\r\ntwo\r\nthree!')


async def test_a_caret_behind_such_lines_stays_with_its_text(show: Show) -> None:
    ann, ben = await show(FIELDS['lines'], 'one\r\ntwo\r\nthree')
    await select(text(ann), 8, 13)  # three
    await insert(ben, 3, ' more')
    await expect(text(ann)).to_have_value('one more\ntwo\nthree')
    assert await selected(text(ann)) == [13, 18, 'forward']
    await ann.keyboard.type('3')
    await expect_json(ben, 'one more\r\ntwo\r\n3')


@pytest.mark.parametrize('end', [pytest.param('\r\n', id='CRLF'), repeated('\r', id='CR'), repeated('\n', id='LF')])
async def test_a_line_of_input_keeps_the_lines_of_its_text(show: Show, end: str) -> None:
    """It shows a space where a line ends."""
    ann, ben = await show(FIELDS['a line'], f'first{end}second{end}third')
    await expect(text(ann)).to_have_value('first second third')
    await text(ann).press('End')
    await ann.keyboard.type('!')
    await expect_json(ben, f'first{end}second{end}third!')
    await insert(ben, 5, '?')
    await expect_json(ann, f'first?{end}second{end}third!')
    assert await selected(text(ann)) == [20, 20, 'forward']


@in_both
@pytest.mark.parametrize(
    'odd', [pytest.param(''.join(ODD.values()), id='all'), *(repeated(odd, id=name) for name, odd in ODD.items())]
)
async def test_odd_characters_stay(show: Show, field: str, odd: str) -> None:
    ann, ben = await show(field, f'{odd}.')
    await text(ann).press('ControlOrMeta+End')
    await ann.keyboard.type('x')
    await expect_json(ben, f'{odd}.x')
    await insert(ben, 0, 'y')
    await expect_json(ann, f'y{odd}.x')


async def test_half_a_character_waits_for_the_other(show: Show) -> None:
    """Some keyboards enter what is outside of the first plane in two halves."""
    ann, ben = await show(FIELDS['a line'], 'ab')
    await select(text(ann), 1, 1)
    await text(ann).evaluate("""(field) => {
        field.setRangeText('\\ud83d', 1, 1, 'end')
        field.dispatchEvent(new InputEvent('input', { bubbles: true }))
    }""")
    await expect(ann.get_by_text('Half a character')).to_be_visible()
    await text(ann).evaluate("""(field) => {
        field.setRangeText('\\ude00', 2, 2, 'end')
        field.dispatchEvent(new InputEvent('input', { bubbles: true }))
    }""")
    await expect_json(ben, 'a😀b')
    await expect(ann.get_by_text('Half a character')).to_be_hidden()
    await expect(notices(ann)).to_be_empty()
