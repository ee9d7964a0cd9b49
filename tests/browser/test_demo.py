"""Tests of the demo app, `examples/together.py`."""

from __future__ import annotations

from asyncio import gather
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, overflow, status, stored
from tests.conftest import Serve

PLACE = 'field => [field.getBoundingClientRect().top + scrollY, field.clientHeight]'
DEMO = (Path(__file__).parents[2] / 'examples' / 'together.py').read_text()


async def test_two_people_design_one_poster(serve: Serve, open_two: OpenTwo) -> None:
    """Words by one of them, looks by the other."""
    server = serve(DEMO)
    ann, ben = await open_two(server.url)
    await ann.get_by_label('Title').fill('Garden party')
    await ann.get_by_label('Note').fill('Saturday\nfrom noon')
    await ben.get_by_role('switch', name='Italic').press('Space')
    await ben.get_by_role('slider', name='Size').press('Home')
    await ben.get_by_role('combobox', name='Color').click()
    await ben.get_by_role('option', name='Red').click()
    for tab in (ann, ben):
        title = tab.get_by_role('heading', name='Garden party')
        await expect(title).to_have_css('font-style', 'italic')
        await expect(title).to_have_css('font-size', '24px')
        await expect(tab.get_by_role('combobox', name='Color')).to_have_value('Red')
        await expect(tab.locator('.dara-text', has_text='Saturday')).to_be_visible()
    assert stored(server, 'together.json') == {
        'title': 'Garden party',
        'note': 'Saturday\nfrom noon',
        'size': 24,
        'color': 'red',
        'italic': True,
        'cheers': 0,
    }


async def test_people_see_who_is_there_and_what_they_write_moves_no_field(serve: Serve, open_two: OpenTwo) -> None:
    """Each by name, their own included; a long note stays inside the poster."""
    ann, ben = await open_two(serve(DEMO).url)
    for tab in (ann, ben):
        await expect(tab.get_by_role('list', name='On this page').get_by_role('listitem')).to_have_count(2)
    name = (await ann.get_by_text('You are ').inner_text()).removeprefix('You are ')
    await expect(ben.get_by_role('listitem', name=name, exact=True)).to_be_visible()
    note = ann.get_by_label('Note')
    before = await note.evaluate(PLACE)
    await note.fill('one\ntwo\nthree\nfour\nfive')
    await expect(ben.locator('.dara-text', has_text='five')).to_have_count(1)
    assert await note.evaluate(PLACE) == before


async def test_every_cheer_counts(serve: Serve, open_two: OpenTwo) -> None:
    """Both click ten times, at the same time."""
    ann, ben = await open_two(serve(DEMO).url)
    for tab in (ann, ben):
        await expect(status(tab)).to_contain_text('Live')
    await gather(*(cheer(tab, 10) for tab in (ann, ben)))
    for tab in (ann, ben):
        await expect(tab.get_by_text('20', exact=True)).to_be_visible()


async def cheer(tab: Page, times: int) -> None:
    for _ in range(times):
        await tab.get_by_role('button', name='Cheer').click()


async def test_start_over(serve: Serve, open_two: OpenTwo) -> None:
    """For everybody; what is private stays."""
    ann, ben = await open_two(serve(DEMO).url)
    await ben.get_by_label('Only in this tab').fill('my draft')
    await ann.get_by_label('Title').fill('Garden party')
    await expect(ben.get_by_role('heading', name='Garden party')).to_be_visible()
    await ben.get_by_role('button', name='Start over').click()
    await expect(ann.get_by_role('heading', name='Hello, everybody')).to_be_visible()
    await expect(ben.get_by_label('Only in this tab')).to_have_value('my draft')


async def test_a_refresh_and_a_crash_lose_nothing_shared(serve: Serve, open_two: OpenTwo) -> None:
    """I2: what the demo promises in its first lines."""
    server = serve(DEMO)
    ann, ben = await open_two(server.url)
    await ann.get_by_label('Title').fill('Garden party')
    await ann.get_by_label('Only in this tab').fill('my draft')
    await expect(ben.get_by_role('heading', name='Garden party')).to_be_visible()
    server.kill()
    server.start()
    await ann.reload()
    await expect(ann.get_by_role('heading', name='Garden party')).to_be_visible()
    await expect(ann.get_by_label('Only in this tab')).to_have_value('')


@pytest.mark.parametrize('width', [320, 375])
async def test_nothing_sticks_out_on_a_phone(serve: Serve, open_tab: OpenTab, width: int) -> None:
    """Nor does a word that is longer than the screen, at the largest size that fits there."""
    ann = await open_tab(serve(DEMO).url, viewport={'width': width, 'height': 700}, has_touch=True)
    await expect(status(ann)).to_contain_text('Live')
    assert await overflow(ann) == 0
    await ann.get_by_label('Title').fill('Donaudampfschifffahrtsgesellschaft' * 2)
    await ann.get_by_label('Note').fill('x' * 200)
    await ann.get_by_role('slider', name='Size').press('End')
    await expect(ann.get_by_role('heading', level=1)).to_have_css('font-size', f'{width / 10:g}px')
    assert await overflow(ann) == 0


async def test_light_and_dark_follow_the_system(serve: Serve, open_tab: OpenTab) -> None:
    """The page's background tells."""
    url = serve(DEMO).url
    light, dark = await gather(open_tab(url, color_scheme='light'), open_tab(url, color_scheme='dark'))
    assert await brightness(light) > 200
    assert await brightness(dark) < 60


async def test_a_click_makes_it_dark_and_it_stays_dark(serve: Serve, open_tab: OpenTab) -> None:
    """Also after a refresh, before anything is drawn."""
    ann = await open_tab(serve(DEMO).url, color_scheme='light')
    await ann.get_by_role('button', name='Use dark mode').click()
    await expect(ann.get_by_role('button', name='Use light mode')).to_be_visible()
    assert await brightness(ann) < 60
    await ann.reload(wait_until='commit')
    await expect(ann.locator('html')).to_have_attribute('data-mantine-color-scheme', 'dark')


async def brightness(tab: Page) -> float:
    await expect(tab.get_by_role('heading', level=1)).to_be_visible()
    return float(
        await tab.evaluate(
            'getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 3'
        )
    )
