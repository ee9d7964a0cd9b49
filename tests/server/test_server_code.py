"""What the server evaluates, over the wire: py_components, DerivedVariables, actions; for whom, and how often."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Message, Tab, connected, replace

APP = """
    import asyncio
    from dara.components import Button, Input, Stack, Text
    from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action, py_component, run_sync
    from dara.core.auth import MultiBasicAuthConfig, SESSION_ID, get_user_data
    from dara.core.http import get
    from dara.core.persistence import BackendStore, FileBackend

    runs = {}
    def count(name):
        runs[name] = runs.get(name, 0) + 1

    votes = Variable(default=[1, 2], store=BackendStore(FileBackend(path='votes.json'), uid='votes'))
    own_file = FileBackend(path='settings.json')
    settings = Variable(default='none', store=BackendStore(own_file, uid='settings', scope='user'))
    rooms = BackendStore(uid='rooms')
    name = Variable('World')

    async def add_up(numbers):
        count('sum')
        await asyncio.sleep(0.05)
        return sum(numbers)

    def greet(total, who):
        count('greet')
        return f'{who}: {total}'

    def whose(total):
        count('whose')
        return f'{get_user_data().identity_id} sees {total}'

    def which_session(total):
        return SESSION_ID.get()

    async def stored():
        count('stored')
        return await votes.read()

    def own_setting(value):
        count('own')
        return value

    def fail(total):
        raise RuntimeError('a secret of the server')

    total = DerivedVariable(add_up, variables=[votes])
    greeting = DerivedVariable(greet, variables=[total, name])
    personal = DerivedVariable(whose, variables=[total])
    sessions = DerivedVariable(which_session, variables=[total])
    reading = DerivedVariable(stored, variables=[])
    setting = DerivedVariable(own_setting, variables=[settings])
    failing = DerivedVariable(fail, variables=[total])
    unkept = DerivedVariable(lambda numbers: count('unkept') or len(numbers), variables=[votes], cache=None)

    class Anything:
        text = 'static'

    class Views:
        prefix = 'method'

        @action
        def save(self, ctx, value):
            run_sync(settings.write(f'{self.prefix} {value}'))

        @py_component
        def show(self, value):
            return Stack(Text(f'{self.prefix} {value}'), Button('save', onclick=self.save(value)))

    @py_component
    async def view(thing, who, total):
        count('view')
        own = Variable(default=f'for {who}', store=BackendStore(FileBackend(path='of_view.json')))
        return Stack(
            Text(f'{thing.text} {who} {total} {get_user_data().identity_name} {await settings.read()}'),
            Input(value=own),
            inner(who),
        )

    @py_component
    def inner(who):
        return [f'inner {who}', 3, None]

    @py_component
    async def room(who):
        return Input(value=Variable(default=[], store=rooms.at(who)))

    @py_component
    def broken(who):
        raise RuntimeError('a secret of the server')

    @py_component
    async def slow(who):
        count('slow')
        try:
            await asyncio.sleep(0 if who == 'quick' else 30)
        except asyncio.CancelledError:
            count('cancelled')
            raise
        return Text(who)

    @action
    async def move(ctx: ActionCtx, setting):
        await ctx.update(settings, f'{setting} moved by {get_user_data().identity_id}')
        assert await settings.read() == f'{setting} moved by {get_user_data().identity_id}'
        await ctx.trigger(total)
        await ctx.copy_to_clipboard('text', success_message='Copied')
        await ctx.download_file('report.txt')

    @get('/runs')
    def get_runs():
        return runs

    config = ConfigurationBuilder()
    config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b'}))
    config.add_endpoint(get_runs)
    config.add_page('Page', content=Stack(
        Text(greeting), Text(personal), Text(sessions), Text(reading), Text(setting), Text(failing), Text(unkept),
        view(Anything(), name, total), Views().show(name), room(name), broken(name), slow(name),
        Button('move', onclick=move(settings)),
    ))
"""
VOTES = {'store': 'votes', 'path': [], 'version': 0}
TOTAL = {'inputs': [VOTES], 'path': []}


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(APP)


@asynccontextmanager
async def users(server: AppServer, *names: str) -> AsyncIterator[list[Tab]]:
    """A tab for each name, logged in."""
    passwords = {'ann': 'a', 'ben': 'b'}
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(connected(server.socket_url, cookie=server.login(name, passwords[name])))
            for name in names
        ]


def runs(server: AppServer, tab: Tab) -> dict[str, int]:
    counts: dict[str, int] = httpx.get(f'{server.url}/api/runs', headers={'Cookie': tab.cookie}).json()
    return counts


def rendered(server: AppServer, tab: Tab) -> list[str]:
    """The targets of the page's py_components, in order."""
    nodes = server.content(cookie=tab.cookie)[0]['slots']['children']
    return [node['render']['target'] for node in nodes if 'render' in node]


def texts(nodes: list[Message]) -> list[str]:
    return [node['props']['text'] for node in walk(nodes) if 'text' in node['props']]


