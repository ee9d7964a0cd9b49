"""Tests of the requests with which a page loads."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, status
from tests.browser.examples import Run
from tests.conftest import Serve

AT_ONCE = 9
"""Beside the HTML; a browser makes six requests at once to one host, and one of these files has 0.4 kB."""


async def requests_of(tab: Page, url: str) -> list[dict[str, Any]]:
    """Open a page; return its requests until it is live and its fields are there, as the DevTools describe them."""
    seen: list[dict[str, Any]] = []
    devtools = await tab.context.new_cdp_session(tab)
    await devtools.send('Network.enable')
    devtools.on('Network.requestWillBeSent', lambda event: seen.append(event))
    await tab.goto(url)
    await expect(status(tab)).to_contain_text('Live')
    return seen


async def test_the_html_of_a_page_names_all_that_it_loads(run: Run, open_tab: OpenTab) -> None:
    """So all is fetched at once, in one round: no file is asked for by another one."""
    ann = await open_tab('about:blank')
    url = run('together').url
    page, *files = await requests_of(ann, url)
    await expect(ann.get_by_label('Title')).to_be_visible()
    assert page['type'] == 'Document'
    chained = [each['request']['url'] for each in files if each['initiator'].get('url') != page['request']['url']]
    assert chained == []
    assert len(files) <= AT_ONCE
