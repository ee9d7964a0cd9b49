"""Tests of text that comes into a field otherwise than by typing: pasted, dragged, from a script, or translated."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, Show, at_rest, expect_json
from tests.browser.text_fields import SET, in_both, insert, select, selected, text
from tests.conftest import Serve


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
    await at_rest(ann)
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
    """Changes are shown, fields keep working, and nothing breaks."""
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
