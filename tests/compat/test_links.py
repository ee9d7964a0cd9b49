"""Links, used as the documentation of Dara uses them."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import FloatRect, Locator, expect

from dara.core import Variable
from dara.core.errors import InvalidDefinition, InvalidProp
from dara.core.visual.components import Link, RouterPath
from tests.browser.conftest import OpenTab
from tests.conftest import Serve


def test_a_path_is_checked() -> None:
    assert RouterPath(pathname='/:a/bar', params={'a': Variable(1)}).hash is None
    with pytest.raises(InvalidDefinition, match="has no parameter 'b'"):
        RouterPath('/:a', params={'b': 1})
    with pytest.raises(InvalidProp, match='relative: takes'):
        Link('x', to='..', relative='page')


async def test_attributes_of_links(serve: Serve, open_tab: OpenTab) -> None:
    tab = await open_tab(serve('compat_links').url)
    window = tab.get_by_role('link', name='Window')
    for name, value in (('target', 'other'), ('rel', 'nofollow'), ('referrerpolicy', 'no-referrer')):
        await expect(window).to_have_attribute(name, value)
    await expect(tab.get_by_role('link', name='New tab')).to_have_attribute('rel', 'noopener')
    await expect(tab.get_by_role('link', name='File', exact=True)).to_have_attribute('download', 'blog.html')
    async with tab.expect_download() as started:
        await tab.get_by_role('link', name='File', exact=True).click()
    assert (await started.value).suggested_filename == 'blog.html'
    await expect(tab.get_by_role('link', name='Any file')).to_have_attribute('download', '')
    styled = tab.get_by_role('link', name='Styled')
    await expect(styled).to_have_css('padding', '7px')
    await expect(styled).to_have_css('opacity', '0.5')
    await expect(tab.locator('#frame')).to_have_attribute('style', re.compile('--of-app: yes'))


async def test_links_that_are_active(serve: Serve, open_tab: OpenTab) -> None:
    """On their page alone, unless `end` is false; in any case, unless `case_sensitive`."""
    tab = await open_tab(f'{serve("compat_links").url}/blog')
    active = tab.locator('[aria-current]')
    await expect(active).to_have_text(['Exact', 'Below', 'Any case', 'Styled'])
    await expect(tab.get_by_role('link', name='Styled')).to_have_css('font-style', 'italic')
    await expect(tab.get_by_role('link', name='Styled')).to_have_css('opacity', '1')
    await tab.goto(f'{tab.url}/one/edit')
    await expect(active).to_have_text(['Below'])


async def test_a_link_in_place_of_the_present_page(serve: Serve, open_tab: OpenTab) -> None:
    """The way back leads past the page that was replaced."""
    url = serve('compat_links').url
    tab = await open_tab(f'{url}/blog/one/edit')
    await tab.goto(f'{url}/')
    await tab.get_by_role('link', name='In place', exact=True).click()
    await expect(tab.get_by_role('heading', name='Blog')).to_be_visible()
    await tab.go_back()
    await expect(tab.get_by_role('heading', name='one')).to_be_visible()


async def test_an_address_in_parts(serve: Serve, open_tab: OpenTab) -> None:
    tab = await open_tab(f'{serve("compat_links").url}/')
    await tab.get_by_role('link', name='Same page').click()
    await expect(tab).to_have_url(re.compile(r'/\?year=2027$'))
    await tab.get_by_role('link', name='Query').click()
    await expect(tab.get_by_role('heading', name='first post')).to_be_visible()
    assert tab.url.endswith('/blog/first%20post/edit?year=2026#end')


@pytest.mark.parametrize(
    ('name', 'path'), [('Up the routes', '/blog'), ('Up the path', '/blog/one'), ('Beside', '/blog/other')]
)
async def test_an_address_relative_to_the_page(serve: Serve, open_tab: OpenTab, name: str, path: str) -> None:
    tab = await open_tab(f'{serve("compat_links").url}/blog/one/edit')
    await expect(tab.get_by_role('link', name=name)).to_have_attribute('href', path)


async def test_a_component_that_leads_to_another_page(serve: Serve, open_tab: OpenTab) -> None:
    """As soon as it is shown; a page that does nothing else is not in the history, if it says so."""
    url = serve('compat_links').url
    tab = await open_tab(f'{url}/away')
    await expect(tab.get_by_role('heading', name='Blog')).to_be_visible()
    await tab.goto(f'{url}/')
    await tab.get_by_role('link', name='In place, away').click()
    await expect(tab.get_by_role('heading', name='Blog')).to_be_visible()
    await tab.go_back()
    await tab.get_by_role('button', name='Leave').click()
    await expect(tab.get_by_role('heading', name='first post')).to_be_visible()


async def test_places_in_a_frame(serve: Serve, open_tab: OpenTab) -> None:
    """The bar at the right, the logo below its links; in a narrow window, the bar is on top."""
    server = serve("""
from dara.components import Text
from dara.core import ConfigurationBuilder, Outlet, SideBarFrame

config = ConfigurationBuilder()
layout = config.router.add_layout(content=SideBarFrame(
    side_bar=Text('in the bar'), content=Outlet(), side_bar_position='right', side_bar_width=300,
    logo_position='bottom', logo_path='data:image/svg+xml,<svg/>', logo_width=77,
))
layout.add_page(path='', content=Text('on the page'))
""")
    tab = await open_tab(server.url)
    bar, page = [await box_of(tab.get_by_text(text)) for text in ('in the bar', 'on the page')]
    logo = await box_of(tab.locator('img'))
    assert page['x'] < bar['x']
    assert bar['y'] < logo['y']
    assert logo['width'] == 77
    await tab.set_viewport_size({'width': 500, 'height': 700})
    assert (await box_of(tab.locator('img')))['y'] < (await box_of(tab.get_by_text('on the page')))['y']


async def box_of(element: Locator) -> FloatRect:
    await expect(element).to_be_visible()
    box = await element.bounding_box()
    assert box
    return box
