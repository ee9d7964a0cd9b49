"""A hostile client: it learns nothing of others, changes nothing of theirs, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote

import httpx
import psutil
import pytest
import websockets
from itsdangerous import URLSafeSerializer

from tests.process import AppServer
from tests.tab import Message, Tab, connected, replace

APP = """
    import asyncio
    import time
    from dara.components import Button, Input, Stack, Text
    from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action, py_component
    from dara.core.auth import MultiBasicAuthConfig, get_user_data
    from dara.core.http import get, post
    from dara.core.persistence import BackendStore

    teams = {'ann': 'red', 'ben': 'red', 'eve': 'blue'}
    readers = {'ann', 'eve'}
    done = []

    def may_read(user):
        return user.identity_id in readers

    async def may_enter(user, key):
        await asyncio.sleep(0.01)
        return key == 'lobby' or key.startswith(user.identity_id)

    def fails(user):
        return {}['nobody is here']

    note = Variable(default='', store=BackendStore(uid='note'))
    diary = Variable(default='empty', store=BackendStore(uid='diary', scope='user'))
    vault = Variable(default='the combination', store=BackendStore(uid='vault', can_read=may_read))
    broken = Variable(default='broken secret', store=BackendStore(uid='broken', can_read=fails))
    law = Variable(default='law', store=BackendStore(uid='law', can_write=lambda user: user.identity_id == 'ann'))
    team = Variable(default='', store=BackendStore(uid='team', scope=lambda user: teams.get(user.identity_id)))
    rooms = BackendStore(uid='rooms', can_read=may_enter)
    open_rooms = BackendStore(uid='open_rooms')
    unseen = Variable(default='unseen secret', store=BackendStore(uid='unseen'))
    room = Variable('lobby', uid='room')
    items = Variable(default=[{'id': 1}], store=BackendStore(uid='items'))

    def length(value):
        return len(value)

    def tell(value):
        return value

    async def whose(word):
        await asyncio.sleep(0.05)
        return f'{word} of {get_user_data().identity_id}'

    async def picky(word):
        await asyncio.sleep(0.05)
        if get_user_data().identity_id == 'eve':
            raise RuntimeError('not for eve')
        return word

    async def slowly(word):
        await asyncio.sleep(0.3)
        return f'{word} at last'

    word = Variable('', uid='word')
    count = DerivedVariable(length, variables=[note], uid='count')
    own = DerivedVariable(tell, variables=[diary], uid='own')
    peek = DerivedVariable(tell, variables=[vault], uid='peek')
    inside = DerivedVariable(tell, variables=[Variable(default='', store=rooms.at(room))], uid='inside')
    first = DerivedVariable(tell, variables=[items.get(0).get('id')], uid='first')
    again = DerivedVariable(tell, variables=[count], uid='again')
    named = DerivedVariable(whose, variables=[word], uid='named')
    choosy = DerivedVariable(picky, variables=[word], uid='choosy')
    slow = DerivedVariable(slowly, variables=[word], uid='slow')
    large = DerivedVariable(lambda word: 'x' * 900_000, variables=[word], uid='large')

    @py_component
    async def part(word):
        made = Variable(default='made for one', store=BackendStore(uid=f'made {word}'))
        return Stack(Input(value=made), Button('tell', onclick=answer()))

    @py_component
    async def lingering(word):
        await asyncio.sleep(0.2)
        return Text(Variable(default='', store=BackendStore(uid='lingering')))

    @action
    async def answer(ctx: ActionCtx):
        await ctx.notify('answered')

    @action
    async def withdraw(ctx: ActionCtx):
        readers.discard('eve')
        teams.pop('eve', None)
        if ctx.input == 'and recheck':
            await vault.store.recheck()
            await team.store.recheck()

    @action
    async def grant(ctx: ActionCtx):
        readers.add('eve')
        teams['eve'] = 'blue'

    @action
    async def in_two_steps(ctx: ActionCtx):
        done.append('one')
        await ctx.notify('one')
        await asyncio.sleep(0.1)
        done.append('two')

    @action
    async def hand_over(ctx: ActionCtx):
        await ctx.download_file('app.py')

    @get('done')
    def get_done():
        return done

    @post('change')
    def change():
        done.append('changed')
        return 'changed'

    @get('fail')
    def fail():
        raise RuntimeError('a secret of the server')

    config = ConfigurationBuilder()
    config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b', 'eve': 'e', '<b>mal</b>': 'm'}))
    for endpoint in (get_done, change, fail):
        config.add_endpoint(endpoint)
    config.add_page('Notes', content=Stack(
        Text(note), Text(diary), Text(vault), Text(broken), Text(law), Text(team), Text(count), Text(own), Text(peek),
        Text(inside), Text(first), Text(again), Text(named), Text(choosy), Text(slow), Text(large), Input(value=room),
        Text(Variable(default='', store=open_rooms.at(room), uid='open room')),
        part(word), lingering(word),
        Button('withdraw', onclick=withdraw()), Button('grant', onclick=grant()),
        Button('two', onclick=in_two_steps()), Button('file', onclick=hand_over()), Button('say', onclick=answer()),
    ))
    config.add_page('Item', content=Text('an item'), route='/items/:id')
"""
PASSWORDS = {'ann': 'a', 'ben': 'b', 'eve': 'e', '<b>mal</b>': 'm'}
NOTE = {'store': 'note', 'path': [], 'version': 0}
COUNT = {'inputs': [NOTE], 'path': []}
MIB = 2**20


@pytest.fixture(scope='module')
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """One for all attacks: what one of them leaves behind, the next would notice."""
    server = AppServer(tmp_path_factory.mktemp('app'), APP)
    try:
        yield server.start()
    finally:
        server.stop()


@asynccontextmanager
async def logged_in(server: AppServer, *names: str, **options: Any) -> AsyncIterator[list[Tab]]:
    """A tab for each name."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                connected(server.socket_url, cookie=server.login(name, PASSWORDS[name]), **options)
            )
            for name in names
        ]


