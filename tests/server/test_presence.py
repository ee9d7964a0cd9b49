"""Presence over real websockets: who is on a page, who types where, and `store.present()`."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Message, Tab, connected, remove, replace

PASSWORDS = {'ann': 'a', 'ben': 'b', 'cem': 'c'}


class People:
    """Opens tabs of people who have logged in."""

    def __init__(self, server: AppServer, open_tabs: AsyncExitStack) -> None:
        self.server = server
        self._open_tabs = open_tabs
        self._cookies: dict[str, str] = {}

    async def tab(self, name: str, client: str | None = None) -> Tab:
        cookie = self._cookies.setdefault(name, self.server.login(name, PASSWORDS[name]))
        return await self._open_tabs.enter_async_context(
            connected(self.server.socket_url, client=client, cookie=cookie)
        )

    async def present(self, tab: Tab) -> dict[str, str]:
        """What `store.present()` says in an action."""
        actions = self.server.content(cookie=tab.cookie)[0]['slots']['children'][-1]['actions']
        await tab.call(actions['onclick'][0]['target'], {'value': None})
        return {effect['title']: effect['message'] for effect in tab.effects}


@pytest_asyncio.fixture
async def people(serve: Serve) -> Any:
    async with AsyncExitStack() as open_tabs:
        yield People(serve('presence'), open_tabs)


class Page:
    """Who is on a page, as a tab was told."""

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
        """Have them come one after the other, and the first of them see it."""
        for number, tab in enumerate(tabs, 1):
            await tab.send(type='visit', page='/')
            while self.count != number:
                self.take(await tabs[0].receive('visitors'))

    async def until(self, tab: Tab, *names: str) -> None:
        """Wait until those are there, in that order."""
        while list(self.people.values()) != list(names):
            self.take(await tab.receive('visitors'))


async def typing_at(tab: Tab) -> list[tuple[str, list[str | int]]]:
    """Who types where, as the next message says."""
    return [(person['name'], spot['path']) for _, person, spot in (await tab.receive('presence'))['entries']]


async def type_at(tab: Tab, at: Message, *path: str | int, **more: Any) -> None:
    data = {'path': list(path), 'version': at['version'], 'typing': True}
    await tab.send(type='presence', channel=at['channel'], store=at['store'], data=data, **more)


async def test_everybody_on_a_page_is_told_who_else_is(people: People) -> None:
    """S1: once each, whatever tabs they have open, in the order in which they came; no ids of users or tabs."""
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


async def test_who_closes_the_tab_is_gone_at_once_and_who_is_cut_off_a_little_later(people: People) -> None:
    ann, ben, cem = await people.tab('ann'), await people.tab('ben'), await people.tab('cem')
    page = Page()
    await page.fill(ann, ben, cem)
    began = time.monotonic()
    await ben.send(type='leave')
    await ben.cut()
    await page.until(ann, 'ann', 'cem')
    assert time.monotonic() - began < 2
    began = time.monotonic()
    await cem.cut()
    await page.until(ann, 'ann')
    assert 2 < time.monotonic() - began < 5


async def test_who_comes_back_at_once_was_never_gone(people: People) -> None:
    """S27: nobody is told anything: the next that Ann hears is that Cem came."""
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


async def test_others_see_where_somebody_types_and_when_they_stop(people: People) -> None:
    ann, ben = await people.tab('ann'), await people.tab('ben')
    at, _ = await ann.subscribe('board'), await ben.subscribe('board')
    await type_at(ann, at, 'title')
    heard = await ben.receive('presence')
    [[author, person, spot]] = heard['entries']
    assert (author, person['name'], spot) == (at['author'], 'ann', {'path': ['title'], 'version': 0, 'typing': True})
    assert ann.client not in json.dumps(heard)
    await ann.send(type='presence', channel=at['channel'], store='board', data=None)
    assert await typing_at(ben) == []


async def test_who_subscribes_later_is_told_who_types(people: People) -> None:
    ann, ben, cem = await people.tab('ann'), await people.tab('ben'), await people.tab('cem')
    at, _ = await ann.subscribe('board'), await ben.subscribe('board')
    await type_at(ann, at, 'title')
    assert await typing_at(ben) == [('ann', ['title'])]
    await cem.subscribe('board')
    assert await typing_at(cem) == [('ann', ['title'])]


async def test_who_types_in_an_item_moves_with_it(people: People) -> None:
    """Also if they knew an older version when they said so; what they have inserted themselves is in their place."""
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


async def test_nobody_can_say_who_they_are(people: People) -> None:
    """What a tab says of its user is not looked at."""
    ann, ben = await people.tab('ann'), await people.tab('ben')
    at, _ = await ann.subscribe('board'), await ben.subscribe('board')
    forged = {'name': 'cem', 'id': 'x', 'color': 'red'}
    await type_at(ann, at, 'title', user=forged, author=9, name='cem')
    [[author, person, _]] = (await ben.receive('presence'))['entries']
    assert (author, person['name']) == (at['author'], 'ann')
    await ann.send(type='visit', page='/', user=forged, name='cem')
    assert [person['name'] for person in (await ann.receive('visitors'))['came']] == ['ann']


async def test_what_a_tab_does_not_see_it_cannot_type_in(people: People) -> None:
    """S24: Ben may not read it, and says that he types there all the same; Ann hears of her own other tab alone."""
    ann, ann_too, ben = await people.tab('ann'), await people.tab('ann'), await people.tab('ben')
    secret, _ = await ann.subscribe('closed'), await ann_too.subscribe('closed')
    assert (await ben.subscribe('closed'))['code'] == 'forbidden'
    await ben.subscribe('board')
    await type_at(ben, secret)
    await type_at(ben, {**secret, 'store': 'board'})
    await ben.receive_nothing()
    await type_at(ann_too, secret, 'here')
    assert await typing_at(ann) == [('ann', ['here'])]


async def test_what_is_typed_in_a_users_own_value_stays_with_them(people: People) -> None:
    """Ben's tabs hear of his typing; Ann's hear of nothing before what he types in what both see."""
    ann, ben, ben_too = await people.tab('ann'), await people.tab('ben'), await people.tab('ben')
    bens = await ben.subscribe('own')
    for tab in (ann, ben_too):
        await tab.subscribe('own')
        await tab.subscribe('board')
    await type_at(ben, bens)
    assert await typing_at(ben_too) == [('ben', [])]
    await type_at(ben, await ben.subscribe('board'), 'title')
    assert await typing_at(ann) == [('ben', ['title'])]


async def test_a_flood_is_not_handed_on(people: People) -> None:
    """S25: of a hundred messages in one frame twenty are looked at, and the others hear of one; the tab is served."""
    ann, ben = await people.tab('ann'), await people.tab('ben')
    at, _ = await ann.subscribe('board'), await ben.subscribe('board')
    spots = [{'path': [f'field {number}'], 'version': 0, 'typing': True} for number in range(100)]
    flood = [{'type': 'presence', 'channel': at['channel'], 'store': 'board', 'data': spot} for spot in spots]
    await ann.send_text(json.dumps(flood))
    await ann.edit(at, replace('done', 'title'))
    assert await typing_at(ben) == [('ann', ['field 19'])]
    assert (await ann.receive('change'))['version'] == 1


async def test_a_reader_who_stops_gets_the_newest_alone(people: People) -> None:
    """S23: while a tab takes nothing, Ann goes from field to field; then it hears of the last one only."""
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
async def test_what_is_no_place_is_a_protocol_error(people: People, data: Any) -> None:
    ann = await people.tab('ann')
    at = await ann.subscribe('board')
    await ann.send(type='presence', channel=at['channel'], store='board', data=data)
    assert (await ann.receive('bye'))['reason'] == 'protocol'


async def test_a_place_too_long_to_be_told_is_not_told(people: People) -> None:
    ann, ben, cem = await people.tab('ann'), await people.tab('ben'), await people.tab('cem')
    at, _, cems = await ann.subscribe('board'), await ben.subscribe('board'), await cem.subscribe('board')
    await type_at(ann, at, 'x' * 1001)
    await ann.receive_nothing()
    await type_at(cem, cems, 'title')
    assert await typing_at(ben) == [('cem', ['title'])]


async def test_who_logs_out_is_gone_at_once(people: People) -> None:
    ann, ben = await people.tab('ann'), await people.tab('ben')
    page = Page()
    await ann.subscribe('board')
    await page.fill(ann, ben)
    await type_at(ben, await ben.subscribe('board'), 'title')
    assert await typing_at(ann) == [('ben', ['title'])]
    began = time.monotonic()
    httpx.post(f'{people.server.url}/logout', headers={'cookie': ben.cookie, 'origin': people.server.url})
    assert await typing_at(ann) == []
    assert (await people.present(ann))['board'] == 'ann'
    assert time.monotonic() - began < 2


async def test_a_store_knows_who_looks_at_it(people: People) -> None:
    """Each user once, in their own value of a store with `scope='user'`; for some seconds after they were cut off."""
    ann, ann_too, ben = await people.tab('ann'), await people.tab('ann'), await people.tab('ben')
    assert await people.present(ann) == {'board': '', 'own': '', 'closed': ''}
    for tab in (ann, ann_too, ben):
        await tab.subscribe('board')
    await ben.subscribe('own')
    assert await people.present(ann) == {'board': 'ann,ben', 'own': '', 'closed': ''}
    assert await people.present(ben) == {'board': 'ann,ben', 'own': 'ben', 'closed': ''}
    await ben.cut()
    assert (await people.present(ann))['board'] == 'ann,ben'
    async with asyncio.timeout(5):
        while (await people.present(ann))['board'] != 'ann':
            await asyncio.sleep(0.1)


async def test_a_crowd_is_told_as_a_number(serve: Serve) -> None:
    """Sixty guests come at once: each is told of fifty by name, in a few messages, and how many there are."""
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
