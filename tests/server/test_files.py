"""Several processes and one file: other programs, scripts, servers, mounts and crashes."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dara.core.persistence import BackendStore, FileBackend
from tests.conftest import Serve
from tests.forks import run
from tests.process import DARA, AppServer
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

OTHER_PROGRAM = """
import json, os, random, sys, time

path, how = sys.argv[1:]
chance = random.Random(how)
for n in range(150):
    while True:
        try:
            values = json.load(open(path))
            break
        except ValueError:
            pass
    values[f'their {n}'] = n
    if how == 'renames':
        open(path + '~', 'w').write(json.dumps(values))
        os.replace(path + '~', path)
    else:
        open(path, 'w').write(json.dumps(values))
    time.sleep(chance.random() * 0.03)
"""


@pytest.mark.parametrize('how', ['renames', 'writes in place'])
async def test_a_program_that_knows_of_no_lock_loses_nothing_to_a_server_that_writes_all_the_time(
    tmp_path: Path, how: str
) -> None:
    """Each of its 150 writes comes at another moment of a commit, which reads, writes, syncs twice and renames."""
    file = tmp_path / 'data.json'
    store = BackendStore(FileBackend(path=file))
    await store.write(0)
    other = subprocess.Popen([sys.executable, '-c', OTHER_PROGRAM, str(file), how])
    commits = 0
    while other.poll() is None:
        commits += 1
        await store.write(commits)
    assert other.returncode == 0
    assert commits > 20
    assert await store.read() == commits
    values = json.loads(file.read_text())
    assert [n for n in range(150) if values.get(f'their {n}') != n] == []
    assert sorted(os.listdir(tmp_path)) == ['.data.json.journal', '.data.json.lock', 'data.json']


COUNTER = """
import asyncio, sys
from dara.core import Variable
from dara.core.persistence import BackendStore, FileBackend

async def main():
    store = BackendStore(FileBackend(path='data.json'))
    Variable(default=0, store=store)
    for _ in range(150):
        await store.modify(lambda n: n + 1)

asyncio.run(main())
"""


def test_of_two_scripts_that_count_in_one_file_every_step_counts(tmp_path: Path) -> None:
    scripts = [
        subprocess.Popen([sys.executable, '-c', COUNTER], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [script.communicate()[1] for script in scripts]
    assert [script.returncode for script in scripts] == [0, 0]
    assert json.loads((tmp_path / 'data.json').read_text()) == {'global': 300}
    assert ''.join(told).count('is held by another process') == 1  # by whom the journal is not, and once


async def write_members(tab: Tab, store: str, name: str, edits: int) -> None:
    """Edit a member of one's own in both rooms, each edit based on whatever was heard by then."""
    chance = random.Random(name)
    for room in ('one', 'two'):
        at = await tab.subscribe(store, at=room)
        version = at['version']
        for n in range(1, edits + 1):
            await tab.edit(at, replace(n, name), n=n, base=version)
            acknowledged = False
            while not acknowledged:
                heard = await tab.hear('change', 'snapshot', 'retry')
                assert heard['type'] == 'change', heard
                if heard['channel'] == at['channel']:
                    version = heard['version']
                    acknowledged = [at['author'], n] in [edit[:2] for edit in heard['edits']]
            await asyncio.sleep(chance.random() * 0.02)


async def test_two_servers_on_one_file_lose_nobodys_edits(serve: Serve) -> None:
    """As in a rolling deploy: three tabs at each, that edit members of the same values at once."""
    first = serve(ROOMS)
    second = AppServer(first.directory, ROOMS).start()
    try:
        async with asyncio.TaskGroup() as group:
            for server in (first, second):
                for i in range(3):
                    group.create_task(visit(server, f'{server.pid} {i}'))
        names = [f'{server.pid} {i}' for server in (first, second) for i in range(3)]
        everything = dict.fromkeys(names, 25)
        assert json.loads((first.directory / 'data.json').read_text()) == {'one': everything, 'two': everything}
        assert first.log.count('is held by another process') == 1
    finally:
        second.stop()


async def visit(server: AppServer, name: str) -> None:
    async with connected(server.socket_url) as tab:
        await write_members(tab, 'data', name, 25)


async def test_a_deleted_file_is_back_within_a_second_and_no_key_is_missing(serve: Serve) -> None:
    server = serve(ROOMS)
    file = server.directory / 'data.json'
    async with connected(server.socket_url) as tab:
        one = await tab.subscribe('data', at='one')
        file.write_text('{"one": {"a": 1}, "two": {"b": 2}, "other": 1.10}')
        version = (await tab.hear('change'))['version']
        file.unlink()
        async with asyncio.timeout(2):
            while not file.exists():
                await asyncio.sleep(0.01)
        assert file.read_text() == '{"one": {"a": 1}, "two": {"b": 2}, "other": 1.10}'
        await tab.hear_nothing_before()
        file.unlink()
        await tab.edit(one, replace(2, 'a'), base=version)
        await tab.hear('change')
    assert file.read_text() == '{"one": {"a":2}, "two": {"b": 2}, "other": 1.10}'
    assert server.log.count('was restored with all its values') == 2


