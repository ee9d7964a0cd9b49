"""Tests of presence over real websockets: visitors of a page, cursors in a record, and `store.present()`."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import Serve
from tests.patience import stretched
from tests.process import PATIENCE_SECONDS, AppServer
from tests.tab import Message, Tab, connected, remove, replace, value


class People:
    """Tabs of users who have logged in."""

    def __init__(self, server: AppServer, open_tabs: AsyncExitStack) -> None:
        self.server = server
        self._open_tabs = open_tabs
        self._cookies: dict[str, str] = {}

    async def tab(self, name: str, client: str | None = None) -> Tab:
        cookie = self._cookies.setdefault(name, self.server.login(name, name[0]))
        return await self._open_tabs.enter_async_context(
            connected(self.server.socket_url, client=client, cookie=cookie)
        )

    async def present(self, tab: Tab) -> dict[str, str]:
        """Return the names that `store.present()` returns in an action, by store."""
        await tab.call(self.server.buttons(tab.cookie)['Ask'], value(None))
        return {effect['title']: effect['message'] for effect in tab.effects}


@pytest_asyncio.fixture
async def people(serve: Serve) -> Any:
    async with AsyncExitStack() as open_tabs:
        yield People(serve('presence'), open_tabs)


class Page:
    """The visitors of a page, as a tab knows them."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.count = 0

    def take(self, message: Message) -> None:
        if message['left'] is None:
            self.people = {}
        for gone in message['left'] or []:
            del self.people[gone]
        self.people |= {person['id']: person['name'] for person in message['came']}
        self.count = message['count']

    async def fill(self, *tabs: Tab) -> None:
        """Let the tabs visit the page one after the other; the first of them sees it."""
        for number, tab in enumerate(tabs, 1):
            await tab.send(type='visit', page='/')
            while self.count != number:
                self.take(await tabs[0].receive('visitors'))

    async def until(self, tab: Tab, *names: str) -> None:
        """Wait until the visitors are these, in this order."""
        while list(self.people.values()) != list(names):
            self.take(await tab.receive('visitors'))


async def attend(tab: Tab, value: Message) -> None:
    await tab.send(type='attend', channel=value['channel'], store=value['store'], present=True)


async def number_at(tab: Tab, value: Message) -> int:
    """Return the number of people in the next message about a value."""
    while (message := await tab.receive('visitors'))['place'] != value['channel']:
        pass
    return int(message['count'])


async def typing_at(tab: Tab) -> list[tuple[str, list[str | int]]]:
    """Return the cursors in the next message: names and paths."""
    return [(person['name'], spot['path']) for _, person, spot in (await tab.receive('presence'))['entries']]


async def type_at(tab: Tab, at: Message, *path: str | int, **more: Any) -> None:
    data = {'path': list(path), 'version': at['version'], 'typing': True}
    await tab.send(type='presence', channel=at['channel'], store=at['store'], data=data, **more)


async def test_all_visitors_of_a_page_know_each_other(people: People) -> None:
    """S1: each is listed once, whatever tabs are open, in the order of arrival; ids of users and tabs are not sent."""
    ann, ann_too, ben = await people.tab('ann'), await people.tab('ann'), await people.tab('ben')
    page = Page()
    await ann.send(type='visit', page='/')
    await page.until(ann, 'ann')
    await ann_too.send(type='visit', page='/')
    await ben.send(type='visit', page='/')
    message = await ann.receive('visitors')
    page.take(message)
    assert list(page.people.values()) == ['ann', 'ben']
    assert page.count == 2
    assert [sorted(person) for person in message['came']] == [['color', 'id', 'name']]
    assert ann.client not in json.dumps(message)
    assert message['came'][0]['id'] != 'ben'  # by which the app knows him
    await Page().until(ben, 'ann', 'ben')
    await ben.send(type='visit', page='/elsewhere')
    await page.until(ann, 'ann')
    await Page().until(ben, 'ben')


