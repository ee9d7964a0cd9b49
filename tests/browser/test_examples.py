"""Tests of the apps of `examples/` in the hands of two or three people."""

from __future__ import annotations

import re
from asyncio import gather

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, log_in, overflow, restart, status
from tests.browser.examples import Run

NAMES = ['todo', 'settings', 'poll', 'rooms', 'approval', 'dashboard', 'explorer', 'model_review']


# The to-do list


async def expect_todos(tab: Page, *texts: str) -> None:
    fields = todos(tab)
    await expect(fields).to_have_count(len(texts))
    for index, text in enumerate(texts):
        await expect(fields.nth(index)).to_have_value(text)


def todos(tab: Page) -> Locator:
    return tab.locator('.dara-card').get_by_role('textbox')


async def add_todo(tab: Page, text: str) -> None:
    new = tab.get_by_placeholder('Something new')
    await new.fill(text)
    await new.press('Enter')
    await expect(new).to_have_value('')


async def test_two_people_keep_one_to_do_list(run: Run, open_two: OpenTwo) -> None:
    """One renames what the other ticks; what is done goes, and the rest stays in order, whatever kills the server."""
    server = run('todo')
    ann, ben = await open_two(server.url)
    await expect(ann.get_by_text('Nothing to do!')).to_be_visible()
    for text in ('lemons', 'sugar', 'ice'):
        await add_todo(ann, text)
    await expect_todos(ben, 'lemons', 'sugar', 'ice')
    await todos(ben).nth(1).fill('brown sugar')
    await ann.get_by_role('switch').nth(1).press('Space')
    await ann.get_by_role('switch').nth(2).press('Space')
    await expect(ben.get_by_role('switch').nth(2)).to_be_checked()
    await ben.get_by_role('switch').nth(2).press('Space')
    for tab in (ann, ben):
        await expect_todos(tab, 'lemons', 'brown sugar', 'ice')
        await expect(tab.get_by_text('2 to do, 1 done')).to_be_visible()
    await restart(server, ann, ben)
    await ann.reload()
    await expect_todos(ann, 'lemons', 'brown sugar', 'ice')
    await ann.get_by_role('button', name='Delete what is done').click()
    await expect_todos(ben, 'lemons', 'ice')
    await ben.get_by_role('button', name='Delete', exact=True).first.click()
    for tab in (ann, ben):
        await expect_todos(tab, 'ice')
    await ben.mouse.down(click_count=2)  # the second click of a double click is for no item that has moved up
    await ben.mouse.up(click_count=2)
    await ben.get_by_role('switch').press('Space')
    await expect(ann.get_by_text('0 to do, 1 done')).to_be_visible()
    assert [(each['text'], each['done']) for each in server.stored('todo.json')['global']] == [('ice', True)]


async def test_what_both_add_at_once_is_there_for_both_in_one_order(run: Run, open_two: OpenTwo) -> None:
    """Ten things each, as fast as they can."""
    server = run('todo')
    ann, ben = await open_two(server.url)

    async def add_ten(tab: Page, name: str) -> None:
        for number in range(10):
            await add_todo(tab, f'{name} {number}')

    await gather(add_ten(ann, 'ann'), add_ten(ben, 'ben'))
    await gather(*(expect(todos(tab)).to_have_count(20) for tab in (ann, ben)))
    kept = [each['text'] for each in server.stored('todo.json')['global']]
    assert sorted(kept) == sorted(f'{name} {number}' for name in ('ann', 'ben') for number in range(10))
    for tab in (ann, ben):
        await expect_todos(tab, *kept)


