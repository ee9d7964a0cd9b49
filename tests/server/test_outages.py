"""Whoever says what a user may is out of order for a while: that is a pause, neither a yes nor a no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Tab, connected, replace, splice

APP = """
    import asyncio
    from pathlib import Path
    from typing import Annotated
    from pydantic import BeforeValidator
    from dara.components import Button, Stack, Text
    from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action
    from dara.core.auth import MultiBasicAuthConfig
    from dara.core.persistence import BackendStore

    class Database:
        def ask(self, *_):
            if Path('down').exists():
                raise ConnectionError('the database does not answer')
            return not Path('revoked').exists()

    database = Database()

    async def ask_later(user):
        await asyncio.sleep(0.01)
        return database.ask()

    def scope(user):
        database.ask()
        return 'team'

    def validate(value):
        database.ask()
        return value

    stores = {
        'sync': BackendStore(uid='sync', can_read=database.ask),
        'async': BackendStore(uid='async', can_read=ask_later),
        'scope': BackendStore(uid='scope', scope=scope),
        'write': BackendStore(uid='write', can_write=database.ask),
        'type': BackendStore(uid='type', type=Annotated[str, BeforeValidator(validate)]),
    }
    variables = {name: Variable(default='', store=store) for name, store in stores.items()}
    length = DerivedVariable(len, [variables['sync']], uid='length')

    @action
    async def recheck(ctx: ActionCtx):
        for store in stores.values():
            await store.recheck()

    config = ConfigurationBuilder()
    config.add_auth(MultiBasicAuthConfig(users={'ann': 'pw', 'ben': 'pw'}))
    shown = [*map(Text, variables.values()), Text(length), Button('recheck', onclick=recheck())]
    config.add_page('Page', content=Stack(*shown))
