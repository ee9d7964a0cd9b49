"""Tests of every documented component, called as documented, in Chromium."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve

Visit = Callable[[str], Awaitable[Page]]


@pytest.fixture
def visit(serve: Serve, open_tab: OpenTab) -> Visit:
    """Open a page of the app with all components."""
    server = serve('compat_components')
    return lambda page: open_tab(f'{server.url}/{page}')


async def test_accordion(visit: Visit) -> None:
    page = await visit('accordion')
    await expect(page.get_by_text('Because')).to_be_visible()
    await expect(page.get_by_text('New')).to_be_visible()
    await page.get_by_text('How').click()
    await expect(page.get_by_text('Like this')).to_be_visible()
    await expect(page.get_by_text('Because')).to_be_hidden()
    await expect(page.locator('#value')).to_have_text('1')


async def test_buttons(visit: Visit) -> None:
    page = await visit('buttons')
    await page.get_by_role('button', name='Save').click()
    await expect(page.locator('#value')).to_have_text('saved')
    await page.get_by_role('button', name='Remove').click()
    await expect(page.locator('#value')).to_have_text('removed')
    await expect(page.get_by_role('button', name='Closed')).to_be_disabled()
    await page.get_by_text('Week').click()
    await expect(page.locator('#value')).to_have_text('week')


async def test_choices(visit: Visit) -> None:
    page = await visit('choices')
    await page.get_by_label('Mon').click()
    await expect(page.locator('#days')).to_have_text('["Mon","Tue"]')
    await expect(page.get_by_label('Wed')).to_be_disabled()
    await page.get_by_text('Aisle').click()
    await expect(page.locator('#seat')).to_have_text('2')
    await expect(page.get_by_role('radio', name='TitleB')).to_be_checked()
    await page.get_by_text('A', exact=True).click()
    await expect(page.get_by_role('radio', name='TitleA')).to_be_checked()
    await expect(page.locator('#picked')).to_have_text('TitleA')
    await expect(page.locator('#last_picked')).to_have_text('TitleA')
    await page.get_by_role('combobox', name='Meal').click()
    await page.get_by_role('option', name='Fruit').click()
    await expect(page.locator('#meal')).to_have_text('Fruit')
    await page.get_by_role('combobox', name='Several').focus()
    await page.keyboard.press('ArrowDown')
    await page.get_by_role('option', name='Soup').locator('visible=true').click()
    await expect(page.locator('#several')).to_have_text('["Salad","Soup"]')
    await page.get_by_role('switch', name='Light').press('Space')
    await expect(page.locator('#light')).to_have_text('false')
    await page.get_by_role('slider', name='Level').press('ArrowRight')
    await expect(page.locator('#level')).to_have_text('30')
    await expect(page.get_by_label('Day', exact=True)).to_contain_text('01/07/2026')


async def test_content(visit: Visit) -> None:
    page = await visit('content')
    await expect(page.get_by_role('heading', name='Results', level=2)).to_be_visible()
    await expect(page.get_by_text('Hello, you!')).to_be_visible()
    await expect(page.locator('strong')).to_have_text('Strong')
    await expect(page.get_by_text('print("hello")')).to_be_visible()
    await expect(page.get_by_role('img', name='Repair')).to_be_visible()
    await expect(page.get_by_role('img', name='A dot')).to_be_visible()
    await expect(page.get_by_role('progressbar', name='Upload')).to_have_attribute('aria-valuenow', '40')
    await page.get_by_text('A word').hover()
    await expect(page.get_by_role('tooltip', name='What it means')).to_be_visible()
    await page.get_by_role('link', name='Further down').click()
    await page.wait_for_url('**/content#end')


async def test_components_that_choose(visit: Visit) -> None:
    page = await visit('flow')
    await expect(page.get_by_text('Many')).to_be_visible()
    await expect(page.get_by_text('Another number')).to_be_visible()
    await expect(page.get_by_text('Ann')).to_be_visible()
    await expect(page.get_by_text('Ben')).to_be_visible()
    await page.get_by_label('Count').fill('1')
    await expect(page.get_by_text('Few')).to_be_visible()
    await expect(page.get_by_text('One')).to_be_visible()


async def test_forms(visit: Visit) -> None:
    page = await visit('forms')
    await page.get_by_label('Name').fill('Ann')
    await page.get_by_role('button', name='Next').click()
    await page.get_by_label('Story').fill('It was a dark night')
    await page.get_by_role('button', name='Submit').click()
    await expect(page.locator('#sent')).to_contain_text('It was a dark night')
    await expect(page.locator('#sent')).to_contain_text('Ann')


async def test_layout(visit: Visit) -> None:
    page = await visit('layout')
    for text in ('A card', 'With a subtitle', 'Inside', 'Left', 'Right', 'First words'):
        await expect(page.get_by_text(text)).to_be_visible()
    await page.get_by_role('tab', name='Second').click()
    await expect(page.get_by_text('Second words')).to_be_visible()
    await page.get_by_role('button', name='Ask').click()
    await expect(page.get_by_text('Really?')).to_be_visible()
    await page.get_by_role('button', name='Yes').click()
    await expect(page.get_by_text('Really?')).to_be_hidden()


async def test_table(visit: Visit) -> None:
    page = await visit('table')
    await expect(page.get_by_role('cell', name='50%')).to_be_visible()
    await page.get_by_role('cell', name='Ben').click()
    await expect(page.locator('#value')).to_have_text('[1]')
