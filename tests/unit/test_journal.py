"""What a file remembers beside its values, and what becomes of it when things go wrong."""

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
    """Stands for a process with a store over the file; whoever comes after a crash finds what that left."""

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

    async def stands(self, key: str = 'global') -> tuple[str, int]:
        record = await self.record(key)
        return record.epoch, record.version

    async def receipt(self, epoch: str, writer: Writer = ANN) -> int | None:
        """The number of the writer's newest edit that is settled; `None` if that cannot be known."""
        settled = (await self.record()).receipt(writer, (epoch, 0))
        return settled.n if settled else None


async def crash(server: Server) -> None:
    """End it as it is: nothing is written, and what it had locked is free."""
    backend = weakref.ref(server.backend)
    server.__dict__.clear()
    async with asyncio.timeout(5):
        while backend():  # it may be looking at the file just now
            await asyncio.sleep(0.01)
            gc.collect()


@pytest.fixture(autouse=True)
def plain_log() -> Iterator[None]:
    """Keep no error in the log, which would keep the server alive that it came from."""

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
    epoch, version = await server.stands()
    await crash(server)

    server = Server(file)
    assert await server.stands() == (epoch, version)
    assert (await server.record()).changes_since(epoch, version) == []
    assert await server.receipt(epoch) == 3
    assert await server.edit(3, 'twice') == OutOfStep('settled')
    assert await server.edit(4, 4) == Committed(version + 1)
    assert json.loads(file.read_text()) == {'global': 4}
    assert await server.receipt(epoch, Writer('ben', 'tab', 'note')) == 0


async def test_a_crash_does_not_forget_what_changed_of_late(file: Path) -> None:
    """S17: whoever was away is told each change, and knows its own among them; nobody else gets its number."""
    server = Server(file)
    ben = Writer('ben', 'his tab', 'note')
    record = await server.record()
    anns, bens = record.author(ANN), record.author(ben)
    await server.edit(1, {'text': 'a'})
    epoch, version = await server.stands()
    splice = Edit(ben, bens, n=1, epoch=epoch, base=version, ops=(Splice(('text',), 0, 0, 'ben: '),))
    await record.edit(splice)
    await server.edit(2, {'text': 'all anew'})
    missed = record.changes_since(epoch, version)
    assert missed
    assert [entry.author for change in missed for entry in change.entries] == [bens, anns]
    del record
    await crash(server)

    for _ in range(2):  # what was rewritten at the first start is read at the second
        server = Server(file)
        record = await server.record()
        assert record.changes_since(epoch, version) == missed
        assert record.author(Writer('eve', 'new tab', 'note')) not in (anns, bens)
        assert (record.author(ANN), record.author(ben)) == (anns, bens)
        del record
        await crash(server)


async def test_a_change_too_large_to_be_remembered_is_where_the_log_begins(file: Path) -> None:
    """Not a gap in its middle: what came before it leads nowhere."""
    server = Server(file)
    await server.edit(1, 'before')
    await server.edit(2, 'x' * LOG_BYTES)
    await server.edit(3, 'after')
    await server.edit(4, 'that')
    epoch, version = await server.stands()
    await crash(server)
    record = await Server(file).record()
    assert [record.changes_since(epoch, base) is not None for base in range(version)] == [False, False, True, True]


async def test_changes_of_many_keys_take_so_much_room_and_no_more(file: Path) -> None:
    """The least recently used go first, and with them no version."""
    server = Server(file)
    size = MAX_LOGGED_BYTES // 10
    keys = [f'key {i}' for i in range(30)]
    for key in keys:
        await server.edit(1, 'short', key=key)
        await server.edit(2, 'x' * size, key=key)
        await server.edit(3, 'short', key=key)
    stood = {key: await server.stands(key) for key in keys}
    await crash(server)
    assert journal_of(file).stat().st_size < 3 * MAX_LOGGED_BYTES
    server = Server(file)
    assert {key: await server.stands(key) for key in keys} == stood
    known = [key for key in keys if (await server.record(key)).changes_since(stood[key][0], 0)]
    assert known == keys[-9:]