def walk(nodes: list[Message]) -> list[Message]:
    return [each for node in nodes for each in [node, *walk([n for slot in node['slots'].values() for n in slot])]]


def value(text: Any) -> Message:
    return {'value': text}


async def test_equal_inputs_are_computed_once_however_many_tabs_ask(server: AppServer) -> None:
    async with users(server, *['ann'] * 10, *['ben'] * 10) as tabs:
        answers = await asyncio.gather(*(tab.call('app.greeting', TOTAL, value('World')) for tab in tabs))
        assert {answer['value'] for answer in answers} == {'World: 3'}
        assert (await tabs[0].call('app.greeting', TOTAL, value('Ann')))['value'] == 'Ann: 3'
        assert runs(server, tabs[0]) == {'sum': 1, 'greet': 2}


async def test_a_derived_value_is_made_of_the_stores_value_not_of_what_a_tab_says(server: AppServer) -> None:
    """Neither a value in the place of a shared one, nor another store, nor a result in the place of its inputs."""
    (server.directory / 'votes.json').write_text('{"global": [40, 2]}')
    async with users(server, 'ann') as (ann,):
        server.page(cookie=ann.cookie)  # loading a page asks what the file holds now
        assert (await ann.call('app.total', VOTES))['value'] == 42
        settings = {'store': 'settings', 'path': [], 'version': 0}
        for forged in (value([1000]), settings, {**VOTES, 'path': [0]}, TOTAL):
            assert (await ann.call('app.total', forged))['code'] == 'failed'
        for forged in (value(1000), VOTES, {'inputs': [value([1])], 'path': []}, {**TOTAL, 'path': ['x']}):
            assert (await ann.call('app.greeting', forged, value('x')))['code'] == 'failed'
        assert runs(server, ann).get('greet') is None


async def test_a_result_that_looked_at_the_user_is_for_that_user_alone(server: AppServer) -> None:
    """Although the two asked at the same moment, with equal inputs, and the cache is for everybody."""
    async with users(server, 'ann', 'ben', 'ann', 'ben') as tabs:
        answers = await asyncio.gather(*(tab.call('app.personal', TOTAL) for tab in tabs))
        assert [answer['value'] for answer in answers] == ['ann sees 3', 'ben sees 3'] * 2
        assert runs(server, tabs[0])['whose'] <= 4
        again = [(await tab.call('app.personal', TOTAL))['value'] for tab in tabs]
        assert again == ['ann sees 3', 'ben sees 3'] * 2
        seen = [(await tab.call('app.sessions', TOTAL))['value'] for tab in tabs]
        assert len(set(seen)) == 4


async def test_a_users_own_value_is_computed_with_for_that_user_alone(server: AppServer) -> None:
    own = {'store': 'settings', 'path': [], 'version': 0}
    async with users(server, 'ann', 'ben') as (ann, ben):
        await ann.edit(await ann.subscribe('settings'), replace('of ann'))
        await ann.receive('change')
        assert (await ann.call('app.setting', own))['value'] == 'of ann'
        assert (await ben.call('app.setting', own))['value'] == 'none'
        assert json.loads((server.directory / 'settings.json').read_text()) == {'ann': 'of ann'}
        await ben.receive_nothing()


async def test_a_result_that_read_a_store_is_computed_anew_when_that_changed(server: AppServer) -> None:
    async with users(server, 'ann') as (ann,):
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
    async with users(server, 'ann') as (ann,):
        broken = rendered(server, ann)[3]
        for target, inputs, where in (('app.failing', [TOTAL], {}), (broken, [value('x')], {'slot': 's'})):
            answer = await ann.call(target, *inputs, **where)
            assert answer['code'] == 'failed'
            assert 'secret' not in answer['message']
        traceback = server.log.split('failed\nTraceback (most recent call last):\n')
        assert 'app.py' in traceback[1].splitlines()[0]
        assert 'app.py' in traceback[2].splitlines()[0]


async def test_a_py_component_sees_its_user_its_arguments_and_stores(server: AppServer) -> None:
    """Static arguments of any type stay on the server; what it returns may hold others."""
    async with users(server, 'ann', 'ben') as tabs:
        target = rendered(server, tabs[0])[0]
        for tab, name in zip(tabs, ('Ann', 'Ben'), strict=True):
            fragment = (await tab.call(target, value('x'), TOTAL, slot='here'))['value']
            assert texts(fragment['nodes'])[0] == f'static x 3 {name.lower()} none'
            node = next(each for each in walk(fragment['nodes']) if 'render' in each)
            inner = (await tab.call(node['render']['target'], of='here', slot='inside'))['value']
            assert texts(inner['nodes']) == ['inner x', '3']


async def test_a_store_made_while_rendering_is_for_who_was_shown_it(server: AppServer) -> None:
    """S24: its name alone opens nothing; after a release, or in another session, it is unknown again."""
    async with users(server, 'ann', 'ben') as (ann, ben):
        target = rendered(server, ann)[0]
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