class Bystanders:
    """Two others at work: one types and the other reads it."""

    def __init__(self, server: AppServer, writer: Tab, reader: Tab, position: Message) -> None:
        self._server, self._writer, self._reader, self._position = server, writer, reader, position
        self._typed = 0

    async def notice_nothing(self, within: float = 2) -> None:
        """Type a word, which is read at once; and the server says that it is well."""
        self._typed += 1
        async with asyncio.timeout(within):
            number = await self._writer.edit(self._position, replace(f'word {self._typed}'))
            for tab in (self._writer, self._reader):
                while True:
                    change = await tab.receive('change', 'snapshot')
                    if change['type'] == 'change' and change['edits'][-1][:2] == [self._position['author'], number]:
                        break
            self._position = {**self._position, 'version': change['version']}
            for tab in (self._writer, self._reader):
                await tab.acknowledge()
            async with httpx.AsyncClient() as client:
                assert (await client.get(f'{self._server.url}/_dara/health')).json()['status'] == 'ok'


@pytest.fixture
async def bystanders(server: AppServer) -> AsyncIterator[Bystanders]:
    """They are there during every attack, and at its end."""
    async with logged_in(server, 'ann', 'ben') as (writer, reader):
        await reader.subscribe('note')
        watching = Bystanders(server, writer, reader, await writer.subscribe('note'))
        await watching.notice_nothing()
        yield watching
        await watching.notice_nothing()
        assert 'A message could not be answered' not in server.log


def resident(server: AppServer) -> int:
    return int(psutil.Process(server.pid).memory_info().rss)


def value(shown: Any) -> Message:
    return {'value': shown}


def target(server: AppServer, tab: Tab, label: str) -> str:
    """What a button of the page calls."""
    for node in server.content(cookie=tab.cookie)[0]['slots']['children']:
        if node['props'].get('text') == label or label in json.dumps(node['props']):
            found: str = node['actions']['onclick'][0]['target']
            return found
    raise AssertionError(label)


async def until_there_are(tabs: int, server: AppServer) -> None:
    """Wait until the server has noticed that the others have left."""
    async with httpx.AsyncClient() as client, asyncio.timeout(10):
        while (await client.get(f'{server.url}/_dara/health')).json()['sessions'] > tabs:
            await asyncio.sleep(0.02)


def drawn(server: AppServer, tab: Tab) -> list[str]:
    """The targets of the page's py_components, in order."""
    nodes = server.content(cookie=tab.cookie)[0]['slots']['children']
    return [node['render']['target'] for node in nodes if 'render' in node]


async def test_a_forged_record_key_opens_nothing(server: AppServer, bystanders: Bystanders) -> None:
    """Whoever guesses the numbers of others' records can neither edit through them nor end their subscriptions."""
    async with logged_in(server, 'ann', 'eve') as (ann, eve):
        diary = await ann.subscribe('diary')
        for key in range(diary['channel'] + 5):
            for store in ('note', 'diary', 'unseen'):
                await eve.send(type='unsubscribe', channel=key, store=store)
                await eve.edit({**diary, 'channel': key, 'store': store}, replace('forged'), n=1)
                assert (await eve.receive())['code'] == 'forbidden'
            await eve.acknowledge()
        await ann.edit(diary, replace('mine'))
        assert (await ann.receive('change'))['edits'][0][0] == diary['author']


async def test_nobody_names_the_value_of_another_user(server: AppServer, bystanders: Bystanders) -> None:
    """A store of scope 'user' has no rooms: whose value it is comes from the session alone."""
    async with logged_in(server, 'ben', 'eve') as (ben, eve):
        await ben.edit(await ben.subscribe('diary'), replace('of ben'))
        await ben.receive('change')
        for at in ('ben', 'eve', 'global', ' ', 'x' * 2000):
            assert (await eve.subscribe('diary', at=at))['code'] == 'unknown'
        own = await eve.subscribe('diary')
        assert 'value' not in own
        await eve.edit({**own, 'at': 'ben'}, replace('forged'), n=1)
        assert (await eve.receive())['code'] == 'forbidden'
        named = {'store': 'diary', 'path': [], 'version': 0, 'at': 'ben'}
        assert (await eve.call('own', named))['value'] == 'empty'
        assert 'of ben' not in json.dumps(server.page(cookie=eve.cookie))
        assert (await ben.call('own', named))['value'] == 'of ben'


@pytest.mark.parametrize(('store', 'code'), [('vault', 'forbidden'), ('broken', 'backend')])
async def test_what_can_read_refuses_is_nowhere(
    server: AppServer, bystanders: Bystanders, store: str, code: str
) -> None:
    """Not in the page, not by a subscription, not as an input; a can_read that fails does not say yes."""
    async with logged_in(server, 'ben') as (ben,):
        assert (await ben.subscribe(store))['code'] == code
        (level,) = server.page(cookie=ben.cookie)['levels'].values()
        assert level['stores'][store]['positions'] == {}
        refused = await ben.call('peek', {'store': 'vault', 'path': [], 'version': 0})
        assert refused['code'] in ('failed', 'forbidden')
        assert 'combination' not in json.dumps(refused)