async def test_a_refused_edit_stays_refused(file: Path) -> None:
    """S17: its number is used up for good, whether it could not be tried or did not fit; the reason is kept, too."""
    server = Server(file)
    await server.edit(1, 'first')
    epoch, version = await server.stands()
    record = await server.record()
    assert isinstance(await record.reject(ANN, 1, 2, Rejected('forbidden', 'You may not change this.')), Rejected)
    unfit = Edit(ANN, 1, n=3, epoch=epoch, base=version, ops=(Replace(('no', 'place'), 1),))
    assert isinstance(await record.edit(unfit), Rejected)
    del record
    await crash(server)

    server = Server(file)
    assert await server.stands() == (epoch, version)
    settled = (await server.record()).receipt(ANN, (epoch, 0))
    assert settled
    assert (settled.n, settled.status) == (3, 'rejected')
    assert settled.message
    assert await (await server.record()).reject(ANN, 1, 2, Rejected('forbidden', '')) == OutOfStep('settled')
    assert isinstance(await server.edit(4, 'taken'), Committed)


async def test_a_crash_before_the_file_was_replaced(file: Path) -> None:
    """What was announced did not happen: the edit is not settled, and is applied when it is sent again."""
    server = Server(file)
    await server.edit(1, 'before')
    epoch, version = await server.stands()
    before = file.read_bytes()
    await server.edit(2, 'after')
    await crash(server)
    unconfirm(file)
    file.write_bytes(before)

    server = Server(file)
    assert await server.stands() == (epoch, version)
    assert await server.receipt(epoch) == 1
    assert await server.edit(2, 'after') == Committed(version + 1)
    await crash(server)
    assert await Server(file).stands() == (epoch, version + 1)


async def test_a_crash_after_the_file_was_replaced(file: Path) -> None:
    """What was announced happened: the edit is settled, though nobody was told."""
    server = Server(file)
    await server.edit(1, 'before')
    await server.edit(2, 'after')
    epoch, version = await server.stands()
    await crash(server)
    unconfirm(file)

    server = Server(file)
    assert await server.stands() == (epoch, version)
    assert await server.edit(2, 'twice') == OutOfStep('settled')


async def test_a_crash_and_then_another_program(file: Path) -> None:
    """Whether the edit was there before somebody else wrote, nobody can know: the tab has to look for itself."""
    server = Server(file)
    await server.edit(1, 'before')
    await server.edit(2, 'after')
    epoch, _ = await server.stands()
    await crash(server)
    unconfirm(file)
    file.write_text('{"global": "somebody else"}')

    server = Server(file)
    assert (await server.stands())[0] != epoch
    assert await server.receipt(epoch) is None
    assert await server.store.read() == 'somebody else'


def unconfirm(file: Path) -> None:
    """Make the journal end as it does when the crash comes between announcement and confirmation."""
    with journal_of(file).open('r+b') as journal:
        content = journal.read()
        assert b'confirmed' in content.splitlines()[-1]
        journal.truncate(content.rstrip(b'\n').rindex(b'\n') + 1)


async def test_a_backup_that_was_restored_while_the_server_was_down(file: Path) -> None:
    """Tabs have seen more than it holds: a new epoch. What was settled is still a fact."""
    server = Server(file)
    await server.edit(1, 'old')
    shutil.copy(file, file.with_suffix('.bak'))
    await server.edit(2, 'new')
    epoch, _ = await server.stands()
    await crash(server)
    shutil.copy(file.with_suffix('.bak'), file)

    server = Server(file)
    assert (await server.stands())[0] != epoch
    assert await server.receipt(epoch) == 2
    assert await server.store.read() == 'old'


async def test_a_file_that_was_edited_while_the_server_was_down(file: Path) -> None:
    """Only for what was changed in it a new epoch begins; how it is written does not matter."""
    server = Server(file)
    for key in ('kept', 'changed', 'removed'):
        await server.edit(1, {'of': key}, key=key)
    stood = {key: await server.stands(key) for key in ('kept', 'changed', 'removed')}
    await crash(server)
    file.write_text('{"changed":  2, "kept": {"of":"kept"} }')

    server = Server(file)
    assert await server.stands('kept') == stood['kept']
    assert (await server.stands('changed'))[0] != stood['changed'][0]
    assert (await server.stands('removed'))[0] != stood['removed'][0]


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
    epoch, _ = await server.stands()
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
    begun, _ = await server.stands()
    assert begun != epoch
    assert await server.receipt(epoch) is None
    assert isinstance(await server.edit(5, 'goes on'), Committed)
    await crash(server)
    assert (await Server(file).stands())[0] == begun


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
    stood = await server.stands()
    await crash(server)
    with journal_of(file).open('ab') as journal:
        journal.write(b'0badcafe ["announced",[["global","')
    assert await Server(file).stands() == stood


