"""The journal of a file: checkpoints that survive crashes."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dara.core import Variable
from dara.core._edits import Replace, Splice
from dara.core._json import Json
from dara.core.errors import BackendFailed
from dara.core.persistence import BackendStore, FileBackend
from dara.core.persistence.changelog import LOG_BYTES, MAX_WRITERS, Writer
from dara.core.persistence.checkpoints import MAX_LOGGED_BYTES
from dara.core.persistence.edit import Committed, Edit, Failed, Outcome, OutOfStep, Rejected
from dara.core.persistence.record import Record
from dara.core.persistence.stores import bound

ANN = Writer('ann', 'her tab', 'note')


class Server:
    """A process with a store over the file. The next one finds the file as this one left it."""

    def __init__(self, file: Path) -> None:
        self.backend = FileBackend(path=file)
        self.store = BackendStore(self.backend)

    async def record(self, key: str = 'global') -> Record:
        return await bound(self.store.at(key)).open()

    async def edit(self, n: int, value: Json, *, key: str = 'global', writer: Writer = ANN) -> Outcome:
        """Commit a tab's edit of the whole value, sent in the present epoch."""
        record = await self.record(key)
        edit = Edit(writer, 1, n=n, epoch=record.epoch, base=record.version, ops=(Replace((), value),))
        return await record.edit(edit)

    async def mark(self, key: str = 'global') -> tuple[str, int]:
        record = await self.record(key)
        return record.epoch, record.version

    async def receipt(self, epoch: str, writer: Writer = ANN) -> int | None:
        """Return the number of the writer's latest edit with a receipt; `None` if it is unknown."""
        receipt = (await self.record()).receipt(writer, (epoch, 0))
        return receipt.n if receipt else None


