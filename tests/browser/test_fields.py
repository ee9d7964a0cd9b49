"""A field changes what was typed and nothing else, whatever its text is made of, and however it comes to be there."""

from __future__ import annotations

import re
from asyncio import gather

import pytest
from playwright.async_api import CDPSession, Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, Show, expect_json, notices, stored
from tests.browser.test_typing import FIELDS, composing, in_both, insert, select, selected, text
from tests.conftest import Serve
from tests.network import Network

LINES = [f'line {i}' for i in range(9)]


@pytest.mark.parametrize('end', ['\r\n', '\r', '\n'], ids=['CRLF', 'CR', 'LF'])
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
    """Whether one types, makes a line as long as two, or deletes a break; a new line ends like the others."""
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


@pytest.mark.parametrize('end', ['\r\n', '\r', '\n'], ids=['CRLF', 'CR', 'LF'])
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
    'odd',
    [
        '\x01\x07\x1b\x7f',
        'a\u2028b\u2029c',
        '\u200f\u202eשל\u202c',
        'e\u0301\u0323',
        '👩\u200d👧🇩🇪',
        '\ufeffa\xa0b\xad',
    ],
    ids=['control', 'separators', 'direction', 'combining', 'astral', 'invisible'],
)
async def test_odd_characters_stay(show: Show, field: str, odd: str) -> None:
    ann, ben = await show(field, f'{odd}.')
    await text(ann).press('ControlOrMeta+End')
    await ann.keyboard.type('x')
    await expect_json(ben, f'{odd}.x')
    await insert(ben, 0, 'y')
    await expect_json(ann, f'y{odd}.x')


async def paste(tab: Page, what: str) -> None:
    await tab.evaluate('(what) => navigator.clipboard.writeText(what)', what)
    await tab.keyboard.press('ControlOrMeta+v')


async def test_lines_that_are_pasted(serve: Serve, open_tab: OpenTab) -> None:
    """Into a line of input: they become one, with spaces between them; into a text area: as they are."""
    app = serve("""
        from dara.components import Input, Stack, Text, Textarea
        from dara.core import ConfigurationBuilder, Variable
        from dara.core.persistence import BackendStore

        one, more = (Variable(default='', store=BackendStore(uid=each)) for each in ('one', 'more'))
        config = ConfigurationBuilder()
        config.add_page('Page', content=Stack(
            Input(value=one, label='One'), Textarea(value=more, label='More'),
            Text(one, id_='one'), Text(more, id_='more', formatted=True),
        ))
    """)
    ann = await open_tab(app.url, permissions=['clipboard-read', 'clipboard-write'])
    await ann.get_by_label('One').focus()
    await paste(ann, 'first\r\n  second\n\nthird\n')
    await expect(ann.get_by_label('One')).to_have_value('first second third')
    await expect(ann.locator('#one')).to_have_text('first second third')
    await ann.get_by_label('More').focus()
    await paste(ann, 'first\r\nsecond\n')
    await expect(ann.locator('#more')).to_have_text('first\nsecond\n')


SET = '(field, text) => Object.getOwnPropertyDescriptor(field.constructor.prototype, "value").set.call(field, text)'


@in_both
async def test_what_a_script_fills_in(show: Show, field: str) -> None:
    """With `change` alone; without any event it is seen when the field is left, or others type."""
    ann, ben = await show(field, 'a')
    await text(ann).evaluate(SET, 'from a script')
    await text(ann).evaluate('(field) => field.dispatchEvent(new Event("change", { bubbles: true }))')
    await expect_json(ben, 'from a script')
    await text(ann).focus()
    await text(ann).evaluate(SET, 'in silence')
    await text(ann).blur()
    await expect_json(ben, 'in silence')
    await text(ann).evaluate(SET, 'in silence!')
    await insert(ben, 0, '> ')
    for tab in (ann, ben):
        await expect_json(tab, '> in silence!')
        await expect(text(tab)).to_have_value('> in silence!')


