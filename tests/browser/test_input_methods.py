"""Tests of texts that an input method composes."""

from __future__ import annotations

from playwright.async_api import CDPSession, Page, expect

from tests.browser.conftest import OpenTab, Show, expect_json
from tests.browser.text_fields import FIELDS, compose, composing, in_both, insert, select, selected, text
from tests.conftest import Serve


@in_both
async def test_others_wait_while_an_input_method_composes(show: Show, field: str) -> None:
    """Its text stays as it is; edits of others come in when the character is there."""
    ann, ben = await show(field, 'ab')
    await select(text(ann), 1, 1)
    method = await composing(ann)
    await compose(method, 'k')
    await compose(method, 'か')
    await insert(ben, 0, 'before ')
    await insert(ben, 9, ' after')
    await expect(ann.locator('#json')).to_have_text('["before ab after"]')
    assert await text(ann).input_value() == 'aかb'
    await compose(method, 'かん')
    assert await text(ben).input_value() == 'before ab after'
    await method.send('Input.insertText', {'text': '漢'})
    for tab in (ann, ben):
        await expect(text(tab)).to_have_value('before a漢b after')
    assert await selected(text(ann)) == [9, 9, 'forward']
    await ann.keyboard.type('字')
    await expect(text(ben)).to_have_value('before a漢字b after')


async def test_a_composition_over_a_text_that_is_gone(show: Show) -> None:
    """Ben deletes the word in which Ann composes: her composed text stays."""
    ann, ben = await show(FIELDS['a line'], 'one two three')
    await select(text(ann), 6, 6)
    method = await composing(ann)
    await compose(method, 'に')
    await select(text(ben), 3, 7)
    await ben.keyboard.press('Delete')
    await expect(ann.locator('#json')).to_have_text('["one three"]')
    await method.send('Input.insertText', {'text': '二'})
    for tab in (ann, ben):
        await expect(text(tab)).to_have_value('one二 three')


async def test_a_composition_that_is_left(show: Show) -> None:
    """Or cancelled: the edits of others come in."""
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


def key(**props: object) -> tuple[str, dict[str, object]]:
    """Return an event of a key as an input method makes it."""
    return 'keydown', {'key': 'Enter', 'bubbles': True, **props}


async def fire(tab: Page, event: str, init: dict[str, object]) -> None:
    kind = 'CompositionEvent' if event.startswith('composition') else 'KeyboardEvent'
    await text(tab).evaluate(f'(field, [name, init]) => field.dispatchEvent(new {kind}(name, init))', [event, init])


async def test_enter_completes_once(serve: Serve, open_tab: OpenTab) -> None:
    """Leaving the field completes no second time, and neither does a key that is held down."""
    ann = await open_tab(serve('completed_texts').url)
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
    ann = await open_tab(serve('completed_texts').url)
    await text(ann).focus()
    method: CDPSession = await composing(ann)
    await method.send('Input.imeSetComposition', {'text': 'か', 'selectionStart': 1, 'selectionEnd': 1})
    await fire(ann, *key(isComposing=True))
    await method.send('Input.insertText', {'text': '漢'})
    await fire(ann, *key(keyCode=229))
    await ann.keyboard.type('!')
    await text(ann).press('Enter')
    await expect(ann.locator('#sent')).to_have_text('["漢!"]')
