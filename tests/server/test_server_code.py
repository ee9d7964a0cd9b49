"""Tests of server code over the wire: py_components, DerivedVariables and actions; for whom and how often it runs."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Message, Tab, connected, logged_in, replace, value

VOTES = {'store': 'votes', 'path': [], 'version': 0}
TOTAL = {'inputs': [VOTES], 'path': []}


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('server_code')


def runs(server: AppServer, tab: Tab) -> dict[str, int]:
    counts: dict[str, int] = server.get('/api/runs', cookie=tab.cookie).json()
    return counts


def texts(nodes: list[Message]) -> list[str]:
    return [node['props']['text'] for node in walk(nodes) if 'text' in node['props']]


def walk(nodes: list[Message]) -> list[Message]:
    return [each for node in nodes for each in [node, *walk([n for slot in node['slots'].values() for n in slot])]]


async def test_equal_inputs_are_computed_once_however_many_tabs_ask(server: AppServer) -> None:
    async with logged_in(server, *['ann'] * 10, *['ben'] * 10) as tabs:
        answers = await asyncio.gather(*(tab.call('app.greeting', TOTAL, value('World')) for tab in tabs))
        assert {answer['value'] for answer in answers} == {'World: 3'}
        assert (await tabs[0].call('app.greeting', TOTAL, value('Ann')))['value'] == 'Ann: 3'
        assert runs(server, tabs[0]) == {'sum': 1, 'greet': 2}


async def test_a_derived_value_is_computed_from_the_store_and_not_from_what_a_tab_sends(server: AppServer) -> None:
    """A tab can replace neither a shared value, nor a store, nor the inputs of a result."""
    (server.directory / 'votes.json').write_text('{"global": [40, 2]}')
    async with logged_in(server, 'ann') as (ann,):
        server.page(cookie=ann.cookie)  # loading a page asks what the file holds now
        assert (await ann.call('app.total', VOTES))['value'] == 42
        settings = {'store': 'settings', 'path': [], 'version': 0}
        for forged in (value([1000]), settings, {**VOTES, 'path': [0]}, TOTAL):
            assert (await ann.call('app.total', forged))['code'] == 'failed'
        for forged in (value(1000), VOTES, {'inputs': [value([1])], 'path': []}, {**TOTAL, 'path': ['x']}):
            assert (await ann.call('app.greeting', forged, value('x')))['code'] == 'failed'
        assert runs(server, ann).get('greet') is None


async def test_a_result_that_depends_on_the_user_is_for_that_user_alone(server: AppServer) -> None:
    """Even if two users ask at the same moment, with equal inputs, and the cache is for everybody."""
    async with logged_in(server, 'ann', 'ben', 'ann', 'ben') as tabs:
        answers = await asyncio.gather(*(tab.call('app.personal', TOTAL) for tab in tabs))
        assert [answer['value'] for answer in answers] == ['ann sees 3', 'ben sees 3'] * 2
        assert runs(server, tabs[0])['whose'] <= 4
        again = [(await tab.call('app.personal', TOTAL))['value'] for tab in tabs]
        assert again == ['ann sees 3', 'ben sees 3'] * 2
        seen = [(await tab.call('app.sessions', TOTAL))['value'] for tab in tabs]
        assert len(set(seen)) == 4


async def test_a_result_of_a_users_own_value_is_for_that_user_alone(server: AppServer) -> None:
    own = {'store': 'settings', 'path': [], 'version': 0}
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        await ann.edit(await ann.subscribe('settings'), replace('of ann'))
        await ann.receive('change')
        assert (await ann.call('app.setting', own))['value'] == 'of ann'
        assert (await ben.call('app.setting', own))['value'] == 'none'
        assert json.loads((server.directory / 'settings.json').read_text()) == {'ann': 'of ann'}
        await ben.receive_nothing()


async def test_a_result_of_a_store_is_computed_again_after_a_change(server: AppServer) -> None:
    async with logged_in(server, 'ann') as (ann,):
        at = await ann.subscribe('votes')
        for _ in range(3):
            assert (await ann.call('app.reading'))['value'] == [1, 2]
        assert runs(server, ann)['stored'] == 1
        await ann.edit(at, replace([7]))
        await ann.receive('change')
        assert (await ann.call('app.reading'))['value'] == [7]
        assert (await ann.call('app.reading', fresh=True))['value'] == [7]
        assert runs(server, ann)['stored'] == 3
        for _ in range(2):
            await ann.call('app.unkept', VOTES)
        assert runs(server, ann)['unkept'] == 2


async def test_an_error_is_a_notice_and_a_traceback_that_begins_at_the_apps_line(server: AppServer) -> None:
    async with logged_in(server, 'ann') as (ann,):
        broken = server.renderings(ann.cookie)[3]
        for target, inputs, where in (('app.failing', [TOTAL], {}), (broken, [value('x')], {'slot': 's'})):
            answer = await ann.call(target, *inputs, **where)
            assert answer['code'] == 'failed'
            assert 'secret' not in answer['message']
        traceback = server.log.split('failed\nTraceback (most recent call last):\n')
        assert 'app.py' in traceback[1].splitlines()[0]
        assert 'app.py' in traceback[2].splitlines()[0]


async def test_a_py_component_sees_its_user_its_arguments_and_stores(server: AppServer) -> None:
    """Static arguments of any type stay on the server; its result may contain other py_components."""
    async with logged_in(server, 'ann', 'ben') as tabs:
        target = server.renderings(tabs[0].cookie)[0]
        for tab, name in zip(tabs, ('Ann', 'Ben'), strict=True):
            fragment = (await tab.call(target, value('x'), TOTAL, slot='here'))['value']
            assert texts(fragment['nodes'])[0] == f'static x 3 {name.lower()} none'
            node = next(each for each in walk(fragment['nodes']) if 'render' in each)
            inner = (await tab.call(node['render']['target'], of='here', slot='inside'))['value']
            assert texts(inner['nodes']) == ['inner x', '3']


async def test_a_store_made_by_a_rendering_is_for_the_tab_that_was_shown_it(server: AppServer) -> None:
    """S24: its name alone gives no access; after a release, and in another session, it is unknown."""
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        target = server.renderings(ann.cookie)[0]
        fragment = (await ann.call(target, value('x'), TOTAL, slot='here'))['value']
        (store,) = fragment['stores']
        assert (await ann.subscribe(store))['code'] == 'unknown'
        assert (await ben.subscribe(store, of='here'))['code'] == 'unknown'
        at = await ann.subscribe(store, of='here')
        assert at['value'] == 'for x'
        await ann.send(type='release', slot='here')
        await ann.edit(at, replace('typed before it went'))
        assert (await ann.receive('change', 'reject'))['type'] == 'change'
        await ann.send(type='unsubscribe', channel=at['channel'], store=store)
        assert (await ann.subscribe(store, of='here'))['code'] == 'unknown'


async def test_a_room_is_open_to_a_tab_that_was_shown_it(server: AppServer) -> None:
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        target = server.renderings(ann.cookie)[2]
        await ann.call(target, value('kitchen'), slot='room')
        await ben.call(target, value('kitchen'), slot='room')
        assert (await ann.subscribe('rooms', at='cellar', of='room'))['code'] == 'unknown'
        assert (await ann.subscribe('rooms', at='kitchen'))['code'] == 'unknown'
        at = await ann.subscribe('rooms', at='kitchen', of='room')
        assert (at['store'], at['at']) == ('rooms', 'kitchen')
        await ben.subscribe('rooms', at='kitchen', of='room')
        await ann.edit(at, replace(['tea']))
        assert (await ben.receive('change'))['edits'][0][2][0]['value'] == ['tea']


async def test_methods_can_be_actions_and_py_components(server: AppServer) -> None:
    """A synchronous method writes with run_sync, for its user."""
    async with logged_in(server, 'ann') as (ann,):
        fragment = (await ann.call(server.renderings(ann.cookie)[1], value('x'), slot='here'))['value']
        assert texts(fragment['nodes']) == ['method x']
        button = next(each for each in walk(fragment['nodes']) if each['actions'])
        target = button['actions']['onclick'][0]['target']
        assert (await ann.call(target, value(None)))['code'] == 'unknown'
        assert (await ann.call(target, value(None), of='here'))['type'] == 'result'
        assert json.loads((server.directory / 'settings.json').read_text()) == {'ann': 'method x'}


async def until(server: AppServer, tab: Tab, name: str, count: int) -> None:
    """Wait until the function with this name has run that often."""
    async with asyncio.timeout(10):
        while runs(server, tab).get(name, 0) < count:
            await asyncio.sleep(0.01)


async def test_a_newer_rendering_cancels_the_older(server: AppServer) -> None:
    """A tab can also cancel a rendering that it does not need any more."""
    async with logged_in(server, 'ann') as (ann,):
        slow = server.renderings(ann.cookie)[4]
        await ann.send(type='call', id=100, target=slow, inputs=[value('long')], slot='here')
        await until(server, ann, 'slow', 1)
        fragment = (await ann.call(slow, value('quick'), slot='here'))['value']
        assert texts(fragment['nodes']) == ['quick']
        await until(server, ann, 'cancelled', 1)
        await ann.send(type='call', id=101, target=slow, inputs=[value('long')], slot='there')
        await until(server, ann, 'slow', 3)
        await ann.send(type='cancel', id=101)
        await until(server, ann, 'cancelled', 2)


async def test_an_action_writes_for_its_user_and_reaches_the_browser(server: AppServer) -> None:
    (server.directory / 'report.txt').write_text('figures')
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        target = server.buttons(ann.cookie)['move']
        answer = await ann.call(target, value(None), {'store': 'settings', 'path': [], 'version': 0})
        assert answer['type'] == 'result'
        assert json.loads((server.directory / 'settings.json').read_text()) == {'ann': 'none moved by ann'}
        assert [effect['kind'] for effect in ann.effects] == ['trigger', 'copy', 'download']
        url = ann.effects[-1]['url']
        assert server.get(url, cookie=ben.cookie).status_code == 404
        assert server.get(url, cookie=ann.cookie).text == 'figures'
        assert server.get(url, cookie=ann.cookie).status_code == 404


NOBODYS = """
    from dara.components import Button, Stack
    from dara.core import ConfigurationBuilder, Variable, action
    from dara.core.auth import MultiBasicAuthConfig
    from dara.core.persistence import BackendStore

    notes = Variable('', store=BackendStore(uid='notes', scope=lambda user: None))

    @action
    async def write():
        await notes.write('mine')

    config = ConfigurationBuilder()
    config.add_auth(MultiBasicAuthConfig(users={'ann': 'a'}))
    config.add_page('Page', content=Stack(Button('Write', onclick=write())))