async def test_a_room_is_entered_by_whom_can_read_lets_in(server: AppServer, bystanders: Bystanders) -> None:
    """An async can_read, asked with the key; a room's name is any text, and a store without rooms has none."""
    async with logged_in(server, 'ann', 'eve') as (ann, eve):
        await ann.edit(await ann.subscribe('rooms', at="ann's own"), replace('secret'))
        await ann.receive('change')
        for at, code in (("ann's own", 'forbidden'), ('global', 'forbidden'), ('x' * 513, 'forbidden')):
            assert (await eve.subscribe('rooms', at=at))['code'] == code
        assert (await eve.subscribe('rooms'))['code'] == 'unknown'
        assert (await eve.subscribe('rooms', at='eve \0'))['code'] == 'forbidden'
        assert (await eve.subscribe('note', at='lobby'))['code'] == 'unknown'
        forged = {'store': 'rooms', 'path': [], 'version': 0, 'at': "ann's own"}
        assert 'secret' not in json.dumps(await eve.call('inside', forged))
        assert (await eve.subscribe('rooms', at='lobby'))['type'] == 'snapshot'
        await ann.edit(await ann.subscribe('rooms', at="ann's own"), replace('more'), n=2)
        await ann.receive('change')
        await eve.receive_nothing()


@pytest.fixture
async def revoked(server: AppServer) -> AsyncIterator[tuple[Tab, Tab]]:
    """Ann, who says who may read, and eve, who has subscribed while she could; everything is as before afterwards."""
    async with logged_in(server, 'ann', 'eve') as (ann, eve):
        yield ann, eve
        assert (await ann.call(target(server, ann, 'grant'), value(None)))['type'] == 'result'


async def test_who_may_not_read_any_more_hears_no_further_word(
    server: AppServer, bystanders: Bystanders, revoked: tuple[Tab, Tab]
) -> None:
    """`recheck()` takes the value away at once: by can_read, and where the scope has no value for the user any more."""
    ann, eve = revoked
    vault, team = await eve.subscribe('vault'), await eve.subscribe('team')
    await ann.call(target(server, ann, 'withdraw'), value('and recheck'))
    assert {(await eve.receive('revoked'))['store'] for _ in range(2)} == {'vault', 'team'}
    await ann.edit(await ann.subscribe('vault'), replace('changed'))
    await ann.receive('change')
    await eve.receive_nothing()
    for at in (vault, team):
        await eve.edit(at, replace('too late'), n=1)
        assert (await eve.receive())['code'] == 'forbidden'
        assert (await eve.subscribe(at['store']))['code'] == 'forbidden'
    assert server.page(cookie=eve.cookie)['user']['id'] == 'eve'


async def test_an_edit_after_the_right_has_gone_is_refused_even_before_a_recheck(
    server: AppServer, bystanders: Bystanders, revoked: tuple[Tab, Tab]
) -> None:
    """Rights and keys are looked at again for every edit; whoever fails loses the value then."""
    ann, eve = revoked
    positions = [await eve.subscribe('vault'), await eve.subscribe('team')]
    await ann.call(target(server, ann, 'withdraw'), value(None))
    for at in positions:
        await eve.edit(at, replace('too late'), n=1)
        assert (await eve.receive())['type'] == 'revoked'
        assert (await eve.receive())['code'] == 'forbidden'
    assert (await ann.subscribe('vault')).get('value') != 'too late'


