"""Tests of servers that start again with the defaults: the edits of people are there, or their authors are told."""

from __future__ import annotations

import json
from asyncio import gather
from shutil import rmtree

from playwright.async_api import Page, expect

from tests.browser.conftest import RECONNECTING, OpenTab, OpenTwo, log_in, notices, status
from tests.conftest import Serve
from tests.process import AppServer


async def test_what_was_in_memory_comes_back_with_what_was_typed_meanwhile(serve: Serve, open_two: OpenTwo) -> None:
    """As the tutorial tries it; also values of one user, and of a room."""
    server = serve('memory_notes')
    ann, ben = await open_two(server.url)
    for label in ('Title', 'Mine', 'Room'):
        await ann.get_by_label(label).fill('Hello')
    await expect(ben.get_by_label('Title')).to_have_value('Hello')
    await expect(ben.get_by_label('Room')).to_have_value('Hello')
    await expect(status(ann)).to_contain_text('Live')
    server.stop()
    await gather(*(expect(status(tab)).to_contain_text(RECONNECTING) for tab in (ann, ben)))
    for label in ('Title', 'Mine', 'Room'):
        await ann.get_by_label(label).press('End')
        await ann.keyboard.type(' world')
    server.start()
    for tab in (ann, ben):
        await expect(tab.get_by_label('Title')).to_have_value('Hello world')
        await expect(tab.get_by_label('Room')).to_have_value('Hello world')
        await expect(tab.get_by_role('heading')).to_have_text('Hello world')
        await expect(notices(tab).get_by_text('restarted')).to_have_count(0)
    await expect(ann.get_by_label('Mine')).to_have_value('Hello world')
    await expect(ben.get_by_label('Mine')).to_have_value('')
    await ann.reload()
    for label in ('Title', 'Mine', 'Room'):
        await expect(ann.get_by_label(label)).to_have_value('Hello world')


async def test_a_new_version_of_the_app_gets_it_back_before_the_page_is_loaded_anew(
    serve: Serve, open_tab: OpenTab
) -> None:
    """Nothing is unsent, and the page has the only copy of the value."""
    server = serve('memory_notes')
    ann = await open_tab(server.url)
    for label in ('Title', 'Room'):
        await ann.get_by_label(label).fill('Hello')
    await expect(status(ann)).to_contain_text('Live')
    await expect(ann.get_by_role('heading')).to_have_text('Hello')
    server.stop()
    server.change_app("label='Title'", "label='The title'")
    server.start()
    await expect(ann.get_by_label('The title')).to_have_value('Hello')
    await expect(ann.get_by_label('Room')).to_have_value('Hello')


async def test_what_was_written_since_the_start_stays_and_the_page_says_what_is_lost(
    serve: Serve, open_tab: OpenTab
) -> None:
    """The app itself writes before anybody is back."""
    server = serve('memory_notes')
    ann = await open_tab(server.url)
    await ann.get_by_label('Title').fill('Hello')
    other = await open_tab(server.url)
    await expect(other.get_by_label('Title')).to_have_value('Hello')  # so it is stored
    await other.close()
    server.stop()
    server.change_app(
        "config.title = 'Notes'", "config.title = 'Notes'; config.on_startup(lambda: title.write('Plan'))"
    )
    server.start()
    await expect(ann.get_by_label('Title')).to_have_value('Plan')
    await expect(notices(ann)).to_contain_text('The server has restarted and forgotten what was here.')
    await expect(notices(ann)).to_contain_text('Hello')


async def test_what_a_browser_keeps_is_found_again_though_the_secret_is_lost(serve: Serve, open_tab: OpenTab) -> None:
    """Everybody is a new guest then; a browser is still the same browser, and nothing piles up in it."""
    server = serve('memory_notes')
    ann = await open_tab(server.url)
    await ann.get_by_label('Kept here').fill('dense')
    for _ in range(2):
        server.stop()
        rmtree(server.directory / '.dara')
        server.start()
        await ann.reload()
        await expect(ann.get_by_label('Kept here')).to_have_value('dense')
        await ann.get_by_label('Kept here').press('End')
        await ann.keyboard.type('!')
        await ann.get_by_label('Kept here').fill('dense')
    assert await ann.evaluate("Object.keys(localStorage).filter((key) => key.includes('kept')).length") == 1


async def lose_the_session(server: AppServer, ann: Page) -> None:
    """Start the server again with another secret while Ann writes on."""
    await ann.get_by_label('Mine').fill('before')
    await expect(status(ann)).to_contain_text('Live')
    server.stop()
    await expect(status(ann)).to_contain_text(RECONNECTING)
    await ann.get_by_label('Mine').press('End')
    await ann.keyboard.type(' and after')
    rmtree(server.directory / '.dara')
    server.start()
    await expect(ann.get_by_role('alert')).to_contain_text('You are logged out')


def stored(server: AppServer) -> dict[str, str]:
    values: dict[str, str] = json.loads((server.directory / 'mine.json').read_text())
    return values


async def follow(tab: Page, link: str) -> Page:
    """Click on a link that opens a tab; return that."""
    async with tab.context.expect_page() as opened:
        await tab.get_by_role('link', name=link).click()
    return await opened.value