@in_both
async def test_what_replaces_a_word(show: Show, field: str) -> None:
    """A spell checker, voice input and extensions."""
    ann, ben = await show(field, 'one tow three')
    await select(text(ann), 4, 7)
    await ann.evaluate("document.execCommand('insertText', false, 'two')")
    await expect_json(ben, 'one two three')
    await text(ann).evaluate("""(field) => {
        field.setRangeText('2', 4, 7, 'end')
        field.dispatchEvent(new InputEvent('input', { inputType: 'insertReplacementText', bubbles: true }))
    }""")
    await expect_json(ben, 'one 2 three')
    await ann.evaluate("document.execCommand('delete')")
    await expect_json(ben, 'one  three')


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


@in_both
async def test_what_no_store_takes_stays_with_the_reason(show: Show, field: str) -> None:
    ann, ben = await show(field, 'ab')
    await select(text(ann), 1, 1)
    await ann.keyboard.insert_text('\0')
    await expect(ann.get_by_text('null character')).to_be_visible()
    assert await text(ann).input_value() == 'a\0b'
    await text(ann).press('Backspace')
    await ann.keyboard.type('c')
    await expect_json(ben, 'acb')
    await expect(ann.get_by_text('null character')).to_be_hidden()
    await expect(notices(ann)).to_be_empty()


DRAGGED = """
    from dara.components import Input, Stack, Text, Textarea
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore

    both = Variable(default={'from': 'one two', 'to': 'three\\r\\nfour'}, store=BackendStore())
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        Input(value=both.get('from'), label='From'), Textarea(value=both.get('to'), label='To'), Text(both, id_='both'),
    ))
"""


async def test_a_word_that_is_dragged(serve: Serve, open_two: OpenTwo) -> None:
    """From one field into another, it leaves the one and is in the other."""
    ann, ben = await open_two(serve(DRAGGED).url)
    source, target = ann.get_by_label('From'), ann.get_by_label('To')
    box = await source.bounding_box()
    there = await target.bounding_box()
    assert box
    assert there
    await source.dblclick(position={'x': 18, 'y': box['height'] / 2})
    assert await selected(source) == [0, 3, 'forward'] or await selected(source) == [0, 4, 'forward']
    await ann.mouse.move(box['x'] + 18, box['y'] + box['height'] / 2)
    await ann.mouse.down()
    for step in range(1, 11):
        await ann.mouse.move(box['x'] + 18, box['y'] + box['height'] / 2 + step * (there['y'] + 12 - box['y']) / 10)
    await ann.mouse.up()
    await expect(source).to_have_value(re.compile('^ ?two$'))
    shown = await target.input_value()
    assert shown.replace('one', '', 1).replace(' ', '') == 'three\nfour'
    await expect(ben.get_by_label('From')).to_have_value(await source.input_value())
    await expect(ben.get_by_label('To')).to_have_value(shown)
    await expect(ben.locator('#both')).to_contain_text('\\r\\n')


async def test_a_composition_that_is_left(show: Show) -> None:
    """Or cancelled: what others wrote meanwhile comes in."""
    ann, ben = await show(FIELDS['a line'], 'ab')
    await select(text(ann), 1, 1)
    method = await composing(ann)
    await method.send('Input.imeSetComposition', {'text': 'か', 'selectionStart': 1, 'selectionEnd': 1})
    await insert(ben, 0, '> ')
    await method.send('Input.imeSetComposition', {'text': '', 'selectionStart': 0, 'selectionEnd': 0})
    await expect(text(ann)).to_have_value('> ab')
    await method.send('Input.imeSetComposition', {'text': 'か', 'selectionStart': 1, 'selectionEnd': 1})
    await text(ann).blur()
    await expect_json(ben, '> aかb')


COMPLETED = """
    from dara.components import Button, Input, Stack, Text, Textarea
    from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
    from dara.core.persistence import BackendStore

    draft, sent = Variable(default='', store=BackendStore()), Variable(default=[], store=BackendStore())

    @action
    async def send(ctx: ActionCtx):
        await sent.store.modify(lambda all: [*all, ctx.input])

    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        Input(value=draft, label='Text', oncomplete=send()), Button('Elsewhere'), Text(sent, id_='sent'),
    ))
"""


def key(**props: object) -> tuple[str, dict[str, object]]:
    """An event of a key as an input method makes it."""
    return 'keydown', {'key': 'Enter', 'bubbles': True, **props}


async def fire(tab: Page, event: str, init: dict[str, object]) -> None:
    kind = 'CompositionEvent' if event.startswith('composition') else 'KeyboardEvent'
    await text(tab).evaluate(f'(field, [name, init]) => field.dispatchEvent(new {kind}(name, init))', [event, init])


