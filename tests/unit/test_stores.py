"""Stores without an app, as a script uses them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from dara.core import Variable
from dara.core._edits import Remove, Replace, dump_ops
from dara.core._json import Json
from dara.core.errors import (
    BackendFailed,
    ConflictingIds,
    InvalidDefinition,
    NotJson,
    ReadOnlyStore,
    StoreCorrupt,
    TooLarge,
)
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend, PersistenceBackend
from dara.core.persistence.changelog import Change, Writer
from dara.core.persistence.edit import Committed, Edit, Failed, OutOfStep, Rejected
from dara.core.persistence.stores import bound


class Slow(InMemoryBackend):
    """A backend whose calls yield to the event loop, so that other calls interleave."""

    async def has(self, key: str) -> bool:
        await asyncio.sleep(0)
        return await super().has(key)

    async def write(self, key: str, value: Any) -> None:
        await asyncio.sleep(0.001)
        await super().write(key, value)


class Synchronous(PersistenceBackend):
    """A custom backend: synchronous methods over a dict."""

    data: dict[str, Any] = {}

    def has(self, key: str) -> bool:
        return key in self.data

    def read(self, key: str) -> Any:
        return self.data[key]

    def write(self, key: str, value: Any) -> None:
        self.data[key] = value

    def delete(self, key: str) -> None:
        del self.data[key]

    def get_all(self) -> dict[str, Any]:
        return self.data


@pytest.fixture(params=['memory', 'file', 'synchronous'])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> PersistenceBackend:
    """A backend of each kind."""
    match request.param:
        case 'memory':
            return InMemoryBackend()
        case 'file':
            return FileBackend(path=tmp_path / 'x.json')
        case _:
            return Synchronous()


async def test_what_is_written_is_read(backend: PersistenceBackend) -> None:
    store = BackendStore(backend)
    assert await store.read() is None
    assert await store.get_all() == {}
    values: list[Any] = [1, '', [], {'a': [None, 1.5, 'é🙂']}, None, False]
    for value in values:
        await store.write(value)
        assert await store.read() == value
        assert await store.get_all() == {'global': value}
    await store.delete()
    assert await store.get_all() == {}
    assert await store.read() is None


async def test_the_default_is_stored_on_first_use_and_shown_after_a_delete(backend: PersistenceBackend) -> None:
    """`None` is a value; a deleted value is absent."""
    store = BackendStore(backend)
    variable = Variable[Any](default={'a': 1}, store=store)
    assert await variable.read() == {'a': 1}
    assert await variable.get_all() == {'global': {'a': 1}}
    await variable.write(None)
    assert await variable.read() is None
    await variable.delete()
    assert await variable.read() == {'a': 1}
    assert await variable.get_all() == {}


async def test_the_default_is_never_written_over_a_value_that_is_there(backend: PersistenceBackend) -> None:
    await BackendStore(backend).write('kept')
    again = BackendStore(backend)
    Variable(default='default', store=again)
    assert await again.read() == 'kept'


async def test_first_use_by_everybody_at_once_keeps_the_write() -> None:
    """Fifty readers race one writer over an unused store."""
    for _ in range(20):
        store = BackendStore(Slow())
        Variable(default='default', store=store)
        await asyncio.gather(
            *(store.read() for _ in range(25)), store.write('written'), *(store.read() for _ in range(25))
        )
        assert await store.read() == 'written'


async def test_values_are_copies(backend: PersistenceBackend) -> None:
    """A reader that changes its value changes no other."""
    default = {'items': [1]}
    store = BackendStore(backend)
    Variable(default=default, store=store)
    default['items'].append(2)
    (await store.read())['items'].append(3)
    (await store.get_all())['global']['items'].append(4)
    written = {'items': [5]}
    await store.write(written)
    written['items'].append(6)
    assert await store.read() == {'items': [5]}


async def test_modify_loses_nothing(backend: PersistenceBackend) -> None:
    """Read-modify-write is atomic, with sync functions and with slow async ones."""
    store = BackendStore(backend)
    await store.write(0)

    async def slow(count: int) -> int:
        await asyncio.sleep(0)
        return count + 1

    results = await asyncio.gather(
        *(store.modify(lambda count: count + 1) for _ in range(20)), *(store.modify(slow) for _ in range(10))
    )
    assert sorted(results) == list(range(1, 31))
    assert await store.read() == 30


async def test_a_failing_change_changes_nothing(backend: PersistenceBackend) -> None:
    store = BackendStore(backend)
    await store.write({'a': 1})

    def broken(value: dict[str, int]) -> None:
        value['a'] = 2
        raise RuntimeError('mine')

    with pytest.raises(RuntimeError, match='mine'):
        await store.modify(broken)
    with pytest.raises(NotJson, match='/b'):
        await store.write({'b': object()})
    with pytest.raises(TooLarge):
        await store.write('x' * 1_100_000)
    assert await store.read() == {'a': 1}


async def test_one_bad_write_among_good_ones_fails_alone(backend: PersistenceBackend) -> None:
    """Writes of a group commit fail each on its own."""
    store = BackendStore(backend)
    outcomes = await asyncio.gather(store.write(1), store.write(object()), store.write(3), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), NotJson, type(None)]
    assert await store.read() == 3


async def test_a_readonly_store_is_not_written(backend: PersistenceBackend) -> None:
    """Neither `write` nor the first use stores anything."""
    store = BackendStore(backend, readonly=True)
    Variable(default='shown', store=store)
    for attempt in (store.write(1), store.delete(), store.modify(lambda _: 1)):
        with pytest.raises(ReadOnlyStore, match='readonly'):
            await attempt
    assert await store.read() == 'shown'
    assert await store.get_all() == {}


async def test_two_stores_over_one_backend_share_its_data(backend: PersistenceBackend) -> None:
    one, other = BackendStore(backend), BackendStore(backend)
    await one.write('shared')
    assert await other.read() == 'shared'
    assert bound(one).record is bound(other).record


async def test_two_file_backends_on_one_path_are_one(tmp_path: Path) -> None:
    """Links and relative parts of the path do not matter."""
    (tmp_path / 'link').symlink_to(tmp_path)
    one = BackendStore(FileBackend(path=tmp_path / 'x.json'))
    other = BackendStore(FileBackend(path=str(tmp_path / 'link' / '..' / tmp_path.name / 'x.json')))
    await asyncio.gather(*(store.modify(lambda count: (count or 0) + 1) for store in (one, other) for _ in range(10)))
    assert await one.read() == await other.read() == 20


async def test_what_another_program_wrote_is_seen_by_the_next_read(tmp_path: Path) -> None:
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


async def test_a_file_that_is_gone_or_half_written_for_a_moment_is_waited_for(tmp_path: Path) -> None:
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


async def test_a_corrupt_file_is_an_error_and_stays_as_it_is(tmp_path: Path) -> None:
    """It is neither treated as missing nor overwritten."""
    file = tmp_path / 'x.json'
    file.write_text('{"global": 1,\n oops}')
    store = BackendStore(FileBackend(path=file))
    Variable(default='default', store=store)
    for attempt in (store.read(), store.write(2), store.get_all()):
        with pytest.raises(StoreCorrupt, match=r'x\.json: not JSON at line 2, column 2'):
            await attempt
    assert file.read_text() == '{"global": 1,\n oops}'


async def test_a_file_keeps_the_keys_of_others_its_mode_and_its_link(tmp_path: Path) -> None:
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


async def test_waiting_writes_are_grouped(tmp_path: Path) -> None:
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


class Broken(InMemoryBackend):
    async def write(self, key: str, value: Any) -> None:
        raise OSError('no space left')


async def test_a_backend_that_raises_is_named_and_nothing_changes() -> None:
    """The writer gets an error with its cause; the value stays."""
    store = BackendStore(Broken())
    with pytest.raises(BackendFailed, match="could not write 'global': no space left") as caught:
        await store.write(1)
    assert isinstance(caught.value.__cause__, OSError)
    assert await store.get_all() == {}
    edit = Edit(Writer('ann', 'tab', store.uid), 1, 1, bound(store).record.epoch, 0, (Replace((), 1),))
    assert isinstance(await bound(store).record.edit(edit), Failed)
    assert bound(store).record.version == 0


class Late(InMemoryBackend):
    """A backend that writes and then raises, like a connection that breaks before the answer arrives."""

    async def write(self, key: str, value: Any) -> None:
        await super().write(key, value)
        raise TimeoutError('no answer')


async def test_a_write_whose_outcome_is_unknown_is_looked_up() -> None:
    """S21: the write is not simply repeated, so nothing is counted twice."""
    store = BackendStore(Late())
    assert await store.modify(lambda count: (count or 0) + 1) == 1
    assert await store.modify(lambda count: (count or 0) + 1) == 2
    assert await store.read() == 2


async def test_an_edit_is_settled_once_whatever_becomes_of_it() -> None:
    """S2, S17: an edit that is sent again is out of step, whether it was applied or rejected."""
    store = BackendStore()
    await store.write({'a': 1})
    record, writer = bound(store).record, Writer('ann', 'tab', 'store')

    def edit(n: int, value: Json, *path: str) -> Edit:
        return Edit(writer, 1, n, record.epoch, record.version, (Replace(path, value),))

    assert isinstance(await record.edit(edit(1, 2, 'a')), Committed)
    assert await record.edit(edit(1, 3, 'a')) == OutOfStep('settled')
    assert isinstance(await record.edit(edit(2, 4, 'no', 'place')), Rejected)
    assert await record.edit(edit(2, 5, 'a')) == OutOfStep('settled')
    receipt = record.receipt(writer, (record.epoch, 0))
    assert receipt
    assert (receipt.n, receipt.status) == (2, 'rejected')
    assert await store.read() == {'a': 2}


async def test_an_edit_that_is_sent_again_while_it_waits_is_applied_once() -> None:
    """A tab that reconnects while the backend is slow sends its edit again; this breaks no rule of the protocol."""
    store = BackendStore(Slow())
    await store.write(0)
    record = bound(store).record
    edit = Edit(Writer('ann', 'tab', 's'), 1, 1, record.epoch, record.version, (Replace((), 1),))
    _, first, second = await asyncio.gather(store.write(5), record.edit(edit), record.edit(edit))
    assert (type(first), second) == (Committed, OutOfStep('settled'))
    assert await store.read() == 1


async def test_an_edit_over_a_deleted_value_is_dropped_and_settled() -> None:
    """S6: ops whose path no longer exists are dropped; the edit is acknowledged."""
    store = BackendStore()
    await store.write({'a': 1})
    record = bound(store).record
    base = record.version
    await store.delete()
    outcome = await record.edit(Edit(Writer('ann', 'tab', 's'), 1, 1, record.epoch, base, (Replace(('a',), 2),)))
    assert isinstance(outcome, Committed)
    assert await store.get_all() == {}


def test_two_variables_of_one_store_must_agree_on_the_default() -> None:
    store = BackendStore(uid='s')
    Variable(default=1, store=store)
    Variable(default=1.0, store=store)
    with pytest.raises(ConflictingIds, match='not their default'):
        Variable(default=True, store=store)


async def test_two_stores_over_one_backend_must_agree_on_the_default() -> None:
    """An edit of an absent value edits its default, so there can be only one."""
    backend = InMemoryBackend()
    one, other = BackendStore(backend), BackendStore(backend)
    Variable(default='a', store=one)
    Variable(default='b', store=other)
    await one.read()
    with pytest.raises(ConflictingIds, match="share it, but not their default \\('a' and 'b'\\)"):
        await other.read()


async def test_a_variable_without_a_backend_store_says_so() -> None:
    with pytest.raises(TypeError, match='needs a BackendStore'):
        await Variable(1).read()
    with pytest.raises(TypeError, match='whole variable'):
        await Variable({'a': 1}, store=BackendStore()).get('a').delete()


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(InvalidDefinition, match='must be a PersistenceBackend'):
        BackendStore('file.json')  # type: ignore[arg-type]
    with pytest.raises(InvalidDefinition, match='scope'):
        BackendStore(scope='everybody')  # type: ignore[arg-type]
    with pytest.raises(InvalidDefinition, match='get'):
        Variable({}).get(1.5)  # type: ignore[arg-type]


def test_a_script_can_use_one_store_in_several_runs() -> None:
    """The value survives, though each `asyncio.run` has a loop of its own."""
    store = BackendStore()
    asyncio.run(store.write(1))

    async def add_all() -> None:
        await asyncio.gather(*(store.modify(lambda count: count + 1) for _ in range(10)))

    asyncio.run(add_all())
    assert asyncio.run(store.read()) == 11


async def test_published_changes_lead_from_each_value_to_the_next() -> None:
    """S8: `write` publishes the difference, and a delete is an op of its own."""
    store = BackendStore()
    published: list[Any] = []
    await store.write({'a': 1, 'b': [1, 2]})
    bound(store).record.subscribe(lambda change: published.append([entry.ops for entry in change.entries]))
    await store.write({'a': 1, 'b': [1, 3]})
    await store.write({'a': 1, 'b': [1, 3]})
    await store.delete()
    assert published == [[(Replace(('b', 1), 3),)], [(Remove(()),)]]


async def test_a_change_is_based_on_what_another_program_wrote(tmp_path: Path) -> None:
    """`modify` and `patch` do not overwrite the other program's value."""
    file = tmp_path / 'x.json'
    store = BackendStore(FileBackend(path=file))
    await store.write(1)
    file.write_text('{"global": 100}')
    assert await store.modify(lambda count: count + 1) == 101
    file.write_text('{"global": {"theirs": 1}}')
    await store.patch([{'op': 'add', 'path': '/ours', 'value': 2}])
    assert json.loads(file.read_text()) == {'global': {'theirs': 1, 'ours': 2}}