async def test_what_can_write_refuses_is_said_and_changes_nothing(server: AppServer, bystanders: Bystanders) -> None:
    """The number is used up, so that the next edit is not taken for the refused one."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('law')
        assert at['readonly'] is True
        await eve.edit(at, replace('forged'), n=1)
        refused = await eve.receive()
        assert (refused['type'], refused['code'], refused['n']) == ('reject', 'forbidden', 1)
        again = await eve.subscribe('law')
        assert (again['receipt']['n'], again['receipt']['status'], again['value']) == (1, 'rejected', 'law')


async def test_a_team_keeps_to_itself(server: AppServer, bystanders: Bystanders) -> None:
    """With a function for a scope the key is that of the user who asks, whatever the tab says."""
    async with logged_in(server, 'ann', 'ben', 'eve') as (ann, ben, eve):
        red, of_ben, blue = [await tab.subscribe('team') for tab in (ann, ben, eve)]
        assert red['channel'] == of_ben['channel'] != blue['channel']
        await ann.edit(red, replace('only red'))
        assert (await ben.receive('change'))['channel'] == red['channel']
        assert (await eve.subscribe('team', at='red'))['code'] == 'unknown'
        await eve.edit({**blue, 'channel': red['channel']}, replace('forged'), n=1)
        assert (await eve.receive())['code'] == 'forbidden'


async def test_what_was_made_for_one_session_is_unknown_to_another(server: AppServer, bystanders: Bystanders) -> None:
    """Its store, its targets and its slot, whatever another tab calls its own."""
    async with logged_in(server, 'ann', 'ann', 'eve') as (ann, other_tab, eve):
        part = drawn(server, ann)[0]
        fragment = (await ann.call(part, value('ann'), slot='s'))['value']
        button = fragment['nodes'][0]['slots']['children'][1]['actions']['onclick'][0]['target']
        for stranger in (eve, other_tab):
            assert (await stranger.subscribe('made ann', of='s'))['code'] == 'unknown'
            assert (await stranger.call(button, value(None), of='s'))['code'] == 'unknown'
            await stranger.send(type='release', slot='s')
        assert (await eve.call(button, value(None)))['code'] == 'unknown'
        await eve.call(part, value('eve'), slot='s')
        assert (await eve.subscribe('made ann', of='s'))['code'] == 'unknown'
        assert (await ann.subscribe('made ann', of='s'))['value'] == 'made for one'
        assert (await ann.call(button, value(None), of='s'))['type'] == 'result'


async def test_a_slot_released_while_it_is_drawn_stays_empty(server: AppServer, bystanders: Bystanders) -> None:
    """Releasing wins over a rendering that ends later."""
    async with logged_in(server, 'eve') as (eve,):
        await eve.send(type='call', id=900, target=drawn(server, eve)[1], inputs=[value('')], slot='late')
        await eve.send(type='release', slot='late')
        assert (await eve.call('slow', value('as long')))['type'] == 'result'
        assert (await eve.subscribe('lingering', of='late'))['code'] == 'unknown'


def nested(inputs: int) -> Message:
    forged = NOTE
    for _ in range(inputs):
        forged = {'inputs': [forged], 'path': []}
    return forged


@pytest.mark.parametrize(
    ('called', 'inputs'),
    [
        ('count', [value('a value for a shared variable')]),
        ('count', [{**NOTE, 'store': 'unseen'}]),
        ('count', [{**NOTE, 'store': 'vault'}]),
        ('count', [{**NOTE, 'path': ['a part']}]),
        ('count', []),
        ('count', [NOTE, NOTE]),
        ('count', [nested(20)]),
        ('again', [value('a result for its inputs')]),
        ('again', [NOTE]),
        ('again', [{'inputs': [value('a value further in')], 'path': []}]),
        ('again', [{'inputs': [NOTE, NOTE], 'path': []}]),
        ('again', [{**COUNT, 'path': ['a part']}]),
        ('first', [{'store': 'items', 'path': [], 'version': 0}]),
        ('first', [{'store': 'items', 'path': [0, 'other'], 'version': 0}]),
        ('first', [{'store': 'items', 'path': ['0', 'id'], 'version': 0}]),
        ('named', [value({'__proto__': 1})]),
        ('named', [value('a\0b')]),
        ('named', [value(2**60)]),
        ('named', [value(10**4000)]),
        ('unseen', []),
        ('', []),
    ],
)
async def test_the_inputs_of_a_call_cannot_be_forged(
    server: AppServer, bystanders: Bystanders, called: str, inputs: list[Message]
) -> None:
    """The server reads and computes what is its own; a tab says what is the tab's, in the places where that belongs."""
    async with logged_in(server, 'eve') as (eve,):
        if not called:
            called = target(server, eve, 'say')
        answer = await eve.call(called, *inputs)
        assert (answer['type'], answer['code'] in ('failed', 'invalid', 'unknown')) == ('error', True)
        assert 'secret' not in answer['message']
        assert 'Traceback' not in answer['message']


async def test_a_result_is_for_whom_it_looked_at_and_so_is_a_failure(server: AppServer, bystanders: Bystanders) -> None:
    """Though they ask at one moment with equal inputs, and whoever may not was first."""
    async with logged_in(server, *['eve', 'ann', 'ben'] * 3) as tabs:
        answers = await asyncio.gather(*(tab.call('named', value('diary')) for tab in tabs))
        assert [answer['value'] for answer in answers] == [f'diary of {name}' for name in ('eve', 'ann', 'ben')] * 3
        answers = await asyncio.gather(*(tab.call('choosy', value('diary')) for tab in tabs))
        assert [answer.get('value') for answer in answers] == [None, 'diary', 'diary'] * 3


async def test_who_stops_waiting_leaves_the_others_their_result(server: AppServer, bystanders: Bystanders) -> None:
    """A computation that several wait for goes on until the last of them cancels."""
    async with logged_in(server, 'eve', 'ann') as (eve, ann):
        await eve.send(type='call', id=900, target='slow', inputs=[value('shared')])
        waiting = asyncio.create_task(ann.call('slow', value('shared')))
        await eve.receive_nothing()
        await eve.send(type='cancel', id=900)
        assert (await waiting)['value'] == 'shared at last'


async def test_an_action_is_not_stopped_half_way(server: AppServer, bystanders: Bystanders) -> None:
    """A tab could else see its effect and spare itself the rest."""
    async with logged_in(server, 'eve') as (eve,):
        steps = target(server, eve, 'two')
        await eve.send(type='call', id=900, target=steps, inputs=[value(None)])
        await eve.receive('effect')
        await eve.send(type='cancel', id=900)
        assert (await eve.receive('result', 'error'))['type'] == 'result'
        done = httpx.get(f'{server.url}/api/done', headers={'Cookie': eve.cookie}).json()
        assert done.count('two') == done.count('one') > 0


@pytest.mark.parametrize('n', [0, -1, 2**53, 1.5, '1', None])
async def test_a_number_that_is_none_ends_the_connection(server: AppServer, bystanders: Bystanders, n: Any) -> None:
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('note')
        await eve.send(type='edit', channel=at['channel'], store='note', n=n, epoch=at['epoch'], base=0, ops=[])
        assert (await eve.receive('bye'))['reason'] == 'protocol'


@pytest.mark.parametrize('base', [-1, 2**53])
async def test_a_base_that_was_never_ends_the_connection(server: AppServer, bystanders: Bystanders, base: int) -> None:
    async with logged_in(server, 'eve') as (eve,):
        await eve.edit(await eve.subscribe('note'), replace('forged'), base=base)
        assert (await eve.receive('bye'))['reason'] == 'protocol'


