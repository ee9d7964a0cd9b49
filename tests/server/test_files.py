"""Tests of one file and several processes: other programs, scripts, servers, mounts and crashes."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dara.core.persistence import BackendStore, FileBackend
from tests.conftest import Serve
from tests.forks import Fork, run_script, script
from tests.patience import within
from tests.process import AppServer, start_in_vain
from tests.tab import Tab, connected, replace

ROOMS = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    store = BackendStore(FileBackend(path='data.json'), uid='data')
    one = Variable(default={}, store=store.at('one'))
    two = Variable(default={}, store=store.at('two'))
    config = ConfigurationBuilder()
    config.add_page('Data', content=Stack(Text(one), Text(two)))
"""


@pytest.mark.parametrize('how', ['renames', 'in place'])
async def test_a_program_that_ignores_the_lock_loses_nothing_to_a_busy_server(tmp_path: Path, how: str) -> None:
    """Its 150 writes fall between the reads, writes, syncs and renames of the commits."""
    file = tmp_path / 'data.json'
    store = BackendStore(FileBackend(path=file))
    await store.write(0)
    commits = 0
    with Fork(['-c', script('write_without_lock'), str(file), how], cwd=tmp_path) as other:
        while other.poll() is None:
            commits += 1
            await store.write(commits)
    assert other.returncode == 0
    assert commits > 20
    assert await store.read() == commits
    values = json.loads(file.read_text())
    assert [n for n in range(150) if values.get(f'their {n}') != n] == []
    assert sorted(os.listdir(tmp_path)) == ['.data.json.journal', '.data.json.lock', 'data.json']


def test_two_scripts_that_count_in_one_file_lose_no_step(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(lambda _: run_script('count_in_file', cwd=tmp_path), range(2)))
    assert [each.returncode for each in ended] == [0, 0]
    assert json.loads((tmp_path / 'data.json').read_text()) == {'global': 300}
    assert ''.join(each.stderr for each in ended).count('is held by another process') == 1


async def write_members(tab: Tab, store: str, name: str, edits: int) -> None:
    """Edit one member in both rooms, each edit based on the latest version that was received."""
    dice = random.Random(name)
    for room in ('one', 'two'):
        at = await tab.subscribe(store, at=room)
        version = at['version']
        for n in range(1, edits + 1):
            await tab.edit(at, replace(n, name), n=n, base=version)
            acknowledged = False
            while not acknowledged:
                change = await tab.receive('change', 'snapshot', 'retry')
                assert change['type'] == 'change', change
                if change['channel'] == at['channel']:
                    version = change['version']
                    acknowledged = [at['author'], n] in [edit[:2] for edit in change['edits']]
            await asyncio.sleep(dice.random() * 0.02)


async def test_a_server_waits_for_the_end_of_the_one_before(tmp_path: Path) -> None:
    """As in a rolling deploy: it serves the file as soon as the other has stopped, and no page starts anew."""
    first, second = (AppServer(tmp_path, ROOMS) for _ in range(2))
    first.start()
    async with connected(first.socket_url) as tab:
        at = await tab.subscribe('data', at='one')
        await tab.edit(at, replace(1, 'count'))
        await tab.receive('change')
    starting = asyncio.create_task(asyncio.to_thread(second.start))
    async with asyncio.timeout(20):
        while f'is served by process {first.pid}' not in second.log:
            await asyncio.sleep(0.02)
    assert not starting.done()
    first.stop()
    await starting
    async with connected(second.socket_url) as tab:
        again = await tab.subscribe('data', at='one', since=(at['epoch'], at['version'] + 1))
        assert (again['type'], again['epoch']) == ('current', at['epoch'])
    second.stop()


async def test_a_second_server_of_a_file_is_refused(serve: Serve) -> None:
    """With the way out; a script beside the first one is not, nor is a restart of one that was killed."""
    first = serve(ROOMS)
    ended = start_in_vain(first.directory)
    assert ended.returncode == 2
    assert f'data.json is served by process {first.pid}' in ended.stderr
    assert 'SQLiteBackend' in ended.stderr
    await BackendStore(FileBackend(path=first.directory / 'data.json')).at('two').write({'by': 'a script'})
    first.restart()
    async with connected(first.socket_url) as tab:
        assert (await tab.subscribe('data', at='two'))['value'] == {'by': 'a script'}


