"""Tests of frames, links and routes, called as documented, in Chromium."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve


async def test_frames_links_and_fallbacks(serve: Serve, open_tab: OpenTab) -> None:
    page = await open_tab(serve('compat_frames').url)
    await page.get_by_role('link', name='Item 3').click()
    await expect(page.get_by_text('Details of 3')).to_be_visible()
    await page.get_by_role('link', name='Item 1').click()
    await expect(page.get_by_text('Details of 1')).to_be_visible()
    await page.get_by_role('link', name='Home').click()
    await expect(page.get_by_role('link', name='Item 3')).to_be_visible()


async def test_a_page_below_a_bar_at_the_top(serve: Serve, open_tab: OpenTab) -> None:
    url = serve('compat_frames').url
    page = await open_tab(f'{url}/about')
    await expect(page.get_by_text('About', exact=True)).to_be_visible()
    await page.set_viewport_size({'width': 390, 'height': 800})
    title = await page.locator('.dara-header .dara-title').element_handle()
    await page.wait_for_function('(title) => title.scrollWidth <= title.clientWidth', arg=title)  # it is not cut off
    await page.get_by_role('link', name='Back').click()
    await expect(page.get_by_role('link', name='Item 3')).to_be_visible()
    await page.goto(f'{url}/late')
    await expect(page.get_by_text('Later')).to_be_visible()
