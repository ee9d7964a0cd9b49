"""Tests of two people in one text field (S15): neither loses a keystroke, a caret or a selection to the other."""

from __future__ import annotations

import re
from asyncio import gather

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTwo, Show, ShowOne, expect_json, notices
from tests.browser.text_fields import FIELDS, in_both, insert, select, selected, text
from tests.conftest import Serve
from tests.network import Network
from tests.repeats import repeated


@in_both
async def test_the_caret_stays_with_the_text(show: Show, field: str) -> None:
    """A change before it moves it, and a change after it does not; a deletion likewise."""
    ann, ben = await show(field, 'hello 😀 world')
    await select(text(ann), 8, 8)  # after the emoji
    await insert(ben, 0, 'א> ')
    await expect(text(ann)).to_have_value('א> hello 😀 world')
    assert await selected(text(ann)) == [11, 11, 'forward']
    await insert(ben, 12, 'big ')
    await expect(text(ann)).to_have_value('א> hello 😀 big world')
    assert await selected(text(ann)) == [11, 11, 'forward']
    await select(text(ben), 0, 3)
    await ben.keyboard.press('Delete')
    await expect(text(ann)).to_have_value('hello 😀 big world')
    assert await selected(text(ann)) == [8, 8, 'forward']
    await ann.keyboard.type('!')
    await expect(text(ben)).to_have_value('hello 😀! big world')


@in_both
async def test_what_is_put_at_the_caret_comes_after_it(show: Show, field: str) -> None:
    """So whoever goes on typing goes on with their own word."""
    ann, ben = await show(field, 'ab')
    await select(text(ann), 1, 1)
    await insert(ben, 1, '1')
    await expect(text(ann)).to_have_value('a1b')
    await ann.keyboard.type('x')
    await expect(text(ben)).to_have_value('ax1b')


@in_both
@pytest.mark.parametrize('direction', ['backward', repeated('forward')])
async def test_a_selection_stays_with_what_it_selects(show: Show, field: str, direction: str) -> None:
    """Also when somebody types inside of it, and whichever end moves with Shift and an arrow."""
    ann, ben = await show(field, 'one two three')
    await select(text(ann), 4, 7, direction)
    await insert(ben, 4, '👩‍👧 ')
    await insert(ben, 10, 'really ')
    await expect(text(ann)).to_have_value('one 👩‍👧 really two three')
    end = len('one 👩‍👧 really two'.encode('utf-16-le')) // 2
    assert await selected(text(ann)) == [end - 3, end, direction]
    await insert(ben, end - 2, '--')
    await expect(text(ann)).to_have_value('one 👩‍👧 really t--wo three')
    assert await selected(text(ann)) == [end - 3, end + 2, direction]
    await ann.keyboard.type('2')
    await expect(text(ben)).to_have_value('one 👩‍👧 really 2 three')


async def test_what_is_scrolled_stays_there(show: Show) -> None:
    """While somebody else writes at the end, out of sight."""
    ann, ben = await show(FIELDS['lines'], '\n'.join(map(str, range(200))))
    await select(text(ann), 0, 0)
    await text(ann).evaluate('(field) => { field.scrollTop = 300 }')
    await ben.get_by_label('Text').press('ControlOrMeta+End')
    await ben.keyboard.insert_text('\nthe end')
    await expect(text(ann)).to_have_value('\n'.join([*map(str, range(200)), 'the end']))
    assert await text(ann).evaluate('(field) => field.scrollTop') == 300


@in_both
async def test_typing_at_once_loses_nothing(show_slowly: Show, field: str) -> None:
    """Ann at the start, Ben in the middle, over a slow line: every key of both is there, in one piece."""
    ann, ben = await show_slowly(field, '()[]')
    await select(text(ann), 1, 1)
    await select(text(ben), 3, 3)
    await gather(ann.keyboard.type('the quick brown fox', delay=25), ben.keyboard.type('jumps 😀 over it', delay=30))
    for tab in (ann, ben):
        await expect(text(tab)).to_have_value('(the quick brown fox)[jumps 😀 over it]')
    assert await selected(text(ann)) == [20, 20, 'forward']


