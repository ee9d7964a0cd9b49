"""SQLiteBackend: the promises of shared backends, and those of several processes on one machine."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dara.core._edits import ABSENT, Splice
from dara.core.persistence.changelog import Change, CommittedEdit, Receipt, Update, Whole, Writer
from dara.core.persistence.databases.sqlite import SQLiteBackend
from dara.core.persistence.databases.sqlite_library import python_library
from dara.core.persistence.edit import Committed, Edit
from dara.core.persistence.records import Records
from dara.core.persistence.shared import Loaded, Proposal, SharedBackend
from dara.testing import SharedBackendContract
from tests.patience import stretched, within
from tests.sqlite_processes import count, follow, hold, processes, run_sql

SECONDS = 10
STORED_LENGTH = '20003'
"""The length of the JSON of 20,001 characters."""
TAB = Writer('user', 'tab', 'store')


class TestSQLite(SharedBackendContract):
    """The promises of all shared backends."""

    @pytest.fixture(autouse=True)
    def _with_a_database(self, tmp_path: Path) -> None:
        self.path = tmp_path / 'data.db'

    async def open(self) -> SharedBackend:
        return SQLiteBackend(self.path)


class TestSQLiteOfPython(TestSQLite):
    """The same over Python's own library."""

    async def open(self) -> SharedBackend:
        backend = SQLiteBackend(self.path)
        backend._library = python_library()
        return backend


def check_history(loaded: Loaded) -> None:
    """Check that the commits follow each other, and that none is there twice."""
    assert loaded.updates
    assert loaded.updates[-1].tip == loaded.tip
    assert all(before.tip == after.base for before, after in pairwise(loaded.updates))
    assert all(before.mark.version + 1 == after.mark.version for before, after in pairwise(loaded.updates))
    assert len({each.tip for each in loaded.updates}) == len(loaded.updates)


