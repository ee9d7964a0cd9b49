"""Tests of actions, those of the tab and those of the server, and of their effects."""

from __future__ import annotations

import asyncio
import re
from asyncio import gather
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.conftest import PATIENCE_MS, OpenTab, OpenTwo, completed, notices, press, status
from tests.conftest import Serve


async def test_private_variables_need_no_server(serve: Serve, open_tab: OpenTab) -> None:
    """sync, toggle, update and reset work while the server is gone."""
    server = serve('actions_in_tab')
    ann = await open_tab(server.url)
    await expect(status(ann)).to_contain_text('Live')
    server.stop()
    await expect(status(ann)).to_contain_text('Reconnecting')
    word = ann.get_by_label('Word')

    await word.fill('typed')
    await expect(ann.locator('#copy')).to_have_text('typed')
    await ann.get_by_role('button', name='Toggle').click()
    await expect(ann.locator('#flag')).to_have_text('true')
    await ann.get_by_role('button', name='Toggle').click()
    await expect(ann.locator('#flag')).to_have_text('false')
    await ann.get_by_role('button', name='Update').click()
    await expect(word).to_have_value('updated')
    await ann.get_by_role('button', name='Reset').click()
    await expect(word).to_have_value('start')
    await ann.get_by_role('button', name='Everything').click()
    await expect(word).to_have_value('both')
    await expect(ann.locator('#flag')).to_have_text('true')


async def test_a_server_action_gets_its_arguments(serve: Serve, open_two: OpenTwo) -> None:
    """By position and by name; its result is shown to everybody."""
    ann, ben = await open_two(serve('actions_on_server').url)
    await ann.get_by_role('button', name='Add', exact=True).click()
    await expect(ann.locator('#total')).to_have_text('6')
    await expect(ben.locator('#total')).to_have_text('6')


async def test_a_server_action_gets_the_present_value_of_a_variable(serve: Serve, open_tab: OpenTab) -> None:
    """A private variable as an argument: the tab sends what it holds at that moment."""
    ann = await open_tab(serve('actions_on_server').url)
    await ann.get_by_label('Step').fill('25')
    await ann.get_by_role('button', name='Add step').click()
    await expect(ann.locator('#total')).to_have_text('25')


async def test_no_click_of_many_people_is_lost(serve: Serve, open_two: OpenTwo) -> None:
    """`modify` is atomic: two people click ten times each, as fast as they can."""
    people = await open_two(serve('actions_on_server').url)
    for tab in people:
        await expect(status(tab)).to_contain_text('Live')
    buttons = [tab.get_by_role('button', name='Add', exact=True) for tab in people]
    await gather(*(button.evaluate('it => { for (let i = 0; i < 10; i++) it.click() }') for button in buttons))
    for tab in people:
        await expect(tab.locator('#total')).to_have_text('120')


async def test_an_action_gets_the_input_of_its_component(serve: Serve, open_two: OpenTwo) -> None:
    """`ctx.input`, and `ctx.update`: a private variable changes in this tab, a shared one for everybody."""
    ann, ben = await open_two(serve('actions_on_server').url)
    await ann.get_by_label('Greet').fill('Ann')
    await ann.get_by_label('Greet').press('Enter')
    await expect(ann.locator('#own')).to_have_text('Hello, Ann')
    await expect(ben.get_by_label('Seen')).to_have_value('Ann')
    await expect(ben.locator('#own')).to_have_text('')


async def test_the_input_of_an_action_keeps_its_type(serve: Serve, open_tab: OpenTab) -> None:
    """The value of the picked item, which is a number, and not its label."""
    ann = await open_tab(serve('actions_on_server').url)
    await ann.get_by_role('combobox', name='Pick').click()
    await ann.get_by_role('option', name='two').click()
    await expect(ann.locator('#own')).to_have_text('Hello, 2')


async def test_an_action_resets_variables(serve: Serve, open_two: OpenTwo) -> None:
    """`ctx.reset_variables`: shared and private ones."""
    ann, ben = await open_two(serve('actions_on_server').url)
    await ann.get_by_label('Greet').fill('Ann')
    await ann.get_by_label('Greet').press('Enter')
    await ann.get_by_role('button', name='Add', exact=True).click()
    await expect(ben.locator('#total')).to_have_text('6')
    await ann.get_by_role('button', name='Clear').click()
    await expect(ben.locator('#total')).to_have_text('0')
    await expect(ann.locator('#total')).to_have_text('0')
    await expect(ann.locator('#own')).to_have_text('')


async def test_an_action_shows_a_message(serve: Serve, open_tab: OpenTab) -> None:
    """`ctx.notify`: with its title; it can be dismissed."""
    ann = await open_tab(serve('actions_on_server').url)
    await ann.get_by_role('button', name='Tell').click()
    await expect(notices(ann)).to_contain_text('News')
    await expect(notices(ann)).to_contain_text('It is raining')
    await notices(ann).get_by_role('button', name='Dismiss').click()
    await expect(notices(ann)).not_to_contain_text('It is raining')