@in_both
async def test_typing_at_one_spot_does_not_mix_the_words(show_slowly: Show, field: str) -> None:
    """Both at the same place, neither hears of the other: one word stands before the other."""
    ann, ben = await show_slowly(field, '')
    await gather(text(ann).press_sequentially('lion', delay=10), text(ben).press_sequentially('tiger', delay=10))
    for tab in (ann, ben):
        await expect(text(tab)).to_have_value(re.compile('^(liontiger|tigerlion)$'))
    await expect(text(ben)).to_have_value(await text(ann).input_value())


EMPTY = """
    from dara.components import Input, Stack, Textarea
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore

    person = Variable(default={}, store=BackendStore(uid='person'))
    config = ConfigurationBuilder()
    config.add_page('Person', content=Stack(
        Input(value=person.get('name').get('first'), label='First'),
        Input(value=person.get('name').get('last'), label='Last'),
        Textarea(value=person.get('about'), label='Text'),
    ))
"""


async def test_two_may_begin_a_form(serve: Serve, open_two: OpenTwo) -> None:
    """S6: two fields of an object that neither of them has seen."""
    async with Network(serve(EMPTY).url, delay=0.2) as network:
        ann, ben = await open_two(network.url)
        await gather(
            ann.get_by_label('First').press_sequentially('Grace', delay=20),
            ben.get_by_label('Last').press_sequentially('Hopper', delay=20),
        )
        for tab in (ann, ben):
            await expect(tab.get_by_label('First')).to_have_value('Grace')
            await expect(tab.get_by_label('Last')).to_have_value('Hopper')


async def test_two_may_begin_a_text(serve: Serve, open_two: OpenTwo) -> None:
    """S6: there is none yet, and neither hears of the other."""
    async with Network(serve(EMPTY).url, delay=0.2) as network:
        ann, ben = await open_two(network.url)
        await gather(text(ann).press_sequentially('lion', delay=10), text(ben).press_sequentially('tiger', delay=10))
        for tab in (ann, ben):
            await expect(text(tab)).to_have_value(re.compile('^(liontiger|tigerlion)$'))
        await expect(text(ben)).to_have_value(await text(ann).input_value())
        await text(ann).press('ControlOrMeta+z')
        for tab in (ann, ben):
            await expect(text(tab)).to_have_value('tiger')


async def test_the_caret_stays_in_an_item_that_moves(serve: Serve, open_two: OpenTwo) -> None:
    """Ann types on in the item that she is in, wherever it is in the list by now."""
    ann, ben = await open_two(serve('moving_items').url)
    await select(ann.get_by_label('Item').nth(0), 1, 1)
    await ben.get_by_role('button', name='Turn around').click()
    await expect(ann.get_by_label('Item').nth(1)).to_have_value('one')
    await expect(ann.get_by_label('Item').nth(1)).to_be_focused()
    await ann.keyboard.type('!')
    await expect(ben.locator('#items')).to_have_text('[{"id":2,"name":"two"},{"id":1,"name":"o!ne"}]')
    assert await selected(ann.get_by_label('Item').nth(1)) == [2, 2, 'forward']


@in_both
@pytest.mark.parametrize(('undo', 'redo'), [('ControlOrMeta+z', 'ControlOrMeta+Shift+z'), ('Control+Z', 'Control+y')])
async def test_undo_takes_back_ones_own(show: Show, field: str, undo: str, redo: str) -> None:
    """And never what somebody else has typed."""
    ann, ben = await show(field, '.')
    await insert(ann, 0, 'mine')
    await expect(text(ben)).to_have_value('mine.')
    await insert(ben, 5, ' hers')
    await expect(text(ann)).to_have_value('mine. hers')
    await text(ann).press(undo)
    for tab in (ann, ben):
        await expect(text(tab)).to_have_value('. hers')
    await text(ann).press(undo)
    await text(ann).press(redo)
    for tab in (ann, ben):
        await expect(text(tab)).to_have_value('mine. hers')
    assert await selected(text(ann)) == [4, 4, 'forward']