@pytest.mark.parametrize('keys', [['key'], [f'key {i}' for i in range(10)]])
async def test_processes_commit_at_once(backend: SQLiteBackend, path: Path, keys: list[str]) -> None:
    """Every commit is there once, one process is killed in between, and the others go on."""
    times = 100
    with processes(4, count, path, keys, times) as started:
        for each in started:
            assert each.hear() == 'ready'
        for each in started:
            each.pipe.send('go')
        victim = started[0]
        acknowledged = Counter(victim.hear() for _ in range(times // 3))
        victim.signal(signal.SIGKILL)
        with contextlib.suppress(EOFError):
            acknowledged.update(iter(victim.hear, 'done'))
        for each in started[1:]:
            assert sum(1 for _ in iter(each.hear, 'done')) == times
            each.wait()
    total = 0
    for key in keys:
        loaded = await backend.load(key)
        check_history(loaded)
        value: Any = loaded.value
        assert all(value[str(i)] == times // len(keys) for i in (1, 2, 3))
        total += value['0'] - acknowledged[key]
        assert value['0'] >= acknowledged[key]
    assert total <= 1  # the one that was under way


async def test_a_transaction_ends_with_its_process(backend: SQLiteBackend, path: Path) -> None:
    """One that is killed while it writes leaves nothing, and does not keep others from writing."""
    await backend.write('key', 'before')
    with processes(1, hold, path) as [holder]:
        assert holder.hear() == 'holding'
        waiting = asyncio.ensure_future(backend.write('key', 'after'))
        holder.signal(signal.SIGKILL)
        await waiting
    assert await backend.get_all() == {'key': 'after'}


async def test_a_stopped_process_delays_only_writes(backend: SQLiteBackend, path: Path) -> None:
    """Reads go on, a write fails after some seconds and says who has the lock, and later all goes on."""
    await backend.write('key', 'before')
    with processes(1, hold, path) as [holder]:
        assert holder.hear() == 'holding'
        holder.signal(signal.SIGSTOP)
        started = time.monotonic()
        write = asyncio.ensure_future(backend.write('key', 'in vain'))
        for _ in range(20):
            assert await backend.read('key') == 'before'
        assert time.monotonic() - started < stretched(2)
        # The list of locks that the system gives may be torn while others lock.
        named = f'(process {holder.pid} .*|another process;) nothing was stored'
        with pytest.raises(OSError, match=f'data.db is locked by {named}'):
            await write
        assert time.monotonic() - started < backend.seconds_per_call
        holder.signal(signal.SIGCONT)
        holder.pipe.send('go')
        assert holder.hear() == 'committed'
    await backend.write('key', 'after')
    assert await backend.get_all() == {'held 0': 1, 'key': 'after'}


async def test_other_processes_hear_of_a_commit(backend: SQLiteBackend, path: Path) -> None:
    """At once by a message, and otherwise when they look."""
    await backend.write('key', 0)
    with processes(2, follow, path) as followers:
        for each in followers:
            assert each.hear() == 'ready'
        delays = []
        for i in range(20):
            await backend.write('key', i)
            committed = time.perf_counter()
            delays += [each.hear() - committed for each in followers]
        assert sorted(delays)[len(delays) // 2] < stretched(0.1)
        directory = path.with_name('data.db-servers')
        followers[0].kill()
        while len(list(directory.iterdir())) > 1:  # until that of the dead one is removed
            await backend.write('key', 'last')
            followers[1].hear()
        next(directory.iterdir()).unlink()
        await backend.write('key', 'without a message')
        followers[1].hear()
        followers[1].pipe.send('end')
        followers[1].wait()
    assert not directory.exists()


@pytest.fixture
async def heard(backend: SQLiteBackend) -> asyncio.Queue[Any]:
    """Return the commits of the key `key`, as the backend reports them."""
    queue: asyncio.Queue[Any] = asyncio.Queue()
    await backend.watch(lambda _, update: queue.put_nowait(update), queue.put_nowait)
    await backend.serve(['key'], [])
    return queue


INSERT = 'INSERT INTO dara (key, value) VALUES (?, ?)'


async def test_other_programs_write(backend: SQLiteBackend, path: Path, heard: asyncio.Queue[Any]) -> None:
    """Each statement is a commit, which is reported within a second."""
    await backend.load('key')
    statements: list[tuple[str, Any]] = [
        ("INSERT INTO dara (key, value) VALUES ('key', '[1]')", [1]),
        ("UPDATE dara SET value = '[2]' WHERE key = 'key'", [2]),
        ("INSERT OR REPLACE INTO dara (key, value) VALUES ('key', '[3]')", [3]),
        ("INSERT INTO dara VALUES ('key', '[4]', NULL) ON CONFLICT DO UPDATE SET value = excluded.value", [4]),
        ("UPDATE OR REPLACE dara SET value = json_set(value, '$[1]', 5)", [4, 5]),
        ('DELETE FROM dara', ABSENT),
        ('REPLACE INTO dara (key, value) VALUES (\'key\', \'{"a": "\\u0000😀"}\')', {'a': '\0😀'}),
    ]
    for statement, value in statements:
        tip = (await backend.load('key')).tip
        assert run_sql(path, statement) == ''
        async with within(1):
            update = await heard.get()
        assert isinstance(update.change, Whole)
        assert (update.base, update.change.value) == (tip, value)
        loaded = await backend.load('key')
        assert (loaded.value, loaded.tip, loaded.mark) == (value, update.tip, update.mark)
        check_history(loaded)
    await backend.write('key', 'ours')
    assert run_sql(path, 'SELECT value FROM dara') == '"ours"'


async def test_mistakes_of_other_programs_are_refused(backend: SQLiteBackend, path: Path) -> None:
    """Nothing is stored then."""
    await backend.write('key', 1)
    for sql, error in (
        ("UPDATE dara SET value = 'text'", 'the value is not JSON text'),
        ("UPDATE dara SET value = x'31'", 'the value is not JSON text'),
        ('UPDATE dara SET value = NULL', 'NOT NULL constraint failed'),
        ("UPDATE dara SET key = 'other'", 'a key is not changed'),
        ("INSERT INTO dara VALUES ('new', 'text', NULL)", 'the value is not JSON text'),
    ):
        assert error in run_sql(path, sql)
    assert await backend.get_all() == {'key': 1}


async def test_a_value_that_cannot_be_read_can_be_mended(backend: SQLiteBackend, path: Path) -> None:
    """A surrogate alone is JSON to SQLite, but no text."""
    await backend.load('key')
    assert run_sql(path, INSERT, 'key', '"\\ud800"') == ''
    with pytest.raises(Exception, match=r"data.db, key 'key': .*It was left as it is"):
        await backend.load('key')
    assert run_sql(path, "UPDATE dara SET value = '1'") == ''
    assert await backend.read('key') == 1
    await backend.write('key', 2)


async def test_another_program_does_not_overwrite_what_is_typed(backend: SQLiteBackend, path: Path) -> None:
    """The value in the table is older then; it is written after the edits."""
    text = 'x' * 20_000
    await backend.write('key', text)
    proposal = await type_character(backend, text)
    for sql in (
        "UPDATE dara SET value = '1'",
        "REPLACE INTO dara (key, value) VALUES ('key', '1')",
        'DELETE FROM dara',
    ):
        assert 'somebody is editing this value; try again in two seconds' in run_sql(path, sql)
    await backend.store_snapshot('key', proposal.update.tip, proposal.encoded)
    assert run_sql(path, 'SELECT length(value) FROM dara') == STORED_LENGTH
    assert run_sql(path, "UPDATE dara SET value = '1'") == ''
    assert await backend.read('key') == 1


async def type_character(backend: SharedBackend, text: str) -> Proposal:
    """Commit a character at the start of a text under `key`, without the whole text."""
    loaded = await backend.load('key')
    version = loaded.mark.version
    mark = loaded.mark._replace(version=version + 1)
    name, receipt = backend.name_of_next(mark)
    change = Change(version, version + 1, (CommittedEdit.of(1, 1, (Splice((), 0, 0, 'y'),)),))
    receipts = {backend.writer: receipt, TAB: Receipt(version + 1, version=version + 1)}
    proposal = Proposal('key', Update(loaded.tip, name, mark, change, receipts), f'y{text}', is_snapshot=False)
    assert await backend.propose(proposal) is None
    return proposal


async def test_an_edit_of_a_large_value_writes_little(backend: SQLiteBackend, path: Path) -> None:
    """At most 16 KB an edit in a value of 1 MB."""
    text = 'x' * 1_000_000
    await backend.write('key', text)
    await backend._run(lambda tables: tables.session.execute('PRAGMA wal_checkpoint(TRUNCATE)'))
    await backend._run(lambda tables: tables.session.execute('PRAGMA wal_autocheckpoint = 0'))
    edits = 200
    for _ in range(edits):
        text = str((await type_character(backend, text)).value)
    assert path.with_name('data.db-wal').stat().st_size / edits < 16 * 1024
    assert await backend.read('key') == text


async def test_the_log_is_bounded(backend: SQLiteBackend) -> None:
    """It keeps the last thousand commits at least, and not many more."""
    loaded = await backend.load('key')
    tips = [loaded.tip]
    for i in range(1, 1201):
        mark = loaded.mark._replace(version=i)
        name, receipt = backend.name_of_next(mark)
        proposal = Proposal('key', Update(tips[-1], name, mark, Whole(i), {backend.writer: receipt}), i)
        assert await backend.propose(proposal) is None
        tips.append(name)
    assert len(await backend.updates('key', tips[-1001]) or ()) == 1000
    assert await backend.updates('key', tips[100]) is None
    assert len((await backend.load('key')).updates) <= 1100


async def test_a_poisoned_proposal_fails_alone(backend: SQLiteBackend) -> None:
    """A key with half of a character cannot be stored; others at the same time are."""
    keys = ['a', '\ud800', 'b']
    answers = await asyncio.gather(
        *(backend.write(key, key) for key in keys[::2]), write_new(backend, '\ud800'), return_exceptions=True
    )
    assert [type(each) for each in answers[:2]] == [type(None)] * 2
    assert isinstance(answers[2], ValueError)
    assert await backend.get_all() == {'a': 'a', 'b': 'b'}


async def write_new(backend: SharedBackend, key: str) -> None:
    """Write a key that has no value."""
    mark = (await backend.load('key')).mark
    name, receipt = backend.name_of_next(mark._replace(version=1))
    update = Update('', name, mark._replace(version=1), Whole(1), {backend.writer: receipt})
    await backend.propose(Proposal(key, update, 1))


async def test_names_divide_a_database(path: Path) -> None:
    one, other = SQLiteBackend(path), SQLiteBackend(path, name='other')
    await one.write('key', 'one')
    await other.write('key', 'other')
    assert (await one.read('key'), await other.read('key')) == ('one', 'other')
    assert one.identity != other.identity
    assert other.describe() == f'{path}, other'
    for backend in (one, other):
        await backend.close()


async def test_processes_start_at_once(path: Path) -> None:
    """One makes the tables, and the others wait for it."""
    with processes(4, follow, path) as started:
        assert [each.hear() for each in started] == ['ready'] * 4
        for each in started:
            each.pipe.send('end')
            each.wait()


async def test_old_receipts_and_old_values_are_swept(backend: SQLiteBackend, path: Path) -> None:
    """A server that was killed has left a value to the log. Receipts go after a day."""
    text = 'x' * 20_000
    await backend.write('key', text)
    await type_character(backend, text)
    assert set(await backend.receipts('key', [backend.writer, TAB])) == {backend.writer, TAB}
    age = 'UPDATE dara__receipts SET at = at - 86400'
    await backend._run(lambda tables: tables.session.execute(age))
    await backend._run(lambda tables: tables.session.execute('UPDATE dara__tips SET at = at - 6'))
    await backend.watch(lambda *_: None, lambda _: None)
    async with asyncio.timeout(SECONDS):
        while await backend.receipts('key', [TAB]):
            await asyncio.sleep(0.01)
        while run_sql(path, 'SELECT length(value) FROM dara') != STORED_LENGTH:
            await asyncio.sleep(0.01)


async def test_a_receipt_that_is_renewed_meanwhile_is_not_swept(path: Path) -> None:
    """Its writer edits between the two steps of a sweep."""
    backend = SQLiteBackend(path)
    backend._library = python_library()
    await backend.write('key', 1)
    await type_character(backend, '1')
    age = 'UPDATE dara__receipts SET at = at %s 86401'

    def renew(statement: str) -> None:
        if statement == 'BEGIN IMMEDIATE':
            assert run_sql(path, age % '+') == ''

    def sweep(tables: Any) -> None:
        tables.session.execute(age % '-')
        tables.session._connection.set_trace_callback(renew)
        tables.sweep('')

    await backend._run(sweep)
    assert await backend.receipts('key', [TAB])
    await backend.close()


async def test_a_callback_that_fails_does_not_end_the_feed(backend: SQLiteBackend) -> None:
    """Nor does it keep what came with it from being reported."""
    heard: asyncio.Queue[str] = asyncio.Queue()

    def receive(message: str) -> None:
        heard.put_nowait(message)
        if message == 'bad':
            raise ValueError

    await backend.receive(receive)
    backend._receiver.report(['bad', 'good'])  # type: ignore[union-attr]
    async with asyncio.timeout(SECONDS):
        assert [await heard.get() for _ in range(2)] == ['bad', 'good']


async def test_what_others_write_merges_with_what_people_type(path: Path) -> None:
    """On all servers, whichever of them has heard of it when an edit comes."""
    servers = [Records(SQLiteBackend(path)) for _ in range(2)]
    records = []
    for server in servers:
        await server.watch('key')
        record = server.get('key')
        record.set_default({'text': '', 'note': ''}, store='doc', may_be_stored=True)
        await record.load()
        records.append(record)
    await records[0].transact(lambda _: {'text': 'abc', 'note': ''})
    seen = records[0]
    edits = [Edit(TAB, TAB.author, n, seen.epoch, 2, (Splice(('text',), 0, 0, str(n)),)) for n in (1, 2)]
    assert run_sql(path, """UPDATE dara SET value = json_set(value, '$.note', 'theirs', '$.text', 'abcd')""") == ''
    for record, edit in zip(records, edits, strict=True):
        assert isinstance(await record.edit(edit), Committed)
    for record in records:
        await record.refresh()
        assert record.value == {'text': '12abcd', 'note': 'theirs'}
    for server in servers:
        assert isinstance(server.backend, SQLiteBackend)
        await server.backend.close()
