"""Tests of texts as parameters of an address: each comes back as it was, whoever reads the address."""

from __future__ import annotations

import json

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, notices
from tests.conftest import Serve

TEXTS = [
    '/', '%2F', '%', '?a=1&b', '#', '+', ' a ', '.', '..', '~', '~.', '%2e%2e', 'é 👩\u200d👩 \u05d0', '\\', "'\"<>",
    'a//b', 'x' * 3000, '\t', 'null', '[1]', '%E0%A4%A', '&amp;', ';:@=$,!*()',
]  # fmt: skip


async def test_any_text_comes_back(serve: Serve, open_tab: OpenTab) -> None:
    """Typed into a field over the parameter, after a reload, by a link, back and forward."""
    tab = await open_tab(f'{serve("addresses").url}/n/first')
    before = 'first'
    for text in TEXTS:
        await tab.get_by_label('Id').fill(text)
        await tab.get_by_label('Query').fill(text)
        await expect_both(tab, text)
        await tab.reload()
        await expect_both(tab, text)
        await tab.get_by_label('Picked').fill(before)
        await tab.get_by_role('link', name='There').click()
        await expect(tab.locator('#id')).to_have_js_property('textContent', before)
        await tab.go_back()
        await expect_both(tab, text)
        before = text


async def test_what_no_address_can_have_is_refused(serve: Serve, open_tab: OpenTab) -> None:
    """With the reason, and the old text stays."""
    tab = await open_tab(f'{serve("addresses").url}/n/first')
    await tab.get_by_label('Id').fill('x' * 20_000)
    await expect(notices(tab)).to_contain_text('This cannot be in the address of the page: it is too long.')
    await expect(tab.get_by_label('Id')).to_have_value('first')
    await expect(tab.locator('#id')).to_have_text('first')


async def expect_both(tab: Page, text: str) -> None:
    """Wait until the parameter of the path and that of the query are the text."""
    for place in ('#id', '#query'):
        await expect(tab.locator(place), json.dumps(text)).to_have_js_property('textContent', text)