async def test_a_version_that_never_was_begins_an_epoch_once_and_then_ends_the_connection(
    server: AppServer, bystanders: Bystanders
) -> None:
    """S17: it may mean that the record has lost versions; but nobody can have everybody sent the value at will."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('diary')
        await eve.edit(at, replace('forged'), base=10**6, n=1)
        anew = await eve.receive('snapshot')
        assert anew['epoch'] != at['epoch']
        assert (await eve.subscribe('diary', since=(anew['epoch'], 10**6)))['epoch'] == anew['epoch']
        await eve.edit(anew, replace('forged'), base=10**6, n=1)
        assert (await eve.receive('bye'))['reason'] == 'protocol'


async def test_numbers_are_used_once_and_none_is_skipped(server: AppServer, bystanders: Bystanders) -> None:
    """A replay is answered with the position; so is another epoch, and nothing is applied."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('diary')
        await eve.edit(at, replace('once'), n=1)
        await eve.receive('change')
        for _ in range(3):
            await eve.edit(at, replace('replayed'), n=1)
            assert (await eve.receive())['receipt'] == {'n': 1, 'status': 'applied', 'version': 1, 'message': None}
        await eve.edit({**at, 'epoch': 'another'}, replace('forged'), n=2)
        assert (await eve.receive('snapshot'))['value'] == 'once'
        await eve.edit(at, replace('skipped'), n=2**53 - 1)
        assert (await eve.receive('bye'))['reason'] == 'protocol'