async def test_undo_from_the_menu(show: Show) -> None:
    """The browser's own undo works here, too."""
    ann, ben = await show(FIELDS['a line'], '')
    await text(ann).focus()
    await ann.keyboard.insert_text('mine')
    await expect(text(ben)).to_have_value('mine')
    await ann.evaluate("document.execCommand('undo')")
    await expect(text(ben)).to_have_value('')
    await ann.evaluate("document.execCommand('redo')")
    await expect(text(ben)).to_have_value('mine')


async def test_undo_of_what_is_private_is_the_browsers(show_one: ShowOne) -> None:
    ann = await show_one("Input(value=Variable('a'), label='Text')")
    await text(ann).press('End')
    await ann.keyboard.insert_text('b')
    await text(ann).press('ControlOrMeta+z')
    await expect(text(ann)).to_have_value('a')


@pytest.mark.parametrize('default', [None, ['a'], repeated(42), repeated(True)])
async def test_the_first_edit_of_what_is_no_text_replaces_it(show: Show, default: object) -> None:
    """S15: the value is a text from then on."""
    ann, ben = await show(FIELDS['a line'], default)
    shown = await text(ann).input_value()
    await text(ann).press('End')
    await ann.keyboard.type('x')
    await expect_json(ben, f'{shown}x')
    await ben.get_by_label('Text').press('End')
    await ben.keyboard.type('y')
    await expect_json(ann, f'{shown}xy')


CHECKED = """
    from typing import Annotated
    from pydantic import Field
    from dara.components import Input, Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore

    Year = Annotated[str, Field(pattern=r'^(\\d{4})?$')]
    year = Variable(default='', store=BackendStore(type=Year))
    config = ConfigurationBuilder()
    config.add_page('Form', content=Stack(Input(value=year, label='Text'), Text(year, id_='year')))
"""


async def test_what_is_right_as_a_whole_is_taken(serve: Serve, open_two: OpenTwo) -> None:
    """Typed faster than the line: the server hears of its first character alone, refuses it, and then of the rest."""
    async with Network(serve(CHECKED).url, delay=0.4) as network:
        ann, ben = await open_two(network.url)
        await text(ann).fill('2000')
        await expect(ben.locator('#year')).to_have_text('2000')
        await text(ann).select_text()
        await text(ann).press_sequentially('1984')
        await expect(ben.locator('#year')).to_have_text('1984')
        await expect(text(ann)).to_have_value('1984')
        await text(ann).press('Backspace')
        await expect(ann.get_by_text('This does not have the expected form')).to_be_visible()
        await text(ann).press_sequentially('5')
        await expect(ben.locator('#year')).to_have_text('1985')
        await expect(ann.get_by_text('This does not have the expected form')).to_be_hidden()
        await expect(notices(ann)).to_be_empty()


@pytest.mark.parametrize('type', ['email', 'password', *map(repeated, ['url', 'search', 'tel'])])
async def test_lines_of_every_type_keep_the_caret(show: Show, type: str) -> None:
    """Browsers tell of no caret in a field for an e-mail address, so it is one for text, with a fitting keyboard."""
    ann, ben = await show(f"Input(value=it, label='Text', type='{type}')", 'ab')
    await select(text(ann), 1, 1)
    await insert(ben, 0, '> ')
    await expect(text(ann)).to_have_value('> ab')
    await ann.keyboard.type('x')
    await expect(text(ben)).to_have_value('> axb')


async def test_a_date_is_a_value(show: Show) -> None:
    """A date or a time is not put together from the keys of two people."""
    ann, ben = await show("Input(value=it, label='Text', type='date')", '2026-07-01')
    await text(ann).fill('2027-12-24')
    await expect_json(ben, '2027-12-24')
    await expect(text(ben)).to_have_value('2027-12-24')