"""
READ = ['sync', 'async', 'scope']


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(APP)


@asynccontextmanager
async def ann_and_ben(server: AppServer) -> AsyncIterator[tuple[Tab, Tab]]:
    async with AsyncExitStack() as stack:
        ann, ben = [
            await stack.enter_async_context(connected(server.socket_url, cookie=server.login(name, 'pw')))
            for name in ('ann', 'ben')
        ]
        yield ann, ben


def go_down(server: AppServer) -> None:
    (server.directory / 'down').touch()


def come_back(server: AppServer) -> None:
    (server.directory / 'down').unlink()


def target(server: AppServer, tab: Tab) -> str:
    """What the button of the page calls."""
    content = server.content(cookie=tab.cookie)[0]['slots']['children']
    (button,) = [each for each in content if each['component'] == 'Button']
    (call,) = button['actions']['onclick']
    return str(call['target'])


async def recheck(server: AppServer, tab: Tab) -> None:
    assert (await tab.call(target(server, tab), {'value': None}))['type'] == 'result'


@pytest.mark.parametrize('store', READ)
async def test_an_edit_during_an_outage_is_kept_and_stored_afterwards(server: AppServer, store: str) -> None:
    """It is told to try again, after a longer pause each time, and may see nothing new until then."""
    async with ann_and_ben(server) as (ann, ben):
        at = await ann.subscribe(store)
        await ben.subscribe(store)
        go_down(server)
        await ann.edit(at, splice(0, 0, 'typed'), n=1)
        assert (await ann.receive('paused'))['store'] == store
        pauses = []
        for _ in range(3):
            told = await ann.receive('retry')
            assert (told['code'], told['n']) == ('backend', 1)
            assert told['message'].startswith('The server cannot')
            pauses.append(told['retry_ms'])
            await ann.edit(at, splice(0, 0, 'typed'), n=1)
        assert pauses == [1000, 2000, 4000]
        assert (await ann.receive('retry'))['retry_ms'] == 8000
        come_back(server)
        assert (await ann.receive('current'))['store'] == store
        await ann.edit(at, splice(0, 0, 'typed'), n=1)
        for tab in (ann, ben):
            assert (await tab.receive('change'))['edits'][0][2] == [splice(0, 0, 'typed')]


@pytest.mark.parametrize('store', READ)
async def test_a_recheck_during_an_outage_takes_nothing_away(server: AppServer, store: str) -> None:
    """Whoever cannot be asked about hears nothing until they can, and then what they missed, by itself."""
    async with ann_and_ben(server) as (ann, ben):
        at = await ann.subscribe(store)
        theirs = await ben.subscribe(store)
        await ann.edit(at, replace('before'))
        await ben.receive('change')
        go_down(server)
        await recheck(server, ann)
        assert (await ben.receive())['type'] == 'paused'
        await ben.receive_nothing()
        come_back(server)
        known = await ben.receive()
        assert (known['type'], known['version'], known['channel']) == (
            'current',
            theirs['version'] + 1,
            theirs['channel'],
        )
        await ann.edit(at, replace('after'), n=2, base=at['version'] + 1)
        assert (await ben.receive('change'))['version'] == theirs['version'] + 2


async def test_what_others_did_meanwhile_is_told_when_that_may_be_seen_again(server: AppServer) -> None:
    """Server code and who is still let in go on; the rest is told as changes, not as a whole value."""
    async with ann_and_ben(server) as (ann, ben):
        at = await ann.subscribe('write')
        told = await ben.subscribe('write')
        go_down(server)
        await ann.edit(at, replace('not yet'))
        assert (await ann.receive())['type'] == 'retry'
        await ben.receive_nothing()
        come_back(server)
        await ann.edit(at, replace('now'), n=1)
        assert (
            (await ann.receive('change'))['version'] == (await ben.receive('change'))['version'] == told['version'] + 1
        )


async def test_a_right_that_ended_during_an_outage_has_ended(server: AppServer) -> None:
    async with ann_and_ben(server) as (ann, ben):
        await ben.subscribe('sync')
        go_down(server)
        await recheck(server, ann)
        await ben.receive('paused')
        (server.directory / 'revoked').touch()
        come_back(server)
        assert (await ben.receive())['type'] == 'revoked'


@pytest.mark.parametrize('store', READ)
async def test_who_comes_during_an_outage_is_asked_to_come_again(server: AppServer, store: str) -> None:
    """Nothing is in the page, in a subscription, or in a result; then it is, without a word to anybody else."""
    go_down(server)
    async with ann_and_ben(server) as (ann, _):
        refused = await ann.subscribe(store)
        assert (refused['type'], refused['code']) == ('error', 'backend')
        assert refused['message'].startswith('The server cannot')
        (level,) = server.page(cookie=ann.cookie)['levels'].values()
        assert level['stores'][store]['positions'] == {}
        come_back(server)
        assert (await ann.subscribe(store))['type'] == 'snapshot'


async def test_where_can_write_is_out_of_order_the_value_is_shown(server: AppServer) -> None:
    """Whether it can be changed is told later, by itself."""
    go_down(server)
    async with ann_and_ben(server) as (ann, _):
        (level,) = server.page(cookie=ann.cookie)['levels'].values()
        assert level['stores']['write']['positions']['']['readonly'] is None
        assert (await ann.subscribe('write'))['readonly'] is None
        come_back(server)
        assert (await ann.receive('snapshot'))['readonly'] is False


async def test_a_call_during_an_outage_has_failed_for_the_moment(server: AppServer) -> None:
    """It is told apart from one that has failed for good, so that the page calls again."""
    async with ann_and_ben(server) as (ann, _):
        go_down(server)
        failed = await ann.call('length', {'store': 'sync', 'path': [], 'version': 0})
        assert (failed['type'], failed['code']) == ('error', 'backend')
        assert failed['message'] == 'The server cannot check now whether you may see this'
        come_back(server)
        assert (await ann.call('length', {'store': 'sync', 'path': [], 'version': 0}))['value'] == 0


async def test_a_validator_that_is_out_of_order_refuses_nothing(server: AppServer) -> None:
    async with ann_and_ben(server) as (ann, _):
        at = await ann.subscribe('type')
        go_down(server)
        await ann.edit(at, replace('typed'))
        told = await ann.receive()
        assert (told['type'], told['code'], told['n']) == ('retry', 'backend', 1)
        come_back(server)
        await ann.edit(at, replace('typed'), n=1)
        assert (await ann.receive())['type'] == 'change'


async def test_the_log_tells_once_of_what_fails_again_and_again(server: AppServer) -> None:
    """With the line; and again after it has worked."""
    line = "raise ConnectionError('the database does not answer')"
    async with ann_and_ben(server) as (ann, ben):
        at = await ann.subscribe('sync')
        for outages in (1, 2):
            go_down(server)
            for tab in (ann, ben):
                for _ in range(5):
                    await tab.subscribe('sync')
                    server.page(cookie=tab.cookie)
                    await tab.call('length', {'store': 'sync', 'path': [], 'version': 0})
            await ann.edit(at, replace('typed'), n=1)
            await ann.receive('retry')
            about_reading = server.log.count('can_read of a store failed')
            assert (about_reading, server.log.count('ERROR')) == (outages, server.log.count(line))
            come_back(server)
            for tab in (ann, ben):
                await tab.subscribe('sync')
                server.page(cookie=tab.cookie)


FAIR = """
    import asyncio
    from pathlib import Path
    from dara.components import Button, Stack, Text
    from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
    from dara.core.auth import MultiBasicAuthConfig
    from dara.core.persistence import BackendStore
    from dara.core._sync import hub

    hub.RECHECK_SECONDS, hub.MAINTENANCE_SECONDS = 1, 0.1  # instead of nearly a minute
    asked = []

    async def may_enter(user, key):
        asked.append((user.identity_id, key))
        if key.startswith('slow') and not Path('fast').exists():
            await asyncio.sleep(0.25)
        if key.startswith('stuck') and Path('stuck').exists():
            await asyncio.Event().wait()
        return not Path(f'{user.identity_id} is out').exists()

    rooms = BackendStore(uid='rooms', can_read=may_enter)

    @action
    async def count(ctx: ActionCtx):
        await ctx.notify(message=f'{len(asked)}', title='', status='INFO')

    config = ConfigurationBuilder()
    config.add_auth(MultiBasicAuthConfig(users={'ann': 'pw', 'ben': 'pw'}))
    room = Variable('lobby', uid='room')
    it = Variable(default='', store=rooms.at(room))
    config.add_page('Page', content=Stack(Text(it), Button('', onclick=count())))
