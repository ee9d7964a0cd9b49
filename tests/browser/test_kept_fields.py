"""Fields that a py_component draws in another place while somebody types: no key is lost, and the caret stays."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve
from tests.network import Network

APP = """
from dara.components import *
from dara.core import *
from dara.core.persistence import BackendStore

w = Variable(default='', store=BackendStore())
number = Variable(default=None, store=BackendStore())
sent = Variable(default=0)

@py_component
async def form(t):
    hint = [Text('too short')] if 0 < len(t or '') < 8 else []
    wide = len(t or '') % 2 == 1
    field = {field}
    return {tree}

config = ConfigurationBuilder()
config.add_page('Page', content=Stack(form(w), Text(w, id_='w'), Text(number, id_='number'), Text(sent, id_='sent')))
"""
FIELDS = {
    'over a variable': "Input(value=w, label='Field')",
    'with an id': "Input(value=w, id_='fixed', label='Field')",
    'of lines': "Textarea(value=w, label='Field')",
}
TREES = {
    'a hint appears above it': 'Stack(*hint, field)',
    'a card appears above it': "Stack(*([Card(Text('short'))] if hint else []), Card(field))",
    'it moves into a card': 'Stack(Card(field) if wide else field)',
    'it moves to another stack': 'Stack(Stack(field if wide else None), Card(None if wide else field))',
    'others come and go around it': "Stack(Input(label='Other', value=Variable('')) if wide else None, field, *hint)",
}


@pytest.mark.parametrize('tree', TREES.values(), ids=TREES)
@pytest.mark.parametrize('field', FIELDS.values(), ids=FIELDS)
async def test_no_key_is_lost(serve: Serve, open_tab: OpenTab, tree: str, field: str) -> None:
    """Typed at the usual pace, over a line on which everything takes 200 ms, too; and into the middle."""
    server = serve(app(tree, field))
    for delay in (0.0, 0.2):
        async with Network(server.url, delay=delay) as network:
            tab = await open_tab(network.url)
            place = tab.get_by_label('Field')
            await place.fill('')
            await expect(tab.locator('#w')).to_have_text('')
            await place.focus()
            await tab.keyboard.type('held', delay=60)
            await tab.keyboard.press('ArrowLeft')
            await tab.keyboard.type('lo worl', delay=60)
            await expect(place).to_have_value('hello world')
            await expect(tab.locator('#w')).to_have_text('hello world')
            await expect(place).to_be_focused()
            await expect_caret(tab, 10)


async def test_a_hint_above_a_field_leaves_the_element(serve: Serve, open_tab: OpenTab) -> None:
    """It is the very same one, so that nothing that a browser keeps for it is lost."""
    tab = await open_tab(serve(app(TREES['a hint appears above it'], FIELDS['over a variable'])).url)
    place = tab.get_by_label('Field')
    await place.evaluate('(element) => { element.mark = 1 }')
    await place.press_sequentially('short')
    await expect(tab.get_by_text('too short')).to_be_visible()
    assert await place.evaluate('(element) => element.mark') == 1


async def test_what_is_half_typed_goes_along(serve: Serve, open_tab: OpenTab) -> None:
    """A number that ends with its point is none yet; it shows all the same, and leaving the field completes it."""
    field = "Input(type='number', value=number, label='Field', oncomplete=sent.update(1))"
    tab = await open_tab(
        serve(
            app(TREES['it moves into a card'], field)
            .replace('form(w)', 'form(text)')
            .replace('@py_component', 'text = DerivedVariable(lambda n: str(n), [number])\n\n@py_component')
        ).url
    )
    place = tab.get_by_label('Field')
    await place.focus()
    await tab.keyboard.type('12.5', delay=120)
    await expect(tab.locator('#number')).to_have_text('12.5')
    await expect(place).to_be_focused()
    await tab.keyboard.press('Tab')
    await expect(tab.locator('#sent')).to_have_text('1')


def app(tree: str, field: str) -> str:
    """An app whose py_component draws the field like that."""
    return APP.replace('{field}', field).replace('{tree}', tree)


async def expect_caret(tab: Page, at: int) -> None:
    """Where the next key would go."""
    caret: Any = await tab.evaluate('document.activeElement.selectionStart')
    assert caret == at
