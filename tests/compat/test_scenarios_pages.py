"""Pages as documented: variables across pages, resets on loading, and the parameters of addresses."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.compat.page import expect_texts
from tests.conftest import Serve


async def follow(tab: Page, link: str, heading: str) -> None:
    """Follow a link, and wait for the page that has that heading."""
    await tab.get_by_role('link', name=link, exact=True).click()
    await expect(tab.get_by_role('heading', name=heading, exact=True)).to_be_visible()


async def test_variables_are_kept_from_page_to_page(serve: Serve, open_tab: OpenTab) -> None:
    """A layout stays as it is, and a page shows the values that its variables had."""
    ann = await open_tab(serve('compat_pages').url)
    await ann.get_by_placeholder('kept').fill('of the layout')
    await follow(ann, 'Keeping', 'Keeping')
    await expect(ann.get_by_placeholder('same')).to_have_value('of the layout')
    await ann.get_by_placeholder('first').fill('of the page')
    await follow(ann, 'Home', 'Home')
    await expect_texts(ann, kept='of the layout')
    await follow(ann, 'Keeping', 'Keeping')
    await expect(ann.get_by_placeholder('first')).to_have_value('of the page')
    await ann.go_back()
    await expect_texts(ann, kept='of the layout')
    await ann.reload()
    await expect_texts(ann, kept='kept')


async def test_a_page_resets_the_variables_that_it_names(serve: Serve, open_tab: OpenTab) -> None:
    """Others keep their values; a reload of the other page does not matter."""
    ann = await open_tab(f'{serve("compat_pages").url}/resetting')
    for name in ('first', 'second', 'shared'):
        await expect(ann.get_by_placeholder(name)).to_have_value(name)
        await ann.get_by_placeholder(name).fill(f'{name} changed')
    await follow(ann, 'Keeping', 'Keeping')
    await expect(ann.get_by_placeholder('first')).to_have_value('first changed')
    await follow(ann, 'Resetting', 'Resetting')
    for name, value in (('first', 'first'), ('second', 'second'), ('shared', 'shared changed')):
        await expect(ann.get_by_placeholder(name)).to_have_value(value)
    await follow(ann, 'Keeping', 'Keeping')
    await expect(ann.get_by_placeholder('first')).to_have_value('first')


async def test_a_parameter_and_its_variable_follow_each_other(serve: Serve, open_tab: OpenTab) -> None:
    """A link sets the variable, and a field of the variable changes the address."""
    ann = await open_tab(serve('compat_pages').url)
    await follow(ann, 'Ann', 'ann')
    await expect_texts(ann, last_seen='ann')
    await ann.get_by_placeholder('user').fill('zoe')
    await expect(ann.get_by_role('heading', name='zoe')).to_be_visible()
    await ann.wait_for_url('**/users/zoe')
    await follow(ann, 'The user', 'ben')
    await ann.wait_for_url('**/users/ben')
    await expect_texts(ann, last_seen='ben')
    await expect(ann.get_by_placeholder('user')).to_have_value('ben')


async def test_optional_parameters_the_rest_of_an_address_and_prefixes(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve('compat_pages').url)
    await follow(ann, 'Post', '7')
    await expect_texts(ann, comment='none')
    await follow(ann, 'Comment', '7')
    await expect_texts(ann, comment='8')
    await follow(ann, 'File', 'docs/readme.txt')
    await follow(ann, 'Report', 'Report')
    await ann.reload()
    await expect(ann.get_by_role('heading', name='Report')).to_be_visible()
    assert ann.url.endswith('/section/report')
