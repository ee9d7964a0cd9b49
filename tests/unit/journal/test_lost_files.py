"""Tests of files and journals that were restored, edited, damaged or deleted."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dara.core import Variable
from dara.core.persistence import BackendStore, FileBackend
from dara.core.persistence.edit import Committed, Settled
from dara.core.persistence.stores import bound
from tests.unit.journal.server import Server, crash, journal_of


async def test_a_backup_that_was_restored_while_the_server_was_down(file: Path) -> None:
    """Tabs have seen later values, so a new epoch starts. The receipts stay valid."""
    server = Server(file)
    await server.edit(1, 'old')
    shutil.copy(file, file.with_suffix('.bak'))
    await server.edit(2, 'new')
    epoch, _ = await server.mark()
    await crash(server)
    shutil.copy(file.with_suffix('.bak'), file)

    server = Server(file)
    assert (await server.mark())[0] != epoch
    assert await server.receipt(epoch) == 2
    assert await server.store.read() == 'old'


async def test_a_file_that_was_edited_while_the_server_was_down(file: Path) -> None:
    """A new epoch starts for the changed keys only; the notation of the file does not matter."""
    server = Server(file)
    for key in ('kept', 'changed', 'removed'):
        await server.edit(1, {'of': key}, key=key)
    marks = {key: await server.mark(key) for key in ('kept', 'changed', 'removed')}
    await crash(server)
    file.write_text('{"changed":  2, "kept": {"of":"kept"} }')

    server = Server(file)
    assert await server.mark('kept') == marks['kept']
    assert (await server.mark('changed'))[0] != marks['changed'][0]
    assert (await server.mark('removed'))[0] != marks['removed'][0]


async def test_a_file_that_was_deleted_while_the_server_was_down(file: Path) -> None:
    server = Server(file)
    Variable(default='default', store=server.store)
    await server.edit(1, 'mine')
    epoch, _ = await server.mark()
    await crash(server)
    file.unlink()

    server = Server(file)
    Variable(default='default', store=server.store)
    assert await server.store.read() == 'default'
    assert (await server.mark())[0] != epoch
    assert await server.edit(1, 'twice') == Settled()


async def test_a_backup_of_file_and_journal_begins_a_new_epoch(file: Path, tmp_path: Path) -> None:
    """A directory restored from a backup is consistent, but older than the values in open tabs."""
    server = Server(file)
    await server.edit(1, 'old')
    shutil.copytree(tmp_path, tmp_path / 'backup')
    await server.edit(2, 'new')
    epoch, _ = await server.mark()
    await crash(server)
    for name in (file.name, journal_of(file).name):
        (tmp_path / 'backup' / name).replace(tmp_path / name)

    server = Server(file)
    assert (await server.mark())[0] != epoch
    assert await server.receipt(epoch) is None


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    'damage',
    [flip, lambda content: b'', lambda content: b'\0' * 4096 + content, lambda content: b'# notes\n', None],
    ids=['a bit', 'empty', 'blank blocks', 'something else', 'deleted'],
)
async def test_an_unreadable_journal_costs_the_epoch_and_no_value(
    file: Path, damage: Callable[[bytes], bytes] | None
) -> None:
    server = Server(file)
    for n in range(1, 5):
        await server.edit(n, f'value {n}')
    epoch, _ = await server.mark()
    await crash(server)
    journal = journal_of(file)
    if damage:
        with journal.open('r+b') as opened:
            content = damage(opened.read())
            opened.seek(0)
            opened.truncate()
            opened.write(content)
    else:
        journal.unlink()

    server = Server(file)
    assert await server.store.read() == 'value 4'
    new_epoch, _ = await server.mark()
    assert new_epoch != epoch
    assert await server.receipt(epoch) is None
    assert isinstance(await server.edit(5, 'goes on'), Committed)
    await crash(server)
    assert (await Server(file).mark())[0] == new_epoch


async def test_an_unreadable_journal_is_reported_once(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    server = Server(file)
    await server.edit(1, 1)
    await crash(server)
    journal_of(file).write_bytes(b'damaged\n')
    with caplog.at_level(logging.WARNING):
        server = Server(file)
        await server.edit(1, 2)
        await server.edit(2, 3)
    assert len(caplog.messages) == 1
    assert 'note.json.journal' in caplog.text


async def test_a_journal_that_was_removed_is_written_again(file: Path) -> None:
    """The new one has all checkpoints: tabs resume, unless a crash comes before the next commit."""
    server = Server(file)
    await server.edit(1, 1, key='quiet')
    await server.edit(1, 1)
    journal_of(file).unlink()
    await server.edit(2, 2)
    marks = [await server.mark(), await server.mark('quiet')]
    await crash(server)
    server = Server(file)
    assert [await server.mark(), await server.mark('quiet')] == marks


async def test_without_a_journal_everything_else_works(file: Path) -> None:
    """The journal cannot be opened for writing, as in a read-only directory."""
    journal_of(file).mkdir()
    server = Server(file)
    assert isinstance(await server.edit(1, 'stored'), Committed)
    assert await server.edit(1, 'twice') == Settled()
    epoch, _ = await server.mark()
    bound(server.store).core.open_records().evict_idle(0)
    assert (await server.mark())[0] == epoch
    await crash(server)
    server = Server(file)
    assert await server.store.read() == 'stored'
    assert (await server.mark())[0] != epoch


async def test_a_backend_with_other_keys_begins_a_new_epoch_each_time(file: Path) -> None:
    """A subclass that stores under another key starts a new epoch each time, and loses nothing."""

    class Prefixed(FileBackend):
        async def has(self, key: str) -> bool:
            return await super().has(f'our {key}')

        async def read(self, key: str) -> Any:
            return await super().read(f'our {key}')

        async def write(self, key: str, value: Any) -> None:
            await super().write(f'our {key}', value)

    def start() -> Server:
        server = Server(file)
        server.backend = Prefixed(path=file)
        server.store = BackendStore(server.backend)
        return server

    server = start()
    await server.edit(1, 'mine')
    epoch, _ = await server.mark()
    await crash(server)
    server = start()
    assert await server.store.read() == 'mine'
    assert (await server.mark())[0] != epoch
    assert await server.edit(1, 'twice') == Settled()
