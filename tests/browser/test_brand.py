"""Tests of the looks that an app chooses: brand, theme, width; and of the page at an address without one."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import OpenTab, log_in, status
from tests.conftest import Serve
from tests.repeats import repeated

APP = """
from dara.components import Button, Heading, Link, Stack, Text
from dara.core import Brand, ConfigurationBuilder, ThemeColors, ThemeDef
from dara.core.auth import BasicAuthConfig

config = ConfigurationBuilder()
config.title = 'Acme'
config.add_page('Home', content=Stack(Heading('Home'), Button('Save'), Link('To the wide page', to='/wide')))
config.add_page('Wide', content=Heading('Wide page'), width='wide')
{settings}
"""
LOGO = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><circle cx='16' cy='16' r='15'/></svg>"
BRAND = """
config.brand = Brand(color='#7c3aed', logo='logo.svg', font='Georgia, serif', radius=3)
config.add_css('brand.css')
"""
VIOLET, WHITE, BLACK = 'rgb(124, 58, 237)', 'rgb(255, 255, 255)', 'rgb(0, 0, 0)'


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """Make a static folder with a logo and a stylesheet."""
    folder = tmp_path / 'static'
    folder.mkdir()
    (folder / 'logo.svg').write_text(LOGO)
    (folder / 'brand.css').write_text('h1 { font-style: italic }')
    return folder


async def test_an_app_has_its_colors_font_and_logo(serve: Serve, open_tab: OpenTab, static: Path) -> None:
    """In both schemes, from the first paint on."""
    url = serve(APP.format(settings=BRAND), directory=static.parent).url
    ann = await open_tab(url, color_scheme='light')
    save = ann.get_by_role('button', name='Save')
    await expect(save).to_have_css('background-color', VIOLET)
    await expect(save).to_have_css('color', WHITE)
    await expect(save).to_have_css('border-radius', '3px')
    await expect(save).to_have_css('font-family', 'Georgia, serif')
    await expect(ann.get_by_role('heading', name='Home')).to_have_css('font-style', 'italic')
    await expect(ann.locator('.dara-title')).to_have_text('Acme')
    assert await ann.locator('.dara-logo').evaluate('each => each.decode().then(() => each.naturalWidth)') > 0
    assert await ann.locator('link[rel=icon]').get_attribute('href') != 'data:,'
    await ann.emulate_media(color_scheme='dark')
    await expect(ann.get_by_role('link', name='To the wide page')).not_to_have_css('color', VIOLET)


async def test_text_on_a_pale_accent_is_black(serve: Serve, open_tab: OpenTab) -> None:
    """A theme's accent is used in both schemes, and its background in its own."""
    theme = "config.set_theme(ThemeDef(colors=ThemeColors(primary='#ffb000', background='#0b1020')))"
    ann = await open_tab(serve(APP.format(settings=theme)).url, color_scheme='light')
    save = ann.get_by_role('button', name='Save')
    await expect(save).to_have_css('background-color', 'rgb(255, 176, 0)')
    await expect(save).to_have_css('color', BLACK)
    await expect(ann.locator('body')).to_have_css('background-color', 'rgb(11, 16, 32)')
    await ann.get_by_role('button', name='Use light mode').click()
    await expect(ann.locator('body')).not_to_have_css('background-color', 'rgb(11, 16, 32)')
    await expect(save).to_have_css('color', BLACK)


async def test_the_login_page_has_the_brand(serve: Serve, browser: Browser, static: Path) -> None:
    """Without a session no file is served, so the page contains the logo and the stylesheet; an error moves nothing."""
    settings = f"{BRAND}\nconfig.add_auth(BasicAuthConfig('ann', 'secret'))"
    ann = await browser.new_page(color_scheme='light')
    await ann.goto(serve(APP.format(settings=settings), directory=static.parent).url)
    button = ann.get_by_role('button', name='Log in')
    await expect(button).to_have_css('background-color', VIOLET)
    assert await ann.locator('img').evaluate('each => each.decode().then(() => each.naturalWidth)') > 0
    await expect(ann.get_by_role('heading', name='Log in')).to_have_css('font-style', 'italic')
    before = await button.bounding_box()
    await log_in(ann, 'ann', 'wrong')
    await expect(ann.get_by_role('alert')).to_be_visible()
    assert await button.bounding_box() == before
    await ann.close()


