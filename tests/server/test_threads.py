"""Tests of threads of a server, such as schedulers and timers, that write to stores while tabs edit them."""

from __future__ import annotations

import asyncio
import json

from tests.conftest import Serve
from tests.tab import Message, Tab, connected, replace

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
