"""Variables as documented: nested values, and what survives a reload, another tab and another browser."""

from __future__ import annotations

import json
from asyncio import gather

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, OpenTwo
from tests.conftest import Serve


def field(tab: Page, name: str) -> Locator:
    """Return the input of a variable; its text is beside it."""
    return tab.get_by_placeholder(name, exact=True)


async def expect_value(tab: Page, name: str, value: str) -> None:
    """Wait until both the input and the text show that value."""
    await expect(field(tab, name)).to_have_value(value)
    await expect(tab.locator(f'#{name}')).to_have_text(value)


async def test_a_nested_value_is_one_value_wherever_it_is_shown(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve('compat_variables').url)
    await expect_value(ann, 'first', 'Ada')
    await field(ann, 'first').fill('Augusta')
    for name in ('first', 'again'):
        await expect_value(ann, name, 'Augusta')
    await expect(ann.locator('#last')).to_have_text('Lovelace')
    await expect(ann.locator('#born')).to_have_text('1815')
    await ann.get_by_role('button', name='Forget').click()
    for name in ('first', 'again'):
        await expect_value(ann, name, 'Ada')


async def test_a_variable_without_a_store_ends_with_the_page(serve: Serve, open_two: OpenTwo) -> None:
    ann, ben = await open_two(serve('compat_variables').url)
    await field(ann, 'draft').fill('half a line')
    await expect_value(ann, 'draft', 'half a line')
    await expect_value(ben, 'draft', 'draft')
    await ann.reload()
    await expect_value(ann, 'draft', 'draft')


async def test_the_browser_keeps_a_variable_for_its_tabs_only(serve: Serve, open_tab: OpenTab) -> None:
    server = serve('compat_variables')
    ann, ben = await gather(open_tab(server.url), open_tab(server.url))
    for name, value in (('colour', 'red'), ('as-before', 'still kept')):
        await field(ann, name).fill(value)
        await expect_value(ann, name, value)
    await ann.reload()
    another = await open_tab(server.url, ann.context)
    for tab in (ann, another):
        await expect_value(tab, 'colour', 'red')
        await expect_value(tab, 'as-before', 'still kept')
    await ben.reload()
    await expect_value(ben, 'colour', 'grey')
    await expect_value(ben, 'as-before', 'kept')


async def test_the_address_holds_a_variable_and_can_be_shared(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve('compat_variables').url)
    await expect_value(ann, 'query', 'all')
    await field(ann, 'query').fill('done today')
    await ann.wait_for_url('**/?filter=*')
    ben = await open_tab(ann.url)
    await expect_value(ben, 'query', 'done today')
    await ann.reload()
    await expect_value(ann, 'query', 'done today')


async def test_a_store_is_shared_at_once_and_outlives_the_page(serve: Serve, open_two: OpenTwo) -> None:
    server = serve('compat_variables')
    ann, ben = await open_two(server.url)
    await field(ann, 'shared').fill('from ann')
    await expect_value(ben, 'shared', 'from ann')
    await field(ben, 'note').fill('from ben')
    await expect_value(ann, 'note', 'from ben')
    await gather(ann.reload(), ben.reload())
    for tab in (ann, ben):
        await expect_value(tab, 'shared', 'from ann')
        await expect_value(tab, 'note', 'from ben')
    assert json.loads((server.directory / 'notes.json').read_text()) == {'global': {'notes': ['first', 'from ben']}}


async def test_a_file_outlives_the_server(serve: Serve, open_tab: OpenTab) -> None:
    server = serve('compat_variables')
    ann = await open_tab(server.url)
    await field(ann, 'note').fill('for later')
    ben = await open_tab(server.url)
    await expect_value(ben, 'note', 'for later')
    for tab in (ann, ben):
        await tab.close()
    server.stop()
    server.start()
    await expect_value(await open_tab(server.url), 'note', 'for later')