async def test_a_room_is_entered_by_whom_it_was_shown(server: AppServer) -> None:
    async with users(server, 'ann', 'ben') as (ann, ben):
        target = rendered(server, ann)[2]
        await ann.call(target, value('kitchen'), slot='room')
        await ben.call(target, value('kitchen'), slot='room')
        assert (await ann.subscribe('rooms', at='cellar', of='room'))['code'] == 'unknown'
        assert (await ann.subscribe('rooms', at='kitchen'))['code'] == 'unknown'
        at = await ann.subscribe('rooms', at='kitchen', of='room')
        assert (at['store'], at['at']) == ('rooms', 'kitchen')
        await ben.subscribe('rooms', at='kitchen', of='room')
        await ann.edit(at, replace(['tea']))
        assert (await ben.receive('change'))['edits'][0][2][0]['value'] == ['tea']


async def test_methods_are_actions_and_components_too(server: AppServer) -> None:
    """A synchronous one writes with run_sync, for its user."""
    async with users(server, 'ann') as (ann,):
        fragment = (await ann.call(rendered(server, ann)[1], value('x'), slot='here'))['value']
        assert texts(fragment['nodes']) == ['method x']
        button = next(each for each in walk(fragment['nodes']) if each['actions'])
        target = button['actions']['onclick'][0]['target']
        assert (await ann.call(target, value(None)))['code'] == 'unknown'
        assert (await ann.call(target, value(None), of='here'))['type'] == 'result'
        assert json.loads((server.directory / 'settings.json').read_text()) == {'ann': 'method x'}


async def until(server: AppServer, tab: Tab, name: str, count: int) -> None:
    """Wait until that has run so often."""
    async with asyncio.timeout(10):
        while runs(server, tab).get(name, 0) < count:
            await asyncio.sleep(0.01)


async def test_a_newer_rendering_cancels_the_older(server: AppServer) -> None:
    """And a tab can cancel one that it does not want any more."""
    async with users(server, 'ann') as (ann,):
        slow = rendered(server, ann)[4]
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
    async with users(server, 'ann', 'ben') as (ann, ben):
        button = server.content(cookie=ann.cookie)[0]['slots']['children'][-1]
        target = button['actions']['onclick'][0]['target']
        answer = await ann.call(target, value(None), {'store': 'settings', 'path': [], 'version': 0})
        assert answer['type'] == 'result'
        assert json.loads((server.directory / 'settings.json').read_text()) == {'ann': 'none moved by ann'}
        assert [effect['kind'] for effect in ann.effects] == ['trigger', 'copy', 'download']
        url = server.url + ann.effects[-1]['url']
        assert httpx.get(url, headers={'Cookie': ben.cookie}).status_code == 404
        assert httpx.get(url, headers={'Cookie': ann.cookie}).text == 'figures'
        assert httpx.get(url, headers={'Cookie': ann.cookie}).status_code == 404


async def test_ten_thousand_renderings_leave_memory_where_it_was(server: AppServer) -> None:
    """A py_component that makes variables and stores at every one of them."""

    def resident() -> int:
        return int(Path(f'/proc/{server.pid}/statm').read_text().split()[1]) * 4096

    async with users(server, 'ann') as (ann,):
        target = rendered(server, ann)[0]

        async def render(times: int) -> None:
            for number in range(times):
                await ann.call(target, value(f'{number}'), TOTAL, slot='here')
                if number % 100 == 0:
                    await ann.acknowledge()

        await render(2000)
        before = resident()
        await render(10_000)
        assert resident() - before < 3 * 2**20


async def test_who_asks_after_a_write_does_not_get_what_was_read_before_it(serve: Serve) -> None:
    """Although a computation that began before is under way, and is joined."""
    server = serve("""
        import asyncio
        from dara.components import Stack, Text
        from dara.core import ConfigurationBuilder, DerivedVariable, Variable
        from dara.core.http import get
        from dara.core.persistence import BackendStore

        note = Variable(default='old', store=BackendStore(uid='note'))
        go_on = asyncio.Event()
        began = []

        async def slowly():
            value = await note.read()
            began.append(value)
            await go_on.wait()
            return value

        @get('began')
        def get_began():
            return began

        @get('go')
        async def go():
            go_on.set()
            return 'gone'

        config = ConfigurationBuilder()
        config.add_endpoint(get_began)
        config.add_endpoint(go)
        config.add_page('A', content=Stack(Text(note), Text(DerivedVariable(slowly, variables=[], uid='slow'))))
    """)
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        await ann.send(type='call', id=1, target='slow', inputs=[])
        async with asyncio.timeout(10):
            while httpx.get(f'{server.url}/api/began').json() != ['old']:
                await asyncio.sleep(0.01)
        await ann.edit(await ann.subscribe('note'), replace('new'))
        await ann.receive('change')
        await ben.send(type='call', id=1, target='slow', inputs=[])
        await ben.receive_nothing()
        httpx.get(f'{server.url}/api/go')
        assert (await ben.receive('result'))['value'] == 'new'