async def test_enter_completes_once(serve: Serve, open_tab: OpenTab) -> None:
    """Leaving the field completes no second time, and neither does a key that is held down."""
    ann = await open_tab(serve(COMPLETED).url)
    await text(ann).press_sequentially('one')
    await text(ann).press('Enter')
    await ann.get_by_role('button', name='Elsewhere').click()
    await expect(ann.locator('#sent')).to_have_text('["one"]')
    await text(ann).fill('two')
    await ann.keyboard.down('Enter')
    await ann.keyboard.down('Enter')
    await ann.keyboard.down('Enter')
    await ann.keyboard.up('Enter')
    await text(ann).fill('three')
    await ann.get_by_role('button', name='Elsewhere').click()
    await expect(ann.locator('#sent')).to_have_text('["one","two","three"]')


async def test_the_enter_of_an_input_method_completes_nothing(serve: Serve, open_tab: OpenTab) -> None:
    """In Chromium it comes while it composes; Safari tells that by its code alone, when the composition is over."""
    ann = await open_tab(serve(COMPLETED).url)
    await text(ann).focus()
    method: CDPSession = await composing(ann)
    await method.send('Input.imeSetComposition', {'text': 'か', 'selectionStart': 1, 'selectionEnd': 1})
    await fire(ann, *key(isComposing=True))
    await method.send('Input.insertText', {'text': '漢'})
    await fire(ann, *key(keyCode=229))
    await ann.keyboard.type('!')
    await text(ann).press('Enter')
    await expect(ann.locator('#sent')).to_have_text('["漢!"]')


LARGE = """
    from dara.components import Stack, Text, Textarea
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    text = Variable(default='before', store=BackendStore(backend=FileBackend(path='store.json')))
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(Textarea(value=text, label='Text'), Text('below')))
"""


async def test_a_text_that_is_too_large_stays_in_the_field(serve: Serve, open_two: OpenTwo) -> None:
    """With the reason below it, until it is made shorter; others keep what was there, all of it."""
    app = serve(LARGE)
    ann, ben = await open_two(app.url)
    await text(ann).press('ControlOrMeta+End')
    await ann.keyboard.insert_text('x' * 1_200_000)
    await expect(ann.get_by_text('too large')).to_be_visible()
    await text(ann).blur()
    assert len(await text(ann).input_value()) == 1_200_006
    await insert(ben, 0, '> ')
    await expect(text(ben)).to_have_value('> before')
    await expect(ann.get_by_text('too large')).to_be_visible()
    await select(text(ann), 16, 1_200_006)
    await ann.keyboard.press('Delete')
    await expect(ann.get_by_text('too large')).to_be_hidden()
    for tab in (ann, ben):
        await expect(text(tab)).to_have_value('> before' + 'x' * 10)
    assert stored(app) == '> before' + 'x' * 10


async def test_one_key_too_many(serve: Serve, open_two: OpenTwo) -> None:
    """Where a text is as large as it may be."""
    app = serve(LARGE.replace("'before'", "'x' * (2 ** 20 - 3)"))
    ann, ben = await open_two(app.url)
    await text(ann).press('ControlOrMeta+End')
    await ann.keyboard.type('a')
    await ann.keyboard.type('b')
    await expect(text(ann)).to_have_attribute('aria-invalid', 'true')
    assert (await text(ann).input_value()).endswith('xab')
    await text(ann).press('Backspace')
    await text(ann).press('Backspace')
    await text(ann).press('Backspace')
    await ann.keyboard.type('c')
    await expect(text(ann)).not_to_have_attribute('aria-invalid', 'true')
    await expect(text(ben)).to_have_value('x' * (2**20 - 4) + 'c')
    await expect(notices(ann)).to_be_empty()