async def visit(server: AppServer, name: str) -> None:
    async with connected(server.socket_url) as tab:
        await write_members(tab, 'data', name, 25)


async def test_a_deleted_file_is_restored_within_two_seconds_with_all_its_keys(serve: Serve) -> None:
    server = serve(ROOMS)
    file = server.directory / 'data.json'
    async with connected(server.socket_url) as tab:
        one = await tab.subscribe('data', at='one')
        file.write_text('{"one": {"a": 1}, "two": {"b": 2}, "other": 1.10}')
        version = (await tab.receive('change'))['version']
        file.unlink()
        async with within(2):
            while not file.exists():
                await asyncio.sleep(0.01)
        assert file.read_text() == '{"one": {"a": 1}, "two": {"b": 2}, "other": 1.10}'
        await tab.receive_nothing()
        file.unlink()
        await tab.edit(one, replace(2, 'a'), base=version)
        await tab.receive('change')
    assert file.read_text() == '{"one": {"a":2}, "two": {"b": 2}, "other": 1.10}'
    assert server.log.count('was restored with all its values') == 2


def test_killed_during_a_write_in_place_a_process_loses_nothing(tmp_path: Path) -> None:
    """A file with two names is not replaced; the next start completes a torn write."""
    file = tmp_path / 'data.json'
    file.write_text(json.dumps({'other': 'x' * 20_000, 'global': 0}))
    os.link(file, tmp_path / 'same.json')
    stored, mended = 0, 0
    for deadline in [*range(1, 40), 1000]:
        ended = run_script('write_in_place_and_die', str(deadline), cwd=tmp_path)
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
        mended += 'truncated by a crash' in ended.stderr
        for outcome, number in map(str.split, ended.stdout.splitlines()):
            assert int(number) in ((stored, stored + 1) if outcome == 'found' else (stored + 1,))
            stored = int(number)
    assert ended.returncode == 0
    assert mended > 1
    assert os.path.samefile(file, tmp_path / 'same.json')
    assert json.loads(file.read_text()) == {'other': 'x' * 20_000, 'global': stored}
    assert '.data.json.copy' not in os.listdir(tmp_path)


MOUNTED = """
mount --bind host.json app/data.json
exec "$@"
"""


def can_mount() -> bool:
    return subprocess.run(['unshare', '-m', 'true'], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason='mounting is not permitted')
def test_a_file_that_is_a_mount_point_is_written(tmp_path: Path) -> None:
    """As with `docker run -v ./host.json:/app/data.json`: no rename can replace it."""
    (tmp_path / 'app').mkdir()
    (tmp_path / 'app/data.json').touch()
    (tmp_path / 'host.json').write_text('{"other": 1.10, "global": 1}')
    ended = subprocess.run(
        [
            'unshare',
            '-m',
            'sh',
            '-ec',
            MOUNTED.replace('exec', 'cd app; exec'),
            'sh',
            sys.executable,
            '-c',
            script('count_in_file'),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / 'host.json').read_text() == '{"other": 1.10, "global": 151}'
    assert ended.stderr.count('is a mount point') == 1
    assert sorted(os.listdir(tmp_path / 'app')) == ['.data.json.journal', '.data.json.lock', 'data.json']


@pytest.mark.skipif(not can_mount(), reason='mounting is not permitted')
def test_nothing_is_written_in_place_of_an_unmounted_volume(tmp_path: Path) -> None:
    """Reads and writes fail until the volume is back."""
    (tmp_path / 'volume').mkdir()
    ended = subprocess.run(
        ['unshare', '-m', sys.executable, '-c', script('write_to_lost_volume')],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert os.listdir(tmp_path / 'volume') == []
    assert 'is missing, and so is its file system' in ended.stdout


def test_a_path_to_a_pipe_is_rejected_at_the_start(tmp_path: Path) -> None:
    AppServer(tmp_path, ROOMS)
    os.mkfifo(tmp_path / 'data.json')
    ended = start_in_vain(tmp_path)
    assert ended.returncode == 2
    assert 'data.json is a pipe; FileBackend needs a regular file there' in ended.stderr
