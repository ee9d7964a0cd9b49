"""The file of a SQLiteBackend: copied, deleted, replaced, damaged, full, or not to be written."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from dara.core.errors import InvalidDefinition, StoreCorrupt
from dara.core.persistence.databases.sqlite import SQLiteBackend
from dara.core.persistence.databases.sqlite_file import check_file_system
from dara.core.persistence.databases.sqlite_library import is_safe
from tests.sqlite_processes import run_sql

SECONDS = 10


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a directory with 2 MB of space."""
    disk = tmp_path / 'disk'
    disk.mkdir()
    if os.geteuid() or subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], check=False).returncode:
        pytest.skip('only root may mount a file system')
    yield disk
    subprocess.run(['umount', disk], check=True)


async def test_a_copy_begins_new_epochs(backend: SQLiteBackend, path: Path) -> None:
    """A restored backup may lack commits; all servers hear of its epoch, and values stay."""
    await backend.write('key', 1)
    before = await backend.load('key')
    await backend.close()
    assert (await backend.load('key')).mark == before.mark
    await backend.close()
    copy = path.with_name('copy.db')
    shutil.copy(path, copy)
    restored, stale = SQLiteBackend(copy), SQLiteBackend(copy)
    await stale.write('other', 1)
    loaded = await restored.load('key')
    assert loaded.value == 1
    assert loaded.mark.epoch != before.mark.epoch
    assert loaded.mark.version == before.mark.version + 1
    updates = await stale.updates('key', before.tip)
    assert [(each.base, each.mark) for each in updates or ()] == [(before.tip, loaded.mark)]
    assert run_sql(copy, "UPDATE dara SET value = '2' WHERE key = 'key'") == ''
    assert await restored.read('key') == 2
    for each in (restored, stale):
        await each.close()


async def test_a_turn_of_a_clock_that_was_set_ends(backend: SQLiteBackend, path: Path) -> None:
    """A server had the next turn for a moment, and then its clock went back by a year."""
    await backend.write('key', 1)
    year = 365 * 24 * 3600
    assert run_sql(path, "UPDATE dara__tips SET turn = 'other', turn_ends = unixepoch() + ?", year) == ''
    async with asyncio.timeout(SECONDS):
        await backend.write('key', 2)
    assert await backend.read('key') == 2


async def test_a_deleted_file_is_not_begun_again(backend: SQLiteBackend, path: Path) -> None:
    """Calls fail until it is back."""
    await backend.write('key', 1)
    path.rename(path.with_name('elsewhere.db'))
    for _ in range(2):
        with pytest.raises(OSError, match=r'data\.db was deleted while it was in use. Put it back'):
            await backend.write('key', 2)
    path.with_name('elsewhere.db').rename(path)
    await backend.write('key', 3)
    assert await backend.read('key') == 3


async def test_nothing_of_a_replaced_file_is_mixed_into_the_new_one(backend: SQLiteBackend, path: Path) -> None:
    """A call that finds it fails, all keys are read again, and the old write-ahead log is not applied."""
    other = SQLiteBackend(path.with_name('other.db'))
    await other.write('key', 'other')
    await other.close()
    losses: asyncio.Queue[Any] = asyncio.Queue()
    await backend.watch(lambda *_: None, losses.put_nowait)
    for i in range(20):
        await backend.write(f'key {i}', 'x' * 1000)
    path.with_name('other.db').replace(path)
    (failed,) = await asyncio.gather(backend.write('key', 'ours'), return_exceptions=True)
    if failed:  # else the feed has noticed it first
        assert 'data.db was replaced or deleted while it was in use' in str(failed)
    await backend.write('new', 1)
    async with asyncio.timeout(SECONDS):
        assert await losses.get() is None
    assert await backend.get_all() == {'key': 'other' if failed else 'ours', 'new': 1}
    await backend.close()
    assert run_sql(path, 'PRAGMA integrity_check') == 'ok'


async def test_a_full_disk_fails_writes_and_loses_nothing(small_disk: Path) -> None:
    """The value that does not fit is not stored, and later ones are."""
    backend = SQLiteBackend(small_disk / 'data.db')
    await backend.write('key', 'small')
    with pytest.raises(OSError, match=r'disk/data\.db: nothing was stored, because no space is left'):
        await backend.write('key', 'x' * 3_000_000)
    assert await backend.read('key') == 'small'
    await backend.write('key', 'again')
    assert await backend.get_all() == {'key': 'again'}
    await backend.close()


async def test_a_damaged_file_is_left_as_it_is(backend: SQLiteBackend, path: Path) -> None:
    """The error says so, and a good file in its place is used."""
    await backend.write('key', 1)
    await backend.close()
    good = path.read_bytes()
    path.write_bytes(b'this is no database' * 1000)
    for _ in range(2):
        with pytest.raises(StoreCorrupt, match=r'data\.db: .*It was left as it is'):
            await backend.read('key')
    assert path.read_bytes().startswith(b'this is no database')
    path.write_bytes(good)
    assert await backend.read('key') == 1


