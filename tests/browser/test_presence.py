"""Tests of presence: the visitors of a page, and their names at the fields in which they type."""

from __future__ import annotations

from asyncio import create_task, gather
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, log_in, status
from tests.conftest import Serve
from tests.process import AppServer


async def open_for(server: AppServer, open_tab: OpenTab, *names: str) -> list[Page]:
    tabs = await gather(*(open_tab(server.url) for _ in names))
    await gather(*(log_in(tab, name, name[0].lower()) for tab, name in zip(tabs, names, strict=True)))
    await gather(*(expect(status(tab)).to_contain_text('Live') for tab in tabs))
    return list(tabs)


def people(tab: Page) -> Locator:
    """Return the list of the people shown on the page."""
    return tab.get_by_role('list', name='On this page').get_by_role('listitem')


def here(tab: Page) -> Locator:
    """Return the list of the people shown of a value."""
    return tab.get_by_role('list', name='Here').get_by_role('listitem')


def typists(tab: Page, field: str) -> Locator:
    """Return the name at a field."""
    return tab.locator('.dara-field').filter(has=tab.get_by_label(field)).locator('.dara-typists-names')


@asynccontextmanager
async def typing(tab: Page, field: str) -> AsyncIterator[None]:
    """Type on meanwhile: a name stays only for a moment after the last key."""

    async def type_on() -> None:
        while True:
            await tab.get_by_label(field).press_sequentially('7', delay=200)

    typist = create_task(type_on())
    yield
    typist.cancel()
    await gather(typist, return_exceptions=True)


def edge(tab: Page, field: str) -> Locator:
    return tab.locator('.dara-field').filter(has=tab.get_by_label(field)).locator('.dara-typists-edge')


async def test_who_is_on_the_page_is_shown_by_initials(serve: Serve, open_tab: OpenTab) -> None:
    """Oneself first; two are shown here, and how many more there are. Whoever goes elsewhere, or leaves, is gone."""
    server = serve('visitors')
    [ann] = await open_for(server, open_tab, 'Ann')
    await expect(people(ann)).to_have_text(['AN'])
    await expect(people(ann)).to_have_accessible_name('Ann (you)')
    [ben] = await open_for(server, open_tab, 'Ben Berg')
    await expect(people(ann)).to_have_text(['AN', 'BB'])
    await expect(people(ben)).to_have_text(['BB', 'AN'])
    [cem] = await open_for(server, open_tab, 'Cem')
    [dan] = await open_for(server, open_tab, 'Dan')
    await expect(people(ann)).to_have_text(['AN', 'BB', '+2'])
    await people(ann).nth(2).hover()
    await expect(ann.get_by_role('tooltip')).to_have_text('Cem, Dan')
    await cem.get_by_role('link', name='Quiet').click()
    await dan.close()
    await expect(people(ann)).to_have_text(['AN', 'BB'])
    await cem.get_by_role('link', name='Notes').click()
    await expect(people(ann)).to_have_text(['AN', 'BB', '+1'])
    await expect(people(cem)).to_have_text(['CE', 'AN', '+1'])


async def test_a_user_with_several_tabs_is_one(serve: Serve, open_tab: OpenTab) -> None:
    server = serve('visitors')
    ann, ben = await open_for(server, open_tab, 'Ann', 'Ben Berg')
    await open_tab(server.url, ann.context)
    [cem] = await open_for(server, open_tab, 'Cem')
    await expect(people(ben)).to_have_count(3)
    await expect(people(cem)).to_have_count(3)
    assert await people(ben).nth(2).text_content() == '+1'