async def crash(server: Server) -> None:
    """End a process: nothing more is written, and its locks are released."""
    backend = weakref.ref(server.backend)
    server.__dict__.clear()
    async with asyncio.timeout(5):
        while backend():  # a thread may be reading the file just now
            await asyncio.sleep(0.01)
            gc.collect()


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Keep no exceptions in log records: they would keep a crashed server alive."""

    def plain(record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage(), ()
        return True

    logger = logging.getLogger('dara')
    logger.addFilter(plain)
    yield
    logger.removeFilter(plain)


def journal_of(file: Path) -> Path:
    return file.with_name(f'.{file.name}.journal')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / 'note.json'


async def test_open_tabs_go_on_after_a_crash_as_if_nothing_had_happened(file: Path) -> None:
    """I2, I3, I4: the same epoch and version, and an edit that is sent again is not applied twice."""
    server = Server(file)
    for n in (1, 2, 3):
        assert isinstance(await server.edit(n, n), Committed)
    epoch, version = await server.mark()
    await crash(server)

    server = Server(file)
    assert await server.mark() == (epoch, version)
    assert (await server.record()).changes_since(epoch, version) == []
    assert await server.receipt(epoch) == 3
    assert await server.edit(3, 'twice') == OutOfStep('settled')
    assert await server.edit(4, 4) == Committed(version + 1)
    assert json.loads(file.read_text()) == {'global': 4}
    assert await server.receipt(epoch, Writer('ben', 'tab', 'note')) == 0


async def test_a_crash_does_not_forget_what_changed_of_late(file: Path) -> None:
    """S17: a tab that was away gets every change, and recognises its own; no other writer gets its number."""
    server = Server(file)
    ben = Writer('ben', 'his tab', 'note')
    record = await server.record()
    anns, bens = record.author(ANN), record.author(ben)
    await server.edit(1, {'text': 'a'})
    epoch, version = await server.mark()
    splice = Edit(ben, bens, n=1, epoch=epoch, base=version, ops=(Splice(('text',), 0, 0, 'ben: '),))
    await record.edit(splice)
    await server.edit(2, {'text': 'all anew'})
    missed = record.changes_since(epoch, version)
    assert missed
    assert [entry.author for change in missed for entry in change.entries] == [bens, anns]
    del record
    await crash(server)

    for _ in range(2):  # the second start reads what the first has rewritten
        server = Server(file)
        record = await server.record()
        assert record.changes_since(epoch, version) == missed
        assert record.author(Writer('eve', 'new tab', 'note')) not in (anns, bens)
        assert (record.author(ANN), record.author(ben)) == (anns, bens)
        del record
        await crash(server)


async def test_a_change_too_large_to_be_remembered_is_where_the_log_begins(file: Path) -> None:
    """The log has no gap: the changes before the large one are dropped."""
    server = Server(file)
    await server.edit(1, 'before')
    await server.edit(2, 'x' * LOG_BYTES)
    await server.edit(3, 'after')
    await server.edit(4, 'that')
    epoch, version = await server.mark()
    await crash(server)
    record = await Server(file).record()
    assert [record.changes_since(epoch, base) is not None for base in range(version)] == [False, False, True, True]


async def test_changes_of_many_keys_take_so_much_room_and_no_more(file: Path) -> None:
    """The logs of the least recently used keys are dropped first; their versions stay."""
    server = Server(file)
    size = MAX_LOGGED_BYTES // 10
    keys = [f'key {i}' for i in range(30)]
    for key in keys:
        await server.edit(1, 'short', key=key)
        await server.edit(2, 'x' * size, key=key)
        await server.edit(3, 'short', key=key)
    marks = {key: await server.mark(key) for key in keys}
    await crash(server)
    assert journal_of(file).stat().st_size < 3 * MAX_LOGGED_BYTES
    server = Server(file)
    assert {key: await server.mark(key) for key in keys} == marks
    known = [key for key in keys if (await server.record(key)).changes_since(marks[key][0], 0)]
    assert known == keys[-9:]


async def test_a_refused_edit_stays_refused(file: Path) -> None:
    """S17: its number is used up, whether it was not admitted or did not apply; the reason is kept, too."""
    server = Server(file)
    await server.edit(1, 'first')
    epoch, version = await server.mark()
    record = await server.record()
    assert isinstance(await record.reject(ANN, 1, 2, Rejected('forbidden', 'You may not change this.')), Rejected)
    unfit = Edit(ANN, 1, n=3, epoch=epoch, base=version, ops=(Replace(('no', 'place'), 1),))
    assert isinstance(await record.edit(unfit), Rejected)
    del record
    await crash(server)

    server = Server(file)
    assert await server.mark() == (epoch, version)
    receipt = (await server.record()).receipt(ANN, (epoch, 0))
    assert receipt
    assert (receipt.n, receipt.status) == (3, 'rejected')
    assert receipt.message
    assert await (await server.record()).reject(ANN, 1, 2, Rejected('forbidden', '')) == OutOfStep('settled')
    assert isinstance(await server.edit(4, 'taken'), Committed)


async def test_a_crash_before_the_file_was_replaced(file: Path) -> None:
    """The announced commit did not happen: the edit has no receipt, and is applied when it is sent again."""
    server = Server(file)
    await server.edit(1, 'before')
    epoch, version = await server.mark()
    before = file.read_bytes()
    await server.edit(2, 'after')
    await crash(server)
    unconfirm(file)
    file.write_bytes(before)

    server = Server(file)
    assert await server.mark() == (epoch, version)
    assert await server.receipt(epoch) == 1
    assert await server.edit(2, 'after') == Committed(version + 1)
    await crash(server)
    assert await Server(file).mark() == (epoch, version + 1)


async def test_a_crash_after_the_file_was_replaced(file: Path) -> None:
    """The announced commit happened: the edit has a receipt, though nothing was published."""
    server = Server(file)
    await server.edit(1, 'before')
    await server.edit(2, 'after')
    epoch, version = await server.mark()
    await crash(server)
    unconfirm(file)

    server = Server(file)
    assert await server.mark() == (epoch, version)
    assert await server.edit(2, 'twice') == OutOfStep('settled')


async def test_a_crash_and_then_another_program(file: Path) -> None:
    """It is unknown whether the edit was stored before the other program wrote: the tab has to compare."""
    server = Server(file)
    await server.edit(1, 'before')
    await server.edit(2, 'after')
    epoch, _ = await server.mark()
    await crash(server)
    unconfirm(file)
    file.write_text('{"global": "somebody else"}')

    server = Server(file)
    assert (await server.mark())[0] != epoch
    assert await server.receipt(epoch) is None
    assert await server.store.read() == 'somebody else'


def unconfirm(file: Path) -> None:
    """Make the journal end as after a crash between announcement and confirmation."""
    with journal_of(file).open('r+b') as journal:
        content = journal.read()
        assert b'confirmed' in content.splitlines()[-1]
        journal.truncate(content.rstrip(b'\n').rindex(b'\n') + 1)


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


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    'damage',
    [flip, lambda content: b'', lambda content: b'\0' * 4096 + content, lambda content: b'# notes\n', None],
    ids=['a bit', 'empty', 'blank blocks', 'something else', 'deleted'],
)
async def test_a_journal_that_cannot_be_read_costs_the_epoch_and_no_value(
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


async def test_what_cannot_be_read_is_told_once(file: Path, caplog: pytest.LogCaptureFixture) -> None:
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


async def test_a_line_that_a_crash_cut_off_was_not_there(file: Path) -> None:
    server = Server(file)
    await server.edit(1, 1)
    mark = await server.mark()
    await crash(server)
    with journal_of(file).open('ab') as journal:
        journal.write(b'0badcafe ["announced",[["global","')
    assert await Server(file).mark() == mark


async def test_a_copy_of_file_and_journal_is_older_than_the_tabs_may_be(file: Path, tmp_path: Path) -> None:
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


async def test_the_file_was_deleted(file: Path) -> None:
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
    assert await server.edit(1, 'twice') == OutOfStep('settled')


async def test_a_deleted_value_and_the_default_that_takes_its_place_have_different_versions(file: Path) -> None:
    """I4: the default is stored at the next start, and a tab may have seen the value as absent."""
    server = Server(file)
    Variable(default='default', store=server.store)
    await server.edit(1, 'mine')
    await server.store.delete()
    epoch, version = await server.mark()
    await crash(server)

    server = Server(file)
    Variable(default='default', store=server.store)
    assert await server.store.get_all() == {'global': 'default'}
    assert await server.mark() == (epoch, version + 1)
    assert (await server.record()).changes_since(epoch, version - 1) is None  # the log ends before the default


async def test_what_another_program_wrote_is_remembered_before_it_is_shown(file: Path) -> None:
    """I4: tabs have seen the version of that value."""
    server = Server(file)
    await server.edit(1, 1)
    file.write_text('{"global": 2}')
    assert await server.store.read() == 2
    file.write_text('{"global": 1}')
    assert await server.store.read() == 1
    mark = await server.mark()
    assert mark[1] == 3
    await crash(server)
    assert await Server(file).mark() == mark


async def test_of_two_processes_each_goes_on_in_its_own_epoch(file: Path) -> None:
    """The processes share the values, but not their versions."""
    first = Server(file)
    await first.edit(1, 'first')
    second = await asyncio.create_subprocess_exec(
        sys.executable, '-c', OTHER, str(file), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert second.stdin
    assert second.stdout
    seen = json.loads(await second.stdout.readline())
    assert seen['value'] == 'first'
    assert seen['epoch'] != (await first.mark())[0]
    second.stdin.write(b'go\n')
    assert json.loads(await second.stdout.readline()) == {**seen, 'value': 'second', 'version': seen['version'] + 1}
    assert await first.store.read() == 'second'
    mark = await first.mark()
    await crash(first)
    assert await Server(file).mark() == mark
    second.kill()
    await second.wait()


OTHER = """
import asyncio, json, sys
from dara.core.persistence import BackendStore, FileBackend
from dara.core.persistence.stores import bound