@pytest.mark.parametrize(
    ('ops', 'code'),
    [
        ([replace({'a': {'__proto__': {}}})], 'invalid'),
        ([replace({'constructor': 1})], 'invalid'),
        ([replace(1, 'prototype')], 'invalid'),
        ([replace(1, 'a', '__proto__', 'b')], 'invalid'),
        ([replace('half\0')], 'invalid'),
        ([replace(2**53 + 1)], 'invalid'),
        ([replace(10**4000)], 'invalid'),
        ([replace(float('nan'))], 'invalid'),
        ([replace(float('-inf'))], 'invalid'),
        ([replace(json.loads('[' * 65 + ']' * 65))], 'invalid'),
        ([replace(1, *['a'] * 300_000)], 'too_large'),
        ([replace('x', 'y' * 200_000)], 'invalid'),
        ([replace('x' * 1_500_000)], 'too_large'),
        ([replace('x' * 300_000)], 'too_large'),
        ([replace('x')] * 1001, 'too_large'),
        ([{**replace('x'), 'more': 10**30}, replace('x', 5)], 'invalid'),
        (['replace', None, 7], 'invalid'),
        ([{'op': 'replace', 'path': [True], 'value': 1}], 'invalid'),
        ([{'op': 'replace', 'path': [2**70], 'value': 1}], 'invalid'),
    ],
    ids=lambda given: str(given)[:40],
)
async def test_a_value_that_could_do_harm_is_refused_and_said(
    server: AppServer, bystanders: Bystanders, ops: list[Any], code: str
) -> None:
    """In a few words, however long the names in it; and what is remembered of it is short, too."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('diary')
        await eve.edit(at, *ops)
        refused = await eve.receive()
        assert (refused['type'], refused['code']) == ('reject', code)
        assert len(refused['message']) < 600
        assert len(json.dumps(await eve.subscribe('diary'))) < 2000


CALL = '{"type":"call","id":1,"target":"named","inputs":[%s]}'


@pytest.mark.parametrize(
    'frame',
    [
        CALL % ('{"value":"\\ud800"}'),
        CALL % ('{"path":[],"inputs":[' * 10_000 + ']}' * 10_000),
        CALL % ('{"value":' + '[' * 10_000 + ']' * 10_000 + '}'),
        CALL % ('{"value":' + '1' * 1_000_000 + '}'),
        CALL % ('{"inputs":[],"path":[' + '{},' * 500_000 + '{}]}'),
        CALL % ','.join(['{"inputs":[' + ','.join(['{"inputs":[' + '{},' * 60 + '{}]}'] * 60) + '],"path":[]}'] * 60),
        CALL % ','.join(['{"value":1}'] * 101),
        '[' + '{},' * 600_000 + '{}]',
        '[' + '{"type":"ping","i":1},' * 10_000 + '{"type":"no such message"}]',
        '{"type":"' + 'ERROR dara: forged\\n' * 50_000 + '"}',
        '{"type":"subscribe","id":1,"store":"note","since":{"epoch":"' + 'x' * 1_000_000 + '","version":0}}',
        '{"type":"subscribe","id":1,"store":"' + 'x' * 2001 + '"}',
        '{"type":"subscribe","id":1,"store":""}',
        '{"type":"release","slot":"' + 'x' * 2001 + '"}',
        '{"type":"hello","protocol":1,"client":"' + '0' * 32 + '","build":"","page":""}',
        '[[{"type":"ping","i":1}]]',
        '[' * 100_000,
        '"' + '\\u0000' * 1000,
        '',
        'null',
    ],
    ids=lambda frame: frame[:30],
)
async def test_a_frame_that_is_none_of_ours_ends_that_connection_alone(
    server: AppServer, bystanders: Bystanders, frame: str
) -> None:
    """At once: it is not read any further than to the first thing that is wrong, and the log gets one short line."""
    logged = len(server.log)
    async with logged_in(server, 'eve') as (eve,):
        await asyncio.gather(eve.send_text(frame), bystanders.notice_nothing())
        assert (await eve.receive('bye'))['reason'] == 'protocol'
    assert len(server.log) - logged < 2000
    assert '\nERROR dara: forged' not in server.log[logged:]


async def test_a_frame_that_is_no_text_or_too_long_ends_that_connection_alone(
    server: AppServer, bystanders: Bystanders
) -> None:
    """Bytes, bytes that are no UTF-8 in a frame of text, and more than 2 MiB."""
    async with logged_in(server, 'eve', 'eve', 'eve') as (binary, no_text, too_long):
        await binary.send_bytes(b'{"type":"ping","i":1}')
        assert (await binary.receive('bye'))['reason'] == 'protocol'
        await no_text.send_bytes(b'\xff\xfe', as_text=True)
        assert await no_text.closed() == 1007
        with suppress(websockets.ConnectionClosed):
            await too_long.send_text('"' + 'x' * 2 * MIB)
        assert await too_long.closed() == 1009


async def test_a_frame_of_ten_thousand_messages_is_read(server: AppServer, bystanders: Bystanders) -> None:
    """It is as good as ten thousand frames: each is answered, and the others do not notice."""
    async with logged_in(server, 'eve') as (eve,):
        await eve.send_text('[' + ','.join(f'{{"type":"ping","i":{i}}}' for i in range(10_000)) + ']')
        await bystanders.notice_nothing()
        assert [(await eve.receive())['i'] for _ in range(10_000)] == list(range(10_000))


async def test_ten_thousand_subscriptions_are_a_thousand(server: AppServer, bystanders: Bystanders) -> None:
    """Asked for at once, before the first is granted; the limit is said, and what a tab has it may ask for again."""
    async with logged_in(server, 'eve') as (eve,):
        before = resident(server)
        kinds = []
        for start in range(0, 10_000, 2000):
            for i in range(start, start + 2000):
                await eve.send(type='subscribe', id=i, store='open_rooms', at=f'room {i}')
            if start == 0:
                await bystanders.notice_nothing()
            for _ in range(2000):
                answer = await eve.receive()
                kinds.append(answer.get('code', answer['type']))
            await eve.acknowledge()
        assert (kinds.count('snapshot'), kinds.count('rate')) == (1000, 9000)
        assert (await eve.subscribe('open_rooms', at='room 5'))['type'] == 'snapshot'
        assert resident(server) - before < 30 * MIB


async def test_a_thousand_slots_and_two_hundred_calls_are_the_most(server: AppServer, bystanders: Bystanders) -> None:
    """Beyond that the answer says so; calls that need no further slot go on."""
    async with logged_in(server, 'eve') as (eve,):
        part = drawn(server, eve)[0]
        for i in range(2000):
            await eve.send(type='call', id=10_000 + i, target='slow', inputs=[value(i)])
        answers = [await eve.receive() for _ in range(2000)]
        assert sum(answer.get('code') == 'rate' for answer in answers) == 1800
        await eve.acknowledge()
        for start in range(0, 1200, 100):
            for i in range(start, start + 100):
                await eve.send(type='call', id=i, target=part, inputs=[value('same')], slot=f'{i}'.rjust(2000, 's'))
            answers = [await eve.receive() for _ in range(100)]
            await eve.acknowledge()
            assert {answer['type'] for answer in answers} == {'result' if start < 1000 else 'error'}
        assert (await eve.call('named', value('still')))['value'] == 'still of eve'


async def test_who_reads_no_answers_gets_no_more_of_them(server: AppServer, bystanders: Bystanders) -> None:
    """Answers of 900 KB, a hundred times what a question takes: they do not pile up in the server."""
    async with logged_in(server, 'eve', max_queue=1) as (eve,):
        before = resident(server)
        for i in range(1000):
            await eve.send(type='call', id=i, target='large', inputs=[value('x')])
            if i % 100 == 0:
                await bystanders.notice_nothing()
        assert resident(server) - before < 80 * MIB
        heard = 0
        while (await eve.receive())['type'] != 'bye':
            heard += 1
        assert heard < 200


async def test_a_thousand_tabs_of_one_user_are_nobody_elses_matter(server: AppServer, bystanders: Bystanders) -> None:
    """Their memory is theirs, and goes with them."""
    cookie = server.login('eve', 'e')
    before = resident(server)
    async with AsyncExitStack() as stack:
        for _ in range(10):
            tabs = await asyncio.gather(
                *(stack.enter_async_context(connected(server.socket_url, cookie=cookie)) for _ in range(100))
            )
            await asyncio.gather(*(tab.subscribe('note') for tab in tabs))
        await bystanders.notice_nothing()
        assert resident(server) - before < 100 * MIB
    await until_there_are(2, server)


async def test_a_million_tabs_are_not_remembered_one_by_one(server: AppServer, bystanders: Bystanders) -> None:
    """Each refused edit of a tab of a new name would else be kept for a day, with all that it said."""
    cookie = server.login('eve', 'e')
    before = resident(server)
    for _ in range(200):
        async with connected(server.socket_url, cookie=cookie) as tab:
            await tab.edit(await tab.subscribe('diary'), replace('x', 'y' * 200_000))
            assert (await tab.receive())['code'] == 'invalid'
    assert resident(server) - before < 20 * MIB


async def test_the_name_of_another_users_tab_opens_nothing(server: AppServer, bystanders: Bystanders) -> None:
    """While that tab lives its name is refused, and afterwards it tells nothing of what the tab did."""
    async with logged_in(server, 'ann', 'eve') as (ann, eve):
        at = await ann.subscribe('note')
        thief = connected(server.socket_url, client=ann.client, cookie=eve.cookie, hello=False)
        async with thief as refused:
            await refused.send(type='hello', protocol=1, client=ann.client, build='', page='/')
            assert (await refused.receive())['type'] == 'bye'
        await ann.edit(at, replace(1, 'nowhere'), n=1)
        assert 'nowhere' in (await ann.receive('reject'))['message']
        await ann.cut()
        await until_there_are(3, server)
        async with connected(server.socket_url, client=ann.client, cookie=eve.cookie) as heir:
            taken = await heir.subscribe('note', since=(at['epoch'], at['version']))
            assert taken['receipt'] == {'n': 0, 'status': 'applied', 'version': 0, 'message': None}


async def test_two_sockets_of_one_tab_are_one(server: AppServer, bystanders: Bystanders) -> None:
    """The older hears no more, and its end does not take the newer one's place."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('note')
        for _ in range(20):
            async with connected(server.socket_url, client=eve.client, cookie=eve.cookie) as newer:
                assert (await newer.subscribe('note'))['channel'] == at['channel']
        assert (await eve.receive('bye'))['reason'] == 'protocol'