async def test_the_people_of_a_value_are_those_who_may_see_it(people: People) -> None:
    """With `scope='user'`, a user is alone; what one may not read tells nothing, nor does a value that is left."""
    ann, ben, cem = await people.tab('ann'), await people.tab('ben'), await people.tab('cem')
    board = {each: await each.subscribe('board') for each in (ann, ben, cem)}
    for each in (ann, ben):
        await attend(each, board[each])
    page = Page()
    await page.until(ann, 'ann', 'ben')
    own = await ben.subscribe('own')
    await attend(ben, own)
    assert await number_at(ben, own) == 1
    await ben.send(type='unsubscribe', channel=board[ben]['channel'], store='board')
    await page.until(ann, 'ann')
    secret = await ann.subscribe('closed')
    await attend(ann, secret)
    await attend(cem, secret)
    assert await number_at(ann, secret) == 1
    await attend(cem, board[cem])
    await page.until(ann, 'ann', 'cem')


async def test_a_closed_tab_leaves_at_once_and_a_lost_one_a_little_later(people: People) -> None:
    ann, ben, cem = await people.tab('ann'), await people.tab('ben'), await people.tab('cem')
    page = Page()
    await page.fill(ann, ben, cem)
    began = time.monotonic()
    await ben.send(type='leave')
    await ben.cut()
    await page.until(ann, 'ann', 'cem')
    assert time.monotonic() - began < stretched(2)
    began = time.monotonic()
    await cem.cut()
    await page.until(ann, 'ann')
    assert 2 < time.monotonic() - began < stretched(5)


async def test_a_tab_that_reconnects_at_once_has_not_left(people: People) -> None:
    """S27: the others hear nothing; the next news for Ann is that Cem came."""
    ann, ben, cem = await people.tab('ann'), await people.tab('ben'), await people.tab('cem')
    page = Page()
    await page.fill(ann, ben)
    await ben.cut()
    ben = await people.tab('ben', client=ben.client)
    await ben.send(type='visit', page='/')
    await Page().until(ben, 'ann', 'ben')
    await cem.send(type='visit', page='/')
    news = await ann.receive('visitors')
    assert ([person['name'] for person in news['came']], news['left']) == (['cem'], [])


async def test_others_see_a_cursor_until_it_is_removed(people: People) -> None:
    ann, ben = await people.tab('ann'), await people.tab('ben')
    at, _ = await ann.subscribe('board'), await ben.subscribe('board')
    await type_at(ann, at, 'title')
    heard = await ben.receive('presence')
    [[author, person, spot]] = heard['entries']
    assert (author, person['name'], spot) == (at['author'], 'ann', {'path': ['title'], 'version': 0, 'typing': True})
    assert ann.client not in json.dumps(heard)
    await ann.send(type='presence', channel=at['channel'], store='board', data=None)
    assert await typing_at(ben) == []


async def test_a_later_subscriber_is_sent_the_cursors(people: People) -> None:
    ann, ben, cem = await people.tab('ann'), await people.tab('ben'), await people.tab('cem')
    at, _ = await ann.subscribe('board'), await ben.subscribe('board')
    await type_at(ann, at, 'title')
    assert await typing_at(ben) == [('ann', ['title'])]
    await cem.subscribe('board')
    assert await typing_at(cem) == [('ann', ['title'])]


async def test_a_cursor_moves_with_its_item(people: People) -> None:
    """Even if its version was older; the user's own insertions are already in its path."""
    ann, ben = await people.tab('ann'), await people.tab('ben')
    at, bens = await ann.subscribe('board'), await ben.subscribe('board')
    await ben.edit(bens, {'op': 'add', 'path': ['items', 0], 'value': {'text': 'zero'}})
    await ann.receive('change')
    await type_at(ann, at, 'items', 1, 'text')
    assert await typing_at(ben) == [('ann', ['items', 2, 'text'])]
    await ann.edit({**at, 'version': 1}, {'op': 'add', 'path': ['items', 0], 'value': {'text': 'mine'}})
    assert (await ann.receive('change'))['version'] == 2
    await ben.edit({**bens, 'version': 2}, {'op': 'add', 'path': ['items', 0], 'value': {'text': 'first'}})
    assert await typing_at(ben) == [('ann', ['items', 3, 'text'])]
    await ben.edit({**bens, 'version': 3}, remove('items', 3))
    assert await typing_at(ben) == []


