"""Tests of `FileBackend`, and of everything that can happen to its file."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import json
import logging
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from dara.core import Variable
from dara.core.errors import BackendFailed, StoreCorrupt
from dara.core.persistence import BackendStore, FileBackend, files, locks
from dara.core.persistence.changelog import Change
from dara.core.persistence.stores import bound
from tests.forks import script
from tests.patience import within

as_root = pytest.mark.skipif(os.geteuid() != 0, reason='only root can give a file to others')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / 'x.json'


async def test_a_value_that_cannot_be_represented_is_an_error_of_its_own_key(file: Path) -> None:
    """Other keys are read and written, and the value stays as it is."""
    bad = {
        'big': '123456789012345678901234567890',
        'huge': '1e400',
        'half': r'"\ud800"',
        'nan': 'NaN',
        'deep': '[' * 3000 + ']' * 3000,
    }
    file.write_text(f'{{{", ".join(f"{json.dumps(key)}: {raw}" for key, raw in bad.items())}, "good": 1}}')
    before = file.read_text()
    store = BackendStore(FileBackend(path=file))
    for key in bad:
        for attempt in (store.at(key).read(), store.at(key).write(1)):
            with pytest.raises(StoreCorrupt, match=f"x.json, key '{key}'"):
                await attempt
    with pytest.raises(StoreCorrupt, match=r'x\.json, key .* It was left as it is'):
        await store.get_all()
    assert await store.at('good').modify(lambda n: n + 1) == 2
    assert file.read_text() == before.replace('"good": 1', '"good": 2')


async def test_a_deleted_file_is_restored_with_all_its_keys(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Readers see the same values all the time; a write of one key changes no other."""
    file.write_text('{"a": "A", "b": "B", "their own": 1.10}')
    file.chmod(0o640)
    store = BackendStore(FileBackend(path=file))
    await store.at('a').write('AA')
    content = file.read_bytes()
    for read in (store.at('b').read, store.get_all, lambda: store.at('c').modify(lambda _: None)):
        file.unlink()
        with caplog.at_level(logging.WARNING):
            await read()
        assert file.read_bytes().startswith(content.rstrip(b'}'))
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert 'was restored with all its values' in caplog.text
        caplog.clear()
    assert await store.get_all() == {'a': 'AA', 'b': 'B', 'their own': 1.1, 'c': None}


async def test_a_deleted_directory_is_restored(tmp_path: Path) -> None:
    """So is the journal."""
    file = tmp_path / 'data/of/x.json'
    store = BackendStore(FileBackend(path=file))
    await store.at('a').write('A')
    await store.at('b').write('B')
    shutil.rmtree(tmp_path / 'data')
    await store.at('a').write('AA')
    assert json.loads(file.read_text()) == {'a': 'AA', 'b': 'B'}
    assert (file.parent / '.x.json.journal').exists()


async def test_a_watched_file_is_restored_without_an_access(file: Path) -> None:
    store = BackendStore(FileBackend(path=file))
    await store.write('kept')
    file.unlink()
    async with within(3):
        while not file.exists():
            await asyncio.sleep(0.01)
    assert json.loads(file.read_text()) == {'global': 'kept'}


async def test_reading_makes_no_file(file: Path) -> None:
    store = BackendStore(FileBackend(path=file))
    assert await store.read() is None
    assert await store.get_all() == {}
    assert not file.exists()


async def test_a_change_of_the_same_size_and_time_is_seen(file: Path) -> None:
    """`rsync --inplace --times` writes like this."""
    store = BackendStore(FileBackend(path=file))
    await store.write(1)
    status = file.stat()
    with file.open('r+') as opened:
        opened.write(file.read_text().replace('1', '2'))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert await store.read() == 2
    assert await store.modify(lambda n: n + 1) == 3


async def test_a_held_lock_is_reported_and_not_waited_for_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, 'LOCK_SECONDS', 0.3)
    store = BackendStore(FileBackend(path=file))
    await store.write(1)
    with (file.parent / '.x.json.lock').open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(
            BackendFailed, match=rf'\.x\.json\.lock has been locked .* by process {os.getpid()}'
        ) as caught:
            await store.write(2)
        assert caught.value.reason == 'the file is in use by another program'
        assert await store.read() == 1
    await store.write(2)
    assert json.loads(file.read_text()) == {'global': 2}


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        os.chdir(path.parent)
        bound.bind(path.name)


NO_FILES: dict[str, Callable[[Path], object]] = {
    'a directory': Path.mkdir,
    'a pipe': lambda path: os.mkfifo(path),
    'a socket': make_socket,
    'a device': lambda path: path.symlink_to('/dev/null'),
}