async def test_a_to_do_that_is_typed_into_keeps_the_focus_when_others_add_and_delete(
    run: Run, open_two: OpenTwo
) -> None:
    """It moves up while its text is being written, and the text stays its own."""
    ann, ben = await open_two(run('todo').url)
    await add_todo(ann, 'first')
    await add_todo(ann, 'sec')
    field = todos(ann).nth(1)
    await field.focus()
    await ann.keyboard.press('End')
    await ann.keyboard.type('on')
    await expect_todos(ben, 'first', 'secon')
    await ben.get_by_role('button', name='Delete', exact=True).first.click()
    await expect(todos(ann)).to_have_count(1)
    await ann.keyboard.type('d')
    for tab in (ann, ben):
        await expect_todos(tab, 'second')


# The poll

COUNTED = """
import logging

compute = result.func

def compute_and_tell(votes):
    logging.getLogger('dara').warning('computed for %s', votes)
    return compute(votes)

result.func = compute_and_tell
"""


async def expect_votes(tab: Page, **percents: int) -> None:
    for place, percent in percents.items():
        bar = tab.get_by_role('progressbar', name=re.compile(place))
        await expect(bar).to_have_attribute('aria-valuenow', str(percent))


async def vote(tab: Page, place: str) -> None:
    await tab.get_by_role('radio', name=re.compile(place)).check()


async def test_everybody_has_one_vote_and_sees_the_result(run: Run, open_tab: OpenTab) -> None:
    """They change their minds; each result is computed once, for all three."""
    server = run('poll', COUNTED)
    ann, ben, cleo = await gather(*(open_tab(server.url) for _ in range(3)))
    await gather(vote(ann, 'garden'), vote(ben, 'lake'))
    for tab in (ann, ben, cleo):
        await expect_votes(tab, garden=50, lake=50, roof=0)
    await vote(cleo, 'roof')
    await vote(cleo, 'lake')
    await vote(ann, 'lake')
    for tab in (ann, ben, cleo):
        await expect_votes(tab, garden=0, lake=100, roof=0)
    await expect(ann.get_by_role('radio', name='By the lake')).to_be_checked()
    await ben.get_by_role('button', name='Take it back').click()
    await expect(ben.get_by_role('radio', name='By the lake')).not_to_be_checked()
    await expect(cleo.locator('.dara-card').nth(1).get_by_text('2', exact=True)).to_be_visible()
    computed = [line for line in server.log.splitlines() if 'computed for' in line]
    assert len(set(computed)) == len(computed)


async def test_a_vote_counts_once_also_after_a_crash(run: Run, open_tab: OpenTab) -> None:
    """And a second tab of the same browser is the same voter."""
    server = run('poll')
    ann, ben = await gather(open_tab(server.url), open_tab(server.url))
    await vote(ann, 'garden')
    again = await open_tab(server.url, ann.context)
    await expect(again.get_by_role('radio', name='In the garden')).to_be_checked()
    await vote(again, 'roof')
    await expect_votes(ben, garden=0, roof=100)
    await restart(server, ann, ben)
    await gather(ann.reload(), ben.reload())
    await expect(ann.get_by_role('radio', name='On the roof')).to_be_checked()
    for tab in (ann, ben):
        await expect_votes(tab, garden=0, lake=0, roof=100)
    await vote(ben, 'garden')
    await expect_votes(ann, garden=50, roof=50)
    assert sorted(server.stored('poll.json').values()) == ['In the garden', 'On the roof']


# Rooms


