"""Tests of `PostgresBackend` with records on several servers, while the database fails."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from itertools import count, pairwise
from typing import Any

import asyncpg
import psutil
import pytest

from dara.core._edits import ABSENT, Splice
from dara.core._json import Json, json_equal
from dara.core.errors import BackendFailed, InvalidConfig
from dara.core.persistence.changelog import Writer
from dara.core.persistence.databases import postgres_connections
from dara.core.persistence.databases.postgres import PostgresBackend
from dara.core.persistence.databases.postgres_connections import SETTINGS
from dara.core.persistence.edit import Committed, Edit, Settled
from tests.network import Network
from tests.pgbouncer import PgBouncer
from tests.postgres_server import PASSWORD, QUOTED_PASSWORD, PostgresServer
from tests.records import KEY, Server
from tests.repeats import repeated

NAMES = count()
SECONDS = 30


@asynccontextmanager
async def servers_of(*dsns: str, **options: Any) -> AsyncIterator[list[Server]]:
    """Start servers of one app, each with its own way to the database."""
    name = f'test{next(NAMES)}'
    servers = [Server(PostgresBackend(dsn, name=name, **options)) for dsn in dsns]
    try:
        for server in servers:
            await server.start()
        yield servers
    finally:
        for server in servers:
            await server.backend.close()


class Typists:
    """People who type characters of their own, in tabs that move between the servers, and code that counts.

    Attributes:
        acknowledged: the number of characters so far.
    """

    def __init__(self, servers: list[Server], people: int = 6, characters: int = 40) -> None:
        self.servers = servers
        self.acknowledged = 0
        self.counted = self.unknown = 0
        alphabet = iter(range(0x4E00, 0x9FFF))
        self.texts = [''.join(chr(next(alphabet)) for _ in range(characters)) for _ in range(people)]

    async def work(self) -> None:
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            for i, text in enumerate(self.texts):
                group.create_task(self._type(Writer('user', f'tab {i}', 'doc'), text, random.Random(i)))
            for server in self.servers:
                group.create_task(self._count(server))

    async def reached(self, share: float) -> None:
        """Wait until a share of the characters has been acknowledged."""
        while self.acknowledged < share * sum(map(len, self.texts)):
            await asyncio.sleep(0.005)

    async def check(self) -> None:
        """Check that every acknowledged character is there once, and that all servers are equal."""
        stored: Any = await self.servers[0].backend.read(KEY)
        assert sorted(stored['text']) == sorted(''.join(self.texts))
        assert self.counted <= stored['count'] <= self.counted + self.unknown
        for server in self.servers:
            await server.record.refresh()
            assert json_equal(server.record.value, stored)
            assert all(before.version <= after.base for before, after in pairwise(server.published))
            if not server.epochs:
                assert all(before.version == after.base for before, after in pairwise(server.published))

    async def _type(self, writer: Writer, text: str, chance: random.Random) -> None:
        at = chance.choice(self.servers)
        for n, character in enumerate(text, 1):
            while not await self._is_acknowledged(at, writer, n, character):
                at = chance.choice(self.servers)
            self.acknowledged += 1

    async def _is_acknowledged(self, at: Server, writer: Writer, n: int, character: str) -> bool:
        record = at.record
        try:
            await record.catch_up_to(record.epoch, record.version, writer)
            splice = Splice(('text',), random.randint(0, len(at.text)), 0, character)
            edit = Edit(writer, writer.author, n, record.epoch, record.version, (splice,))
            return isinstance(await record.edit(edit), (Committed, Settled))
        except BackendFailed:
            await asyncio.sleep(0.05)
            return False

    async def _count(self, server: Server) -> None:
        for _ in range(20):
            try:
                await server.record.transact(_counted)
            except BackendFailed:
                self.unknown += 1
            else:
                self.counted += 1


def _counted(value: Any) -> Json:
    return {**value, 'count': value['count'] + 1}


async def until(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.01)


async def cut(server: PostgresServer) -> None:
    """End all connections, three times."""
    for _ in range(3):
        await server.cut_connections()
        await asyncio.sleep(0.2)


async def kill(server: PostgresServer) -> None:
    """Kill the database, and start it again."""
    server.kill()
    await asyncio.to_thread(server.start)


async def pause(server: PostgresServer) -> None:
    """Stop the database for longer than any call may take."""
    server.pause()
    await asyncio.sleep(6)
    server.resume()


@pytest.mark.parametrize('fault', [cut, kill, pause])
async def test_every_acknowledged_edit_is_there_once(
    server: PostgresServer, fault: Callable[[PostgresServer], Awaitable[None]]
) -> None:
    """Whatever happens to the database, and all servers end equal."""
    async with servers_of(*[server.dsn] * 3) as servers:
        typists = Typists(servers)
        work = asyncio.create_task(typists.work())
        await typists.reached(0.3)
        await fault(server)
        await work
        await typists.check()


@pytest.mark.parametrize('is_silent', [False, True])
async def test_the_feed_brings_what_it_has_missed(
    server: PostgresServer, caplog: pytest.LogCaptureFixture, is_silent: bool
) -> None:
    """A server notices within ten seconds that its line to the database is cut, or silent, and catches up by itself."""
    async with (
        Network(server.dsn) as network,
        servers_of(server.dsn, server.dsn_by(network.port)) as (here, there),
    ):
        await here.record.transact(_counted)
        await until(lambda: there.record.version == here.record.version, 1)
        (network.stall if is_silent else network.cut)()
        await here.record.transact(_counted)
        await until(lambda: 'the feed was lost' in caplog.text, 10)
        (network.resume if is_silent else network.mend)()
        await until(lambda: there.record.version == here.record.version)
    assert not any(secret in caplog.text for secret in (PASSWORD, QUOTED_PASSWORD))


async def test_a_lost_announcement_is_found(server: PostgresServer) -> None:
    """By the sweep."""
    async with servers_of(server.dsn, server.dsn) as (here, there):
        link = await here.backend._opened()
        link.feed._channel = 'nobody listens here'
        await here.record.transact(_counted)
        await until(lambda: there.record.version == here.record.version, 5)


async def test_a_database_that_is_away_fails_fast(server: PostgresServer) -> None:
    """With its place, and without secrets. A database that is stopped fails before the time limit of the record."""
    with PostgresServer() as other:
        async with servers_of(other.dsn) as (here,):
            other.pause()
            with pytest.raises(BackendFailed, match=r'no answer within 4.5 s'):
                await here.record.transact(_counted)
            other.kill()
            with pytest.raises(BackendFailed, match=f"Postgres at 127.0.0.1:{other.port}, .*: could not read 'doc'"):
                await here.record.refresh()


async def test_a_promoted_standby_begins_a_new_epoch() -> None:
    """It lacks commits that servers have seen. Nothing is committed before all of them know that."""
    with PostgresServer() as primary:
        async with Network(primary.dsn) as network:
            standby = PostgresServer(primary=primary.dsn_by(network.port))
            try:
                await asyncio.to_thread(standby.__enter__)
                async with servers_of(*[primary.dsn_by(primary.port, standby.port)] * 3) as servers:
                    here, *others = servers
                    await here.record.transact(_counted)
                    await until_replayed(primary, standby)
                    seen = here.record.version
                    network.cut()
                    for _ in range(3):
                        await here.record.transact(_counted)
                    await until(lambda: all(each.record.version == seen + 3 for each in others))
                    epoch = here.record.epoch
                    primary.kill()
                    await asyncio.to_thread(standby.promote)
                    await until(lambda: all(each.epochs for each in servers))
                    for each in servers:
                        await each.record.transact(_counted)
                    for each in servers:
                        await each.record.refresh()
                        assert each.record.epoch != epoch
                        assert each.record.version == seen + 1 + len(servers)
                        assert len(each.epochs) == 1
                        assert json_equal(each.record.value, {'text': '', 'count': 1 + len(servers)})
            finally:
                standby.__exit__()


async def until_replayed(primary: PostgresServer, standby: PostgresServer) -> None:
    """Wait until the standby has what the primary has."""
    one, other = await asyncpg.connect(primary.dsn), await asyncpg.connect(standby.dsn)
    end = await one.fetchval('SELECT pg_current_wal_lsn()::text')
    while not await other.fetchval('SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn', end):
        await asyncio.sleep(0.01)
    for each in (one, other):
        await each.close()


async def test_a_restart_keeps_the_epoch() -> None:
    with PostgresServer() as server:
        async with servers_of(server.dsn) as (here,):
            await here.record.transact(_counted)
            epoch, version = here.record.epoch, here.record.version
            await kill(server)
            await here.record.refresh()
            assert (here.record.epoch, here.record.version, here.epochs) == (epoch, version, [])


async def test_a_pooler_needs_a_second_address(server: PostgresServer) -> None:
    """Through PgBouncer in transaction mode notifications are lost, and prepared statements."""
    settings = ', '.join(SETTINGS)
    for config in ('', f'ignore_startup_parameters = {settings}'):
        with PgBouncer(server, config) as pooler:
            backend = PostgresBackend(pooler.dsn, name='pooled')
            with pytest.raises(InvalidConfig, match=r'Give PostgresBackend\(listen_dsn=...\)'):
                await backend.watch(lambda key, update: None, lambda keys: None)
            await backend.close()


async def test_a_slow_database_is_not_taken_for_a_pooler(server: PostgresServer) -> None:
    """Its notifications are only late."""
    async with Network(server.dsn) as network:
        backend = PostgresBackend(server.dsn, name='slow', listen_dsn=server.dsn_by(network.port))
        feed = (await backend._opened()).feed
        await feed._listen()
        network.stall()
        with pytest.raises(TimeoutError):
            await feed._hear_ourselves()
        network.resume()
        await backend.watch(lambda key, update: None, lambda keys: None)
        await backend.close()


@pytest.mark.parametrize('is_first', [False, repeated(True)])
async def test_a_commit_that_waits_for_a_standby_is_not_taken_for_lost(
    monkeypatch: pytest.MonkeyPatch, *, is_first: bool
) -> None:
    """Nobody can see it until the standby has it, and it cannot be undone."""

    def counted(value: Any) -> Json:
        return _counted(value) if isinstance(value, dict) else 0 if value is ABSENT else value + 1

    monkeypatch.setattr(postgres_connections, 'CALL_SECONDS', 1)
    with PostgresServer("synchronous_commit = local\nsynchronous_standby_names = 'away'") as server:
        async with servers_of(server.dsn) as (here,):
            await here.record.transact(_counted)
            record = here.records.get('new') if is_first else here.record
            record.set_default(1, store='doc', may_be_stored=False)
            await record.load()
            link = await here.backend._opened()
            await link.writes.call(lambda connection: connection.execute('SET synchronous_commit = on'))
            with pytest.raises(BackendFailed, match='no answer'):
                await record.transact(counted)
            with pytest.raises(BackendFailed, match='a commit is under way'):
                await record.refresh()
            admin = await asyncpg.connect(server.dsn)
            await admin.execute("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
            await admin.close()
            await patiently(record.refresh)
            await record.transact(counted)
            assert record.value == (1 if is_first else {'text': '', 'count': 3})


async def patiently(work: Callable[[], Awaitable[Any]]) -> Any:
    """Try until the database answers."""
    while True:
        try:
            return await work()
        except BackendFailed:
            await asyncio.sleep(0.01)


async def test_servers_work_through_a_pooler(server: PostgresServer) -> None:
    with PgBouncer(server) as pooler:
        async with servers_of(*[pooler.dsn] * 3, listen_dsn=server.dsn) as servers:
            typists = Typists(servers, characters=20)
            await typists.work()
            await typists.check()
            await servers[0].record.transact(_counted)
            await until(lambda: servers[1].record.version == servers[0].record.version, 1)


async def test_closing_leaves_nothing_behind(server: PostgresServer) -> None:
    """No task and no connection, even if the database does not answer, and if nobody waits for that."""
    with PostgresServer() as other:
        for is_paused, seconds in ((False, 5), (True, 5), (True, 0.05)):
            backend = PostgresBackend(other.dsn)
            await backend.watch(lambda key, update: None, lambda keys: None)
            calls = [asyncio.create_task(backend.write(str(i), i)) for i in range(3)]
            if is_paused:
                other.pause()
                calls.append(asyncio.create_task(backend.read('key')))
                await asyncio.sleep(0)
            else:
                await asyncio.gather(*calls)
            with suppress(TimeoutError) if seconds < 1 else nullcontext():
                async with asyncio.timeout(seconds):
                    await backend.close()
            await asyncio.gather(*calls, return_exceptions=True)
            await until(lambda: asyncio.all_tasks() == {asyncio.current_task()}, 1)
            assert not [each for each in psutil.Process().net_connections('tcp') if each.raddr[1:] == (other.port,)]
            other.resume()