async def main():
    store = BackendStore(FileBackend(path=sys.argv[1]))
    for value in (None, 'second'):
        if value:
            sys.stdin.readline()
            await store.write(value)
        record = await bound(store).open()
        print(json.dumps({'value': record.value, 'epoch': record.epoch, 'version': record.version}), flush=True)
    sys.stdin.readline()

asyncio.run(main())
"""


async def test_who_does_not_keep_the_journal_says_so_once(file: Path) -> None:
    """It takes the journal over at the next write after the other process has ended."""
    first = Server(file)
    await first.edit(1, 'first')
    second = subprocess.run(
        [sys.executable, '-c', OTHER, str(file)], input='go\n' * 3, capture_output=True, text=True, check=False
    )
    assert second.returncode == 0, second.stderr
    assert second.stderr.count('is held by another process') == 1
    assert 'Run one server for one file' in second.stderr


async def test_keys_that_are_only_read_cost_nothing_and_push_nothing_out(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crawler that reads many rooms does no harm."""
    server = Server(file)
    await server.edit(1, 'written', key='quiet')
    mark, size = await server.mark('quiet'), journal_of(file).stat().st_size
    monkeypatch.setattr('dara.core.persistence.journal.MAX_KEYS', 500)
    monkeypatch.setattr('dara.core.persistence.checkpoints.MAX_KEYS', 500)
    for i in range(3000):
        await server.record(f'room {i}')
    await server.edit(1, 'next')
    assert journal_of(file).stat().st_size < size + 2000
    await server.edit(1, 'late', key='room 5')
    at = await server.mark('room 5')
    await crash(server)
    server = Server(file)
    assert await server.mark('quiet') == mark
    assert await server.mark('room 5') == at


async def test_an_app_of_few_keys_remembers_those_that_were_only_read(file: Path) -> None:
    """Tabs that show such keys resume after a crash, if anything was written at all."""
    server = Server(file)
    mark = await server.mark('read')
    await server.edit(1, 'written')
    await crash(server)
    assert await Server(file).mark('read') == mark


async def test_a_journal_that_was_removed_is_written_anew(file: Path) -> None:
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