DYING_IN_PLACE = """
import asyncio, os, signal, sys
from dara.core.persistence import BackendStore, FileBackend

deadline, calls, write = int(sys.argv[1]), 0, os.write

def watched(function):
    def call(*args):
        global calls
        calls += 1
        if calls == deadline:
            if function is write:  # in the middle of it
                write(args[0], bytes(args[1])[: len(args[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args)
    return call

for name in ('write', 'fsync', 'fdatasync', 'ftruncate', 'replace', 'unlink'):
    setattr(os, name, watched(getattr(os, name)))

async def main():
    store = BackendStore(FileBackend(path='data.json'))
    count = await store.read() or 0
    print('found', count, flush=True)
    for _ in range(2):
        count += 1
        await store.write(count)
        print('stored', count, flush=True)

asyncio.run(main())
"""


def test_killed_in_the_middle_of_a_write_in_place_nothing_is_lost(tmp_path: Path) -> None:
    """A file with two names is not replaced; the next start writes what was cut short."""
    file = tmp_path / 'data.json'
    file.write_text(json.dumps({'other': 'x' * 20_000, 'global': 0}))
    os.link(file, tmp_path / 'same.json')
    stored, mended = 0, 0
    for deadline in [*range(1, 40), 1000]:
        ended = run(['-c', DYING_IN_PLACE, str(deadline)], cwd=tmp_path)
        assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
        mended += 'truncated by a crash' in ended.stderr
        for what, number in map(str.split, ended.stdout.splitlines()):
            assert int(number) in ((stored, stored + 1) if what == 'found' else (stored + 1,))
            stored = int(number)
    assert ended.returncode == 0
    assert mended > 2
    assert os.path.samefile(file, tmp_path / 'same.json')
    assert json.loads(file.read_text()) == {'other': 'x' * 20_000, 'global': stored}
    assert '.data.json.copy' not in os.listdir(tmp_path)


MOUNTED = """
mount --bind host.json app/data.json
exec "$@"
"""


def can_mount() -> bool:
    return subprocess.run(['unshare', '-m', 'true'], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason='may not mount anything here')
def test_a_file_that_is_mounted_by_itself_is_written(tmp_path: Path) -> None:
    """As with `docker run -v ./host.json:/app/data.json`: it cannot be replaced by another file."""
    (tmp_path / 'app').mkdir()
    (tmp_path / 'app/data.json').touch()
    (tmp_path / 'host.json').write_text('{"other": 1.10, "global": 1}')
    script = COUNTER.replace('asyncio.run', 'import logging; logging.basicConfig(level=20)\nasyncio.run')
    ended = subprocess.run(
        ['unshare', '-m', 'sh', '-ec', MOUNTED.replace('exec', 'cd app; exec'), 'sh', sys.executable, '-c', script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / 'host.json').read_text() == '{"other": 1.10, "global": 151}'
    assert ended.stderr.count('is a mount point') == 1
    assert sorted(os.listdir(tmp_path / 'app')) == ['.data.json.journal', '.data.json.lock', 'data.json']


@pytest.mark.skipif(not can_mount(), reason='may not mount anything here')
def test_a_volume_that_is_gone_is_waited_for(tmp_path: Path) -> None:
    """Nothing is written into the directory that it was mounted on."""
    (tmp_path / 'volume').mkdir()
    ended = subprocess.run(
        ['unshare', '-m', sys.executable, '-c', UNMOUNTED], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert os.listdir(tmp_path / 'volume') == []
    assert 'is missing, and so is its file system' in ended.stdout


UNMOUNTED = """
import asyncio, subprocess
from dara.core.errors import BackendFailed
from dara.core.persistence import BackendStore, FileBackend

async def main():
    subprocess.run(['mount', '-t', 'tmpfs', 'none', 'volume'], check=True)
    store = BackendStore(FileBackend(path='volume/data.json'))
    await store.write(1)
    subprocess.run(['umount', '--lazy', 'volume'], check=True)
    for attempt in (store.read, lambda: store.write(2)):
        try:
            await attempt()
        except BackendFailed as error:
            print(error)
        else:
            raise AssertionError

asyncio.run(main())
"""


def test_a_path_that_is_no_file_is_told_at_the_start(tmp_path: Path) -> None:
    AppServer(tmp_path, ROOMS)
    os.mkfifo(tmp_path / 'data.json')
    ended = subprocess.run(
        [*DARA, 'start', '--config', 'app:config', '--port', '0'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 2
    assert 'data.json is a pipe; FileBackend needs a regular file there' in ended.stderr
