"""Tests of `dara start --workers`: a parent that keeps workers running on one socket."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from textwrap import dedent
from typing import Final

import psutil
import pytest
import pytest_asyncio

from tests.fleet import PROCESSES, Fleet, process_of, start_fleet, workers_of
from tests.process import DARA, AppServer, start_in_vain
from tests.tab import replace, value


@pytest_asyncio.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[Fleet]:
    async with AsyncExitStack() as stack:
        yield start_fleet(tmp_path, 'values.db', stack)


WORKERS: Final = 2
"""The fewest that can be replaced one by one; each takes a second of a processor to start."""
HELD: Final = """
    import os
    import time
    from pathlib import Path
    from dara.components import Text
    from dara.core import ConfigurationBuilder

    Path(f'import{os.getpid()}').touch()
    while Path('hold').exists():
        time.sleep(0.01)
    config = ConfigurationBuilder()
    config.add_page('Page', content=Text('text'))
"""
"""An app whose import waits for the end of the file `hold`, and leaves a file for each process."""


def hold(server: AppServer) -> None:
    (server.directory / 'hold').touch()


def release(server: AppServer) -> None:
    (server.directory / 'hold').unlink()


@pytest_asyncio.fixture
async def held(tmp_path: Path) -> AsyncIterator[AppServer]:
    """A server with workers that all serve."""
    server = AppServer(tmp_path, HELD, command=DARA)
    try:
        server.start('--workers', str(WORKERS))
        await starting(server, 0)
        yield server
    finally:
        server.stop()


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
    assert [row['id'] for row in await tab.collect()] == list(range(20_000))


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
        while len(after := set(fleet.workers) - {killed}) < PROCESSES:
            await asyncio.sleep(0.05)
    assert len(after - set(before)) == 1


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
        while (now := set(fleet.workers)) & before or len(now) < PROCESSES:
            assert int(fleet.server.get('/api/pid', cookie=cookie).text)
            await asyncio.sleep(0.05)
    moved = await fleet.tab('ann', client=tab.client)
    again = await moved.subscribe('board', since=(at['epoch'], at['version']))
    assert again['receipt']['n'] == 1


async def replaced(server: AppServer, before: set[int]) -> None:
    """Wait until there are as many workers as before, and none of the old ones."""
    async with asyncio.timeout(30):
        while (now := set(workers_of(server))) & before or len(now) != WORKERS:
            await asyncio.sleep(0.05)


async def starting(server: AppServer, number: int) -> None:
    """Wait until that many workers have been started besides those that serve, each of which waits."""
    async with asyncio.timeout(30):
        while len(list(server.directory.glob('import*'))) != WORKERS + number:
            await asyncio.sleep(0.01)


async def test_signals_in_a_row_leave_no_surplus_worker(held: AppServer) -> None:
    """The worker that was starting at the second one is replaced, too: it may have imported an older app."""
    before = set(workers_of(held))
    hold(held)
    os.kill(held.pid, signal.SIGHUP)
    await starting(held, 1)
    before = set(workers_of(held))
    assert len(before) == WORKERS + 1
    os.kill(held.pid, signal.SIGHUP)
    release(held)
    await replaced(held, before)
    await starting(held, 1 + WORKERS)


async def test_a_worker_that_ends_while_it_is_replaced_stops_nothing(held: AppServer) -> None:
    before = set(workers_of(held))
    hold(held)
    os.kill(held.pid, signal.SIGHUP)
    await starting(held, 1)
    os.kill(min(before), signal.SIGKILL)
    async with asyncio.timeout(30):
        while 'its replacement is being started' not in held.log:
            await asyncio.sleep(0.01)
    release(held)
    await replaced(held, before)
    await starting(held, WORKERS)


async def test_a_replacement_that_fails_is_tried_again_if_asked_meanwhile(held: AppServer) -> None:
    before = set(workers_of(held))
    hold(held)
    os.kill(held.pid, signal.SIGHUP)
    await starting(held, 1)
    os.kill(held.pid, signal.SIGHUP)
    (started,) = set(workers_of(held)) - before
    os.kill(started, signal.SIGKILL)
    release(held)
    await replaced(held, before)


async def test_workers_that_are_killed_before_any_serves_are_replaced(held: AppServer) -> None:
    """The app has served before, so it is not to blame."""
    hold(held)
    before = set(workers_of(held))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    async with asyncio.timeout(30):
        while not (new := {int(file.name.removeprefix('import')) for file in held.directory.glob('import*')} - before):
            await asyncio.sleep(0.01)
        os.kill(min(new), signal.SIGKILL)
        while held.log.count('another one is started') <= WORKERS:
            await asyncio.sleep(0.01)
    release(held)
    await replaced(held, before)
    assert held.get('/').status_code == 200


async def test_workers_end_with_their_parent(fleet: Fleet) -> None:
    workers = [psutil.Process(pid) for pid in fleet.workers]
    fleet.server.kill()
    with suppress(psutil.NoSuchProcess):
        for worker in workers:
            worker.wait(15)


STARTING: Final = """
    import asyncio
    import os
    from pathlib import Path
    from dara.components import Text
    from dara.core import ConfigurationBuilder

    config = ConfigurationBuilder()
    config.add_page('Page', content=Text('text'))

    @config.on_startup
    async def wait():
        Path(f'import{os.getpid()}').touch()
        while Path('hold').exists():
            await asyncio.sleep(0.01)
"""
"""The same, where the start-up waits and not the import."""


async def test_a_worker_that_starts_while_its_parent_ends_ends_too(tmp_path: Path) -> None:
    """In order, although nobody hears that it serves."""
    server = AppServer(tmp_path, STARTING, command=DARA).start('--workers', str(WORKERS))
    await starting(server, 0)
    hold(server)
    os.kill(server.pid, signal.SIGHUP)
    await starting(server, 1)
    workers = [psutil.Process(pid) for pid in workers_of(server)]
    server.kill()
    release(server)
    for worker in workers:
        with suppress(psutil.NoSuchProcess):
            worker.wait(15)
    assert 'Traceback' not in server.log


UNSHARED: Final = """
    from dara.components import Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend
    config = ConfigurationBuilder()
    note = Variable('', store=BackendStore(FileBackend(path='note.json'), uid='note'))
    config.add_page('Page', content=Text(note))
"""


@pytest.mark.parametrize('variable', ['', '1', '4'])
def test_values_that_workers_cannot_share_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """At the start, with the way out, whatever the variable says that the option replaces."""
    monkeypatch.setenv('DARA_WORKERS', variable)
    (tmp_path / 'app.py').write_text(dedent(UNSHARED))
    ended = start_in_vain(tmp_path, '--workers', '2')
    assert ended.returncode == 2
    assert 'note.json' in ended.stderr
    assert 'several workers' in ended.stderr
    assert 'SQLiteBackend' in ended.stderr


def test_one_worker_shares_its_values_with_none(tmp_path: Path) -> None:
    """The option has precedence over the variable."""
    server = AppServer(tmp_path, UNSHARED, environment={'DARA_WORKERS': '4'}).start('--workers', '1')
    try:
        assert server.get('/').status_code == 200
    finally:
        server.stop()


def test_workers_and_reload_exclude_each_other(tmp_path: Path) -> None:
    ended = subprocess.run(
        [*DARA, 'start', '--workers', '2', '--reload'], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert '--workers' in ended.stderr
