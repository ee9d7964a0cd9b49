"""Tests of an app on several processes: whichever one a tab or a request reaches, the app is the same.

Three workers over SQLite, or three servers over Redis or Postgres: each test over one of them, `make soak` over all.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from tests.fleet import Fleet, databases, over, process_of, start_fleet
from tests.patience import within
from tests.postgres_server import PostgresServer
from tests.redis_server import RedisServer
from tests.tab import replace, splice, value

STORE: Final = {'store': 'board', 'path': [], 'version': 0}


@pytest_asyncio.fixture(params=databases('redis'))
async def fleet(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        match request.param:
            case 'redis':
                database = stack.enter_context(RedisServer()).url
            case 'postgres':
                database = stack.enter_context(PostgresServer()).dsn
            case _:
                database = 'values.db'
        yield start_fleet(tmp_path, database, stack)


@over('postgres', of='fleet')
async def test_every_server_shows_the_edits_of_all(fleet: Fleet) -> None:
    """Each tab types on a process of its own; nothing is lost, and all see the same."""
    tabs = await fleet.tabs('ann', 'ben', 'ann')
    positions = [await tab.subscribe('board') for tab in tabs]
    for i, (tab, at) in enumerate(zip(tabs, positions, strict=True)):
        await tab.edit(at, splice(0, 0, 'abc'[i], 'text'))
    for tab in tabs:
        heard: list[str] = []
        while len(heard) < len(tabs):
            change = await tab.receive('change')
            heard += [op['insert'] for _, _, ops in change['edits'] for op in ops]
        assert sorted(heard) == ['a', 'b', 'c']
    texts = {(await (await fleet.tab()).subscribe('board'))['value']['text'] for _ in range(5)}
    assert len(texts) == 1
    assert sorted(texts.pop()) == ['a', 'b', 'c']


async def test_an_edit_that_is_sent_to_two_servers_is_applied_once(fleet: Fleet) -> None:
    """A tab that reconnects reaches another process, and sends again what was not acknowledged."""
    tab, other = await fleet.tabs('ann', 'ann')
    at = await tab.subscribe('board')
    await tab.edit(at, splice(0, 0, 'x', 'text'), n=1)
    await tab.receive('change')
    moved = await fleet.move(tab, to=other)
    again = await moved.subscribe('board', since=(at['epoch'], at['version']))
    assert again['receipt']['n'] == 1
    assert again['author'] == at['author']
    await moved.edit(again, splice(0, 0, 'x', 'text'), n=1)
    await moved.edit(again, replace(7, 'count'), n=2)
    while (await moved.receive('change'))['edits'][-1][1] != 2:
        pass
    assert (await other.subscribe('board'))['value'] == {'text': 'x', 'count': 7}


@over('sqlite', of='fleet')
async def test_a_function_sees_what_its_tab_has_seen(fleet: Fleet) -> None:
    """Also if another process has committed it just now."""
    writer, *readers = await fleet.tabs('ann', 'ben', 'ann')
    at = await writer.subscribe('board')
    for count in range(1, 20):
        await writer.edit(at, replace(count, 'count'), base=at['version'])
        version = (await writer.receive('change'))['version']
        at = {**at, 'version': version}
        for reader in readers:
            answer = await reader.call('count', {**STORE, 'version': version}, fresh=True)
            assert answer['value'] == count


async def test_a_log_out_counts_on_every_server(fleet: Fleet) -> None:
    """All sockets of the session close within a second, and its cookie is dead everywhere."""
    tabs = await fleet.tabs('ann', 'ann', 'ann')
    (ben,) = await fleet.tabs('ben')
    cookie = fleet.cookie('ann')
    assert fleet.server.post('/logout', cookie=cookie, headers={'Origin': fleet.server.url}).status_code == 303
    async with within(2):
        for tab in tabs:
            assert (await tab.receive('bye'))['reason'] == 'auth'
    for server in fleet.servers * 9:
        assert server.get('/api/pid', cookie=cookie).status_code == 401
    assert await process_of(ben)


@over('postgres', of='fleet')
async def test_people_are_present_on_every_server(fleet: Fleet) -> None:
    """As visitors of a page, with their cursors, and in `store.present()`."""
    ann, ben = await fleet.tabs('ann', 'ben')
    at = [await tab.subscribe('board') for tab in (ann, ben)]
    await ann.send(type='visit', page='/')
    await ben.send(type='visit', page='/')
    while (message := await ann.receive('visitors'))['count'] != 2:
        pass
    assert 'ben' in {person['name'] for person in message['came']}
    cursor = {'path': ['text'], 'version': at[1]['version'], 'typing': True}
    await ben.send(type='presence', channel=at[1]['channel'], store='board', data=cursor)
    while not (entries := (await ann.receive('presence'))['entries']):
        pass
    assert [(person['name'], spot['path']) for _, person, spot in entries] == [('ben', ['text'])]
    await ann.call(fleet.server.buttons(fleet.cookie('ann'))['Ask'], value(None))
    assert [effect['message'] for effect in ann.effects] == ['ann,ben']
    await ben.send(type='leave')
    while (message := await ann.receive('visitors'))['count'] != 1:
        pass


@over('sqlite', of='fleet')
async def test_a_listener_of_changes_runs_once(fleet: Fleet) -> None:
    """On the process that has committed."""
    tabs = await fleet.tabs('ann', 'ben', 'ann')
    pids = [await process_of(tab) for tab in tabs]
    positions = [await tab.subscribe('board') for tab in tabs]
    for count, (tab, at) in enumerate(zip(tabs, positions, strict=True), 1):
        await tab.edit(at, replace(count, 'count'))
        while (await tab.receive('change'))['edits'][0][2][0]['value'] != count:
            pass
    expected = list(zip(pids, (1, 2, 3), strict=True))
    async with asyncio.timeout(10):
        while (called := fleet.noted_changes) != expected:
            assert len(called) <= len(expected)
            await asyncio.sleep(0.05)


@over('postgres', of='fleet')
async def test_one_listener_hears_of_what_is_written_past_the_store(fleet: Fleet) -> None:
    """By another program or the app's own code, to a key that all processes have in memory and to one that none has.

    All tabs show it.
    """
    tabs = await fleet.tabs('ann', 'ben', 'ann')
    for tab in tabs:
        await tab.subscribe('board')
    for count in range(1, 9):
        key = 'global' if count % 2 else 'unread'
        if count in (3, 4, 7, 8):
            url = f'/api/write?key={key}&count={count}'
            answer = await asyncio.to_thread(fleet.server.get, url, cookie=fleet.cookie('ann'))
            assert answer.status_code == 200
        else:
            await fleet.write_outside(key, {'text': '', 'count': count})
    for tab in tabs:
        while (await tab.receive('change'))['edits'][-1][2][-1]['value'] != 7:
            pass
    async with asyncio.timeout(10):
        while len(fleet.noted_changes) < 8:
            await asyncio.sleep(0.05)
    await tabs[0].edit(await tabs[0].subscribe('board'), replace(9, 'count'))
    async with asyncio.timeout(10):
        while (counts := [count for _, count in fleet.noted_changes])[-1] < 9:
            await asyncio.sleep(0.05)
    assert len(counts) == 9, 'each once'
    assert {7, 8, 9} <= set(counts), 'the first ones may be told when they are replaced already'
