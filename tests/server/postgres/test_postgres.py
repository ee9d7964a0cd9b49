"""Tests of `PostgresBackend` with a real server."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from dara.core._edits import Splice
from dara.core.errors import InvalidConfig, InvalidDefinition
from dara.core.persistence.changelog import Change, CommittedEdit, Mark, Update, Whole
from dara.core.persistence.databases.postgres import PostgresBackend
from dara.core.persistence.shared import Conflict, Loaded, Proposal, SharedBackend
from dara.core.persistence.versions import enveloped
from dara.testing import SharedBackendContract
from tests.postgres_server import PASSWORD, PostgresServer

SECONDS = 10


@pytest.fixture
async def backend(server: PostgresServer, name: str) -> AsyncIterator[PostgresBackend]:
    opened = PostgresBackend(server.dsn, name=name)
    yield opened
    await opened.close()


@pytest.fixture
async def sql(server: PostgresServer) -> AsyncIterator[Any]:
    """A connection of another program."""
    connection = await asyncpg.connect(server.dsn)
    yield connection
    await connection.close()


class TestPostgres(SharedBackendContract):
    """The promises of shared backends. Each test has a name of its own in one database."""

    @pytest.fixture(autouse=True)
    def _with_a_name(self, server: PostgresServer, name: str) -> None:
        self.dsn, self.name = server.dsn, name

    async def open(self) -> SharedBackend:
        return PostgresBackend(self.dsn, name=self.name)


async def heard(backend: PostgresBackend, key: str) -> asyncio.Queue[Update]:
    """Return the queue of the commits of a key."""
    updates: asyncio.Queue[Update] = asyncio.Queue()
    await backend.watch(lambda _, update: updates.put_nowait(update), lambda _: None)
    await backend.serve([key], [])
    return updates


async def next_of(updates: asyncio.Queue[Update], seconds: float = SECONDS) -> Update:
    return await asyncio.wait_for(updates.get(), seconds)


def typed(
    backend: PostgresBackend,
    loaded: Loaded,
    text: str,
    key: str = 'key',
    *,
    is_snapshot: bool = False,
    value_version: int = 1,
) -> Proposal:
    """Return the proposal to insert a text at the start of a value."""
    mark = loaded.mark._replace(version=loaded.mark.version + 1)
    tip, receipt = backend.name_of_next(mark)
    change = Change(loaded.mark.version, mark.version, (CommittedEdit.of(0, 0, (Splice((), 0, 0, text),)),))
    update = Update(loaded.tip, tip, mark, change, {backend.writer: receipt}, value_version)
    return Proposal(key, update, f'{text}{loaded.value}', is_snapshot=is_snapshot)


async def test_a_notification_of_a_stranger_is_no_message(backend: PostgresBackend, name: str, sql: Any) -> None:
    received: asyncio.Queue[Any] = asyncio.Queue()
    await backend.receive(received.put_nowait)
    for payload in ('{"a": 1}', '5', 'x', '[[1, 2], 3]', '=good'):
        await sql.execute('SELECT pg_notify($1, $2)', f'dara.{name}', payload)
    assert await asyncio.wait_for(received.get(), SECONDS) == 'good'


class TestOtherPrograms:
    """Programs that use SQL, whose writes are commits of their own."""

    async def test_their_writes_are_reported_within_a_second(
        self, backend: PostgresBackend, name: str, sql: Any
    ) -> None:
        updates = await heard(backend, 'key')
        statements = {
            'INSERT INTO dara.record (store, key, value) VALUES ($1, $2, \'{"a": 1.50}\')': {'a': 1.5},
            'UPDATE dara.record SET value = \'"\\u0000"\' WHERE store = $1 AND key = $2': '\0',
            "INSERT INTO dara.record (store, key, value) VALUES ($1, $2, 'null') "
            'ON CONFLICT (store, key) DO UPDATE SET value = excluded.value': None,
        }
        tip, epoch = '', (await backend.load('key')).mark.epoch
        for version, (statement, value) in enumerate(statements.items(), 1):
            await sql.execute(statement, name, 'key')
            update = await next_of(updates, 1)
            assert isinstance(update.change, Whole)
            assert (update.base, update.mark, update.change.value) == (tip, Mark(epoch, version), value)
            tip = update.tip
            loaded = await backend.load('key')
            assert (loaded.tip, loaded.value, loaded.mark) == (tip, value, update.mark)

    @pytest.mark.parametrize('statement', ['DELETE FROM dara.record WHERE store = $1', 'TRUNCATE dara.record'])
    async def test_a_deleted_key_keeps_its_history(
        self, backend: PostgresBackend, name: str, sql: Any, statement: str
    ) -> None:
        await backend.write('key', 'value')
        before = await backend.load('key')
        updates = await heard(backend, 'key')
        await sql.execute(statement, *([name] if '$1' in statement else []))
        update = await next_of(updates, 1)
        assert (update.base, update.mark) == (before.tip, before.mark._replace(version=2))
        assert not await backend.has('key')
        assert await backend.get_all() == {}
        assert (await backend.load('key')).mark == update.mark
        await backend.write('key', 'again')
        assert (await backend.load('key')).mark.version == 3

    async def test_a_write_that_changes_nothing_is_none(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        await backend.write('key', 1)
        before = await backend.load('key')
        await sql.execute("UPDATE dara.record SET value = '1', version = 9, tip = $2 WHERE store = $1", name, 'no')
        assert (await backend.load('key')).mark == before.mark

    async def test_a_value_that_is_being_edited_is_not_overwritten(
        self, backend: PostgresBackend, name: str, sql: Any
    ) -> None:
        """Until the value is stored."""
        await backend.write('key', 'old')
        proposal = typed(backend, await backend.load('key'), 'very ')
        assert await backend.propose(proposal) is None
        update = 'UPDATE dara.record SET value = \'"new"\' WHERE store = $1'
        with pytest.raises(asyncpg.ObjectInUseError, match='being edited') as caught:
            await sql.execute(update, name)
        assert caught.value.hint == 'Try again in two seconds.'
        await backend.store_snapshot('key', proposal.update.tip, proposal.encoded)
        await sql.execute(update, name)
        assert await backend.read('key') == 'new'

    async def test_a_value_is_stored_though_its_server_has_ended(
        self, backend: PostgresBackend, name: str, sql: Any
    ) -> None:
        """Another server does it."""
        await backend.write('key', 'old')
        assert await backend.propose(typed(backend, await backend.load('key'), 'very ')) is None
        upkeep = (await backend._opened()).upkeep
        for _ in range(2):
            await upkeep.step()
        assert await sql.fetchval('SELECT value FROM dara.record WHERE store = $1', name) == '"very old"'

    async def test_what_servers_could_not_read_is_refused(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        await backend.write('key', 'value')
        for value in ('"\\ud800"', '{'):
            with pytest.raises(asyncpg.InvalidTextRepresentationError):
                await sql.execute('UPDATE dara.record SET value = $2::text::json WHERE store = $1', name, value)
        for statement in ("UPDATE dara.record SET key = 'other' WHERE store = $1", 'TRUNCATE dara.log'):
            with pytest.raises(asyncpg.FeatureNotSupportedError):
                await sql.execute(statement, *([name] if '$1' in statement else []))
        assert await backend.get_all() == {'key': 'value'}

    async def test_they_need_no_right_to_the_log(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        await backend.write('key', 1)
        await sql.execute(
            'CREATE ROLE reporter; GRANT USAGE ON SCHEMA dara TO reporter; '
            'GRANT SELECT, UPDATE, DELETE ON dara.record TO reporter'
        )
        await sql.execute('SET ROLE reporter')
        await sql.execute("UPDATE dara.record SET value = '2' WHERE store = $1", name)
        assert await backend.read('key') == 2
        await sql.execute('DELETE FROM dara.record WHERE store = $1', name)
        assert not await backend.has('key')


class TestEpochs:
    """The epochs of a database whose history is another one."""

    async def test_a_copy_begins_new_ones(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        """With the value and its version, even if edits follow the stored one."""
        await backend.write('key', enveloped('old', 2))
        before = await backend.load('key')
        proposal = typed(backend, before, 'very ', value_version=2)
        assert await backend.propose(proposal) is None
        await sql.execute("SET dara.writer = 'server'")
        await sql.execute("UPDATE dara.record SET instance = 'another' WHERE store = $1", name)
        loaded = await backend.load('key')
        assert loaded.value == enveloped('very old', 2)
        assert loaded.mark.version == 3
        assert loaded.mark.epoch != before.mark.epoch
        assert (await backend.load('key')).mark == loaded.mark

    async def test_a_commit_begins_one_first(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        await backend.write('key', 'old')
        before = await backend.load('key')
        await sql.execute("SET dara.writer = 'server'")
        await sql.execute("UPDATE dara.record SET instance = 'another' WHERE store = $1", name)
        answer = await backend.propose(typed(backend, before, 'very '))
        assert isinstance(answer, Conflict)
        [update] = answer.updates or ()
        assert (update.base, update.mark.version) == (before.tip, 2)
        assert update.mark.epoch != before.mark.epoch
        assert await backend.read('key') == 'old'


class TestRefusals:
    """Proposals that the database refuses."""

    async def test_a_value_that_is_refused_fails_alone(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        await backend.write('key', 1)
        await sql.execute(f"ALTER TABLE dara.record ADD CONSTRAINT c CHECK (store <> '{name}' OR value::text <> '13')")
        answers = await asyncio.gather(*(backend.write(f'key {i}', i) for i in range(30)), return_exceptions=True)
        [error] = [each for each in answers if each is not None]
        assert isinstance(error, asyncpg.CheckViolationError)
        assert {value for _, value in (await backend.get_all()).items()} == set(range(30)) - {13} | {1}

    async def test_a_key_that_cannot_be_stored_fails_alone(self, backend: PostgresBackend) -> None:
        answers = await asyncio.gather(*(backend.write(key, 1) for key in ('a', '\0', 'b')), return_exceptions=True)
        assert [type(each) for each in answers] == [type(None), asyncpg.CharacterNotInRepertoireError, type(None)]

    async def test_a_row_that_is_locked_fails_alone(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        for key in ('locked', 'free'):
            await backend.write(key, 1)
        async with sql.transaction():
            await sql.execute('SELECT FROM dara.record WHERE store = $1 AND key = $2 FOR UPDATE', name, 'locked')
            answers = await asyncio.gather(
                *(backend.write(key, 2) for key in ('locked', 'free')), return_exceptions=True
            )
        assert isinstance(answers[0], TimeoutError)
        assert answers[1] is None
        assert await backend.get_all() == {'locked': 1, 'free': 2}


class TestLog:
    """The bounds of what is kept."""

    async def test_older_commits_are_removed(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        for i in range(20):
            await backend.write('large', 'x' * 50_000 + str(i))
        await backend.write('small', '')
        loaded = await backend.load('small')
        for _ in range(1103):
            proposal = typed(backend, loaded, 'x', 'small', is_snapshot=True)
            assert await backend.propose(proposal) is None
            loaded = Loaded(proposal.update.mark, proposal.update.tip, proposal.value)
        counts = dict(await sql.fetch('SELECT key, count(*) FROM dara.log WHERE store = $1 GROUP BY key', name))
        assert counts['large'] == 5
        assert 1000 <= counts['small'] <= 1050
        assert len((await backend.load('small')).updates) == 1000

    async def test_receipts_are_removed_after_a_day(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        for key in ('old', 'new'):
            await backend.write(key, 1)
        await sql.execute("UPDATE dara.receipt SET at = now() - interval '25 h' WHERE store = $1 AND key = 'old'", name)
        await (await backend._opened()).upkeep.step()
        known = await sql.fetch('SELECT key FROM dara.receipt WHERE store = $1', name)
        assert [row['key'] for row in known] == ['new']

    async def test_an_edit_of_a_large_value_costs_little(self, backend: PostgresBackend, sql: Any) -> None:
        await backend.write('key', 'x' * 1_000_000)
        loaded = await backend.load('key')
        before = await sql.fetchval('SELECT pg_current_wal_insert_lsn()')
        for _ in range(200):
            proposal = typed(backend, loaded, 'y')
            assert await backend.propose(proposal) is None
            loaded = Loaded(proposal.update.mark, proposal.update.tip, proposal.value)
        after = await sql.fetchval('SELECT pg_current_wal_insert_lsn()')
        assert (after - before) / 200 < 4096

    async def test_updates_are_hot(self, backend: PostgresBackend, name: str, sql: Any) -> None:
        """No index grows with them."""
        await backend.write('key', 0)
        counts = "SELECT n_tup_upd, n_tup_upd - n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'record'"
        updated, others = await sql.fetchrow(counts)
        for i in range(100):
            await backend.write('key', i)
        await backend.close()  # its counts are published then
        while (after := await sql.fetchrow(counts))[0] < updated + 100:
            await asyncio.sleep(0.01)
        assert after[1] - others < 10


class TestAddresses:
    """The URL of the database, of which no secret is shown."""

    @pytest.mark.parametrize(
        'url',
        [
            f'postgresql://bob:{PASSWORD}@host/db',
            'postgresql://bob:s3cr/et@host/db',
            'postgresql://bob:s3cr#et@host/db',
            'postgresql://bob:s3cr?et@host/db',
            'postgresql://bob:s3cr@et@host/db',
            'postgresql://bob:s3cr:et@host/db',
            'postgresql://host:s3cret/db',
            'postgresql://host/db?password=s3cret',
            'postgres//bob:s3cret@host/db',
            's3cret',
        ],
    )
    def test_one_that_is_invalid_is_not_shown(self, url: str) -> None:
        for urls in ({'dsn': url}, {'dsn': 'postgresql://host/db', 'listen_dsn': url}):
            with pytest.raises(InvalidDefinition) as caught:
                PostgresBackend(**urls)
            text = f'{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}'
            assert not any(part in text for part in ('s3cr', 'se/cr', 'bob'))

    def test_the_place_is_described(self) -> None:
        url = 'postgresql://bob:s3cret@one.example:6000,[::1]/app?sslmode=require'
        backend = PostgresBackend(url, name='shop')
        assert backend.describe() == "Postgres at one.example:6000, ::1:5432, database app, name 'shop'"
        for text in (repr(backend), str(backend), backend.describe(), backend.model_dump_json()):
            assert 's3cret' not in text
            assert 'bob' not in text
        assert backend.identity == PostgresBackend(url, name='shop').identity
        assert backend.identity != PostgresBackend(url).identity

    def test_the_library_is_named_if_it_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, 'asyncpg', None)
        with pytest.raises(InvalidDefinition, match=r"pip install 'dara-live\[postgres\]'"):
            PostgresBackend('postgresql://host/db')

    async def test_a_wrong_password_is_not_shown(
        self, server: PostgresServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        url = server.dsn.replace(':se', ':s3cr')
        backend = PostgresBackend(url)
        with pytest.raises(asyncpg.InvalidPasswordError) as caught:
            await backend.read('key')
        assert 's3cr' not in f'{caught.value!r}{caplog.text}'
        await backend.close()


class TestSchema:
    """The tables, which servers make when they first connect."""

    async def test_servers_that_start_together_make_it_once(self, server: PostgresServer, sql: Any) -> None:
        await sql.execute('CREATE DATABASE fresh')
        backends = [PostgresBackend(server.dsn.replace('/postgres', '/fresh')) for _ in range(8)]
        await asyncio.gather(*(each.write('key', i) for i, each in enumerate(backends)))
        assert (await backends[0].load('key')).mark.version == len(backends)
        for each in backends:
            await each.close()

    async def test_a_newer_one_is_refused(self, server: PostgresServer, sql: Any) -> None:
        await sql.execute('CREATE DATABASE newer')
        url = server.dsn.replace('/postgres', '/newer')
        for version in (1, 2):
            backend = PostgresBackend(url)
            if version == 1:
                await backend.write('key', 1)
                other = await asyncpg.connect(url)
                await other.execute('UPDATE dara.schema SET version = 2')
                await other.close()
            else:
                with pytest.raises(InvalidConfig, match='has version 2, and this Dara knows 1'):
                    await backend.read('key')
            await backend.close()

    async def test_the_durability_is_that_of_the_server(self, backend: PostgresBackend, sql: Any) -> None:
        """A server that need not sync is no disk; one that does not by default is made to."""
        await backend.write('key', 1)
        assert backend.durability == 'disk'
        await sql.execute("ALTER SYSTEM SET synchronous_commit = 'off'")
        await sql.execute('SELECT pg_reload_conf()')
        await backend.write('key', 2)
        assert backend.durability == 'disk'
        await sql.execute('ALTER SYSTEM RESET synchronous_commit')
        await sql.execute('SELECT pg_reload_conf()')
