"""Schedulers, sensors and timers in threads of a server write to stores while tabs edit them."""

from __future__ import annotations

import asyncio
import json

import httpx

from tests.conftest import Serve
from tests.tab import Message, Tab, connected, replace

APP = """
    import asyncio, threading
    from concurrent.futures import ThreadPoolExecutor
    from dara.components import Input
    from dara.core import ConfigurationBuilder, Variable, run_sync
    from dara.core.http import get
    from dara.core.persistence import BackendStore, FileBackend

    store = BackendStore(FileBackend(path='kept.json'), uid='both')
    both = Variable(default={'ticks': 0, 'timed': 0, 'text': ''}, uid='both', store=store)
    config = ConfigurationBuilder()
    config.add_page('Home', content=Input(value=both.get('text')))
    ticked, has_ended = 0, threading.Event()

    def step(member):
        return lambda value: {**value, member: value[member] + 1}

    async def tick():
        global ticked
        while not has_ended.is_set():
            await store.modify(step('ticks'))
            ticked += 1
            await asyncio.sleep(0.005)

    def timed():
        run_sync(store.modify(step('timed')))

    def start():
        thread = threading.Thread(target=lambda: asyncio.run(tick()), daemon=True)
        thread.start()
        for number in range(20):
            threading.Timer(number / 20, timed).start()
        return thread

    @config.on_startup
    def run():
        START
        return has_ended.set

    @get('end')
    def end():
        has_ended.set()
        thread.join(10)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(timed).result(10)
        return ticked

    config.add_endpoint(end)
"""
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
    """Nothing is lost, nothing hangs, and every tab sees one chain of versions."""
    server = serve(APP.replace('START', 'global thread; thread = start()'))
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
    async with httpx.AsyncClient() as browser:
        ticked = (await browser.get(f'{server.url}/api/end', timeout=20)).json()
    kept = json.loads((server.directory / 'kept.json').read_text())['global']
    assert kept['ticks'] == ticked > 10
    assert kept['timed'] == 21
    assert kept['text'] == f'text {EDITS}'
    assert server.stop() == 0
