"""Tests of logging in, of the user's name on the page, and of logging out."""

from __future__ import annotations

import re
from asyncio import gather

from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import OpenTab, log_in, status
from tests.conftest import Serve


async def test_two_people_log_in_and_write_one_note(serve: Serve, open_tab: OpenTab) -> None:
    """Each comes to the page that they asked for."""
    url = serve('notes_login').url
    ann, ben = await gather(open_tab(f'{url}/second'), open_tab(f'{url}/first'))
    await gather(log_in(ann, 'ann', 'pw'), log_in(ben, 'ben', 'other'))
    await expect(ann).to_have_url(f'{url}/second')
    await expect(ben).to_have_url(f'{url}/first')
    await ann.get_by_label('Second note').fill('from ann')
    await expect(ben.get_by_label('Note')).to_have_value('from ann')
    cookie = next(each for each in await ann.context.cookies() if each['name'] == 'dara_session')
    assert cookie['httpOnly']
    assert cookie['sameSite'] == 'Lax'


async def test_a_wrong_password_says_so_and_the_name_stays(serve: Serve, browser: Browser) -> None:
    """The password can be typed again at once; also without scripts."""
    url = serve('notes_login').url
    ann = await browser.new_page(java_script_enabled=False)  # its console complains of the status, 401
    await ann.goto(url)
    await log_in(ann, 'ann', 'wrong')
    await expect(ann.get_by_role('alert')).to_have_text('Wrong name or password')
    await expect(ann.get_by_label('Name')).to_have_value('ann')
    await expect(ann.get_by_label('Password')).to_be_focused()
    await ann.get_by_label('Password').fill('pw')
    await ann.keyboard.press('Enter')
    await expect(ann).to_have_title('First · Notes')
    await ann.close()


async def test_logging_out_in_one_tab_ends_the_other(serve: Serve, open_tab: OpenTab) -> None:
    """Both are on the login page; a login there leads back to their page. A phone has the log-out in a menu."""
    url = serve('notes_login').url
    here = await open_tab(f'{url}/first')
    await log_in(here, 'ann', 'pw')
    there = await open_tab(f'{url}/second', here.context)
    await gather(*(expect(status(tab)).to_contain_text('Live') for tab in (here, there)))
    await expect(here.get_by_text('ann', exact=True)).to_be_visible()
    await here.set_viewport_size({'width': 390, 'height': 800})
    await expect(here.get_by_role('button', name='Log out')).to_be_hidden()
    await here.get_by_role('button', name='ann').click()
    await expect(here.get_by_text('ann', exact=True)).to_be_visible()
    await here.get_by_role('button', name='Log out').click()
    await expect(here).to_have_url(re.compile('/login'))
    await expect(there.get_by_label('Password')).to_be_visible()
    await log_in(there, 'ben', 'other')
    await expect(there).to_have_url(f'{url}/second')
    await here.goto(f'{url}/first')
    await expect(here.get_by_label('Note')).to_be_visible()


async def test_an_action_can_log_the_user_out(serve: Serve, open_tab: OpenTab) -> None:
    """By going to `/logout`, as apps do."""
    url = serve('notes_login').url
    ann = await open_tab(f'{url}/first')
    await log_in(ann, 'ann', 'pw')
    await expect(status(ann)).to_contain_text('Live')
    await ann.get_by_role('button', name='Leave').click()
    await expect(ann).to_have_url(re.compile('/login'))
    await ann.goto(f'{url}/first')
    await expect(ann.get_by_label('Password')).to_be_visible()


async def test_the_login_page_is_as_dark_as_the_app(serve: Serve, open_tab: OpenTab) -> None:
    """As the system is, or as the user chose in the app."""
    url = serve('notes_login').url
    ann = await open_tab(url, color_scheme='dark')
    assert await background(ann) == 'rgb(20, 22, 24)'
    await ann.evaluate("localStorage.setItem('mantine-color-scheme-value', 'light')")
    await ann.reload()
    assert await background(ann) == 'rgb(248, 247, 244)'


async def background(tab: Page) -> str:
    color: str = await tab.evaluate('getComputedStyle(document.body).backgroundColor')
    return color