async def test_what_was_refused_stays_when_the_field_is_left(serve: Serve, open_two: OpenTwo) -> None:
    """Another field of the same value is taken meanwhile; Escape shows what is stored."""
    async with Network(
        serve('typed_person').url,
        delay=0.1,
    ) as network:
        ann, ben = await open_two(network.url)
        await ann.get_by_label('Year').press_sequentially('19')
        await ann.get_by_label('City').press_sequentially('Ulm')
        await ann.get_by_label('Name').press_sequentially('Alber')
        await expect(ben.get_by_label('Name')).to_have_value('Alber')
        await ann.keyboard.type('t')
        await expect(ben.locator('#person')).to_have_text('{"name":"Alber","year":"","city":"Ulm"}')
        await ann.get_by_label('City').focus()
        await expect(ann.get_by_label('Year')).to_have_value('19')
        await expect(ann.get_by_label('Name')).to_have_value('Albert')
        await expect(ann.get_by_text('String should match pattern')).to_be_visible()
        await expect(ann.get_by_text('String should have at most 5 characters')).to_be_visible()
        await ann.get_by_label('City').press_sequentially('!')
        await expect(ben.get_by_label('City')).to_have_value('Ulm!')
        await expect(ann.get_by_label('Year')).to_have_value('19')
        await ann.get_by_label('Year').press('End')
        await ann.get_by_label('Year').press_sequentially('05')
        await expect(ben.get_by_label('Year')).to_have_value('1905')
        await expect(ann.get_by_text('String should match pattern')).to_be_hidden()
        await ann.get_by_label('Name').press('Escape')
        await expect(ann.get_by_label('Name')).to_have_value('Alber')
        await expect(ann.get_by_text('String should have at most 5 characters')).to_be_hidden()
        await expect(notices(ann)).to_be_empty()


async def test_what_was_refused_in_one_room_is_not_shown_in_another(serve: Serve, open_two: OpenTwo) -> None:
    ann, ben = await open_two(
        serve("""
        from typing import Annotated
        from pydantic import Field
        from dara.components import Input, Select, Stack
        from dara.core import ConfigurationBuilder, Variable
        from dara.core.persistence import BackendStore

        room = Variable('red')
        note = Variable(default='', store=BackendStore(type=Annotated[str, Field(max_length=3)]).at(room))
        config = ConfigurationBuilder()
        config.add_page('Rooms', content=Stack(
            Input(value=room, label='Room'), Input(value=note, label='Text'),
        ))
        """).url
    )
    await text(ann).press_sequentially('abcd')
    await expect(ann.get_by_text('at most 3 characters')).to_be_visible()
    await ann.get_by_label('Room').fill('blue')
    await expect(text(ann)).to_have_value('')
    await expect(ann.get_by_text('at most 3 characters')).to_be_hidden()
    await text(ann).press_sequentially('xy')
    await ben.get_by_label('Room').fill('blue')
    await expect(text(ben)).to_have_value('xy')


# As Google Translate does it: every text goes, and in its place there are two elements with what it was translated to.
TRANSLATE = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const texts = []
    while (walker.nextNode()) if (walker.currentNode.data.trim() !== '') texts.push(walker.currentNode)
    for (const text of texts) {
        if (text.parentElement.closest('script, style')) continue
        const [outer, inner] = [document.createElement('font'), document.createElement('font')]
        inner.textContent = text.data.toUpperCase()
        outer.append(inner)
        text.replaceWith(outer)
    }
}"""


async def test_a_page_that_is_translated_goes_on(serve: Serve, open_two: OpenTwo) -> None:
    """What changes is shown, fields keep working, and nothing breaks."""
    ann, ben = await open_two(serve('translated_page').url)
    await expect(ann.get_by_text('shown')).to_be_visible()
    await ann.evaluate(TRANSLATE)
    await expect(ann.get_by_text('SHOWN')).to_be_visible()
    await text(ann).press('End')
    await ann.keyboard.type('!')
    await expect(ben.locator('#text')).to_have_text('hello!')
    await expect(ann.locator('#text')).to_have_text('hello!')
    await ben.get_by_role('button', name='Turn').click()
    await expect(ann.get_by_text('hidden')).to_be_visible()
    await expect(ann.get_by_text('SHOWN')).to_be_hidden()
    await ann.evaluate(TRANSLATE)
    await ben.get_by_role('button', name='Fewer').click()
    await expect(ann.locator('#items')).to_have_text('zwei')
    await ann.get_by_role('button', name='NEXT').click()
    await expect(ann.get_by_text('second page')).to_be_visible()
    await ann.evaluate(TRANSLATE)
    await insert(ben, 0, '> ')
    await expect(text(ann)).to_have_value('> hello!')
    await expect(ann.locator('#text')).to_have_text('> hello!')