@pytest.mark.parametrize('kind', NO_FILES)
async def test_a_path_to_something_else_than_a_file_is_reported(
    file: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is raised at the start or at the next access; a pipe blocks nobody."""
    monkeypatch.chdir(file.parent)
    store = BackendStore(FileBackend(path=file))
    await store.write(1)
    file.unlink()
    NO_FILES[kind](file)
    with pytest.raises(ValueError, match=f'x.json is {kind}'):
        FileBackend(path=file)
    for attempt in (store.read(), store.write(2), store.get_all()):
        with pytest.raises(BackendFailed, match=f'x.json is {kind}'):
            await attempt


async def test_all_names_of_a_file_have_the_same_content(file: Path) -> None:
    """A write does not break hard links."""
    file.write_text('{"other": 1.10}')
    other = file.with_name('other name.json')
    os.link(file, other)
    store = BackendStore(FileBackend(path=file))
    await store.write(1)
    assert os.path.samefile(file, other)
    assert other.read_text() == '{"other": 1.10, "global": 1}'
    assert '.x.json.copy' not in os.listdir(file.parent)


async def test_two_stores_over_two_names_of_one_file_lose_nothing(file: Path) -> None:
    """Each name has its own lock file, as in two containers that mount one file."""
    file.write_text('{"other": 1.10, "global": 0}')
    other = file.parent / 'elsewhere' / 'y.json'
    other.parent.mkdir()
    os.link(file, other)
    stores = [BackendStore(FileBackend(path=path)) for path in (file, other)]

    async def count(store: BackendStore) -> None:
        for _ in range(20):
            await store.modify(lambda n: n + 1)

    await asyncio.gather(*map(count, stores))
    assert other.read_text() == '{"other": 1.10, "global": 40}'


async def test_a_file_with_two_names_keeps_its_content_if_the_disk_is_full(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('{"kept": 1}')
    os.link(file, file.with_name('other.json'))
    store = BackendStore(FileBackend(path=file))
    before, inode, write = file.read_bytes(), file.stat().st_ino, os.writev

    def fail(handle: int, content: list[memoryview]) -> int:
        if os.fstat(handle).st_ino == inode and b'x' in b''.join(content):
            raise OSError(28, 'No space left on device')
        return write(handle, content)

    monkeypatch.setattr(os, 'writev', fail)
    with pytest.raises(BackendFailed, match='No space left'):
        await store.write('x')
    assert file.read_bytes() == before
    assert await store.read() is None
    await store.write('y')
    assert json.loads(file.read_text()) == {'kept': 1, 'global': 'y'}
    assert '.x.json.copy' not in os.listdir(file.parent)


@as_root
async def test_owner_group_mode_and_attributes_of_a_file_are_kept(file: Path) -> None:
    file.write_text('{}')
    os.chown(file, 1234, 5678)
    file.chmod(0o604)
    os.setxattr(file, 'user.note', b'kept')
    os.setxattr(file, 'system.posix_acl_access', ACL)
    store = BackendStore(FileBackend(path=file))
    for n in (1, 2):
        await store.write(n)
        status = file.stat()
        assert (status.st_uid, status.st_gid) == (1234, 5678)
        assert os.getxattr(file, 'user.note') == b'kept'
        assert os.getxattr(file, 'system.posix_acl_access') == ACL


ACL = bytes.fromhex(
    '02000000'  # version; then the owner, user 99, the group, the mask, others
    '01000600ffffffff' '0200040063000000' '04000400ffffffff' '10000400ffffffff' '20000400ffffffff'
)  # fmt: skip


@as_root
async def test_default_rights_of_the_directory_are_not_given_to_the_file(file: Path) -> None:
    file.write_text('{}')
    file.chmod(0o600)
    os.setxattr(file.parent, 'system.posix_acl_default', ACL)
    await BackendStore(FileBackend(path=file)).write(1)
    assert os.listxattr(file) == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def write_as_another(file: Path, mode: int, of_directory: int) -> subprocess.CompletedProcess[str]:
    """Read and write the file as another user, with these modes of the file and its directory."""
    file.chmod(mode)
    file.parent.chmod(of_directory)
    return subprocess.run(
        [sys.executable, '-c', script('write_as_another_user'), str(file)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def open_file() -> Iterator[Path]:
    """Return a file that other users can reach; the directories above `tmp_path` are closed to them."""
    with TemporaryDirectory() as directory:
        yield Path(directory) / 'x.json'


@as_root
def test_a_user_who_cannot_keep_the_owner_of_a_file_writes_in_place(open_file: Path) -> None:
    """The owner keeps access."""
    file = open_file
    file.write_text('{"global": "by the owner"}')
    os.chown(file, 1234, 1234)
    ended = write_as_another(file, 0o606, 0o777)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(file.read_text()) == {'global': 'by another'}
    assert file.stat().st_uid == 1234


@as_root
@pytest.mark.parametrize(
    ('mode', 'of_directory', 'message'),
    [
        (0o600, 0o777, 'x.json may not be read by user 4321'),
        (0o604, 0o777, 'x.json may not be written by user 4321'),
        (0o606, 0o755, 'the directory {} may not be written by user 4321'),
    ],
)
def test_missing_rights_to_a_file_are_reported(open_file: Path, mode: int, of_directory: int, message: str) -> None:
    file = open_file
    file.write_text('{"global": "kept"}')
    ended = write_as_another(file, mode, of_directory)
    assert ended.returncode == 1
    assert message.format(file.parent) in ended.stderr
    assert file.read_text() == '{"global": "kept"}'


@pytest.fixture
def frozen_heap() -> Iterator[None]:
    """Exclude the objects of other tests from garbage collections, whose time would count here."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures('frozen_heap')
async def test_a_file_of_very_many_keys_does_not_block_the_event_loop(file: Path) -> None:
    """The event loop is never blocked for long by reads, writes and changes of other programs."""
    keys = {f'key {i}': {'title': f'Title {i}', 'text': 'x' * 150, 'n': i} for i in range(20_000)}
    file.write_text(json.dumps(keys, indent=2))
    store = BackendStore(FileBackend(path=file))
    gaps: list[float] = []

    async def watch() -> None:
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            gaps.append(time.thread_time() - began)

    watching = asyncio.create_task(watch())
    await store.at('key 7').write('edited')
    file.write_bytes(file.read_bytes().replace(b'"n": 777\n', b'"n": -1\n'))
    assert (await store.at('key 777').read())['n'] == -1
    assert len(await store.get_all()) == 20_000
    watching.cancel()
    assert max(gaps) < 0.05, 'the loop itself worked so long'


async def test_a_write_is_based_on_a_value_that_was_written_meanwhile(file: Path) -> None:
    """Another program may write at any time between the read and the write; its change is published."""
    store = BackendStore(FileBackend(path=file))
    Variable(default={'ours': 0}, store=store)
    await store.write({'ours': 1})
    changes: list[Change] = []
    bound(store).record.subscribe(changes.append)
    outran = 0

    def change(value: dict[str, int]) -> dict[str, int]:
        nonlocal outran
        if outran < 3:
            outran += 1
            file.write_text(json.dumps({'global': {**value, f'theirs {outran}': outran}}))
        return {**value, 'ours': value['ours'] + 1}

    assert await store.modify(change) == {'ours': 2, 'theirs 1': 1, 'theirs 2': 2, 'theirs 3': 3}
    assert json.loads(file.read_text()) == {'global': await store.read()}
    assert len(changes) == 4
    assert not list(file.parent.glob('*.tmp'))


@pytest.mark.skipif(sys.platform != 'linux', reason='only Linux can exchange two files')
@pytest.mark.parametrize('others', [1, 2])
async def test_a_change_between_the_last_check_and_the_rename_is_not_lost(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, others: int
) -> None:
    """The files are exchanged, so the change is seen. If two programs write at that moment, the first is kept aside."""
    file.write_text('{"global": 0, "other": 0}')
    store = BackendStore(FileBackend(path=file))
    await store.read()
    rename, pending = files._rename, list(range(1, others + 1))

    def rename_late(source: Path, target: Path, flags: int) -> bool:
        if pending:
            new = file.with_name('new')
            new.write_text(json.dumps({'global': 0, 'other': pending.pop(0)}))
            new.replace(file)
        return rename(source, target, flags)

    monkeypatch.setattr(files, '_rename', rename_late)
    await store.write('ours')
    assert json.loads(file.read_text()) == {'global': 'ours', 'other': others}
    aside = [path for path in file.parent.iterdir() if path.name.startswith('.x.json.') and path.suffix[1:].isdigit()]
    assert [json.loads(path.read_text())['other'] for path in aside] == [1] * (others - 1)
    assert [str(path) for path in aside if str(path) in caplog.text] == [str(path) for path in aside]


async def test_a_subclass_may_store_values_in_another_form(file: Path) -> None:
    """Its `read` never returns the value in the file, and commits do not wait for that."""

    class Shouting(FileBackend):
        async def read(self, key: str) -> str:
            return str(await super().read(key)).upper()

    store = BackendStore(Shouting(path=file))
    for text in ('one', 'two', 'three'):
        await store.write(text)
        file.write_text(json.dumps({'global': f'{text} by another'}))
        assert await store.read() == f'{text} by another'.upper()