async def test_whoever_logs_out_hears_and_says_nothing_more(server: AppServer, bystanders: Bystanders) -> None:
    """Not even what was asked for in the same moment; the cookie opens nothing, nor does what it was promised."""
    async with logged_in(server, 'eve') as (eve,):
        await eve.subscribe('note')
        await eve.call(target(server, eve, 'file'), value(None))
        file = server.url + eve.effects[-1]['url']
        async with httpx.AsyncClient(headers={'Cookie': eve.cookie}) as client:
            leaving = asyncio.create_task(client.post(f'{server.url}/logout'))
            for i in range(500):
                await eve.send(type='subscribe', id=1000 + i, store='diary')
                if leaving.done():
                    break
            assert (await leaving).status_code == 303
            while (said := await eve.receive())['type'] != 'bye':
                pass
            assert said['reason'] == 'auth'
            assert (await client.get(f'{server.url}/_dara/page?path=/notes')).status_code == 401
            assert (await client.get(file)).status_code == 401
        async with connected(server.socket_url, cookie=eve.cookie, hello=False) as again:
            assert (await again.receive())['reason'] == 'auth'
        assert httpx.get(file, headers={'Cookie': server.login('ann', 'a')}).status_code == 404
        assert httpx.get(file, headers={'Cookie': server.login('eve', 'e')}).status_code == 404


def forgeries(cookie: str) -> list[str]:
    name, _, token = cookie.partition('=')
    content, _, signature = token.rpartition('.')
    anns = URLSafeSerializer('a secret of eve').dumps(['x', 0, '', ['ann', 'ann', None, []]])
    return [
        f'{name}={each}'
        for each in (
            '', '.', token[:-1], token[:-9] + ('A' if token[-9] != 'A' else 'B') + token[-8:], content, signature,
            f'.{signature}', f'{content[:-4]}AAAA.{signature}', anns, f'{anns.rpartition(".")[0]}.{signature}',
            'x' * 6000, '%00', 'null.null', '\xff\xfe.\xff',
        )
    ]  # fmt: skip


def test_a_cookie_that_was_tampered_with_is_nobodys(server: AppServer) -> None:
    """Cut, forged, of another secret, or no cookie of ours at all: never an error, never a user."""
    for forged in forgeries(server.login('eve', 'e')):
        answer = httpx.get(f'{server.url}/_dara/page?path=/notes', headers={b'Cookie': forged.encode('latin-1')})
        assert (answer.status_code, answer.json()) == (401, {'detail': 'Not authenticated.'})


@pytest.mark.parametrize(
    'origin',
    [
        'null', 'http://evil.example', 'https://evil.example:443', 'http://127.0.0.1', 'http://127.0.0.1:1', 'http://[',
        'http://evil.example/{host}', 'http://{host}.evil.example', 'http://{host}@evil.example', 'file://', '{host}',
        'http://evil.example#{host}', 'http://user@{host}',
    ],
)  # fmt: skip
async def test_a_page_from_elsewhere_gets_no_socket_and_changes_nothing(
    server: AppServer, bystanders: Bystanders, origin: str
) -> None:
    """With the user's own cookie, as another site's page in the user's browser has it."""
    cookie = server.login('ann', 'a')
    sent = {'Origin': origin.format(host=server.url.removeprefix('http://'))}
    with pytest.raises(websockets.InvalidStatus, match='403'):
        async with connected(server.socket_url, cookie=cookie, headers=sent):
            pass
    answer = httpx.post(f'{server.url}/api/change', headers={**sent, 'Cookie': cookie})
    assert answer.status_code == 403
    assert httpx.get(f'{server.url}/api/done', headers={'Cookie': cookie}).json().count('changed') == 0
    for form, data in (('login', {'name': 'eve', 'password': 'e'}), ('logout', {})):
        refused = httpx.post(f'{server.url}/{form}', data=data, headers={**sent, 'Cookie': cookie})
        assert refused.status_code == 403
        assert 'set-cookie' not in refused.headers


@pytest.mark.parametrize(
    'to',
    [
        '//evil.example', 'https:evil.example', 'https://evil.example', 'https:/evil.example', '/\\evil.example',
        '\\\\evil.example', '/\t/evil.example', '/%2f/evil.example', '/%5cevil.example', 'javascript:alert(1)',
        '/..//evil.example', '/%2e%2e//evil.example', ' //evil.example', '/\r\nLocation: https://evil.example', '@evil',
        '///evil.example', '/.//evil.example', '/notes/../..//evil.example', 'evil.example', '?//evil.example',
    ],
)  # fmt: skip
def test_after_the_login_one_is_in_the_app_and_nowhere_else(server: AppServer, to: str) -> None:
    """Wherever `next` points, as a browser would read it."""
    answer = httpx.post(f'{server.url}/login', data={'name': 'eve', 'password': 'e', 'next': to})
    assert answer.status_code == 303
    there = httpx.URL(server.url).join(answer.headers['location'])
    assert f'{there.scheme}://{there.netloc.decode()}' == server.url
    assert re.match(r'/(?![/\\\\])', answer.headers['location'])


