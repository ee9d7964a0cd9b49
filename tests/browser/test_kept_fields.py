"""Tests of fields that a py_component moves while somebody types: no key is lost, and the caret stays."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.browser.text_fields import compose, composing
from tests.conftest import Serve
from tests.network import Network
from tests.repeats import repeated

TREES = ['it moves into a card', 'a hint appears above it', 'others come and go around it']
LIKE_TREES = ['a card appears above it', 'it moves to another stack']
OTHER_FIELDS = ['with an id', 'of lines']


@pytest.mark.parametrize(
    ('tree', 'field'),
    [
        *((tree, 'over a variable') for tree in TREES),
        *((TREES[0], field) for field in OTHER_FIELDS),
        *(repeated(tree, 'over a variable') for tree in LIKE_TREES),
        *(repeated(tree, field) for tree in [*TREES[1:], *LIKE_TREES] for field in OTHER_FIELDS),
    ],
)
async def test_no_key_is_lost(serve: Serve, open_tab: OpenTab, tree: str, field: str) -> None:
    """Typed at the usual pace, over a line on which everything takes 200 ms, too; and into the middle."""
    server = serve('kept_field', FIELD=field, TREE=tree)
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
    """It is the very same one, so the browser loses nothing that it keeps for it."""
    tab = await open_tab(serve('kept_field', FIELD='over a variable', TREE='a hint appears above it').url)
    place = tab.get_by_label('Field')
    await place.evaluate('(element) => { element.mark = 1 }')
    await place.press_sequentially('short')
    await expect(tab.get_by_text('too short')).to_be_visible()
    assert await place.evaluate('(element) => element.mark') == 1


async def test_what_is_half_typed_goes_along(serve: Serve, open_tab: OpenTab) -> None:
    """A number that ends with its point is none yet; it shows all the same, and leaving the field completes it."""
    tab = await open_tab(serve('kept_field', FIELD='of a number', TREE='it moves into a card').url)
    place = tab.get_by_label('Field')
    await place.focus()
    await tab.keyboard.type('12.5', delay=120)
    await expect(tab.locator('#number')).to_have_text('12.5')
    await expect(place).to_be_focused()
    await tab.keyboard.press('Tab')
    await expect(tab.locator('#sent')).to_have_text('1')


async def test_composed_text_goes_along(serve: Serve, open_tab: OpenTab) -> None:
    """Another tab moves the field in the middle of a composition."""
    server = serve('moved_field')
    ann, ben = await open_tab(server.url), await open_tab(server.url)
    await ann.get_by_label('Field').focus()
    await ann.keyboard.type('ab')
    await compose(await composing(ann), 'かん')
    await ben.get_by_label('Side').fill('right')
    await expect(ann.get_by_text('here:')).to_be_visible()
    for tab in (ann, ben):
        await expect(tab.locator('#word')).to_have_text('abかん')
        await expect(tab.get_by_label('Field')).to_have_value('abかん')


@pytest.mark.parametrize('is_focused', [True, False])
async def test_rejected_text_goes_along(serve: Serve, open_tab: OpenTab, is_focused: bool) -> None:
    """It waits to be corrected in the new element as it did in the old one."""
    server = serve('moved_field')
    ann, ben = await open_tab(server.url), await open_tab(server.url)
    await ann.get_by_label('Field').press_sequentially('too long for it')
    await expect(ann.get_by_text('at most 8 characters')).to_be_visible()
    if not is_focused:
        await ann.get_by_label('Side').focus()
    await ben.get_by_label('Side').fill('right')
    await expect(ann.get_by_text('here:')).to_be_visible()
    await expect(ann.get_by_label('Field')).to_have_value('too long for it')
    await expect(ann.get_by_text('at most 8 characters')).to_be_visible()
    await ann.get_by_label('Field').fill('short')
    await expect(ben.locator('#word')).to_have_text('short')


async def test_rejected_text_does_not_come_back_over_another(serve: Serve, open_tab: OpenTab) -> None:
    """An edit made while the field was away is not replaced by an old draft."""
    server = serve('moved_field')
    ann, ben = await open_tab(server.url), await open_tab(server.url)
    await ann.get_by_label('Field').press_sequentially('too long for it')
    await expect(ann.get_by_text('at most 8 characters')).to_be_visible()
    await ben.get_by_label('Side').fill('away')
    await expect(ann.get_by_text('away')).to_be_visible()
    await ben.get_by_label('Word').fill('theirs')
    await expect(ann.locator('#word')).to_have_text('theirs')
    await ben.get_by_label('Side').fill('right')
    await expect(ann.get_by_label('Field')).to_have_value('theirs')
    await expect(ann.get_by_text('at most 8 characters')).to_be_hidden()


async def expect_caret(tab: Page, at: int) -> None:
    """Check the place of the next key."""
    caret: Any = await tab.evaluate('document.activeElement.selectionStart')
    assert caret == at