async def test_nobody_can_forge_an_identity(people: People) -> None:
    """The names that a tab sends for its user are ignored."""
    ann, ben = await people.tab('ann'), await people.tab('ben')
    at, _ = await ann.subscribe('board'), await ben.subscribe('board')
    forged = {'name': 'cem', 'id': 'x', 'color': 'red'}
    await type_at(ann, at, 'title', user=forged, author=9, name='cem')
    [[author, person, _]] = (await ben.receive('presence'))['entries']
    assert (author, person['name']) == (at['author'], 'ann')
    await ann.send(type='visit', page='/', user=forged, name='cem')
    assert [person['name'] for person in (await ann.receive('visitors'))['came']] == ['ann']


async def test_a_tab_cannot_have_a_cursor_in_a_value_that_it_may_not_read(people: People) -> None:
    """S24: Ben may not read it, but sends a cursor; Ann sees only the cursor of her own other tab."""
    ann, ann_too, ben = await people.tab('ann'), await people.tab('ann'), await people.tab('ben')
    secret, _ = await ann.subscribe('closed'), await ann_too.subscribe('closed')
    assert (await ben.subscribe('closed'))['code'] == 'forbidden'
    await ben.subscribe('board')
    await type_at(ben, secret)
    await type_at(ben, {**secret, 'store': 'board'})
    await ben.receive_nothing()
    await type_at(ann_too, secret, 'here')
    assert await typing_at(ann) == [('ann', ['here'])]


async def test_a_cursor_in_a_users_own_value_is_sent_to_that_user_alone(people: People) -> None:
    """Ben's other tab sees his cursor; the first cursor that Ann sees is the one in their shared value."""
    ann, ben, ben_too = await people.tab('ann'), await people.tab('ben'), await people.tab('ben')
    bens = await ben.subscribe('own')
    for tab in (ann, ben_too):
        await tab.subscribe('own')
        await tab.subscribe('board')
    await type_at(ben, bens)
    assert await typing_at(ben_too) == [('ben', [])]
    await type_at(ben, await ben.subscribe('board'), 'title')
    assert await typing_at(ann) == [('ben', ['title'])]


async def test_a_flood_of_cursors_is_not_passed_on(people: People) -> None:
    """S25: of a hundred messages in one frame, twenty are read and one is passed on; the tab is still served."""
    ann, ben = await people.tab('ann'), await people.tab('ben')
    at, _ = await ann.subscribe('board'), await ben.subscribe('board')
    spots = [{'path': [f'field {number}'], 'version': 0, 'typing': True} for number in range(100)]
    flood = [{'type': 'presence', 'channel': at['channel'], 'store': 'board', 'data': spot} for spot in spots]
    await ann.send_text(json.dumps(flood))
    await ann.edit(at, replace('done', 'title'))
    assert await typing_at(ben) == [('ann', ['field 19'])]
    assert (await ann.receive('change'))['version'] == 1


async def test_a_tab_that_stops_reading_receives_only_the_latest_cursor(people: People) -> None:
    """S23: while it reads nothing, Ann goes from field to field."""
    ann, ben, slow = await people.tab('ann'), await people.tab('ben'), await people.tab('cem')
    at, _, _ = await ann.subscribe('board'), await ben.subscribe('board'), await slow.subscribe('board')
    with suppress(TimeoutError):
        while True:  # until the server has sent as much as it does without a confirmation
            await slow.send(type='ping', i=1)
            async with asyncio.timeout(1):
                await slow.receive('pong')
    for number in range(6):
        await type_at(ann, at, f'field {number}')
        assert await typing_at(ben) == [('ann', [f'field {number}'])]
    await slow.acknowledge()
    assert await slow.receive() == {'type': 'pong', 'i': 1}
    assert await typing_at(slow) == [('ann', ['field 5'])]
    await slow.receive_nothing()


