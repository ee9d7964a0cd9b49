"""Tests of the throttle of several servers: what one counts, all count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Final

import pytest
import pytest_asyncio

from dara.core._server import common_throttle, own_records
from dara.core._server.common_throttle import CommonThrottle
from dara.core._server.own_records import OwnRecords
from dara.core._server.throttle import EXPIRY_SECONDS, FREE_FAILURES
from tests.patience import stretched
from tests.unit.auth.conftest import Backend, Clock, Database

SERVERS: Final = 3
PAUSE_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 30
ANN: Final = ('1.2.3.4', 'ann')


class Fleet:
    """The throttles of several servers over one database."""

    def __init__(self) -> None:
        self.database = Database()
        self.servers: list[CommonThrottle] = []

    async def attempts(self, number: int, *, servers: int = SERVERS) -> int:
        """Try to log in at all servers at once; return how many attempts were let through."""
        waits = await asyncio.gather(*(self.servers[each % servers].attempt(*ANN) for each in range(number)))
        return waits.count(0)

    async def stored(self) -> dict[str, Any]:
        """Return the failures in the database by their hashes."""
        own: Any = Backend(database=self.database).sibling('server')
        records = [value async for key, value in own.items() if key.startswith('failures/')]
        return {subject: each for value in records for subject, each in value.items()}

    async def until_stored(self, *counts: int) -> None:
        """Wait until the database has failures of these numbers, and no others."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while [count for count, _ in (await self.stored()).values()] != list(counts):
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def fleet(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fleet]:
    monkeypatch.setattr(own_records, 'PAUSE_SECONDS', PAUSE_SECONDS)
    fleet = Fleet()
    async with AsyncExitStack() as stack:
        for _ in range(SERVERS):
            own = await stack.enter_async_context(OwnRecords(Backend(database=fleet.database)))
            fleet.servers.append(CommonThrottle('a secret', clock))
            await stack.enter_async_context(fleet.servers[-1].shared_through(own))
        yield fleet


async def test_attempts_at_all_servers_at_once_are_counted_together(fleet: Fleet) -> None:
    """The limit is that of one server; other names do not wait."""
    assert await fleet.attempts(30) == FREE_FAILURES
    assert [await server.attempt('1.2.3.4', 'ben') for server in fleet.servers] == [0, 0, 0]
    assert not any('ann' in subject for subject in await fleet.stored())


async def test_a_success_at_one_server_counts_at_all(fleet: Fleet) -> None:
    for _ in range(3):
        assert await fleet.attempts(FREE_FAILURES - 1) == FREE_FAILURES - 1
        fleet.servers[0].succeeded(*ANN)
        await fleet.until_stored()


async def test_an_attempt_that_was_not_checked_does_not_count(fleet: Fleet) -> None:
    for number in range(20):
        server = fleet.servers[number % SERVERS]
        assert await server.attempt(*ANN) == 0
        server.take_back(*ANN)
        await fleet.until_stored()


@pytest.mark.parametrize('fault', ['is_down', 'hangs'])
async def test_each_server_counts_alone_while_the_database_is_away(fleet: Fleet, clock: Clock, fault: str) -> None:
    """Nobody waits long. Afterwards these failures count at the others, too."""
    assert await fleet.attempts(2, servers=1) == 2
    setattr(fleet.database, fault, True)
    began = time.monotonic()
    assert await fleet.attempts(20, servers=1) == FREE_FAILURES - 2
    assert time.monotonic() - began < stretched(2 * own_records.WAIT_SECONDS)
    setattr(fleet.database, fault, False)
    counted = FREE_FAILURES
    async with asyncio.timeout(PATIENCE_SECONDS):
        while [count for count, _ in (await fleet.stored()).values()] != [counted] or counted == FREE_FAILURES:
            clock.time += 1
            counted += not await fleet.servers[0].attempt(*ANN)  # when its wait is over
            await asyncio.sleep(0.05)
    assert await fleet.servers[1].attempt(*ANN) > 0


async def test_failures_are_removed_when_they_have_expired(
    fleet: Fleet, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if nobody tries again."""
    monkeypatch.setattr(common_throttle, 'RECORDS', 2)
    monkeypatch.setattr(own_records, 'SWEEP_SECONDS', 0.01)
    for number in range(10):
        await fleet.servers[0].attempt('1.2.3.4', f'name {number}')
    assert len(await fleet.stored()) == 10
    clock.time += EXPIRY_SECONDS + 1
    async with (
        OwnRecords(Backend(database=fleet.database)) as own,
        CommonThrottle('a secret', clock).shared_through(own),
    ):
        await fleet.until_stored()


async def test_a_flood_of_names_takes_bounded_room(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common_throttle, 'RECORDS', 2)
    monkeypatch.setattr(common_throttle, 'MAX_PER_RECORD', 5)
    for number in range(50):
        await fleet.servers[0].attempt('1.2.3.4', f'name {number}')
    assert len(await fleet.stored()) == 10
    assert await fleet.attempts(20) == FREE_FAILURES
