"""Tests of several pages in one app."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve


async def test_the_header_links_the_pages(serve: Serve, open_tab: OpenTab) -> None:
    """It marks the present one."""
    ann = await open_tab(serve('three_pages').url)
    links = ann.get_by_role('navigation', name='Pages').get_by_role('link')
    await expect(links).to_have_text(['Read', 'Write here', 'Third'])
    await expect(ann.get_by_role('link', name='Read')).to_have_attribute('aria-current', 'page')
    await links.nth(2).click()
    await expect(ann.get_by_role('heading')).to_have_text('Number three')
    await expect(links.nth(2)).to_have_attribute('aria-current', 'page')
    await expect(links.nth(0)).not_to_have_attribute('aria-current', 'page')
    assert ann.url.endswith('/a/third')


async def test_a_page_alone_needs_no_links(serve: Serve, open_tab: OpenTab) -> None:
    """There is nowhere to go."""
    ann = await open_tab(serve('three_pages', ALONE='yes').url)
    await expect(ann.get_by_role('heading')).to_be_attached()
    await expect(ann.get_by_role('navigation')).to_have_count(0)


async def test_pages_share_what_is_shared(serve: Serve, open_tab: OpenTab) -> None:
    """A variable is the same on every page that shows it."""
    url = serve('three_pages').url
    reader, writer = await open_tab(url), await open_tab(f'{url}/write-here')
    await writer.get_by_label('Shared').fill('across pages')
    await expect(reader.get_by_role('heading')).to_have_text('across pages')


async def test_an_edit_right_before_a_link_is_not_lost(serve: Serve, open_tab: OpenTab) -> None:
    """Somebody types and at once goes to the next page, and back; both show what they typed."""
    url = serve('three_pages').url
    ann = await open_tab(f'{url}/write-here')
    ann.on('dialog', lambda question: question.accept())  # it may ask, if we are faster than the server
    await ann.get_by_label('Shared').fill('just in time')
    await ann.get_by_role('link', name='Read').click()
    await expect(ann.get_by_role('heading')).to_have_text('just in time')
    await ann.go_back()
    await expect(ann.get_by_label('Shared')).to_have_value('just in time')


async def test_an_action_goes_to_another_page(serve: Serve, open_tab: OpenTab) -> None:
    """`ctx.navigate`."""
    ann = await open_tab(serve('three_pages').url)
    await ann.get_by_role('button', name='Go').click()
    await expect(ann.get_by_label('Shared')).to_be_visible()


async def test_an_address_that_is_no_page(serve: Serve, browser: Browser) -> None:
    """404, and a way back. (The console tells of the 404 too, so this tab is not one that may not complain.)"""
    tab = await browser.new_page()
    answer = await tab.goto(f'{serve("three_pages").url}/no/such/page')
    assert answer
    assert answer.status == 404
    await expect(tab.get_by_role('heading')).to_have_text('There is no such page')
    await tab.get_by_role('main').get_by_role('link').click()
    await expect(tab.get_by_label('Own')).to_be_visible()
    await tab.context.close()


async def test_an_app_below_a_path(serve: Serve, open_tab: OpenTab) -> None:
    """`--base-url`: its links, its files and its connection are below it too."""
    server = serve('three_pages')
    server.stop()
    server.start('--base-url', '/office/notes')
    assert server.url.endswith('/office/notes')
    reader, writer = await open_tab(server.url), await open_tab(server.url)
    await writer.get_by_role('link', name='Write here').click()
    await writer.get_by_label('Shared').fill('below a path')
    await expect(reader.get_by_role('heading')).to_have_text('below a path')


async def test_an_app_can_be_dark_for_everybody(serve: Serve, open_tab: OpenTab) -> None:
    """`set_theme`: whatever their system says, until they choose themselves."""
    ann = await open_tab(serve('three_pages', DARK='yes').url, color_scheme='light')
    await expect(ann.get_by_role('button', name='Use light mode')).to_be_visible()
