"""Tests of outages of functions that decide on rights: an outage is a pause, and neither grants nor denies."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.conftest import Serve
from tests.patience import within
from tests.process import AppServer
from tests.tab import Tab, connected, logged_in, replace, splice, value

READ = ['sync', 'async', 'scope']


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('outages')


def go_down(server: AppServer) -> None:
    (server.directory / 'down').touch()


def come_back(server: AppServer) -> None:
    (server.directory / 'down').unlink()


async def recheck(server: AppServer, tab: Tab) -> None:
    assert (await tab.call(server.buttons(tab.cookie)['recheck'], value(None)))['type'] == 'result'


@pytest.mark.parametrize('store', READ)
async def test_an_edit_during_an_outage_is_kept_and_stored_afterwards(server: AppServer, store: str) -> None:
    """The tab is asked to retry, after a longer pause each time, and hears nothing new until then."""
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
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
        assert (await ann.receive('retry'))['retry_ms'] == 4000  # so that it is stored soon after the outage
        come_back(server)
        assert (await ann.receive('current'))['store'] == store
        await ann.edit(at, splice(0, 0, 'typed'), n=1)
        for tab in (ann, ben):
            assert (await tab.receive('change'))['edits'][0][2] == [splice(0, 0, 'typed')]


@pytest.mark.parametrize('store', READ)
async def test_a_recheck_during_an_outage_takes_nothing_away(server: AppServer, store: str) -> None:
    """A tab whose right cannot be checked hears nothing; after the outage, it receives the missed changes."""
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
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


async def test_changes_during_an_outage_are_sent_after_it(server: AppServer) -> None:
    """They are sent as changes, not as a whole value."""
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
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


async def test_a_right_that_ends_during_an_outage_is_revoked_after_it(server: AppServer) -> None:
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        await ben.subscribe('sync')
        go_down(server)
        await recheck(server, ann)
        await ben.receive('paused')
        (server.directory / 'revoked').touch()
        come_back(server)
        assert (await ben.receive())['type'] == 'revoked'


@pytest.mark.parametrize('store', READ)
async def test_a_subscription_during_an_outage_is_refused_for_the_moment(server: AppServer, store: str) -> None:
    """Neither the page nor a subscription shows the value until the outage is over."""
    go_down(server)
    async with logged_in(server, 'ann', 'ben') as (ann, _):
        refused = await ann.subscribe(store)
        assert (refused['type'], refused['code']) == ('error', 'backend')
        assert refused['message'].startswith('The server cannot')
        (level,) = server.page(cookie=ann.cookie)['levels'].values()
        assert level['stores'][store]['positions'] == {}
        come_back(server)
        assert (await ann.subscribe(store))['type'] == 'snapshot'


async def test_during_an_outage_of_can_write_the_value_is_shown(server: AppServer) -> None:
    """The right to write is sent later, by itself."""
    go_down(server)
    async with logged_in(server, 'ann', 'ben') as (ann, _):
        (level,) = server.page(cookie=ann.cookie)['levels'].values()
        assert level['stores']['write']['positions']['']['readonly'] is None
        assert (await ann.subscribe('write'))['readonly'] is None
        come_back(server)
        assert (await ann.receive('snapshot'))['readonly'] is False


async def test_a_call_during_an_outage_fails_for_the_moment(server: AppServer) -> None:
    """Its code differs from that of a permanent failure, so that the page calls again."""
    async with logged_in(server, 'ann', 'ben') as (ann, _):
        go_down(server)
        failed = await ann.call('length', {'store': 'sync', 'path': [], 'version': 0})
        assert (failed['type'], failed['code']) == ('error', 'backend')
        assert failed['message'] == 'The server cannot check now whether you may see this'
        come_back(server)
        assert (await ann.call('length', {'store': 'sync', 'path': [], 'version': 0}))['value'] == 0


async def test_an_outage_of_a_validator_rejects_nothing(server: AppServer) -> None:
    async with logged_in(server, 'ann', 'ben') as (ann, _):
        at = await ann.subscribe('type')
        go_down(server)
        await ann.edit(at, replace('typed'))
        told = await ann.receive()
        assert (told['type'], told['code'], told['n']) == ('retry', 'backend', 1)
        come_back(server)
        await ann.edit(at, replace('typed'), n=1)
        assert (await ann.receive())['type'] == 'change'


async def test_repeated_failures_are_logged_once(server: AppServer) -> None:
    """With the line of the app; the next outage is logged again."""
    line = "raise ConnectionError('the database does not answer')"
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
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


@pytest.mark.parametrize('kind', ['slow', 'stuck'])
async def test_one_user_with_many_rooms_holds_up_nobody(serve: Serve, kind: str) -> None:
    """Even if predicates are slow or never return: the right of another user ends in the next round."""
    server = serve('slow_rights', RECHECK_SECONDS='1')
    (server.directory / 'fast').touch()
    async with logged_in(server, 'ann', 'ben') as (ann, ben):
        await asyncio.gather(*(ann.send(type='subscribe', id=n, store='rooms', at=f'{kind} {n}') for n in range(300)))
        for _ in range(300):
            assert (await ann.receive('snapshot', 'error'))['type'] == 'snapshot'
        await ben.subscribe('rooms', at='lobby')
        (server.directory / 'fast').unlink()
        (server.directory / 'stuck').touch()
        await asyncio.sleep(2)  # rechecks of ann are under way now
        (server.directory / 'ben is out').touch()
        async with within(4):
            assert (await ben.receive('revoked'))['at'] == 'lobby'


async def test_rights_with_a_slow_predicate_end(serve: Serve) -> None:
    """Those of all 300 rooms, even if new rounds begin meanwhile."""
    server = serve('slow_rights', RECHECK_SECONDS='1')
    async with logged_in(server, 'ann', 'ben') as (ann, _):
        await asyncio.gather(*(ann.send(type='subscribe', id=n, store='rooms', at=f'slow {n}') for n in range(300)))
        for _ in range(300):
            await ann.receive('snapshot')
        (server.directory / 'ann is out').touch()
        lost = {(await ann.receive('revoked'))['at'] for _ in range(300)}
        assert len(lost) == 300


async def test_tabs_of_one_user_share_one_check(serve: Serve) -> None:
    server = serve('slow_rights', RECHECK_SECONDS='2')
    cookie = server.login('ann', 'a')
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(connected(server.socket_url, cookie=cookie)) for _ in range(20)]
        for tab in tabs:
            await tab.subscribe('rooms', at='lobby')

        async def asked() -> int:
            await tabs[0].call(server.buttons(cookie)[''], value(None))
            return int(tabs[0].effects[0]['message'])

        before = await asked()
        await asyncio.sleep(5)
        assert 1 <= await asked() - before <= 3
