"""Tests of the requests with which a page loads."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, status
from tests.browser.examples import Run
from tests.conftest import Serve

AT_ONCE = 10
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


SHARED = """
from dara.components import Button, Heading, Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable

value, size = Variable(default='one'), Variable(default=20)
config = ConfigurationBuilder()
config.add_page('Page', content=Stack(
    Input(value=value, label='Value'),
    Button('Larger', onclick=size.update(30)),
    Heading(value, font_size=size),
    *(Text(value, id_=f'text-{number}') for number in range(3)),
))
"""
MARK = "document.querySelectorAll('.dara-text, h1').forEach(each => { each.firstChild.isFirst = true })"
KEPT = "[...document.querySelectorAll('.dara-text, h1')].every(each => each.firstChild.isFirst)"


async def test_a_text_follows_its_value_in_the_same_text_node(serve: Serve, open_tab: OpenTab) -> None:
    """A selection in it stays; the text is right after another prop has changed, and for an empty value."""
    ann = await open_tab(serve(SHARED).url)
    texts, heading, field = ann.locator('.dara-text'), ann.get_by_role('heading'), ann.get_by_label('Value')
    await expect(texts).to_have_text(['one'] * 3)
    await ann.evaluate(MARK)
    await field.fill('two')
    await expect(texts).to_have_text(['two'] * 3)
    await expect(heading).to_have_text('two')
    await ann.get_by_role('button', name='Larger').click()
    await expect(heading).to_have_css('font-size', '30px')
    await field.fill('one')
    await expect(texts).to_have_text(['one'] * 3)
    await expect(heading).to_have_text('one')
    assert await ann.evaluate(KEPT)
    await field.fill('')
    await expect(texts).to_have_text([''] * 3)
    await field.fill('three')
    await expect(texts).to_have_text(['three'] * 3)


LINKED = """
from dara.components import Heading, Link, Stack
from dara.core import ConfigurationBuilder

config = ConfigurationBuilder()
config.add_page('One', content=Stack(Heading('Page one'), Link('There', to='/two'), Link('Back', to='/one')))
config.add_page('Two', content=Stack(Heading('Page two')))
"""


async def test_the_press_on_a_link_fetches_its_page_once(serve: Serve, open_tab: OpenTab) -> None:
    """The click takes what the press has asked for; a press for another tab asks for nothing."""
    ann = await open_tab(serve(LINKED).url)
    asked: list[str] = []
    ann.on('request', lambda request: asked.append(request.url))
    link = ann.locator('main').get_by_role('link', name='There')
    async with ann.context.expect_page():
        await link.click(modifiers=['Control'])
    assert not [url for url in asked if '/_dara/page' in url]
    await link.hover()
    async with ann.expect_request('**/_dara/page?*'):
        await ann.mouse.down()
    await expect(ann.get_by_role('heading')).to_have_text('Page one')
    await ann.mouse.up()
    await expect(ann.get_by_role('heading')).to_have_text('Page two')
    assert len([url for url in asked if '/_dara/page' in url]) == 1
