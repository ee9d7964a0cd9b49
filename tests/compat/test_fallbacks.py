"""Fallbacks and error messages of components, used as the documentation of Dara uses them."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from dara.components import Text
from dara.core import Fallback
from dara.core.errors import InvalidProp
from dara.core.visual.fallbacks import BaseFallback
from tests.browser.conftest import OpenTab
from tests.conftest import Serve
from tests.process import AppServer

LOADING = ['always', 'never', 'late', 'plain', 'if', 'match', 'for', 'part']


def test_fallbacks_are_components_with_styles() -> None:
    for kind in (Fallback.Default, Fallback.Row):
        fallback = kind(width='50%', height=3)
        assert isinstance(fallback, BaseFallback)
        assert (fallback.suspend_render, fallback.width, fallback.height) == (200, '50%', 3)
    assert Fallback.Custom(component=Text('x'), suspend_render=False).suspend_render is False
    with pytest.raises(InvalidProp, match='suspend_render: takes True, False or a number of milliseconds, not -1'):
        Fallback.Row(suspend_render=-1)
    with pytest.raises(InvalidProp, match=r'fallback: takes a component such as Fallback\.Row'):
        Text('x', fallback='Loading')
    with pytest.raises(InvalidProp, match='error_handler: takes ErrorHandlingConfig'):
        Text('x', error_handler='Sorry')


async def width_of(element: Locator) -> float:
    box = await element.bounding_box()
    assert box
    return box['width']


def let_through(server: AppServer, number: int) -> None:
    (server.directory / f'open-{number}').touch()


async def expect_first(tab: Page) -> None:
    for name in ('default', 'row', 'always', 'never', 'late', 'plain'):
        await expect(tab.locator(f'#{name}')).to_have_text('value 1')
    await expect(tab.get_by_text('is one')).to_be_visible()
    await expect(tab.get_by_text('part of value 1')).to_be_visible()


async def test_a_fallback_stands_in_for_the_first_value(serve: Serve, open_tab: OpenTab) -> None:
    """Of its own size, until the value is there."""
    server = serve('compat_slow_values')
    tab = await open_tab(server.url)
    for name in LOADING:
        await expect(tab.get_by_text(f'Loading {name}', exact=True)).to_be_visible()
    default, row = tab.locator('#default-fallback'), tab.locator('#row-fallback')
    await expect(default).to_have_css('height', '120px')
    await expect(row).to_have_css('height', '36px')
    await expect(tab.locator('#select-fallback')).to_be_visible()
    assert await width_of(row) < await width_of(default)
    await expect(tab.get_by_role('combobox')).to_have_count(0)
    let_through(server, 1)
    await expect_first(tab)
    await expect(tab.get_by_text('Loading')).to_have_count(0)
    await expect(tab.get_by_role('combobox', name='Choice')).to_have_value('value 1')


async def test_a_fallback_stands_in_for_later_values_as_it_says(serve: Serve, open_tab: OpenTab) -> None:
    """Always, never, or after a while; `If` and the like never."""
    server = serve('compat_slow_values')
    let_through(server, 1)
    tab = await open_tab(server.url)
    await expect_first(tab)
    await tab.get_by_role('button', name='Two').click()
    for name in ('always', 'late', 'plain', 'part'):
        await expect(tab.get_by_text(f'Loading {name}', exact=True)).to_be_visible()
        await expect(tab.locator(f'#{name}:visible')).to_have_count(0)
    await expect(tab.locator('#default-fallback')).to_be_visible()
    await expect(tab.get_by_text('part of value 1')).to_be_hidden()
    for name in ('never', 'row'):
        await expect(tab.locator(f'#{name}')).to_have_text('value 1')
    for text in ('is one', 'matches one'):
        await expect(tab.get_by_text(text)).to_be_visible()
    let_through(server, 2)
    for name in ('default', 'row', 'always', 'never', 'late', 'plain'):
        await expect(tab.locator(f'#{name}')).to_have_text('value 2')
        await expect(tab.locator(f'#{name}')).to_be_visible()
    await expect(tab.get_by_text('is another')).to_be_visible()
    await expect(tab.get_by_text('part of value 2')).to_be_visible()
    await expect(tab.get_by_text('Loading')).to_have_count(0)


async def test_an_error_handler_has_the_words(serve: Serve, open_tab: OpenTab) -> None:
    """Its button tries again, with the values of then."""
    server = serve('compat_slow_values')
    let_through(server, 1)
    tab = await open_tab(server.url)
    failure = tab.get_by_role('alert').filter(has_text='No number')
    await expect(failure).to_contain_text('Choose another one.')
    await expect(failure).to_have_css('background-color', 'rgb(1, 2, 3)')
    await failure.get_by_role('button', name='Try again').click()
    await expect(failure).to_be_visible()
    await tab.get_by_role('button', name='Two').click()
    await expect(failure).to_have_count(0)
    await expect(tab.get_by_text('1', exact=True)).to_be_visible()
    await tab.get_by_role('button', name='One').click()
    await tab.get_by_role('button', name='Out of date since').click()
    await expect(tab.get_by_text('No number: Choose another one.')).to_be_visible()
