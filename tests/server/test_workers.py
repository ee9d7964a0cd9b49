"""Tests of an app that several workers serve: whichever one a request reaches, the app is the same."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest_asyncio

from tests.process import DARA, AppServer, start_in_vain
from tests.tab import Tab, connected, replace, splice, value

WORKERS = 3
STORE = {'store': 'board', 'path': [], 'version': 0}


class Fleet:
    """A server with several workers, and tabs on each of them."""

    def __init__(self, server: AppServer, open_tabs: AsyncExitStack) -> None:
        self.server = server
        self._open_tabs = open_tabs
        self._cookies: dict[str, str] = {}

    @property
    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return sorted(child.pid for child in psutil.Process(self.server.pid).children())

    def cookie(self, name: str) -> str:
        """Return the cookie of a user who has logged in."""
        return self._cookies.setdefault(name, self.server.login(name, name[0]))

    async def tab(self, name: str = 'ann', client: str | None = None) -> Tab:
        """Connect a tab, to whichever worker takes it."""
        return await self._open_tabs.enter_async_context(
            connected(self.server.socket_url, cookie=self.cookie(name), client=client)
        )

    async def tabs(self, *names: str) -> list[Tab]:
        """Connect a tab for each name, each to another worker."""
        found: dict[int, Tab] = {}
        for name in names:
            known = len(found)
            while len(found) == known:
                tab = await self.tab(name)
                found.setdefault(await worker_of(tab), tab)
        return list(found.values())


async def worker_of(tab: Tab) -> int:
    """Return the process id of the worker that serves a tab."""
    return int((await tab.call('pid', value(0), fresh=True))['value'])


@pytest_asyncio.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    server = AppServer(tmp_path, 'fleet', command=DARA, environment={'DATABASE': 'values.db'})
    async with AsyncExitStack() as open_tabs:
        open_tabs.callback(server.stop)
        yield Fleet(server.start('--workers', str(WORKERS)), open_tabs)


async def test_every_worker_shows_the_edits_of_all(fleet: Fleet) -> None:
    """Each tab types on a worker of its own; nothing is lost, and all see the same."""
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


async def test_an_edit_that_is_sent_to_two_workers_is_applied_once(fleet: Fleet) -> None:
    """A tab that reconnects reaches another worker, and sends again what was not acknowledged."""
    tab, other = await fleet.tabs('ann', 'ann')
    at = await tab.subscribe('board')
    await tab.edit(at, splice(0, 0, 'x', 'text'), n=1)
    await tab.receive('change')
    await tab.cut()
    while True:
        moved = await fleet.tab('ann', client=tab.client)
        if await worker_of(moved) == await worker_of(other):
            break
    again = await moved.subscribe('board', since=(at['epoch'], at['version']))
    assert again['receipt']['n'] == 1
    await moved.edit(again, splice(0, 0, 'x', 'text'), n=1)
    await moved.edit(again, replace(7, 'count'), n=2)
    while (change := await moved.receive('change'))['edits'][-1][1] != 2:
        pass
    assert (await (await fleet.tab()).subscribe('board'))['value'] == {'text': 'x', 'count': 7}
    assert change


async def test_a_function_sees_what_its_tab_has_seen(fleet: Fleet) -> None:
    """Also if another worker has committed it just now."""
    writer, *readers = await fleet.tabs('ann', 'ben', 'ann')
    at = await writer.subscribe('board')
    for count in range(1, 20):
        await writer.edit(at, replace(count, 'count'), base=at['version'])
        version = (await writer.receive('change'))['version']
        at = {**at, 'version': version}
        for reader in readers:
            answer = await reader.call('count', {**STORE, 'version': version}, fresh=True)
            assert answer['value'] == count


async def test_a_log_out_counts_on_every_worker(fleet: Fleet) -> None:
    """All sockets of the session close within a second, and its cookie is dead everywhere."""
    tabs = await fleet.tabs('ann', 'ann', 'ann')
    (ben,) = await fleet.tabs('ben')
    cookie = fleet.cookie('ann')
    assert fleet.server.post('/logout', cookie=cookie, headers={'Origin': fleet.server.url}).status_code == 303
    async with asyncio.timeout(2):
        for tab in tabs:
            assert (await tab.receive('bye'))['reason'] == 'auth'
    for _ in range(20):
        assert fleet.server.get('/api/pid', cookie=cookie).status_code == 401
    assert await worker_of(ben)


async def test_people_are_present_on_every_worker(fleet: Fleet) -> None:
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


async def test_a_listener_of_changes_runs_once(fleet: Fleet) -> None:
    """On the worker that has committed."""
    tabs = await fleet.tabs('ann', 'ben', 'ann')
    pids = [await worker_of(tab) for tab in tabs]
    positions = [await tab.subscribe('board') for tab in tabs]
    for count, (tab, at) in enumerate(zip(tabs, positions, strict=True), 1):
        await tab.edit(at, replace(count, 'count'))
        while (await tab.receive('change'))['edits'][0][2][0]['value'] != count:
            pass
    file = fleet.server.directory / 'changes'
    expected = list(zip(pids, (1, 2, 3), strict=True))
    async with asyncio.timeout(10):
        while (called := [tuple(map(int, line.split())) for line in file.read_text().splitlines()]) != expected:
            assert len(called) <= len(expected)
            await asyncio.sleep(0.05)


async def test_files_and_large_results_reach_their_tab(fleet: Fleet) -> None:
    """Whichever worker the browser's request reaches, once."""
    (tab,) = await fleet.tabs('ann')
    cookie = fleet.cookie('ann')
    target = fleet.server.buttons(cookie)['Download']
    for _ in range(5):
        await tab.call(target, value(None))
        address = tab.effects[0]['url']
        assert fleet.server.get(address, cookie=fleet.cookie('ben')).status_code == 404
        assert fleet.server.get(address, cookie=cookie).text == f'by {await worker_of(tab)}'
        assert fleet.server.get(address, cookie=cookie).status_code == 404
    await tab.send(type='call', id=99, target='rows', inputs=[value(20_000)])
    rows: list[Any] = []
    while (message := await tab.receive('part', 'result'))['type'] == 'part':
        rows += message['elements']
        await tab.acknowledge()
    assert message['parts'] is True
    assert [row['id'] for row in rows] == list(range(20_000))