async def test_where_no_journal_can_be_everything_works_but_that(file: Path) -> None:
    """The journal cannot be opened for writing, as in a read-only directory."""
    journal_of(file).mkdir()
    server = Server(file)
    assert isinstance(await server.edit(1, 'stored'), Committed)
    assert await server.edit(1, 'twice') == OutOfStep('settled')
    epoch, _ = await server.mark()
    bound(server.store).core.open_records().evict_idle(0)
    assert (await server.mark())[0] == epoch
    await crash(server)
    server = Server(file)
    assert await server.store.read() == 'stored'
    assert (await server.mark())[0] != epoch


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Simulate a disk without room for larger files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_with_no_room_for_the_journal_takes_the_value(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The outdated journal is never read."""
    server = Server(file)
    for n in range(1, 20):
        await server.edit(n, n)
    epoch, version = await server.mark()
    with files_up_to(journal_of(file).stat().st_size + 10), caplog.at_level(logging.ERROR):
        assert isinstance(await server.edit(20, 'stored'), Committed)
    assert 'could not be written' in caplog.text
    assert await server.mark() == (epoch, version + 1)
    await server.edit(21, 19)  # the last value in the journal, but tabs have seen later ones
    await crash(server)
    server = Server(file)
    assert await server.store.read() == 19
    assert (await server.mark())[0] != epoch


async def test_a_value_for_which_there_is_no_room_was_not_settled(file: Path) -> None:
    """The announcement is removed, now and after a crash."""
    server = Server(file)
    await server.edit(1, 'small')
    mark = await server.mark()
    with files_up_to(50_000):
        assert isinstance(await server.edit(2, 'x' * 100_000), Failed)
        with pytest.raises(BackendFailed, match='too large'):
            await server.store.write('x' * 100_000)
    assert await server.mark() == mark
    await server.edit(1, 'another', key='other')
    await crash(server)
    server = Server(file)
    assert await server.mark() == mark
    assert isinstance(await server.edit(2, 'x' * 100_000), Committed)


async def test_a_write_whose_end_is_unknown_is_decided_by_what_is_on_the_disk(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S21: the directory could not be synced, but the file was replaced: the edit is applied, and only once."""
    server = Server(file)
    await server.edit(1, 'before')
    real, calls = os.fsync, []

    def fail_for_directories(handle: int) -> None:
        if os.path.isdir(f'/proc/self/fd/{handle}'):
            calls.append(handle)
            raise OSError('not synced')
        real(handle)

    monkeypatch.setattr(os, 'fsync', fail_for_directories)
    assert isinstance(await server.edit(2, 'after'), Committed)
    assert calls
    monkeypatch.undo()
    assert await server.edit(2, 'twice') == OutOfStep('settled')
    mark = await server.mark()
    await crash(server)
    assert await Server(file).mark() == mark


async def test_ten_thousand_writers_are_remembered_and_no_more(file: Path) -> None:
    """The least recent receipt is dropped first; the end of its edit is then unknown."""
    server = Server(file)
    await server.edit(1, 0)
    await server.edit(1, 'quiet', key='quiet')
    quiet = await server.record('quiet')
    busy, record = await server.record('busy'), await server.record()
    for start in range(0, MAX_WRITERS + 2000, 200):
        writers = [Writer('user', f'tab {start + i}', 'note') for i in range(200)]
        written = busy if start < 5000 else record
        await asyncio.gather(*(written.reject(writer, 1, 1, Rejected('readonly', 'No.')) for writer in writers))
    await server.edit(1, 'quiet again', key='quiet', writer=Writer('ben', 'tab', 'note'))
    epoch, epoch_of_quiet = record.epoch, quiet.epoch
    epoch_of_busy = busy.epoch
    del record, quiet, busy, written
    await crash(server)
    server = Server(file)
    assert (await server.mark('quiet'))[0] == epoch_of_quiet
    assert (await server.record('quiet')).receipt(ANN, (epoch_of_quiet, 0)) is None  # unknown, and not: never edited
    assert await server.receipt(epoch, Writer('user', f'tab {MAX_WRITERS + 199}', 'note')) == 1
    busy = await server.record('busy')
    assert busy.epoch == epoch_of_busy
    assert busy.receipt(Writer('user', 'tab 0', 'note'), (epoch_of_busy, 0)) is None
    assert busy.receipt(Writer('user', 'tab 4999', 'note'), (epoch_of_busy, 0))
    assert journal_of(file).stat().st_size < 250 * MAX_WRITERS


async def test_the_journal_does_not_grow_with_the_number_of_edits(file: Path) -> None:
    """Of twenty thousand edits of two hundred tabs, the latest of each tab counts."""
    server = Server(file)
    record = await server.record()
    tabs = [Writer('user', f'tab {i}', 'note') for i in range(200)]
    for n in range(1, 101):
        await asyncio.gather(*(record.reject(tab, 1, n, Rejected('readonly', 'No.')) for tab in tabs))
    assert journal_of(file).stat().st_size < 500_000


async def test_a_backend_that_keeps_its_values_otherwise_proves_nothing(file: Path) -> None:
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
    assert await server.edit(1, 'twice') == OutOfStep('settled')
