"""Tests of edits that the server refuses, or that lost their place: others are stored, and nothing is lost silently."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.browser.conftest import OpenTab, notices, status, stored
from tests.conftest import Serve
from tests.network import Network


async def test_a_refused_field_takes_no_other_along(serve: Serve, open_tab: OpenTab) -> None:
    """S13: typed while the line was down; good fields are stored, and the reason stands at the refused one."""
    server = serve('person_file')
    async with Network(server.url) as network:
        ann = await open_tab(network.url)
        await expect(status(ann)).to_contain_text('Live')
        network.cut()
        await expect(status(ann)).to_contain_text('Reconnecting')
        await ann.get_by_label('Name').press_sequentially('Ann')
        await ann.get_by_label('Story').press_sequentially('Once upon a time')
        await ann.get_by_label('Zip').press_sequentially('123456')
        network.mend()
        await expect(status(ann)).to_contain_text('Live')
        await expect(ann.get_by_text('at most 5 characters')).to_be_visible()
        ben = await open_tab(server.url)
        await expect(ben.get_by_label('Name')).to_have_value('Ann')
        await expect(ben.get_by_label('Story')).to_have_value('Once upon a time')
        await expect(ann.get_by_label('Zip')).to_have_value('123456')  # to be made right
        await ann.get_by_label('Zip').press('Backspace')
        await expect(ben.get_by_label('Zip')).to_have_value('12345')
        assert stored(server) == {'name': 'Ann', 'story': 'Once upon a time', 'zip': '12345'}


async def test_text_in_a_card_that_another_archives_can_be_copied(serve: Serve, open_tab: OpenTab) -> None:
    """I3: it has no place any more; its author gets it back."""
    server = serve('cards')
    async with Network(server.url) as network:
        ann, ben = await open_tab(network.url), await open_tab(server.url)
        await expect(status(ann)).to_contain_text('Live')
        network.cut()
        await expect(status(ann)).to_contain_text('Reconnecting')
        await ann.get_by_label('Card').first.press_sequentially(', and an hour of work')
        await ben.get_by_role('button', name='Archive').click()
        await expect(ben.get_by_label('Card')).to_have_count(1)
        network.mend()
        await expect(notices(ann)).to_contain_text('Somebody removed what you were changing')
        await expect(notices(ann)).to_contain_text('an hour of work')
        await ann.context.grant_permissions(['clipboard-read', 'clipboard-write'])
        await notices(ann).get_by_role('button', name='Copy').click()
        assert 'an hour of work' in await ann.evaluate('navigator.clipboard.readText()')
        await expect(ann.get_by_label('Card')).to_have_count(1)
        await expect(ann.get_by_label('Card')).not_to_be_focused()  # what comes next is not for the other card
        assert stored(server) == [{'id': 2, 'text': 'two'}]

        # What is stored already is gone, too, while its author is writing.
        await notices(ann).get_by_role('alert').get_by_role('button', name='Dismiss').click()
        await ann.get_by_label('Card').press('End')
        await ann.get_by_label('Card').press_sequentially(' and a half')
        await expect(ben.get_by_label('Card')).to_have_value('two and a half')
        await ben.get_by_role('button', name='Archive').click()
        await expect(notices(ann).locator('q')).to_have_text('two and a half')
        await expect(ben.get_by_label('Card')).to_have_count(0)
        await expect(notices(ben).get_by_role('alert')).to_have_count(0)


CLOSED = """
    from dara.components import Button, Input, Select, Stack, Text
    from dara.core import ConfigurationBuilder, ErrorHandlingConfig, If, Variable, action
    from dara.core.persistence import BackendStore

    closed = {'board'}
    rooms = BackendStore(uid='rooms', can_read=lambda user, key: key not in closed)
    room = Variable('kitchen')
    notes = Variable('', store=rooms.at(room))


    @action
    async def close(key: str):
        closed.add(key)
        await rooms.recheck()


    @action
    async def grant(key: str):
        closed.discard(key)
        await rooms.recheck()


    config = ConfigurationBuilder()
    config.add_page('Rooms', content=Stack(
        Select(value=room, items=['kitchen', 'board']),
        Input(value=notes, label='Notes'),
        If(notes == '', Text('Empty')),
        Text(notes, error_handler=ErrorHandlingConfig(title='Not for you')),
        Button('Close', onclick=close(room)),
        Button('Grant', onclick=grant(room)),
    ))
"""


async def test_a_value_that_a_user_may_not_see_says_so_in_its_place(serve: Serve, open_tab: OpenTab) -> None:
    """From the start, when the right ends, and in a room that one enters; it comes back when the right does."""
    server = serve(CLOSED)
    ann = await open_tab(server.url)
    refusals = ann.get_by_role('main').get_by_text('You may not see this')

    async def press(button: str) -> None:
        await ann.get_by_role('button', name=button).click()

    async def enter(room: str) -> None:
        await ann.get_by_role('combobox').click()
        await ann.get_by_role('option', name=room).click()

    await ann.get_by_label('Notes').fill('milk')
    await expect((await open_tab(server.url)).get_by_text('milk')).to_be_visible()  # it is stored
    await press('Close')
    await expect(refusals).to_have_text([re.compile(r'^You may not see this( any more)?\.$')] * 2)
    await expect(ann.get_by_text('Not for you')).to_be_visible()
    await expect(ann.get_by_label('Notes')).to_have_count(0)
    await press('Grant')
    await expect(ann.get_by_label('Notes')).to_have_value('milk')
    await expect(refusals).to_have_count(0)
    await enter('board')
    await expect(refusals).to_have_text(['You may not see this.'] * 2)
    await enter('kitchen')
    await expect(ann.get_by_label('Notes')).to_have_value('milk')
    await enter('board')
    await press('Grant')
    await expect(ann.get_by_text('Empty')).to_be_visible()
    await expect(refusals).to_have_count(0)