FAILING = """
from starlette.exceptions import HTTPException
from dara.core.http import get

@get('report')
def report():
    raise HTTPException(403, 'Only the board <may> see this.')

async def fail(request, call_next):
    if request.url.path == '/wide':
        raise RuntimeError('a secret')
    return await call_next(request)

config.add_endpoint(report)
config.add_middleware(fail)
"""


@pytest.mark.parametrize('scheme', ['light', 'dark'])
async def test_what_is_refused_or_fails_says_so_in_the_brand(
    serve: Serve, browser: Browser, static: Path, scheme: Literal['light', 'dark']
) -> None:
    """In plain words, with a way on; scripts get text, and nobody the reason."""
    server = serve(APP.format(settings=BRAND + FAILING), directory=static.parent)
    ann = await browser.new_page(color_scheme=scheme)
    for path, code, heading, reason in (
        ('/api/report', 403, 'You may not see this page', 'Only the board <may> see this.'),
        ('/static/none.pdf', 404, 'There is no such page', 'Acme'),
        ('/wide', 500, 'This page cannot be shown now', 'Something in the app has failed; the server log tells why.'),
    ):
        answer = await ann.goto(server.url + path)
        assert answer
        assert answer.status == code
        await expect(ann.get_by_role('heading', name=heading)).to_have_css('font-style', 'italic')
        await expect(ann.get_by_text(reason)).to_be_visible()
        await expect(ann.get_by_role('link', name='Go to the first page')).to_have_attribute('href', '/')
        await expect(ann.get_by_text('a secret')).to_have_count(0)
        text = server.get(path)
        assert (text.status_code, text.headers['content-type']) == (code, 'text/plain; charset=utf-8')
    ground = await ann.locator('body').evaluate('each => getComputedStyle(each).backgroundColor')
    assert ground == {'light': 'rgb(248, 247, 244)', 'dark': 'rgb(20, 22, 24)'}[scheme]
    assert 'line 23, in fail\n' in server.log
    await ann.close()


async def test_developers_see_in_the_page_why_it_fails(serve: Serve, browser: Browser, static: Path) -> None:
    server = serve(APP.format(settings=FAILING), '--debug', directory=static.parent)
    ann = await browser.new_page()
    await ann.goto(f'{server.url}/wide')
    await expect(ann.locator('pre')).to_contain_text("raise RuntimeError('a secret')\nRuntimeError: a secret")
    await ann.close()


async def main_width(tab: Page) -> float:
    box = await tab.locator('main').bounding_box()
    assert box
    return box['width']


async def test_pages_are_as_wide_as_they_say(serve: Serve, open_tab: OpenTab) -> None:
    """A page of its own width, and the others, by a click and by the address; the header has the same edges."""
    url = serve(APP.format(settings='config.width = 1200')).url
    ann = await open_tab(url, viewport={'width': 1920, 'height': 900})
    assert await main_width(ann) == 1200
    await ann.get_by_role('link', name='To the wide page').click()
    await expect(ann.get_by_role('heading', name='Wide page')).to_be_visible()
    assert await main_width(ann) == 1440
    header = await ann.locator('.dara-header-inner').bounding_box()
    assert header
    assert header['width'] == 1440
    await ann.reload()
    await expect(status(ann)).to_contain_text('Live')
    assert await main_width(ann) == 1440
    await ann.get_by_role('link', name='Home').click()
    await expect(ann.get_by_role('heading', name='Home')).to_be_visible()
    assert await main_width(ann) == 1200


@pytest.mark.parametrize('path', ['/a/b%20c?x=1', *map(repeated, ['/nowhere', '/%3Aodd', '/10%25'])])
async def test_an_address_without_a_page_is_shown_in_the_app(serve: Serve, browser: Browser, path: str) -> None:
    """With the menu, and a link to the first page; back leads there again."""
    ann = await browser.new_page()
    answer = await ann.goto(f'{serve(APP.format(settings="")).url}{path}')
    assert answer
    assert answer.status == 404
    await expect(ann.get_by_role('heading', name='There is no such page')).to_be_visible()
    await expect(ann.get_by_role('navigation').get_by_role('link')).to_have_text(['Home', 'Wide'])
    await expect(status(ann)).to_contain_text('Live')
    assert await ann.title() == 'There is no such page · Acme'
    await ann.get_by_role('link', name='Go to the first page').click()
    await expect(ann.get_by_role('heading', name='Home')).to_be_visible()
    await ann.go_back()
    await expect(ann.get_by_role('heading', name='There is no such page')).to_be_visible()
    await ann.close()