async def test_an_action_that_raises_says_so_and_the_page_goes_on(serve: Serve, open_tab: OpenTab) -> None:
    """The notice is for people; the exception is for the log."""
    server = serve('actions_on_server')
    ann = await open_tab(server.url)
    await ann.get_by_role('button', name='Break').click()
    await expect(notices(ann).get_by_role('alert')).to_contain_text('The action failed')
    await expect(notices(ann)).not_to_contain_text('1234')
    assert 'the database password is 1234' in server.log
    await ann.get_by_role('button', name='Add', exact=True).click()
    await expect(ann.locator('#total')).to_have_text('6')


async def test_an_action_without_a_server_says_so(serve: Serve, open_tab: OpenTab) -> None:
    """It is not kept for later: its effect must follow the click."""
    server = serve('actions_on_server')
    ann = await open_tab(server.url)
    await expect(status(ann)).to_contain_text('Live')
    await completed(ann)
    server.stop()
    await expect(status(ann)).to_contain_text('Reconnecting')
    await ann.get_by_role('button', name='Tell').click()
    await expect(notices(ann).get_by_role('alert')).to_contain_text('there is no connection')
    server.start()
    await expect(notices(ann)).to_contain_text('The connection is back')
    await expect(notices(ann).get_by_role('alert')).to_have_count(0)


async def test_an_action_that_a_crash_cuts_off_says_so(serve: Serve, open_tab: OpenTab) -> None:
    """And its button can be used again, once the server is back."""
    server = serve('actions_on_server')
    ann = await open_tab(server.url)
    hang = ann.get_by_role('button', name='Hang')
    await hang.click()
    await expect(notices(ann)).to_contain_text('has begun')
    await expect(hang).to_have_attribute('aria-busy', 'true')
    server.kill()
    await expect(notices(ann).get_by_role('alert')).to_contain_text('connection was lost')
    await expect(hang).not_to_have_attribute('aria-busy', 'true')
    server.start()
    await expect(status(ann)).to_contain_text('Live')
    await ann.get_by_role('button', name='Add', exact=True).click()
    await expect(ann.locator('#total')).to_have_text('6')


async def test_an_action_tells_and_leads_elsewhere(serve: Serve, open_two: OpenTwo) -> None:
    """In the browser that ran it, and in no other."""
    server = serve('effects')
    ann, ben = await open_two(server.url)
    await ann.get_by_label('Own').fill('hello')
    await press(ann, 'Tell')
    await expect(notices(ann)).to_contain_text('Heard')
    await expect(notices(ann)).to_contain_text('you wrote hello')
    await press(ann, 'Leave')
    await expect(ann.get_by_text('another page')).to_be_visible()
    await expect(ann).to_have_url(f'{server.url}/elsewhere')
    await press(ben, 'Tell')
    await expect(notices(ben)).to_contain_text('you wrote own default')
    await expect(notices(ben)).not_to_contain_text('hello')


async def test_an_action_resets_what_is_shared_for_everybody(serve: Serve, open_two: OpenTwo) -> None:
    """A private variable is reset in that tab alone."""
    ann, ben = await open_two(serve('effects').url)
    await gather(ann.get_by_label('Own').fill('of ann'), ben.get_by_label('Own').fill('of ben'))
    await ann.get_by_label('Shared').fill('changed')
    await expect(ben.get_by_label('Shared')).to_have_value('changed')
    await press(ben, 'Reset')
    for tab, own in ((ann, 'of ann'), (ben, 'own default')):
        await expect(tab.get_by_label('Shared')).to_have_value('the default')
        await expect(tab.get_by_label('Own')).to_have_value(own)


async def test_an_action_copies_and_downloads(serve: Serve, open_tab: OpenTab) -> None:
    """A file of the server, which is gone afterwards, and a variable."""
    server = serve('effects')
    ann = await open_tab(server.url, permissions=['clipboard-read', 'clipboard-write'])
    await press(ann, 'Copy')
    await expect(notices(ann)).to_contain_text('It is on the clipboard')
    assert await ann.evaluate('navigator.clipboard.readText()') == 'copied text'
    assert await downloaded(ann, 'Download') == ('report.txt', 'figures')
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while (server.directory / 'report.txt').exists():  # it goes once the answer is sent
            await asyncio.sleep(0.01)
    name, text = await downloaded(ann, 'Save')
    assert name == 'people.csv'
    assert text.split() == ['name,score', 'Ann,9', '"Ben,', 'B.",7']


async def downloaded(tab: Page, button: str) -> tuple[str, str]:
    """Press a button that makes the browser save a file; return its name and its text."""
    async with tab.expect_download() as downloading:
        await press(tab, button)
    download = await downloading.value
    return download.suggested_filename, Path(await download.path()).read_text()


async def test_an_action_that_forgets_to_await_fails(serve: Serve, open_tab: OpenTab) -> None:
    """It says in the log what was forgotten, and where; what was called did nothing."""
    server = serve('unawaited')
    ann = await open_tab(server.url)
    for button, method, line in (('Write', 'write', 14), ('Update', 'update', 19), ('Thread', 'write', 24)):
        await press(ann, button)
        said = f'{method}(...) has to be awaited'
        await expect(ann.get_by_text(said)).to_be_visible()
        assert re.search(rf'{re.escape(said)}.*app.py, line {line}\)', server.log)
        await notices(ann).get_by_role('button', name='Dismiss').click()
        await expect(ann.get_by_text(said)).to_have_count(0)
    await expect(ann.get_by_text('before')).to_be_visible()
    await press(ann, 'Remember')
    await expect(ann.get_by_text('after')).to_have_count(2)
