"""Tests of `dara start --workers`: a parent that keeps workers running on one socket."""

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

from tests.fleet import PROCESSES, Fleet, process_of, start_fleet
from tests.process import DARA, start_in_vain
from tests.tab import replace, value


@pytest_asyncio.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        yield start_fleet(tmp_path, 'values.db', stack)


async def test_files_and_large_results_reach_their_tab(fleet: Fleet) -> None:
    """Whichever worker the browser's request reaches, once."""
    (tab,) = await fleet.tabs('ann')
    cookie = fleet.cookie('ann')
    target = fleet.server.buttons(cookie)['Download']
    for _ in range(5):
        await tab.call(target, value(None))
        address = tab.effects[0]['url']
        assert fleet.server.get(address, cookie=fleet.cookie('ben')).status_code == 404
        assert fleet.server.get(address, cookie=cookie).text == f'by {await process_of(tab)}'
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
    killed = await process_of(tabs[0])
    before = fleet.workers
    os.kill(killed, signal.SIGKILL)
    moved = await fleet.tab('ann', client=tabs[0].client)
    assert (await moved.subscribe('board'))['value']['text'] == 'kept'
    async with asyncio.timeout(20):
        while len(fleet.workers) < PROCESSES or killed in fleet.workers:
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
        while set(fleet.workers) & before or len(fleet.workers) < PROCESSES:
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
