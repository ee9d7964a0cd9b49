"""Tests of an attacker who reaches for values of other users."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tests.process import AppServer
from tests.server.hostile.attack import Bystanders
from tests.tab import Tab, logged_in, replace, value


@pytest.fixture
async def revoked(server: AppServer) -> AsyncIterator[tuple[Tab, Tab]]:
    """Ann and Eve; Ann changes the rights, Eve has subscribed before. The rights are restored afterwards."""
    async with logged_in(server, 'ann', 'eve') as (ann, eve):
        yield ann, eve
        assert (await ann.call(server.buttons(ann.cookie)['grant'], value(None)))['type'] == 'result'


async def test_a_forged_record_key_opens_nothing(server: AppServer, bystanders: Bystanders) -> None:
    """Guessed channels of others' records accept no edit and no unsubscription."""
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


async def test_no_user_can_name_the_value_of_another(server: AppServer, bystanders: Bystanders) -> None:
    """A store with `scope='user'` has no rooms: the session alone decides."""
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
async def test_a_value_that_can_read_denies_is_nowhere(
    server: AppServer, bystanders: Bystanders, store: str, code: str
) -> None:
    """Not in the page, a subscription or an input; a `can_read` that fails denies."""
    async with logged_in(server, 'ben') as (ben,):
        assert (await ben.subscribe(store))['code'] == code
        (level,) = server.page(cookie=ben.cookie)['levels'].values()
        assert level['stores'][store]['positions'] == {}
        answer = await ben.call('peek', {'store': 'vault', 'path': [], 'version': 0})
        assert answer['code'] in ('failed', 'forbidden')
        assert 'combination' not in json.dumps(answer)


async def test_can_read_decides_about_each_room(server: AppServer, bystanders: Bystanders) -> None:
    """It is async and gets the key. Any text names a room; a store without rooms has none."""
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


async def test_a_user_whose_right_is_revoked_receives_nothing_more(
    server: AppServer, bystanders: Bystanders, revoked: tuple[Tab, Tab]
) -> None:
    """`recheck()` revokes at once, by `can_read` and by a scope that has no key for the user."""
    ann, eve = revoked
    vault, team = await eve.subscribe('vault'), await eve.subscribe('team')
    await ann.call(server.buttons(ann.cookie)['withdraw'], value('and recheck'))
    assert {(await eve.receive('revoked'))['store'] for _ in range(2)} == {'vault', 'team'}
    await ann.edit(await ann.subscribe('vault'), replace('changed'))
    await ann.receive('change')
    await eve.receive_nothing()
    for at in (vault, team):
        await eve.edit(at, replace('too late'), n=1)
        assert (await eve.receive())['code'] == 'forbidden'
        assert (await eve.subscribe(at['store']))['code'] == 'forbidden'
    assert server.page(cookie=eve.cookie)['user']['id'] == 'eve'


async def test_an_edit_after_a_lost_right_is_rejected_before_any_recheck(
    server: AppServer, bystanders: Bystanders, revoked: tuple[Tab, Tab]
) -> None:
    """Every edit checks rights and keys again, and revokes the subscription."""
    ann, eve = revoked
    positions = [await eve.subscribe('vault'), await eve.subscribe('team')]
    await ann.call(server.buttons(ann.cookie)['withdraw'], value(None))
    for at in positions:
        await eve.edit(at, replace('too late'), n=1)
        assert (await eve.receive())['type'] == 'revoked'
        assert (await eve.receive())['code'] == 'forbidden'
    assert (await ann.subscribe('vault')).get('value') != 'too late'


async def test_an_edit_that_can_write_denies_is_rejected(server: AppServer, bystanders: Bystanders) -> None:
    """Its number is used up, so the next edit is not taken for it."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('law')
        assert at['readonly'] is True
        await eve.edit(at, replace('forged'), n=1)
        rejected = await eve.receive()
        assert (rejected['type'], rejected['code'], rejected['n']) == ('reject', 'forbidden', 1)
        again = await eve.subscribe('law')
        assert (again['receipt']['n'], again['receipt']['status'], again['value']) == (1, 'rejected', 'law')


async def test_a_team_keeps_to_itself(server: AppServer, bystanders: Bystanders) -> None:
    """A function as scope gets the user of the connection, whatever the tab claims."""
    async with logged_in(server, 'ann', 'ben', 'eve') as (ann, ben, eve):
        red, of_ben, blue = [await tab.subscribe('team') for tab in (ann, ben, eve)]
        assert red['channel'] == of_ben['channel'] != blue['channel']
        await ann.edit(red, replace('only red'))
        assert (await ben.receive('change'))['channel'] == red['channel']
        assert (await eve.subscribe('team', at='red'))['code'] == 'unknown'
        await eve.edit({**blue, 'channel': red['channel']}, replace('forged'), n=1)
        assert (await eve.receive())['code'] == 'forbidden'