async def test_a_copy_of_file_and_journal_is_older_than_the_tabs_may_be(file: Path, tmp_path: Path) -> None:
    """A whole directory restored from a backup fits together, and is not what open tabs have seen last."""
    server = Server(file)
    await server.edit(1, 'old')
    shutil.copytree(tmp_path, tmp_path / 'backup')
    await server.edit(2, 'new')
    epoch, _ = await server.stands()
    await crash(server)
    for name in (file.name, journal_of(file).name):
        (tmp_path / 'backup' / name).replace(tmp_path / name)

    server = Server(file)
    assert (await server.stands())[0] != epoch
    assert await server.receipt(epoch) is None


async def test_the_file_was_deleted(file: Path) -> None:
    server = Server(file)
    Variable(default='default', store=server.store)
    await server.edit(1, 'mine')
    epoch, _ = await server.stands()
    await crash(server)
    file.unlink()

    server = Server(file)
    Variable(default='default', store=server.store)
    assert await server.store.read() == 'default'
    assert (await server.stands())[0] != epoch
    assert await server.edit(1, 'twice') == OutOfStep('settled')


async def test_a_deleted_value_and_the_default_that_takes_its_place_have_different_versions(file: Path) -> None:
    """I4: the default is stored at the next start, and a tab may have seen the value absent."""
    server = Server(file)
    Variable(default='default', store=server.store)
    await server.edit(1, 'mine')
    await server.store.delete()
    epoch, version = await server.stands()
    await crash(server)

    server = Server(file)
    Variable(default='default', store=server.store)
    assert await server.store.get_all() == {'global': 'default'}
    assert await server.stands() == (epoch, version + 1)
    assert (await server.record()).changes_since(epoch, version - 1) is None  # they end before the default


async def test_what_another_program_wrote_is_remembered_before_it_is_shown(file: Path) -> None:
    """I4: tabs have seen its version."""
    server = Server(file)
    await server.edit(1, 1)
    file.write_text('{"global": 2}')
    assert await server.store.read() == 2
    file.write_text('{"global": 1}')
    assert await server.store.read() == 1
    stood = await server.stands()
    assert stood[1] == 3
    await crash(server)
    assert await Server(file).stands() == stood