async def test_a_worker_that_is_killed_is_replaced(fleet: Fleet) -> None:
    """Its tabs go to others at once, and nothing acknowledged is lost."""
    tabs = await fleet.tabs('ann', 'ben')
    at = await tabs[0].subscribe('board')
    await tabs[0].edit(at, replace('kept', 'text'))
    await tabs[0].receive('change')
    killed = await worker_of(tabs[0])
    before = fleet.workers
    os.kill(killed, signal.SIGKILL)
    moved = await fleet.tab('ann', client=tabs[0].client)
    assert (await moved.subscribe('board'))['value']['text'] == 'kept'
    async with asyncio.timeout(20):
        while len(fleet.workers) < WORKERS or killed in fleet.workers:
            await asyncio.sleep(0.05)
    assert len(set(fleet.workers) - set(before)) == 1


async def test_workers_are_replaced_one_by_one(fleet: Fleet) -> None:
    """By SIGHUP, with the app as it is now; requests are answered all the time."""
    before = set(fleet.workers)
    cookie = fleet.cookie('ann')
    tab = await fleet.tab('ann')
    at = await tab.subscribe('board')
    await tab.edit(at, replace('kept', 'text'))
    await tab.receive('change')
    os.kill(fleet.server.pid, signal.SIGHUP)
    async with asyncio.timeout(30):
        while set(fleet.workers) & before or len(fleet.workers) < WORKERS:
            assert int(fleet.server.get('/api/pid', cookie=cookie).text)
            await asyncio.sleep(0.05)
    moved = await fleet.tab('ann', client=tab.client)
    again = await moved.subscribe('board', since=(at['epoch'], at['version']))
    assert again['receipt']['n'] == 1


async def test_workers_end_with_their_parent(fleet: Fleet) -> None:
    workers = [psutil.Process(pid) for pid in fleet.workers]
    fleet.server.kill()
    with suppress(psutil.NoSuchProcess):
        for worker in workers:
            worker.wait(15)


def test_values_that_workers_cannot_share_are_refused(tmp_path: Path) -> None:
    """At the start, with the way out."""
    (tmp_path / 'app.py').write_text(
        'from dara.components import Text\n'
        'from dara.core import ConfigurationBuilder, Variable\n'
        'from dara.core.persistence import BackendStore, FileBackend\n'
        'config = ConfigurationBuilder()\n'
        "note = Variable('', store=BackendStore(FileBackend(path='note.json'), uid='note'))\n"
        "config.add_page('Page', content=Text(note))\n"
    )
    ended = start_in_vain(tmp_path, '--workers', '2')
    assert ended.returncode == 2
    assert 'note.json' in ended.stderr
    assert 'several workers' in ended.stderr
    assert 'SQLiteBackend' in ended.stderr


def test_workers_and_reload_exclude_each_other(tmp_path: Path) -> None:
    ended = subprocess.run(
        [*DARA, 'start', '--workers', '2', '--reload'], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert '--workers' in ended.stderr
