"""What components do when they are used."""

from __future__ import annotations

from asyncio import gather

from playwright.async_api import expect

from tests.browser.conftest import OpenTab, OpenTwo, notices, status
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
    """By position and by name; what it writes is shown to everybody."""
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
    """The notice is for people; what was raised is for the log."""
    server = serve('actions_on_server')
    ann = await open_tab(server.url)
    await ann.get_by_role('button', name='Break').click()
    await expect(notices(ann).get_by_role('alert')).to_contain_text('The action failed')
    await expect(notices(ann)).not_to_contain_text('1234')
    assert 'the database password is 1234' in server.log
    await ann.get_by_role('button', name='Add', exact=True).click()
    await expect(ann.locator('#total')).to_have_text('6')


async def test_an_action_without_a_server_says_so(serve: Serve, open_tab: OpenTab) -> None:
    """It is not kept for later: who clicks wants to see what happens."""
    server = serve('actions_on_server')
    ann = await open_tab(server.url)
    await expect(status(ann)).to_contain_text('Live')
    server.stop()
    await expect(status(ann)).to_contain_text('Reconnecting')
    await ann.get_by_role('button', name='Tell').click()
    await expect(notices(ann).get_by_role('alert')).to_contain_text('Not connected')


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
