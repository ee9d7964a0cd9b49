"""Actions as documented."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import OpenTab, OpenTwo, notices
from tests.compat.page import expect_texts, press
from tests.conftest import Serve


async def test_an_action_gets_the_present_values(serve: Serve, open_tab: OpenTab) -> None:
    """Those of its variables, other arguments as they are, and the input of its component."""
    ann = await open_tab(serve('compat_actions').url)
    await expect_texts(ann, total='5')
    await press(ann, 'Add')
    await expect_texts(ann, total='6')
    await press(ann, 'Add seven')
    await expect_texts(ann, total='13')
    await ann.get_by_role('combobox').click()
    await ann.get_by_role('option', name='3', exact=True).click()
    await expect_texts(ann, total='60')


async def test_updates_of_one_action_arrive_together(serve: Serve, open_tab: OpenTab) -> None:
    """A DerivedVariable is computed once for all of them, with the last values."""
    ann = await open_tab(serve('compat_actions').url)
    await expect_texts(ann, described='5 / 10, run 1')
    await press(ann, 'Both')
    await expect_texts(ann, total='100', factor='1', described='100 / 1, run 2')
    await press(ann, 'Start over')
    await expect_texts(ann, total='5', factor='10', described='5 / 10, run 1')
    await expect(notices(ann)).to_contain_text('As at first')


async def test_actions_of_variables_in_a_list(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve('compat_actions').url)
    await press(ann, 'Both at once')
    await expect_texts(ann, total='1', factor='2', is_on='true')
    await ann.get_by_role('switch').press('Space')
    await expect_texts(ann, is_on='false')
    await ann.get_by_placeholder('source').fill('copied')
    await expect_texts(ann, copied='copied')


async def test_an_update_of_a_store_reaches_everybody(serve: Serve, open_two: OpenTwo) -> None:
    ann, ben = await open_two(serve('compat_actions').url)
    for presser, visits in ((ann, '1'), (ben, '2'), (ann, '3')):
        await press(presser, 'Visit')
        for tab in (ann, ben):
            await expect_texts(tab, visits=visits)
    await press(ann, 'Add')
    await expect_texts(ann, total='6')
    await expect_texts(ben, total='5')


async def test_what_an_action_does_in_the_tab(serve: Serve, open_tab: OpenTab) -> None:
    """It fills the clipboard, and goes to another page."""
    ann = await open_tab(serve('compat_actions').url, permissions=['clipboard-read', 'clipboard-write'])
    await press(ann, 'Report')
    await expect(notices(ann)).to_contain_text('Copied')
    assert await ann.evaluate('navigator.clipboard.readText()') == 'total 5'
    await press(ann, 'Leave')
    await expect(ann.get_by_role('heading', name='Away')).to_be_visible()
    assert ann.url.endswith('/away')