@pytest.mark.parametrize(
    'data',
    [
        {'path': ['title'], 'version': 0},
        {'path': 'title', 'version': 0, 'typing': True},
        {'path': [1.5], 'version': 0, 'typing': True},
        {'path': [10**30], 'version': 0, 'typing': True},
        {'path': [-1], 'version': 0, 'typing': True},
        {'path': ['x'] * 65, 'version': 0, 'typing': True},
        'here',
    ],
)
async def test_an_invalid_cursor_is_a_protocol_error(people: People, data: Any) -> None:
    ann = await people.tab('ann')
    at = await ann.subscribe('board')
    await ann.send(type='presence', channel=at['channel'], store='board', data=data)
    assert (await ann.receive('bye'))['reason'] == 'protocol'


async def test_a_cursor_with_too_long_a_path_is_not_sent(people: People) -> None:
    ann, ben, cem = await people.tab('ann'), await people.tab('ben'), await people.tab('cem')
    at, _, cems = await ann.subscribe('board'), await ben.subscribe('board'), await cem.subscribe('board')
    await type_at(ann, at, 'x' * 1001)
    await ann.receive_nothing()
    await type_at(cem, cems, 'title')
    assert await typing_at(ben) == [('cem', ['title'])]


async def test_a_user_who_logs_out_leaves_at_once(people: People) -> None:
    ann, ben = await people.tab('ann'), await people.tab('ben')
    page = Page()
    await ann.subscribe('board')
    await page.fill(ann, ben)
    await type_at(ben, await ben.subscribe('board'), 'title')
    assert await typing_at(ann) == [('ben', ['title'])]
    began = time.monotonic()
    people.server.post('/logout', cookie=ben.cookie, headers={'origin': people.server.url})
    assert await typing_at(ann) == []
    assert (await people.present(ann))['board'] == 'ann'
    assert time.monotonic() - began < stretched(2)


async def test_a_store_knows_its_viewers(people: People) -> None:
    """Each user counts once, and for some seconds after a lost connection; with `scope='user'`, in the own value."""
    ann, ann_too, ben = await people.tab('ann'), await people.tab('ann'), await people.tab('ben')
    assert await people.present(ann) == {'board': '', 'own': '', 'closed': ''}
    for tab in (ann, ann_too, ben):
        await tab.subscribe('board')
    await ben.subscribe('own')
    assert await people.present(ann) == {'board': 'ann,ben', 'own': '', 'closed': ''}
    assert await people.present(ben) == {'board': 'ann,ben', 'own': 'ben', 'closed': ''}
    await ben.cut()
    assert (await people.present(ann))['board'] == 'ann,ben'
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await people.present(ann))['board'] != 'ann':
            await asyncio.sleep(0.1)


async def test_a_crowd_is_sent_as_a_number(serve: Serve) -> None:
    """Of sixty guests who come at once, each receives fifty names and the number of all, in a few messages."""
    server = serve("""
        from dara.components import Text
        from dara.core import ConfigurationBuilder

        config = ConfigurationBuilder()
        config.add_page('Page', content=Text('Hello'))
    """)
    async with AsyncExitStack() as open_tabs:
        tabs = [await open_tabs.enter_async_context(connected(server.socket_url)) for _ in range(60)]
        for tab in tabs:
            await tab.send(type='visit', page='/')
        for tab in (tabs[0], tabs[-1]):
            page, messages = Page(), 0
            while page.count < 60:
                page.take(await tab.receive('visitors'))
                messages += 1
            assert len(page.people) == 50
            assert messages <= 10
        await tabs[0].send(type='leave')
        page.take(await tabs[-1].receive('visitors'))
        assert (len(page.people), page.count) == (50, 59)
