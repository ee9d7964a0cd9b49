"""Tests of two people who share one value."""

from __future__ import annotations

from asyncio import gather

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, stored
from tests.conftest import Serve
from tests.network import Network
from tests.repeats import repeated


async def test_the_other_browser_sees_every_keystroke(serve: Serve, open_two: OpenTwo) -> None:
    """Ann's text is in Ben's field, and everywhere else that shows it, while she goes on."""
    ann, ben = await open_two(serve('shared_person').url)
    await ann.get_by_label('Name').press_sequentially('hello')
    await expect(ben.get_by_role('heading', name='hello')).to_be_visible()
    await expect(ben.get_by_label('Name')).to_have_value('hello')


async def test_edits_go_both_ways(serve: Serve, open_two: OpenTwo) -> None:
    """Ben answers in the field that Ann has just written in."""
    ann, ben = await open_two(serve('shared_person').url)
    await ann.get_by_label('Name').fill('from Ann')
    await expect(ben.get_by_label('Name')).to_have_value('from Ann')
    await ben.get_by_label('Name').fill('from Ben')
    await expect(ann.get_by_label('Name')).to_have_value('from Ben')


async def test_two_tabs_of_one_browser_share_it_too(serve: Serve, open_tab: OpenTab) -> None:
    """S1: each tab is a client of its own, also when they have one profile."""
    url = serve('shared_person').url
    left = await open_tab(url)
    right = await open_tab(url, left.context)
    await left.get_by_label('Name').fill('from the left')
    await expect(right.get_by_label('Name')).to_have_value('from the left')
    await right.get_by_label('Name').fill('from the right')
    await expect(left.get_by_label('Name')).to_have_value('from the right')


async def test_what_is_private_stays_in_its_tab(serve: Serve, open_tab: OpenTab) -> None:
    """Once the shared edit that came after it has arrived, the private one never will."""
    url = serve('shared_person').url
    left = await open_tab(url)
    right = await open_tab(url, left.context)
    await left.get_by_label('Own').fill('for my eyes only')
    await left.get_by_label('Name').fill('for everybody')
    await expect(right.get_by_label('Name')).to_have_value('for everybody')
    assert await right.get_by_label('Own').input_value() == 'mine'


async def test_a_refresh_keeps_what_is_shared_and_resets_what_is_private(serve: Serve, open_two: OpenTwo) -> None:
    """The shared value is on the server; the other one was in the tab alone."""
    ann, ben = await open_two(serve('shared_person').url)
    await ann.get_by_label('Own').fill('gone after a refresh')
    await ann.get_by_label('Name').fill('here to stay')
    await expect(ben.get_by_label('Name')).to_have_value('here to stay')
    await ann.reload()
    await expect(ann.get_by_label('Name')).to_have_value('here to stay')
    await expect(ann.get_by_label('Own')).to_have_value('mine')


async def test_two_people_edit_two_fields_of_one_value(serve: Serve, open_two: OpenTwo) -> None:
    """They type at the same time, and nothing of either is lost."""
    server = serve('shared_person')
    ann, ben = await open_two(server.url)
    await gather(
        ann.get_by_label('Name').press_sequentially('Grace Hopper'),
        ben.get_by_label('City').fill('Arlington, Virginia'),
    )
    for tab in (ann, ben):
        await expect(tab.get_by_label('Name')).to_have_value('Grace Hopper')
        await expect(tab.get_by_label('City')).to_have_value('Arlington, Virginia')
    assert stored(server) == {'name': 'Grace Hopper', 'city': 'Arlington, Virginia', 'ann': '', 'ben': ''}


@pytest.mark.parametrize('delay', [0.05, repeated(0)])
async def test_two_people_who_write_at_the_same_moment_agree(serve: Serve, open_two: OpenTwo, delay: float) -> None:
    """Eight times over, both end up with the same, and it is what the file holds."""
    server = serve('shared_person')
    async with Network(server.url, delay) as network:
        ann, ben = await open_two(network.url)
        for n in range(8):
            await gather(ann.get_by_label('Name').fill(f'Ann {n}'), ben.get_by_label('Name').fill(f'Ben {n}'))
            await settle(ann, ben, f'{n}')
            assert await names(ann, ben) == [stored(server)['name']] * 2


async def test_two_people_who_type_into_one_field_agree(serve: Serve, open_two: OpenTwo) -> None:
    """Key by key, at the same time; what they end up with is the same for both, and for the file."""
    server = serve('shared_person')
    async with Network(server.url, delay=0.02) as network:
        ann, ben = await open_two(network.url)
        await gather(
            ann.get_by_label('Name').press_sequentially('a' * 25, delay=10),
            ben.get_by_label('Name').press_sequentially('b' * 20, delay=13),
        )
        await settle(ann, ben, 'done')
        assert await names(ann, ben) == [stored(server)['name']] * 2


async def settle(ann: Page, ben: Page, mark: str) -> None:
    """Let each leave a mark after their edits. Whoever sees the other's has seen, and sent, all edits before it."""
    await gather(ann.get_by_label('Ann was here').fill(mark), ben.get_by_label('Ben was here').fill(mark))
    await gather(
        expect(ann.get_by_label('Ben was here')).to_have_value(mark),
        expect(ben.get_by_label('Ann was here')).to_have_value(mark),
    )


async def names(*tabs: Page) -> list[str]:
    return [await tab.get_by_label('Name').input_value() for tab in tabs]


