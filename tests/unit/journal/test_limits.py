"""Tests of the size of the journal, and of disks without room."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dara.core.errors import BackendFailed
from dara.core.persistence.changelog import LOG_BYTES, MAX_WRITERS, Writer
from dara.core.persistence.checkpoints import MAX_LOGGED_BYTES
from dara.core.persistence.edit import Committed, Failed, Rejected
from tests.unit.journal.server import ANN, Server, crash, journal_of


async def test_the_log_begins_after_a_change_that_is_too_large(file: Path) -> None:
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


async def test_the_room_for_changes_of_many_keys_is_bounded(file: Path) -> None:
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


async def test_keys_that_are_only_read_cost_nothing_and_evict_nothing(
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


async def test_a_journal_of_few_keys_keeps_those_that_were_only_read(file: Path) -> None:
    """Tabs that show such keys resume after a crash, if anything was written at all."""
    server = Server(file)
    mark = await server.mark('read')
    await server.edit(1, 'written')
    await crash(server)
    assert await Server(file).mark('read') == mark


async def test_the_receipts_of_ten_thousand_writers_are_kept(file: Path) -> None:
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


async def test_a_value_without_room_on_the_disk_is_not_settled(file: Path) -> None:
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