"""


@pytest.mark.parametrize('kind', ['slow', 'stuck'])
async def test_one_user_with_many_rooms_holds_up_nobody(serve: Serve, kind: str) -> None:
    """Nor do predicates that take time, or never answer: the right of another ends in the next round."""
    server = serve(FAIR)
    (server.directory / 'fast').touch()
    async with ann_and_ben(server) as (ann, ben):
        await asyncio.gather(*(ann.send(type='subscribe', id=n, store='rooms', at=f'{kind} {n}') for n in range(300)))
        for _ in range(300):
            assert (await ann.receive('snapshot', 'error'))['type'] == 'snapshot'
        await ben.subscribe('rooms', at='lobby')
        (server.directory / 'fast').unlink()
        (server.directory / 'stuck').touch()
        await asyncio.sleep(2)  # rechecks of ann are under way now
        (server.directory / 'ben is out').touch()
        async with asyncio.timeout(4):
            assert (await ben.receive('revoked'))['at'] == 'lobby'


async def test_rights_of_a_slow_predicate_end_too(serve: Serve) -> None:
    """Of all 300 rooms, however often a new round has begun meanwhile."""
    server = serve(FAIR)
    async with ann_and_ben(server) as (ann, _):
        await asyncio.gather(*(ann.send(type='subscribe', id=n, store='rooms', at=f'slow {n}') for n in range(300)))
        for _ in range(300):
            await ann.receive('snapshot')
        (server.directory / 'ann is out').touch()
        lost = {(await ann.receive('revoked'))['at'] for _ in range(300)}
        assert len(lost) == 300


async def test_two_tabs_of_a_user_are_asked_about_once(serve: Serve) -> None:
    server = serve(
        FAIR.replace('RECHECK_SECONDS, hub.MAINTENANCE_SECONDS = 1', 'RECHECK_SECONDS, hub.MAINTENANCE_SECONDS = 2')
    )
    cookie = server.login('ann', 'pw')
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(connected(server.socket_url, cookie=cookie)) for _ in range(20)]
        for tab in tabs:
            await tab.subscribe('rooms', at='lobby')

        async def asked() -> int:
            await tabs[0].call(target(server, tabs[0]), {'value': None})
            return int(tabs[0].effects[0]['message'])

        before = await asked()
        await asyncio.sleep(5)
        assert 1 <= await asked() - before <= 3