async def test_the_caret_stays_where_it_is_while_somebody_else_writes(serve: Serve, open_two: OpenTwo) -> None:
    """Ann is in the middle of a word when Ben puts a mark after it."""
    ann, ben = await open_two(serve('shared_person').url)
    anns, bens = ann.get_by_label('Name'), ben.get_by_label('Name')
    await anns.fill('held')
    await anns.press('ArrowLeft')
    await expect(bens).to_have_value('held')
    await bens.press('End')
    await bens.press('!')
    await expect(anns).to_have_value('held!')
    await ann.keyboard.type('lo wor')
    await expect(bens).to_have_value('hello word!')
    await expect(anns).to_have_value('hello word!')


async def test_after_a_delete_everybody_has_the_default(serve: Serve, open_two: OpenTwo) -> None:
    """Both browsers at once, the file too, and it is the same after a restart."""
    server = serve('shared_person')
    ann, ben = await open_two(server.url)
    await ann.get_by_label('City').fill('Oslo')
    await expect(ben.get_by_label('City')).to_have_value('Oslo')
    await ben.get_by_role('button', name='Forget').click()
    await expect(ann.get_by_label('City')).to_have_value('Rome')
    await expect(ben.get_by_label('City')).to_have_value('Rome')
    server.stop()
    server.start()
    await gather(ann.reload(), ben.reload())
    await expect(ann.get_by_label('City')).to_have_value('Rome')
    await expect(ben.get_by_label('City')).to_have_value('Rome')


async def test_after_a_delete_the_value_can_be_edited_again(serve: Serve, open_two: OpenTwo) -> None:
    """An edit of one field of the default keeps its other fields."""
    server = serve('shared_person')
    ann, ben = await open_two(server.url)
    await ann.get_by_label('City').fill('Oslo')
    await ann.get_by_role('button', name='Forget').click()
    await expect(ann.get_by_label('City')).to_have_value('Rome')
    await ben.get_by_label('Name').fill('Remus')
    await expect(ann.get_by_label('Name')).to_have_value('Remus')
    assert stored(server) == {'name': 'Remus', 'city': 'Rome', 'ann': '', 'ben': ''}


async def test_the_first_edit_of_all_is_never_lost_to_the_default(serve: Serve, open_two: OpenTwo) -> None:
    """Two browsers open a new app at the same moment, and one writes at once."""
    server = serve('shared_person')
    ann, ben = await open_two(server.url)
    await ann.get_by_label('City').fill('first!')
    await expect(ben.get_by_label('City')).to_have_value('first!')
    await gather(ann.reload(), ben.reload())
    await expect(ann.get_by_label('City')).to_have_value('first!')
    await expect(ben.get_by_label('City')).to_have_value('first!')
    assert stored(server)['city'] == 'first!'


async def test_a_reset_is_for_everybody(serve: Serve, open_two: OpenTwo) -> None:
    """Of a shared value, that is; the others see it."""
    ann, ben = await open_two(serve('shared_person').url)
    await ann.get_by_label('Name').fill('Romulus')
    await ann.get_by_label('City').fill('Alba Longa')
    await expect(ben.get_by_label('City')).to_have_value('Alba Longa')
    await ben.get_by_role('button', name='Reset').click()
    await expect(ann.get_by_label('City')).to_have_value('Rome')
    await expect(ann.get_by_label('Name')).to_have_value('')


async def test_a_reset_of_one_field_leaves_the_others(serve: Serve, open_two: OpenTwo) -> None:
    """`get('city').reset()` is an edit of that path."""
    ann, ben = await open_two(serve('shared_person').url)
    await ann.get_by_label('Name').fill('Romulus')
    await ann.get_by_label('City').fill('Alba Longa')
    await expect(ben.get_by_label('City')).to_have_value('Alba Longa')
    await ben.get_by_role('button', name='Move back').click()
    await expect(ann.get_by_label('City')).to_have_value('Rome')
    await expect(ann.get_by_label('Name')).to_have_value('Romulus')


async def test_who_comes_later_sees_what_there_is(serve: Serve, open_tab: OpenTab) -> None:
    """The page itself carries the values, so nobody sees the default first."""
    url = serve('shared_person').url
    ann = await open_tab(url)
    await ann.get_by_label('Name').fill('already here')
    await expect(ann.get_by_role('heading')).to_have_text('already here')
    ben = await open_tab(url)
    await expect(ben.get_by_role('heading')).to_have_text('already here')


async def test_undo_takes_back_ones_own_edits_and_leaves_the_others(serve: Serve, open_two: OpenTwo) -> None:
    """Ann undoes her edits; those that Ben made after them stay, and Ann can redo hers."""
    ann, ben = await open_two(serve('undo').url)
    await ann.get_by_label('Ann').fill('hers')
    await ann.get_by_role('button', name='Empty').click()
    await expect(ben.locator('#list')).to_have_text('[]')
    await ben.get_by_label('Ben').fill('his')
    await expect(ann.get_by_label('Ben')).to_have_value('his')

    await ann.get_by_role('button', name='Undo').click()
    await expect(ben.locator('#list')).to_have_text('[1]')
    await ann.get_by_role('button', name='Undo').click()
    await expect(ben.get_by_label('Ann')).to_have_value('')
    await ann.get_by_role('button', name='Undo').click()
    await ann.get_by_role('button', name='Redo').click()
    await expect(ben.get_by_label('Ann')).to_have_value('hers')
    await expect(ann.get_by_label('Ben')).to_have_value('his')

    await ben.get_by_role('button', name='Undo').click()
    await expect(ann.get_by_label('Ben')).to_have_value('')
    await expect(ann.get_by_label('Ann')).to_have_value('hers')