"""


async def test_who_has_no_value_is_told_so_in_words_for_users(serve: Serve) -> None:
    """The log names the store, in one line."""
    server = serve(NOBODYS)
    async with logged_in(server, 'ann') as (ann,):
        answer = await ann.call(server.buttons(ann.cookie)['Write'], value(None))
    assert answer['message'] == 'You have no right to this.'
    assert "write: <BackendStore notes>: user 'ann' has no value here: the scope returned None. (" in server.log
    assert 'Traceback' not in server.log


async def test_a_thousand_renderings_leave_memory_where_it_was(server: AppServer) -> None:
    """Each of them makes variables and stores."""

    async with logged_in(server, 'ann') as (ann,):
        target = server.renderings(ann.cookie)[0]

        async def render(times: int) -> None:
            for number in range(times):
                await ann.call(target, value(f'{number}'), TOTAL, slot='here')
                if number % 100 == 0:
                    await ann.acknowledge()

        await render(300)
        before = server.memory
        await render(1000)
        assert server.memory - before < 2**20


async def test_a_result_is_never_older_than_a_write_before_the_call(serve: Serve) -> None:
    """Even if a computation that began before the write still runs."""
    server = serve('waiting_result')
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        await ann.send(type='call', id=1, target='slow', inputs=[])
        async with asyncio.timeout(10):
            while server.get('/api/began').json() != ['old']:
                await asyncio.sleep(0.01)
        await ann.edit(await ann.subscribe('note'), replace('new'))
        await ann.receive('change')
        await ben.send(type='call', id=1, target='slow', inputs=[])
        await ben.receive_nothing()
        server.get('/api/go')
        assert (await ben.receive('result'))['value'] == 'new'
