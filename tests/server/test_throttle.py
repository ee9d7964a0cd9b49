"""Tests of guesses of passwords at several servers over one database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from dara.core._server.throttle import FREE_FAILURES
from tests.fleet import Fleet, start_fleet
from tests.postgres_server import PostgresServer
from tests.redis_server import RedisServer
from tests.repeats import repeated


class Database(Protocol):
    """A database that can be killed."""

    def kill(self) -> None: ...


@pytest.fixture(params=['redis', repeated('postgres')])
def database(request: pytest.FixtureRequest) -> Iterator[RedisServer | PostgresServer]:
    with ExitStack() as stack:
        is_redis = request.param == 'redis'
        yield stack.enter_context(RedisServer()) if is_redis else stack.enter_context(PostgresServer())


@pytest_asyncio.fixture
async def fleet(tmp_path: Path, database: RedisServer | PostgresServer) -> AsyncIterator[Fleet]:
    address = database.url if isinstance(database, RedisServer) else database.dsn
    async with AsyncExitStack() as stack:
        yield start_fleet(tmp_path, address, stack)


async def guess(fleet: Fleet, name: str, *servers: int) -> list[int]:
    """Try wrong passwords at these servers, all at once; return the status codes."""

    def post(server: int) -> int:
        return fleet.servers[server].post('/login', data={'name': name, 'password': 'wrong'}).status_code

    return await asyncio.gather(*(asyncio.to_thread(post, server) for server in servers))


async def test_guesses_at_all_servers_are_counted_together(fleet: Fleet, database: Database) -> None:
    """However many servers there are, five are free. While the database is away, each server counts alone."""
    assert sorted(await guess(fleet, 'ann', *[0, 1, 2] * 4)) == [401] * FREE_FAILURES + [429] * 7
    assert fleet.server.post('/login', data={'name': 'ann', 'password': 'a'}).status_code == 429
    assert fleet.server.post('/login', data={'name': 'ben', 'password': 'b'}).status_code == 303
    database.kill()
    assert sorted(await guess(fleet, 'cid', *[1] * 12)) == [401] * FREE_FAILURES + [429] * 7
    assert 429 in await guess(fleet, 'ann', *[0, 1, 2] * 4)