async def test_who_is_in_a_room_shares_its_notes(run: Run, open_tab: OpenTab) -> None:
    """Two in the kitchen, one in the garden, who goes to the kitchen through the lobby."""
    server = run('rooms')
    ann, ben, cleo = await gather(
        *(open_tab(f'{server.url}/rooms/{room}') for room in ('kitchen', 'kitchen', 'garden'))
    )
    await ann.get_by_label('Notes').fill('The kettle leaks')
    await cleo.get_by_label('Notes').fill('Roses need water')
    await expect(ben.get_by_label('Notes')).to_have_value('The kettle leaks')
    await expect(cleo.get_by_role('heading', level=1)).to_have_text('garden')
    here = [tab.get_by_role('list', name='On this page').get_by_role('listitem') for tab in (ann, cleo)]
    await gather(expect(here[0]).to_have_count(2), expect(here[1]).to_have_count(1))
    await cleo.get_by_role('link', name='To the lobby').click()
    await cleo.get_by_role('link', name='Kitchen').click()
    await expect(cleo.get_by_role('heading', level=1)).to_have_text('kitchen')
    await expect(cleo.get_by_label('Notes')).to_have_value('The kettle leaks')
    await expect(here[0]).to_have_count(3)
    await cleo.get_by_label('Notes').fill('I mended the kettle')
    await expect(ann.get_by_label('Notes')).to_have_value('I mended the kettle')
    await cleo.go_back()
    await cleo.go_back()
    await expect(cleo.get_by_label('Notes')).to_have_value('Roses need water')
    await restart(server, ann, ben, cleo)
    await ben.reload()
    await expect(ben.get_by_label('Notes')).to_have_value('I mended the kettle')
    assert server.stored('rooms.json') == {'kitchen': 'I mended the kettle', 'garden': 'Roses need water'}


async def test_any_name_makes_a_room(run: Run, open_two: OpenTwo) -> None:
    """Also one that means something in an address."""
    server = run('rooms')
    ann, ben = await open_two(server.url)
    for tab in (ann, ben):
        await tab.get_by_label('Another one').fill('cellar')
        await tab.get_by_label('Another one').press('Enter')
        await expect(tab).to_have_url(f'{server.url}/rooms/cellar')
    await ann.get_by_label('Notes').fill('dark')
    await expect(ben.get_by_label('Notes')).to_have_value('dark')


async def test_a_room_has_a_board_of_its_own(run: Run, open_two: OpenTwo) -> None:
    """The same with a py_component, which follows the address too."""
    server = run('rooms')
    ann, ben = await open_two(f'{server.url}/boards/kitchen')
    await ann.get_by_label('On the board of the kitchen').fill('Tea at four')
    await expect(ben.get_by_text('Tea at four')).to_be_visible()
    await ben.goto(f'{server.url}/rooms/attic')
    await ben.get_by_role('link', name='To its board').click()
    await ben.get_by_label('On the board of the attic').fill('Mind your head')
    await expect(ben.get_by_text('Mind your head')).to_be_visible()
    await expect(ann.get_by_label('On the board of the kitchen')).to_have_value('Tea at four')


# The dashboard


async def test_a_dashboard_moves_in_both_browsers(run: Run, open_two: OpenTwo) -> None:
    """By itself, and when one of them asks for it; nothing is left running when the server stops."""
    server = run('dashboard')
    ann, ben = await open_two(server.url)
    first = await ann.get_by_role('progressbar').get_attribute('aria-valuenow')
    assert first is not None
    for tab in (ann, ben):
        await expect(tab.get_by_role('progressbar')).not_to_have_attribute('aria-valuenow', first)
    await ben.get_by_role('button', name='Measure now').click()
    for tab in (ann, ben):
        await expect(tab.get_by_role('cell', name='somebody')).to_be_visible()
        await expect(tab.get_by_role('cell', name='the clock').first).to_be_visible()
    await gather(ann.close(), ben.close())
    assert server.stop() == 0
    assert 'Traceback' not in server.log


# All of them


@pytest.mark.parametrize('name', NAMES)
async def test_an_example_fits_a_phone(run: Run, open_tab: OpenTab, name: str) -> None:
    """Nothing sticks out at the side."""
    ann = await open_tab(run(name).url, viewport={'width': 360, 'height': 700}, has_touch=True)
    if await ann.get_by_label('Password').count():
        await log_in(ann, 'ann', 'secret')
    await expect(status(ann)).to_contain_text('Live')
    await expect(ann.get_by_role('heading', level=1)).to_be_visible()
    assert await overflow(ann) == 0
