"""Tests of threads of a server, such as schedulers and timers, that write to stores while tabs edit them."""

from __future__ import annotations

import asyncio
import json

from tests.conftest import Serve
from tests.tab import Message, Tab, connected, replace, value

EDITS = 60


async def type_into(tab: Tab, at: Message, member: str) -> list[Message]:
    """Edit many times, each time when the last edit is acknowledged; return all changes that were heard."""
    heard: list[Message] = []
    for number in range(1, EDITS + 1):
        await tab.edit(at, replace(f'{member} {number}', 'text'), n=number, base=at['version'])
        is_acknowledged = False
        while not is_acknowledged:
            change = await tab.receive('change')
            heard.append(change)
            is_acknowledged = any(author == at['author'] and n == number for author, n, _ in change['edits'])
        at['version'] = heard[-1]['version']
        await tab.acknowledge()
    return heard


async def test_a_thread_with_an_event_loop_and_timers_write_while_tabs_edit(serve: Serve) -> None:
    """Nothing is lost, nothing hangs, and every tab sees the same chain of versions."""
    server = serve('background_writers')
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        positions = [await tab.subscribe('both') for tab in (ann, ben)]
        chains = await asyncio.gather(
            *(type_into(tab, at, 'text') for tab, at in zip((ann, ben), positions, strict=True))
        )
    for position, chain in zip(positions, chains, strict=True):
        version = chain[0]['base']
        for change in chain:
            assert change['base'] == version
            version = change['version']
        assert version == position['version']
    async with server.client() as browser:
        ticked = (await browser.get('/api/end')).json()
    kept = json.loads((server.directory / 'kept.json').read_text())['global']
    assert kept['ticks'] == ticked > 10
    assert kept['timed'] == 21
    assert kept['text'] == f'text {EDITS}'
    assert server.stop() == 0


async def test_a_quick_function_answers_while_a_hundred_calls_of_others_block(serve: Serve) -> None:
    """Functions of results and of endpoints share threads, and none of them waits for another."""
    server = serve('blocked_calls')
    async with connected(server.socket_url) as slow, connected(server.socket_url) as quick, server.client() as browser:
        for number in range(100):
            await slow.send(type='call', id=number, target='blocked', inputs=[value(number)])
        slow_requests = [asyncio.create_task(browser.get('/api/block')) for _ in range(4)]
        async with asyncio.timeout(10):
            while (await browser.get('/api/began')).json() < 12:
                await asyncio.sleep(0.01)
        for number in range(20):
            assert (await quick.call('answered', value(number)))['value'] == number
            assert (await browser.get('/api/quick')).text == 'quick'
        await browser.get('/api/release')
        answers = [await slow.receive('result', 'error') for _ in range(100)]
        assert {answer['value'] for answer in answers} == set(range(100))
        assert [(await request).text for request in slow_requests] == ['over'] * 4


async def test_calls_within_calls_go_on_when_every_thread_is_occupied(serve: Serve) -> None:
    server = serve('blocked_calls')
    async with connected(server.socket_url) as tab:
        for number in range(150):
            await tab.send(type='call', id=number, target=server.buttons()['Descend'], inputs=[value(None)])
        for _ in range(150):
            assert (await tab.receive('result', 'error'))['type'] == 'result'
        assert (await tab.subscribe('depths'))['value'] == 600