async def test_a_login_page_costs_no_edit(serve: Serve, open_tab: OpenTab) -> None:
    """It opens in a tab of its own; the page goes on by itself, and meanwhile one can write on."""
    server = serve('own_notes')
    ann = await open_tab(f'{server.url}/first')
    await log_in(ann, 'ann', 'pw')
    await lose_the_session(server, ann)
    await ann.get_by_label('Mine').press('End')
    await ann.keyboard.type(', and still')
    login = await follow(ann, 'Log in in a new tab')
    await log_in(login, 'ann', 'pw')
    await expect(login).to_have_url(f'{server.url}/first')
    await expect(login.get_by_label('Mine')).to_have_value('before and after, and still')
    await expect(status(ann)).to_contain_text('Live')
    await expect(ann.get_by_role('alert')).to_have_count(0)
    await expect(ann.get_by_label('Mine')).to_have_value('before and after, and still')
    assert stored(server) == {'ann': 'before and after, and still'}


async def test_edits_are_not_saved_as_somebody_elses(serve: Serve, open_tab: OpenTab) -> None:
    """The page shows the unsaved edits and their author, and saves them when that user is back."""
    server = serve('own_notes')
    ann = await open_tab(f'{server.url}/first')
    await log_in(ann, 'ann', 'pw')
    await lose_the_session(server, ann)
    ben = await follow(ann, 'Log in in a new tab')
    await log_in(ben, 'ben', 'other')
    await expect(ben.get_by_label('Mine')).to_have_value('')
    await expect(ann.get_by_role('alert')).to_contain_text('ben is logged in now')
    await expect(ann.get_by_role('alert')).to_contain_text('are not saved as ben')
    await expect(ann.get_by_role('alert')).to_contain_text(' and after')
    await ben.get_by_label('Mine').fill("Ben's")
    await expect(status(ben)).to_contain_text('Live')
    again = await follow(ann, 'Log in as ann in a new tab')
    await log_in(again, 'ann', 'pw')
    await expect(status(ann)).to_contain_text('Live')
    await expect(again.get_by_label('Mine')).to_have_value('before and after')
    assert stored(server) == {'ann': 'before and after', 'ben': "Ben's"}


async def test_going_to_another_page_without_a_session_costs_no_edit(serve: Serve, open_tab: OpenTab) -> None:
    """The page stays where it is."""
    server = serve('own_notes')
    ann = await open_tab(f'{server.url}/first')
    await log_in(ann, 'ann', 'pw')
    await lose_the_session(server, ann)
    await ann.get_by_role('link', name='Second').click()
    login = await follow(ann, 'Log in in a new tab')
    await log_in(login, 'ann', 'pw')
    await expect(status(ann)).to_contain_text('Live')
    await expect(ann.get_by_label('Mine')).to_have_value('before and after')
    await ann.get_by_role('link', name='Second').click()
    await expect(ann.get_by_label('There')).to_be_visible()
    assert stored(server) == {'ann': 'before and after'}


async def test_with_nothing_unsent_the_login_page_comes_at_once(serve: Serve, open_tab: OpenTab) -> None:
    """The next user does not see a value that the last one keeps in the browser."""
    server = serve('own_notes')
    ann = await open_tab(f'{server.url}/first')
    await log_in(ann, 'ann', 'pw')
    await ann.get_by_label('Kept here').fill("Ann's")
    await expect(status(ann)).to_contain_text('Live')
    server.stop()
    rmtree(server.directory / '.dara')
    server.start()
    await log_in(ann, 'ben', 'other')
    await expect(ann.get_by_label('Kept here')).to_have_value('')
    await ann.get_by_role('button', name='Log out').click()
    await log_in(ann, 'ann', 'pw')
    await expect(ann.get_by_label('Kept here')).to_have_value("Ann's")


ORDER = """
    from dara.components import Input
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    orders = BackendStore(FileBackend(path='orders.json'), uid='orders')
    order = Variable(default={'name': ''}, store=orders)
    config = ConfigurationBuilder()
    config.add_page('Order', content=Input(value=order.get('name'), label='Name'))
"""


async def test_edits_for_an_older_version_of_the_values_stay_in_their_page(serve: Serve, open_tab: OpenTab) -> None:
    """S49: the page shows them with the reason, and another page has the migrated value."""
    server = serve(ORDER)
    ann = await open_tab(server.url)
    await ann.get_by_label('Name').fill('tea')
    other = await open_tab(server.url)
    await expect(other.get_by_label('Name')).to_have_value('tea')  # so it is stored
    await other.close()
    server.stop()
    await ann.get_by_label('Name').fill('a cup of tea')
    server.change_app("uid='orders'", "version=2, migrate={1: lambda order: {'title': order['name']}}, uid='orders'")
    server.change_app("{'name': ''}", "{'title': ''}")
    server.change_app(".get('name')", ".get('title')")
    server.start()
    await expect(notices(ann)).to_contain_text('This page was made for version 1 of this value')
    await expect(notices(ann)).to_contain_text('a cup of ')
    await expect(ann.get_by_label('Name')).to_have_value('a cup of tea')
    ben = await open_tab(server.url)
    await expect(ben.get_by_label('Name')).to_have_value('tea')
    ann.on('dialog', lambda question: question.accept())  # it asks, because edits are unsent
    await ann.get_by_role('button', name='New version, reload').click()
    await expect(ann.get_by_label('Name')).to_have_value('tea')
    await ann.get_by_label('Name').fill('coffee')
    await expect(ben.get_by_label('Name')).to_have_value('coffee')
