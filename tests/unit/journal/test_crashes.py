"""Tests of crashes: the journal keeps epochs, versions, receipts and changes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dara.core import Variable
from dara.core._edits import Replace, Splice
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Committed, Edit, Rejected, Settled
from tests.unit.journal.server import ANN, Server, crash, journal_of, unconfirm


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
    assert await server.edit(3, 'twice') == Settled()
    assert await server.edit(4, 4) == Committed(version + 1)
    assert json.loads(file.read_text()) == {'global': 4}
    assert await server.receipt(epoch, Writer('ben', 'tab', 'note')) == 0


async def test_a_crash_does_not_lose_the_latest_changes(file: Path) -> None:
    """S17: a tab that was away gets every change, and recognises its own."""
    server = Server(file)
    ben = Writer('ben', 'his tab', 'note')
    record = await server.record()
    anns, bens = ANN.author, ben.author
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
        del record
        await crash(server)


async def test_a_rejected_edit_stays_rejected(file: Path) -> None:
    """S17: its number is used up, whether it was not admitted or did not apply; the reason is kept, too."""
    server = Server(file)
    await server.edit(1, 'first')
    epoch, version = await server.mark()
    record = await server.record()
    assert isinstance(
        await record.reject(ANN, ANN.author, 2, Rejected('forbidden', 'You may not change this.')), Rejected
    )
    unfit = Edit(ANN, ANN.author, n=3, epoch=epoch, base=version, ops=(Replace(('no', 'place'), 1),))
    assert isinstance(await record.edit(unfit), Rejected)
    del record
    await crash(server)

    server = Server(file)
    assert await server.mark() == (epoch, version)
    receipt = (await server.record()).receipt(ANN, (epoch, 0))
    assert receipt
    assert (receipt.n, receipt.status) == (3, 'rejected')
    assert receipt.message
    assert await (await server.record()).reject(ANN, ANN.author, 2, Rejected('forbidden', '')) == Settled()
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
    assert await server.edit(2, 'twice') == Settled()


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


async def test_a_line_that_a_crash_cut_off_is_ignored(file: Path) -> None:
    server = Server(file)
    await server.edit(1, 1)
    mark = await server.mark()
    await crash(server)
    with journal_of(file).open('ab') as journal:
        journal.write(b'0badcafe ["announced",[["global","')
    assert await Server(file).mark() == mark


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


async def test_a_value_of_another_program_is_in_the_journal_before_it_is_shown(file: Path) -> None:
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


async def test_a_write_with_an_unknown_outcome_is_decided_by_the_file(
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
    assert await server.edit(2, 'twice') == Settled()
    mark = await server.mark()
    await crash(server)
    assert await Server(file).mark() == mark