PERMISSIONS = """
    import asyncio, os, sys
    from dara.core.persistence import SQLiteBackend

    async def main(path):
        backend = SQLiteBackend(path)
        try:
            await backend.write('key', 2)
        except OSError as error:
            print(error)
        await backend.close()

    asyncio.run(main(sys.argv[1] + '-of-root'))  # imports what this user may not read
    os.setgid(65534)
    os.setuid(65534)
    asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason='only root may become another user')
@pytest.mark.parametrize('is_there', [True, False])
async def test_a_file_that_may_not_be_written(backend: SQLiteBackend, tmp_path: Path, *, is_there: bool) -> None:
    """The error names the file and the user."""
    if is_there:
        await backend.write('key', 1)
        await backend.close()
    for directory in (tmp_path, *tmp_path.parents):
        directory.chmod(0o755)
        if directory.name.startswith('pytest-of-'):
            break
    done = run_python(PERMISSIONS, str(backend.path))
    assert f'{backend.path} ' in done.stdout, done.stderr
    assert 'by user 65534' in done.stdout
    tmp_path.chmod(0o777)
    for file in tmp_path.iterdir():
        file.chmod(0o666)
    done = run_python(PERMISSIONS, str(backend.path))
    assert (done.stdout, done.stderr) == ('', '')
    assert await backend.read('key') == 2


def run_python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own."""
    return subprocess.run(
        [sys.executable, '-W', 'error', '-c', dedent(program), *arguments], capture_output=True, text=True, check=False
    )


async def test_tables_of_a_newer_dara_are_refused(backend: SQLiteBackend, path: Path) -> None:
    await backend.write('key', 1)
    await backend.close()
    assert run_sql(path, "UPDATE dara__meta SET content = '99' WHERE field = 'version'") == ''
    with pytest.raises(StoreCorrupt, match=r'data\.db: a newer Dara .*version is 99, and this Dara knows 1'):
        await backend.load('key')


async def test_a_table_of_another_program_is_left_alone(backend: SQLiteBackend, path: Path) -> None:
    run_sql(path, 'CREATE TABLE dara (id)')
    with pytest.raises(ValueError, match=r'data\.db: table "dara" already exists'):
        await backend.load('key')


def test_network_file_systems_are_refused(tmp_path: Path) -> None:
    device = os.stat(tmp_path).st_dev
    mounts = tmp_path / 'mountinfo'
    line = f'36 35 {os.major(device)}:{os.minor(device)} / /data rw shared:1 - %s server:/data rw\n'
    mounts.write_text(line % 'ext4')
    check_file_system(tmp_path / 'a' / 'data.db', mounts)
    mounts.write_text(line % 'nfs4')
    with pytest.raises(OSError, match=r'data\.db is on a network file system \(nfs4\)'):
        check_file_system(tmp_path / 'a' / 'data.db', mounts)


@pytest.mark.parametrize('arguments', [{'path': ''}, {'path': ':memory:'}, {'path': 'a.db', 'name': 'a"b'}])
def test_what_cannot_be_a_database_is_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(InvalidDefinition, match='SQLiteBackend: '):
        SQLiteBackend(**arguments)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match='is a directory; give the path of a file'):
        SQLiteBackend(tmp_path)


def test_versions_of_sqlite_with_the_bug_are_known() -> None:
    safe = [(3, 44, 6), (3, 44, 9), (3, 50, 7), (3, 51, 3), (3, 54, 1)]
    unsafe = [(3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 50, 6), (3, 51, 2)]
    assert [is_safe(version) for version in safe + unsafe] == [True] * len(safe) + [False] * len(unsafe)


@pytest.mark.skipif(
    sys.version_info >= (3, 12) and is_safe(__import__('sqlite3').sqlite_version_info),
    reason='Python has a safe SQLite',
)
def test_a_missing_library_is_named(tmp_path: Path) -> None:
    program = """
        import sys
        sys.modules['apsw'] = None
        from dara.core.persistence import SQLiteBackend
        SQLiteBackend('data.db')
    """
    assert "pip install 'dara-live[sqlite]'" in run_python(program).stderr


async def test_a_backend_leaves_nothing_behind(path: Path) -> None:
    """Neither a thread, nor a file but the database."""
    before = threading.active_count()
    backend = SQLiteBackend(path)
    reported: list[Any] = []
    await backend.watch(lambda *news: reported.append(news), reported.append)
    await backend.serve(['key'], [])
    committing = asyncio.ensure_future(backend.write('key', 1))
    await asyncio.sleep(0)
    await backend.close()
    await committing
    await backend.close()
    assert not reported
    assert threading.active_count() == before
    assert [each.name for each in path.parent.iterdir()] == ['data.db']


def test_a_script_ends_without_closing(path: Path) -> None:
    """Its loop is gone, and the database is complete."""
    program = """
        import asyncio, sys
        from dara.core.persistence import SQLiteBackend
        backend = SQLiteBackend(sys.argv[1])
        asyncio.run(backend.write('key', 1))
        print(asyncio.run(backend.read('key')))
    """
    done = run_python(program, str(path))
    assert (done.stdout, done.stderr) == ('1\n', '')
    assert [each.name for each in path.parent.iterdir()] == ['data.db']


async def test_a_long_path_has_messages(tmp_path: Path) -> None:
    """Although the addresses of sockets are short."""
    path = tmp_path / ('d' * 200) / 'data.db'
    one, other = SQLiteBackend(path), SQLiteBackend(path)
    received: asyncio.Queue[str] = asyncio.Queue()
    await one.receive(received.put_nowait)
    await other.send('message')
    async with asyncio.timeout(SECONDS):
        assert await received.get() == 'message'
    for each in (one, other):
        await each.close()


async def test_a_write_ahead_log_that_is_deleted_begins_new_epochs(backend: SQLiteBackend, path: Path) -> None:
    """Its commits are saved, if they can be. The next call says so, and those after it go on."""
    await backend.write('key', 1)
    await backend.write('other', 1)
    before = await backend.load('key')
    Path(f'{path}-wal').unlink()
    with pytest.raises(OSError, match=r'data\.db-wal was replaced or deleted while it was in use'):
        await backend.write('key', 2)
    await backend.write('key', 3)
    assert (await backend.load('key')).mark.epoch != before.mark.epoch
    assert await backend.get_all() == {'key': 3, 'other': 1}
