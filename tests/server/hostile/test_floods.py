"""Tests of an attacker who asks for too much."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress

from websockets import ConnectionClosed

from tests.process import AppServer
from tests.server.hostile.attack import MIB, Bystanders, wait_for_connections
from tests.tab import connected, logged_in, replace, value


async def test_of_four_thousand_subscriptions_a_thousand_are_granted(server: AppServer, bystanders: Bystanders) -> None:
    """The others get the limit as an error; a granted one can be repeated."""
    async with logged_in(server, 'eve') as (eve,):
        before = server.memory
        kinds = []
        for start in range(0, 4000, 2000):
            for i in range(start, start + 2000):
                await eve.send(type='subscribe', id=i, store='open_rooms', at=f'room {i}')
            if start == 0:
                await bystanders.are_unaffected()
            for _ in range(2000):
                answer = await eve.receive()
                kinds.append(answer.get('code', answer['type']))
            await eve.acknowledge()
        assert (kinds.count('snapshot'), kinds.count('rate')) == (1000, 3000)
        assert (await eve.subscribe('open_rooms', at='room 5'))['type'] == 'snapshot'
        assert server.memory - before < 30 * MIB


async def test_a_tab_has_at_most_a_thousand_slots_and_two_hundred_calls(
    server: AppServer, bystanders: Bystanders
) -> None:
    """More are rejected; calls that need no further slot still work."""
    async with logged_in(server, 'eve') as (eve,):
        part = server.renderings(eve.cookie)[0]
        for i in range(2000):
            await eve.send(type='call', id=10_000 + i, target='very_slow', inputs=[value(i)])
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


async def test_answers_to_a_tab_that_stops_reading_do_not_pile_up(server: AppServer, bystanders: Bystanders) -> None:
    """Answers of 200 KB, a thousand times as long as the calls. Longer ones are fetched by their tab."""
    async with logged_in(server, 'eve', max_queue=1) as (eve,):
        before = server.memory
        with suppress(ConnectionClosed):  # The server may have had enough before they are all sent.
            for i in range(1000):
                await eve.send(type='call', id=i, target='large', inputs=[value('x')])
                if i % 100 == 0:
                    await bystanders.are_unaffected()
        assert server.memory - before < 80 * MIB
        answers = 0
        while (await eve.receive())['type'] != 'bye':
            answers += 1
        assert answers < 200


async def test_a_thousand_tabs_of_one_user_hold_up_nobody(server: AppServer, bystanders: Bystanders) -> None:
    """Their memory is freed when they leave."""
    cookie = server.login('eve', 'e')
    before = server.memory
    async with AsyncExitStack() as stack:
        for _ in range(10):
            tabs = await asyncio.gather(
                *(stack.enter_async_context(connected(server.socket_url, cookie=cookie)) for _ in range(100))
            )
            await asyncio.gather(*(tab.subscribe('note') for tab in tabs))
        await bystanders.are_unaffected()
        assert server.memory - before < 100 * MIB
    await wait_for_connections(2, server)


async def test_rejected_edits_of_many_tabs_leave_no_memory_behind(server: AppServer, bystanders: Bystanders) -> None:
    """Receipts of rejected edits stay for a day, so they must be short."""
    cookie = server.login('eve', 'e')
    before = server.memory
    for _ in range(200):
        async with connected(server.socket_url, cookie=cookie) as tab:
            await tab.edit(await tab.subscribe('diary'), replace('x', 'y' * 200_000))
            assert (await tab.receive())['code'] == 'invalid'
    assert server.memory - before < 20 * MIB


async def test_silent_sockets_and_slow_requests_hold_up_nobody(server: AppServer, bystanders: Bystanders) -> None:
    """Two hundred of each; a silent socket is closed after ten seconds."""
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
        await bystanders.are_unaffected()
        assert {await tab.closed() for tab in silent} == {4000}
        await bystanders.are_unaffected()