ODD = [
    '', '/', '//', '..', '/../..', '/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/items/%00', '/items/\0',
    '/items/%ff', '/items/..%2f..%2fetc', '/items/<script>', '/items/' + 'x' * 5000, '/items/a/b', 'items', '?', '#',
    'http://evil.example/', '\\', '/items/%E2%80%8B', '/items/💥', '%', '/items/%', '/{id}', '/:id', '*',
]  # fmt: skip
FOLDERS = ['/_dara/static/', '/_dara/download/', '/static/', '/_dara/', '/']


def test_odd_addresses_lead_to_pages_or_nowhere(server: AppServer) -> None:
    """No file of the server's, no traceback, no path, and never a failure; every answer says what it is."""
    with httpx.Client(base_url=server.url, headers={'Cookie': server.login('eve', 'e')}) as client:
        answers = [client.get('/_dara/page', params={'path': odd}) for odd in ODD]
        for folder in FOLDERS:
            for odd in ODD:
                answers += raw(server, f'{folder}{odd.lstrip("/")}', client.headers['cookie'])
    for answer in answers:
        assert answer.status_code in (200, 303, 307, 400, 404, 405), answer.request.url
        assert not re.search(r'root:|Traceback|File "|site-packages|/src/|ConfigurationBuilder', answer.text)
        if answer.status_code != 400:  # of what is no HTTP, uvicorn knows nothing more
            assert answer.headers['x-content-type-options'] == 'nosniff'


def raw(server: AppServer, path: str, cookie: str) -> list[httpx.Response]:
    """Ask for a path as it is, where a client of good manners would have tidied it."""
    host, _, port = server.url.removeprefix('http://').partition(':')
    request = f'GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n'
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request.encode())
        answer = b''.join(iter(lambda: connection.recv(65536), b''))
    head, _, body = answer.partition(b'\r\n\r\n')
    status, *headers = head.decode('latin-1').split('\r\n')
    fields = [(name, value.strip()) for name, _, value in (each.partition(':') for each in headers)]
    plain = [(name, value) for name, value in fields if name.lower() not in ('content-encoding', 'transfer-encoding')]
    return [
        httpx.Response(int(status.split()[1]), headers=plain, content=body, request=httpx.Request('GET', quote(path)))
    ]


@pytest.mark.parametrize(
    ('method', 'path', 'status'),
    [
        ('GET', '/', 200),
        ('GET', '/notes', 200),
        ('GET', '/no-such-page', 404),
        ('GET', '/login', 303),
        ('POST', '/login', 400),
        ('GET', '/_dara/page?path=/notes', 200),
        ('GET', '/_dara/page?path=/no-such-page', 404),
        ('GET', '/_dara/download/x', 404),
        ('GET', '/_dara/health', 200),
        ('GET', '/_dara/static/no-such-file.js', 404),
        ('GET', '/api/done', 200),
        ('POST', '/api/change', 200),
        ('GET', '/api/fail', 500),
        ('POST', '/notes', 405),
        ('PUT', '/api/done', 405),
        ('TRACE', '/notes', 405),
    ],
)
def test_every_answer_is_what_it_says_and_is_kept_by_nobody(
    server: AppServer, method: str, path: str, status: int
) -> None:
    """Errors are a line; pages say what may run in them."""
    cookie = server.login('eve', 'e')
    answer = httpx.request(method, f'{server.url}{path}', headers={'Cookie': cookie})
    assert answer.status_code == status
    assert answer.headers['x-content-type-options'] == 'nosniff'
    assert 'a secret of the server' not in answer.text
    assert 'Traceback' not in answer.text
    if status in (200, 303):
        assert 'no-store' in answer.headers['cache-control']
    if 'text/html' in answer.headers.get('content-type', ''):
        assert re.search("(object|default)-src 'none'", answer.headers['content-security-policy'])
        assert 'unsafe' not in answer.headers['content-security-policy']


async def test_what_is_written_is_text_in_the_page(server: AppServer, bystanders: Bystanders) -> None:
    """A value cannot end the script that it is in, nor begin a comment; the name of a user is a value, too."""
    markup = '</script><script>alert(1)</script><!--<script>\u2028'
    async with logged_in(server, '<b>mal</b>') as (mal,):
        await mal.edit(await mal.subscribe('diary'), replace(markup))
        await mal.receive('change')
        html = httpx.get(f'{server.url}/notes', headers={'Cookie': mal.cookie}).text
        page = html.split('id="dara-page">')[1]
        assert html.count('</script>') == 3
        assert '<!--' not in page
        assert '<b>' not in html
        (level,) = json.loads(page.split('</script>')[0])['levels'].values()
        assert level['stores']['diary']['positions']['']['value'] == markup


async def test_sockets_that_never_say_hello_are_closed_and_slow_requests_wait_for_themselves(
    server: AppServer, bystanders: Bystanders
) -> None:
    """Two hundred of each; after ten seconds of silence a socket is told so."""
    host, _, port = server.url.removeprefix('http://').partition(':')
    cookie = server.login('eve', 'e')
    async with AsyncExitStack() as stack:
        slow = [await asyncio.open_connection(host, int(port)) for _ in range(200)]
        for _, writer in slow:
            stack.callback(writer.close)
            writer.write(b'GET / HTTP/1.1\r\nHost: ')
        silent = [
            await stack.enter_async_context(connected(server.socket_url, cookie=cookie, hello=False))
            for _ in range(200)
        ]
        await bystanders.notice_nothing()
        assert {await tab.closed() for tab in silent} == {4000}
        await bystanders.notice_nothing()