async def test_a_field_shows_who_types_in_it_and_no_other_does(serve: Serve, open_tab: OpenTab) -> None:
    """The name while they type, the edge while they are in it; oneself sees nothing, and nothing moves."""
    ann, ben = await open_for(serve('visitors'), open_tab, 'Ann', 'Ben Berg')
    before = await ann.get_by_label('Title').bounding_box()
    async with typing(ben, 'Title'):
        await expect(typists(ann, 'Title')).to_have_text('Ben Berg')
    assert await ann.get_by_label('Title').bounding_box() == before
    assert await ann.locator('.dara-typists-edge').count() == 1
    assert await ben.locator('.dara-typists-edge').count() == 0
    await expect(typists(ann, 'Title')).to_have_count(0)
    assert await edge(ann, 'Title').count() == 1
    async with typing(ben, 'Text'):
        await expect(typists(ann, 'Text')).to_have_text('Ben Berg')
    await expect(edge(ann, 'Title')).to_have_count(0)
    await ben.get_by_label('Own').press_sequentially('secret')
    await expect(ann.locator('.dara-typists-edge')).to_have_count(0)
    async with typing(ben, 'Number'):
        await expect(typists(ann, 'Number')).to_have_text('Ben Berg')
    await ben.close()
    await expect(ann.locator('.dara-typists-edge')).to_have_count(0)


async def test_several_people_in_one_field_are_one_name_and_a_number(serve: Serve, open_tab: OpenTab) -> None:
    ann, ben, cem = await open_for(serve('visitors'), open_tab, 'Ann', 'Ben Berg', 'Cem')
    async with typing(ben, 'Title'):
        await expect(typists(ann, 'Title')).to_have_text('Ben Berg')
    async with typing(ben, 'Title'), typing(cem, 'Title'):
        await expect(typists(ann, 'Title')).to_have_text('Ben Berg +1')


async def test_who_types_in_an_item_stays_with_it(serve: Serve, open_tab: OpenTab) -> None:
    """Something is inserted before it."""
    ann, ben = await open_for(serve('visitors'), open_tab, 'Ann', 'Ben Berg')
    bens = ben.get_by_label('Item').nth(1)
    await bens.focus()
    edges = ann.locator('.dara-field', has=ann.get_by_label('Item')).locator('.dara-typists')
    await expect(edges.nth(1).locator('.dara-typists-edge')).to_have_count(1)
    await ann.get_by_role('button', name='Insert').click()
    await expect(ann.get_by_label('Item')).to_have_count(3)
    await expect(edges.nth(2).locator('.dara-typists-edge')).to_have_count(1)
    await expect(ann.locator('.dara-typists-edge')).to_have_count(1)


async def test_guests_have_names_that_tell_them_apart(serve: Serve, open_tab: OpenTab) -> None:
    """Nobody logs in. In a room, one sees those in it alone, whatever page they are on."""
    server = serve("""
        from dara.components import Input, Presence, Stack, Text
        from dara.core import ConfigurationBuilder, Variable
        from dara.core.persistence import BackendStore

        room = Variable('kitchen')
        notes = Variable('', store=BackendStore(uid='rooms').at(room))
        config = ConfigurationBuilder()
        content = Stack(Presence(), Input(value=room, label='Room'), Presence(of=notes), Text(notes))
        config.add_page('Page', content=content)
        config.add_page('Other', content=content)
    """)
    ann, ben = await open_tab(server.url), await open_tab(server.url)
    await expect(here(ann)).to_have_count(2)
    await ben.get_by_label('Room').fill('garden')
    await expect(here(ann)).to_have_count(1)
    await expect(here(ben)).to_have_count(1)
    cem = await open_tab(f'{server.url}/other')
    await expect(here(ann)).to_have_count(2)
    await expect(here(cem)).to_have_count(2)
    await expect(people(ann)).to_have_count(2)
    await expect(people(ben)).to_have_count(2)
    anns = [await people(ann).nth(number).get_attribute('aria-label') or '' for number in (0, 1)]
    bens = [await people(ben).nth(number).get_attribute('aria-label') or '' for number in (0, 1)]
    assert anns[0].removesuffix(' (you)') == bens[1]
    assert bens[0].removesuffix(' (you)') == anns[1]
    assert len(anns[1].split()) == 2