class Picky(InMemoryBackend):
    """A backend that fails to write the number two."""

    async def write(self, key: str, value: Any) -> None:
        await asyncio.sleep(0)
        if value == 2:
            raise OSError('not a two')
        await super().write(key, value)


async def test_nobody_is_told_of_success_before_it_is_stored() -> None:
    """A write of the same value as one that fails has failed, too."""
    store = BackendStore(Picky())
    await store.write(0)
    outcomes = await asyncio.gather(store.write(1), store.write(2), store.write(2), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [BackendFailed] * 3
    assert await store.read() == 0


async def test_a_file_that_is_damaged_meanwhile_leaves_no_edit_without_an_answer(tmp_path: Path) -> None:
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


async def test_a_value_in_the_file_that_no_browser_could_hold_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / 'x.json').write_text('{"global": {"id": 12345678901234567}}')
    with pytest.raises(StoreCorrupt, match=r"x\.json, key 'global': The value at /id is 12345678901234567"):
        await BackendStore(FileBackend(path=tmp_path / 'x.json')).read()


def test_a_store_can_be_written_by_many_in_each_of_several_runs(tmp_path: Path) -> None:
    """Locks do not outlive their event loop."""
    for store in (BackendStore(), BackendStore(FileBackend(path=tmp_path / 'x.json'))):

        async def write_both(store: BackendStore = store) -> None:
            await asyncio.gather(*(store.write(i) for i in range(5)), *(store.read() for _ in range(5)))

        for _ in range(3):
            asyncio.run(write_both())


async def test_modify_takes_whatever_can_be_awaited() -> None:
    class AddLater:
        async def __call__(self, count: int) -> int:
            return count + 1

    store = BackendStore()
    await store.write(1)
    assert await store.modify(AddLater()) == 2


async def test_an_edit_that_would_take_long_to_rebase_goes_back_to_its_tab() -> None:
    """S17: its number is not used up; rebasing so many ops would delay the others."""
    store = BackendStore()
    await store.write({'count': 0})
    record = bound(store).record
    base = record.version
    for count in range(1, 101):
        await store.write({'count': count})
    ops = tuple(Replace((f'field {i}',), i) for i in range(600))
    assert await record.edit(Edit(Writer('ann', 'tab', 's'), 1, 1, record.epoch, base, ops)) == OutOfStep('stale')
    assert isinstance(
        await record.edit(Edit(Writer('ann', 'tab', 's'), 1, 1, record.epoch, record.version, ops)), Committed
    )
