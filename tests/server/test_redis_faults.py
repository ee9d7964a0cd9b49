"""Servers over Redis while connections break, and Redis stops, ends, or is replaced by its replica."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Literal

import orjson
import pytest

from dara.core._edits import Splice
from dara.core._json import json_equal
from dara.core.errors import BackendFailed
from dara.core.persistence.changelog import Writer
from dara.core.persistence.databases import redis, redis_feed, redis_link
from dara.core.persistence.databases.redis import RedisBackend
from dara.core.persistence.databases.redis_scripts import Names
from dara.core.persistence.databases.redis_setup import Setup
from dara.core.persistence.edit import Committed, Edit, Settled
from tests.network import Network
from tests.process import PATIENCE_SECONDS
from tests.records import KEY, Server
from tests.redis_server import RedisServer

SERVERS, EDITS, CHARACTERS = 3, 40, 5000
WRITTEN_SECONDS = 2
"""With `everysec`, Redis writes its file so much later if the disk is busy with the last second."""
Fault = Callable[[], Awaitable[None]]


class Typist:
    """A person who types characters of their own, until a fault is over, on one server after the other."""

    def __init__(self, number: int, servers: list[Server]) -> None:
        self._writer = Writer('user', f'tab {number}', 'doc')
        self._servers = servers
        self._first = number * CHARACTERS
        self.acknowledged = ''

    async def type(self, is_over: asyncio.Event) -> None:
        for n in range(1, CHARACTERS):
            if n > EDITS and is_over.is_set():
                break
            character = chr(0x4E00 + self._first + n)
            while not await self._type(n, character):
                await asyncio.sleep(0.02)
            self.acknowledged += character

    async def _type(self, n: int, character: str) -> bool:
        record = self._servers[n % len(self._servers)].record
        try:
            await record.catch_up_to(record.epoch, record.version, self._writer)
        except BackendFailed:
            return False
        edit = Edit(
            self._writer, self._writer.author, n, record.epoch, record.version, (Splice(('text',), 0, 0, character),)
        )
        return isinstance(await record.edit(edit), (Committed, Settled))


async def type_through(servers: list[Server], fault: Fault, after: int = EDITS // 3) -> tuple[str, str]:
    """Have people type while a fault happens; return the characters that were acknowledged before it, and all."""
    typists = [Typist(i, servers) for i in range(SERVERS)]
    is_over = asyncio.Event()
    typing = asyncio.gather(*(each.type(is_over) for each in typists))
    while min(len(each.acknowledged) for each in typists) < after:
        await asyncio.sleep(0.005)
    before = ''.join(each.acknowledged for each in typists)
    await fault()
    is_over.set()
    await typing
    return before, ''.join(each.acknowledged for each in typists)


async def run(
    url: str, fault: Fault, *, replicas: int = 0, may_lose: Literal['nothing', 'last', 'any'] = 'nothing'
) -> list[Server]:
    """Run a fault among several servers, and check that every acknowledged edit is there once, and on all servers.

    Args:
        url: the address of Redis.
        fault: what happens while people type.
        replicas: as of the backend.
        may_lose: the acknowledged edits that may be missing: those since the fault began, or any of them.
    """
    servers = [Server(RedisBackend(url, replicas=replicas)) for _ in range(SERVERS)]
    try:
        async with asyncio.timeout(30):
            for server in servers:
                await server.start()
            before, acknowledged = await type_through(servers, fault)
            for server in servers:
                await patiently(server.record.refresh)
            stored: Any = await patiently(lambda: servers[0].backend.read(KEY))
    finally:
        for server in servers:
            await server.backend.close()
    assert all(json_equal(server.record.value, stored) for server in servers)
    assert len(set(stored['text'])) == len(stored['text'])
    assert set(stored['text']) <= set(acknowledged)
    kept = {'nothing': acknowledged, 'last': before, 'any': ''}[may_lose]
    assert set(stored['text']) >= set(kept)
    return servers


async def patiently(work: Callable[[], Awaitable[Any]]) -> Any:
    """Try until the database answers, which may still be recovering."""
    while True:
        try:
            return await work()
        except (BackendFailed, ConnectionError):
            await asyncio.sleep(0.05)


@pytest.fixture(params=['everysec', 'always'])
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A server of its own for one test."""
    with RedisServer(appendfsync=request.param) as server:
        yield server


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter limits of time."""
    for module in (redis_link, redis_feed):
        monkeypatch.setattr(module, 'CALL_SECONDS', 0.5)
        monkeypatch.setattr(module, 'CONNECT_SECONDS', 0.4)


async def test_redis_is_killed_and_starts_again(server: RedisServer) -> None:
    """Commits that were acknowledged are there, in a new epoch: all of them, or those of two seconds ago."""

    async def kill() -> None:
        if not server.is_synced:
            await asyncio.sleep(WRITTEN_SECONDS)
        server.kill()
        await asyncio.to_thread(server.start)

    servers = await run(server.url, kill, may_lose='nothing' if server.is_synced else 'last')
    assert all(each.epochs for each in servers)
    assert servers[0].backend.durability == ('disk' if server.is_synced else 'process')


@pytest.mark.usefixtures('_impatient')
async def test_redis_stops_and_goes_on(server: RedisServer) -> None:
    """No call hangs, and what arrives late is found by its name."""

    async def pause() -> None:
        server.pause()
        await asyncio.sleep(1)
        server.resume()

    servers = await run(server.url, pause)
    assert not any(each.epochs for each in servers)


async def test_connections_are_cut(server: RedisServer) -> None:
    """Again and again, those for commits and those of the feed."""

    async def cut() -> None:
        for kind in ('normal', 'pubsub') * 5:
            await asyncio.to_thread(server.call, 'CLIENT', 'KILL', 'TYPE', kind)
            await asyncio.sleep(0.02)

    servers = await run(server.url, cut)
    assert not any(each.epochs for each in servers)


async def test_the_network_is_gone_for_a_moment(server: RedisServer) -> None:
    async with Network(server.url) as network:

        async def cut() -> None:
            network.cut()
            await asyncio.sleep(0.3)
            network.mend()

        await run(url_of(network), cut)


async def test_a_feed_that_hears_nothing_is_made_anew(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection of the feed is half open; those of the commits are not."""
    monkeypatch.setattr(redis_feed, 'PROBE_SECONDS', 0.1)
    monkeypatch.setattr(redis_feed, 'SILENT_SECONDS', 0.4)
    async with Network(server.url) as network:
        here, there = RedisBackend(url_of(network)), RedisBackend(server.url)
        lost: asyncio.Queue[object] = asyncio.Queue()
        heard: asyncio.Queue[str] = asyncio.Queue()
        await here.watch(lambda _, update: heard.put_nowait(update.tip), lost.put_nowait)
        await here.serve([KEY], [])
        network.stall()
        await there.write(KEY, 1)
        await asyncio.sleep(0.5)
        network.drop()
        network.resume()
        assert await asyncio.wait_for(lost.get(), PATIENCE_SECONDS) is None
        await there.write(KEY, 2)
        assert await asyncio.wait_for(heard.get(), PATIENCE_SECONDS) == (await there.load(KEY)).tip
        await asyncio.gather(here.close(), there.close())


