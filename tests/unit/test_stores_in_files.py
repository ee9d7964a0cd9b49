"""Tests of stores in files, which other programs read and write."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from dara.core import Variable
from dara.core._edits import Replace, dump_ops
from dara.core.errors import (
    StoreCorrupt,
)
from dara.core.persistence import BackendStore, FileBackend
from dara.core.persistence.changelog import Change, Writer
from dara.core.persistence.edit import Committed, Edit, Failed
from dara.core.persistence.stores import bound


async def test_two_file_backends_on_one_path_share_their_records(tmp_path: Path) -> None:
    """Links and relative parts of the path do not matter."""
    (tmp_path / 'link').symlink_to(tmp_path)
    one = BackendStore(FileBackend(path=tmp_path / 'x.json'))
    other = BackendStore(FileBackend(path=str(tmp_path / 'link' / '..' / tmp_path.name / 'x.json')))
    await asyncio.gather(*(store.modify(lambda count: (count or 0) + 1) for store in (one, other) for _ in range(10)))
    assert await one.read() == await other.read() == 20


async def test_the_next_read_returns_the_value_of_another_program(tmp_path: Path) -> None:
    """The change is published, too, with no author."""
    file = tmp_path / 'x.json'
    store = BackendStore(FileBackend(path=file))
    await store.write({'a': 1, 'b': 2})
    changes: list[Change] = []
    bound(store).record.subscribe(changes.append)
    file.write_text(json.dumps({'global': {'a': 1, 'b': 3}}))
    assert await store.read() == {'a': 1, 'b': 3}
    ((entry,),) = [change.entries for change in changes]
    assert (entry.author, dump_ops(entry.ops)) == (0, [{'op': 'replace', 'path': ['b'], 'value': 3}])


async def test_a_read_waits_for_a_file_that_is_being_replaced(tmp_path: Path) -> None:
    """Many editors truncate a file before they write it, or move it away first."""
    file = tmp_path / 'x.json'
    store = BackendStore(FileBackend(path=file))
    await store.write('old')
    for leave in (lambda: file.write_text('{"global": "ne'), file.unlink):
        leave()
        read = asyncio.create_task(store.read())
        await asyncio.sleep(0.1)
        file.write_text('{"global": "new"}')
        assert await read == 'new'


async def test_a_corrupt_file_is_an_error_and_is_kept(tmp_path: Path) -> None:
    """It is neither treated as missing nor overwritten."""
    file = tmp_path / 'x.json'
    file.write_text('{"global": 1,\n oops}')
    store = BackendStore(FileBackend(path=file))
    Variable(default='default', store=store)
    for attempt in (store.read(), store.write(2), store.get_all()):
        with pytest.raises(StoreCorrupt, match=r'x\.json: not JSON at line 2, column 2'):
            await attempt
    assert file.read_text() == '{"global": 1,\n oops}'


async def test_a_write_keeps_other_keys_the_mode_and_the_link_of_a_file(tmp_path: Path) -> None:
    """A write changes nothing else in the file."""
    real = tmp_path / 'real.json'
    real.write_text(json.dumps({'other': {'kept': True}}))
    real.chmod(0o640)
    (tmp_path / 'link.json').symlink_to(real)
    store = BackendStore(FileBackend(path=tmp_path / 'link.json'))
    await store.write(1)
    assert json.loads(real.read_text()) == {'other': {'kept': True}, 'global': 1}
    assert real.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / 'link.json').is_symlink()


async def test_waiting_writes_share_a_commit(tmp_path: Path) -> None:
    """S19: a hundred concurrent writes take fewer than ten commits."""
    file = tmp_path / 'x.json'
    store = BackendStore(FileBackend(path=file))
    await store.write(0)
    versions = bound(store).record.version
    await asyncio.gather(*(store.write(i) for i in range(1, 101)))
    assert bound(store).record.version - versions < 10
    assert json.loads(file.read_text()) == {'global': 100}


async def test_a_cancelled_writer_leaves_nothing_half_done(tmp_path: Path) -> None:
    """The commit is completed all the same, and the next one works."""
    store = BackendStore(FileBackend(path=tmp_path / 'x.json'))
    await store.write(0)
    for turn in range(1, 20):
        task = asyncio.create_task(store.write(turn))
        for _ in range(turn % 4):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await store.write('last')
    assert json.loads((tmp_path / 'x.json').read_text()) == {'global': 'last'}


async def test_modify_and_patch_apply_to_the_value_of_another_program(tmp_path: Path) -> None:
    """`modify` and `patch` do not overwrite the other program's value."""
    file = tmp_path / 'x.json'
    store = BackendStore(FileBackend(path=file))
    await store.write(1)
    file.write_text('{"global": 100}')
    assert await store.modify(lambda count: count + 1) == 101
    file.write_text('{"global": {"theirs": 1}}')
    await store.patch([{'op': 'add', 'path': '/ours', 'value': 2}])
    assert json.loads(file.read_text()) == {'global': {'theirs': 1, 'ours': 2}}


async def test_edits_are_answered_even_if_the_file_is_damaged_meanwhile(tmp_path: Path) -> None:
    """Every edit is answered with `Failed`, and succeeds once the file is repaired."""
    file = tmp_path / 'x.json'
    store = BackendStore(FileBackend(path=file))
    await store.write('good')
    record = bound(store).record
    file.write_text('{"global": ')
    edits = [
        Edit(Writer('ann', f'tab {i}', 's'), 1, 1, record.epoch, record.version, (Replace((), i),)) for i in range(3)
    ]
    outcomes = await asyncio.gather(*map(record.edit, edits))
    assert outcomes == [Failed('the data cannot be read')] * 3
    assert file.read_text() == '{"global": '
    file.write_text('{"global": "good"}')
    assert isinstance(await record.edit(edits[0]), Committed)


async def test_a_value_in_the_file_that_no_browser_can_hold_is_an_error(tmp_path: Path) -> None:
    (tmp_path / 'x.json').write_text('{"global": {"id": 12345678901234567}}')
    with pytest.raises(StoreCorrupt, match=r"x\.json, key 'global': The value at /id is 12345678901234567"):
        await BackendStore(FileBackend(path=tmp_path / 'x.json')).read()