async def test_of_two_processes_each_goes_on_in_its_own_epoch(file: Path) -> None:
    """They share the values; what one has told its tabs is nothing that the other could go on with."""
    first = Server(file)
    await first.edit(1, 'first')
    second = await asyncio.create_subprocess_exec(
        sys.executable, '-c', OTHER, str(file), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert second.stdin
    assert second.stdout
    told = json.loads(await second.stdout.readline())
    assert told['value'] == 'first'
    assert told['epoch'] != (await first.stands())[0]
    second.stdin.write(b'go\n')
    assert json.loads(await second.stdout.readline()) == {**told, 'value': 'second', 'version': told['version'] + 1}
    assert await first.store.read() == 'second'
    stood = await first.stands()
    await crash(first)
    assert await Server(file).stands() == stood
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
    """And keeps it from the next write on that comes after the other process has ended."""
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
    """As a crawler reads ever more rooms."""
    server = Server(file)
    await server.edit(1, 'written', key='quiet')
    stood, size = await server.stands('quiet'), journal_of(file).stat().st_size
    monkeypatch.setattr('dara.core.persistence.journal.MAX_KEYS', 500)
    monkeypatch.setattr('dara.core.persistence.checkpoints.MAX_KEYS', 500)
    for i in range(3000):
        await server.record(f'room {i}')
    await server.edit(1, 'next')
    assert journal_of(file).stat().st_size < size + 2000
    await server.edit(1, 'late', key='room 5')
    at = await server.stands('room 5')
    await crash(server)
    server = Server(file)
    assert await server.stands('quiet') == stood
    assert await server.stands('room 5') == at


async def test_an_app_of_few_keys_remembers_those_that_were_only_read(file: Path) -> None:
    """Whoever looks at them goes on after a crash, if anything was written at all."""
    server = Server(file)
    stood = await server.stands('read')
    await server.edit(1, 'written')
    await crash(server)
    assert await Server(file).stands('read') == stood


async def test_a_journal_that_was_removed_is_written_anew(file: Path) -> None:
    """With all that is known: only a crash before the next commit would break with the tabs."""
    server = Server(file)
    await server.edit(1, 1, key='quiet')
    await server.edit(1, 1)
    journal_of(file).unlink()
    await server.edit(2, 2)
    stood = [await server.stands(), await server.stands('quiet')]
    await crash(server)
    server = Server(file)
    assert [await server.stands(), await server.stands('quiet')] == stood


async def test_where_no_journal_can_be_everything_works_but_that(file: Path) -> None:
    """What cannot be opened for writing, as in a directory that may only be read."""
    journal_of(file).mkdir()
    server = Server(file)
    assert isinstance(await server.edit(1, 'stored'), Committed)
    assert await server.edit(1, 'twice') == OutOfStep('settled')
    epoch, _ = await server.stands()
    bound(server.store).core.open_records().evict_idle(0)
    assert (await server.stands())[0] == epoch
    await crash(server)
    server = Server(file)
    assert await server.store.read() == 'stored'
    assert (await server.stands())[0] != epoch


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """A disk that has no room for a file that is larger."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_with_no_room_for_the_journal_takes_the_value(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And what is then in the journal is never gone on from."""
    server = Server(file)
    for n in range(1, 20):
        await server.edit(n, n)
    epoch, version = await server.stands()
    with files_up_to(journal_of(file).stat().st_size + 10), caplog.at_level(logging.ERROR):
        assert isinstance(await server.edit(20, 'stored'), Committed)
    assert 'could not be written' in caplog.text
    assert await server.stands() == (epoch, version + 1)
    await server.edit(21, 19)  # what the journal had last; but tabs have seen more since
    await crash(server)
    server = Server(file)
    assert await server.store.read() == 19
    assert (await server.stands())[0] != epoch


async def test_a_value_for_which_there_is_no_room_was_not_settled(file: Path) -> None:
    """It had been announced: that is taken back, here and after a crash."""
    server = Server(file)
    await server.edit(1, 'small')
    stood = await server.stands()
    with files_up_to(50_000):
        assert isinstance(await server.edit(2, 'x' * 100_000), Failed)
        with pytest.raises(BackendFailed, match='too large'):
            await server.store.write('x' * 100_000)
    assert await server.stands() == stood
    await server.edit(1, 'another', key='other')
    await crash(server)
    server = Server(file)
    assert await server.stands() == stood
    assert isinstance(await server.edit(2, 'x' * 100_000), Committed)


async def test_a_write_whose_end_is_unknown_is_decided_by_what_is_on_the_disk(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S21: the directory could not be synced, but the file was replaced: it has happened, and happens once."""
    server = Server(file)
    await server.edit(1, 'before')
    real, calls = os.fsync, []

    def fail_for_directories(handle: int) -> None:
        if os.path.isdir(f'/proc/self/fd/{handle}'):
            calls.append(handle)
            raise OSError('cannot say')
        real(handle)

    monkeypatch.setattr(os, 'fsync', fail_for_directories)
    assert isinstance(await server.edit(2, 'after'), Committed)
    assert calls
    monkeypatch.undo()
    assert await server.edit(2, 'twice') == OutOfStep('settled')
    stood = await server.stands()
    await crash(server)
    assert await Server(file).stands() == stood


async def test_ten_thousand_writers_are_remembered_and_no_more(file: Path) -> None:
    """Whose turn it was the longest ago is forgotten first, and then told that nobody knows."""
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
    assert (await server.stands('quiet'))[0] == epoch_of_quiet
    assert (await server.record('quiet')).receipt(ANN, (epoch_of_quiet, 0)) is None  # forgotten, and not: never edited
    assert await server.receipt(epoch, Writer('user', f'tab {MAX_WRITERS + 199}', 'note')) == 1
    busy = await server.record('busy')
    assert busy.epoch == epoch_of_busy
    assert busy.receipt(Writer('user', 'tab 0', 'note'), (epoch_of_busy, 0)) is None
    assert busy.receipt(Writer('user', 'tab 4999', 'note'), (epoch_of_busy, 0))
    assert journal_of(file).stat().st_size < 250 * MAX_WRITERS


async def test_the_journal_does_not_grow_with_the_number_of_edits(file: Path) -> None:
    """Twenty thousand of two hundred tabs, of which each newest counts."""
    server = Server(file)
    record = await server.record()
    tabs = [Writer('user', f'tab {i}', 'note') for i in range(200)]
    for n in range(1, 101):
        await asyncio.gather(*(record.reject(tab, 1, n, Rejected('readonly', 'No.')) for tab in tabs))
    assert journal_of(file).stat().st_size < 500_000


async def test_a_backend_that_keeps_its_values_otherwise_proves_nothing(file: Path) -> None:
    """A subclass that stores under another name has a new epoch at every start, and loses nothing."""

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
    epoch, _ = await server.stands()
    await crash(server)
    server = start()
    assert await server.store.read() == 'mine'
    assert (await server.stands())[0] != epoch
    assert await server.edit(1, 'twice') == OutOfStep('settled')