async def test_a_new_connection_ends_the_one_before(server: RedisServer) -> None:
    """So that what is on its way there cannot be carried out after somebody has asked whether it was."""
    address, setup = redis_link.Address(server.url), Setup('Redis', Names('dara'), waits=False)
    sessions = []
    for _ in range(2):
        connection = address.connection()
        await redis_link.connect(connection)
        sessions.append(redis_link.Session(connection))
        await setup.prepare(sessions[-1])
    async with asyncio.timeout(PATIENCE_SECONDS):
        await sessions[0].wait_until_ended()
        assert await sessions[1].call([('PING',)]) == [b'PONG']
        sessions[1].end()
        await sessions[1].wait_until_ended()


def test_a_script_may_use_several_event_loops(server: RedisServer) -> None:
    """And need not close a backend: the end of its event loop does."""
    backend = RedisBackend(server.url)
    for i in range(3):
        asyncio.run(use(backend, i))
    assert asyncio.run(backend.read(KEY)) == 2
    gc.collect()


async def use(backend: RedisBackend, value: int) -> None:
    await backend.watch(lambda *_: None, lambda _: None)
    await backend.serve([KEY], [])
    await backend.write(KEY, value)


@pytest.fixture
def replica(server: RedisServer) -> Iterator[RedisServer]:
    """Another server, which a test can make a replica of the first one."""
    with RedisServer() as replica:
        yield replica


@pytest.mark.parametrize('server', ['everysec'], indirect=True)
async def test_what_no_replica_has_does_not_count(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither acknowledged nor read."""
    monkeypatch.setattr(redis, 'WAIT_MILLISECONDS', 50)
    backend, other = RedisBackend(server.url, replicas=1), RedisBackend(server.url)
    await other.write(KEY, 1)
    for call in (backend.write(KEY, 2), backend.read(KEY)):
        with pytest.raises(ConnectionError, match='only 0 of 1 replicas'):
            await call
    for each in (backend, other):
        await each.close()


@pytest.mark.parametrize('server', ['everysec'], indirect=True)
@pytest.mark.parametrize('replicas', [0, 1])
async def test_a_replica_that_is_behind_takes_over(
    server: RedisServer, replica: RedisServer, replicas: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers agree in a new epoch; with `replicas`, nothing is lost that anybody was told."""
    lost = ''
    async with Network(server.url) as clients, Network(server.url) as replication:
        await asyncio.to_thread(replica.replicate, replication.port)

        async def fail_over() -> None:
            nonlocal lost
            while not await version_in(replica):
                await asyncio.sleep(0.02)
            monkeypatch.setattr(redis, 'WAIT_MILLISECONDS', 200)
            replication.stall()
            while await version_in(server) < await version_in(replica) + (1 if replicas else 5):
                await asyncio.sleep(0.02)
                if replicas:  # no commit was under way, and no other one starts without the replica
                    replication.resume()
                    await asyncio.sleep(0.02)
                    replication.stall()
            replication.cut()
            clients.cut()
            lost = await text_in(server)
            await asyncio.to_thread(replica.call, 'REPLICAOF', 'NO', 'ONE')
            lost = ''.join(set(lost) - set(await text_in(replica)))
            await asyncio.to_thread(server.replicate, replica.port)
            clients.move(replica.url)
            clients.mend()

        servers = await run(url_of(clients), fail_over, replicas=replicas, may_lose='nothing' if replicas else 'any')
    assert lost
    assert all(each.epochs for each in servers)
    if replicas:
        assert servers[0].backend.durability == 'replicated'
        for each in servers:
            assert set(each.shown) <= set(each.text)


def url_of(network: Network) -> str:
    return f'redis://127.0.0.1:{network.port}/0'


async def version_in(server: RedisServer) -> int:
    return int(await asyncio.to_thread(server.call, 'HGET', '{dara:doc}', 'version') or 0)


async def text_in(server: RedisServer) -> str:
    """Return the text in a server, as other programs see it."""
    value: bytes = await asyncio.to_thread(server.call, 'HGET', '{dara:doc}', 'value')
    return str(orjson.loads(value)['text'])
