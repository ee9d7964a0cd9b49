"""Tests of log-outs that count on all servers of an app, also while their database does not answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from starlette.types import Scope

from dara.core._limits import DEFAULT_LIMITS
from dara.core._server import own_records, shared_ends
from dara.core._server.own_records import OwnRecords
from dara.core._server.sessions import LoginSession, Sessions
from dara.core._server.state import StateFolder
from dara.core._server.watch import Watch
from dara.core._sync.hub import Hub
from dara.core._sync.protocol.messages import Hello
from dara.core._tree import Tree
from dara.core.auth import BaseAuthConfig, UserData
from dara.core.persistence import timeline
from tests.patience import stretched
from tests.unit.auth.conftest import Backend, Clock, Database

SCOPE: Final[Scope] = {'type': 'http', 'root_path': '', 'scheme': 'http'}
MANY: Final = 500
"""Log-outs that are too many for one record."""
PAUSE_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 30


class Everybody(BaseAuthConfig):
    """Everybody may log in."""

    async def login(self, name: str, password: str) -> UserData | None:
        return UserData(name, name)


class Fleet:
    """The sessions of several servers over one database."""

    def __init__(self, clock: Clock, stack: AsyncExitStack) -> None:
        self.database = Database()
        self._clock = clock
        self._stack = stack

    async def start(self, folder: StateFolder | None = None) -> Sessions:
        return await self._stack.enter_async_context(self.running(folder))

    @asynccontextmanager
    async def running(self, folder: StateFolder | None = None) -> AsyncIterator[Sessions]:
        sessions = Sessions(Everybody(), 'a secret of some length', lambda _: None, self._clock, folder)
        async with OwnRecords(Backend(database=self.database)) as own, sessions.shared_through(own):
            yield sessions


@pytest_asyncio.fixture
async def fleet(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fleet]:
    monkeypatch.setattr(own_records, 'PAUSE_SECONDS', PAUSE_SECONDS)
    monkeypatch.setattr(shared_ends, 'TICK_SECONDS', PAUSE_SECONDS)
    async with AsyncExitStack() as stack:
        yield Fleet(clock, stack)


def cookie(sessions: Sessions, session: LoginSession) -> str:
    return sessions.cookie(session, SCOPE).partition(';')[0]


async def log_out(sessions: Sessions, session: LoginSession) -> None:
    sessions.end(session)
    await sessions.store_ended()


async def is_valid(sessions: Sessions, session: LoginSession) -> bool:
    """Return whether a server accepts a request with the cookie of a session."""
    sent = cookie(sessions, session)
    await sessions.refresh(sent)
    return sessions.read(sent) is not None


async def until(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


async def until_it_ends(sessions: Sessions, session: LoginSession) -> None:
    """Send requests with a cookie until the server rejects one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await is_valid(sessions, session):
            await asyncio.sleep(0.01)


async def test_log_outs_of_users_have_no_limit(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """One record could not hold as many."""
    monkeypatch.setattr(timeline, 'DEFAULT_LIMITS', replace(DEFAULT_LIMITS, value_bytes=50 * MANY))
    here, there = await fleet.start(), await fleet.start()
    async with asyncio.timeout(PATIENCE_SECONDS):
        for number in range(MANY):
            session = here.begin(UserData(f'user {number}', ''))
            await log_out(here, session)
    assert not await is_valid(there, session)
    assert await is_valid(there, there.begin(UserData('another', '')))


async def test_a_user_who_logs_out_very_often_ends_all_sessions_of_that_time(
    fleet: Fleet, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of others go on, and so do later ones."""
    monkeypatch.setattr(shared_ends, 'MAX_ENDED_PER_USER', 20)
    here, there = await fleet.start(), await fleet.start()
    first, of_ben = (here.begin(UserData(name, '')) for name in ('ann', 'ben'))
    for _ in range(shared_ends.MAX_ENDED_PER_USER + 1):
        clock.time += 0.001
        last = here.begin(UserData('ann', ''))
        await log_out(here, last)
    clock.time += 0.001
    later = here.begin(UserData('ann', ''))
    valid = [await is_valid(there, session) for session in (first, last, later, of_ben)]
    assert valid == [False, False, True, True]


async def test_ended_sessions_are_removed_when_their_cookies_have_expired(
    fleet: Fleet, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those of users who never come back."""
    monkeypatch.setattr(shared_ends, 'RECORDS', 4)
    monkeypatch.setattr(own_records, 'SWEEP_SECONDS', 0.01)
    here = await fleet.start()

    async def stored() -> int:
        own: Any = Backend(database=fleet.database).sibling('server')
        return sum([len(value) async for key, value in own.items() if key.startswith('ended/')])

    for number in range(20):
        await log_out(here, here.begin(UserData(f'user {number}', '')))
    assert await stored() == 20
    clock.time += Everybody().lifetime.total_seconds() + 1
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await stored():
            await asyncio.sleep(0.01)


async def test_a_log_out_during_an_outage_is_shared_after_it(fleet: Fleet) -> None:
    here, there = await fleet.start(), await fleet.start()
    session = here.begin(UserData('ann', ''))
    fleet.database.is_down = True
    await log_out(here, session)
    assert not await is_valid(here, session)
    assert await is_valid(there, session)
    fleet.database.is_down = False
    await until_it_ends(there, session)


async def test_a_log_out_is_shared_after_a_restart(fleet: Fleet, tmp_path: Path) -> None:
    """The database did not answer before the server ended."""
    folder = StateFolder(tmp_path, 'app')
    there = await fleet.start()
    async with fleet.running(folder) as here:
        session = here.begin(UserData('ann', ''))
        fleet.database.is_down = True
        await log_out(here, session)
    fleet.database.is_down = False
    assert await is_valid(there, session)
    await fleet.start(folder)
    await until_it_ends(there, session)


async def test_a_socket_hears_of_a_log_out_on_another_server(fleet: Fleet) -> None:
    """No request asks for it. The database may have been away at the handshake."""
    here, there = await fleet.start(), await fleet.start()
    for is_down in (False, True):
        session = here.begin(UserData(f'ann {is_down}', ''))
        fleet.database.is_down = is_down
        assert await is_valid(there, session)
        unfollow = there.follow(session)
        fleet.database.is_down = False
        assert not there.is_over(session)
        await log_out(here, session)
        await until(partial(there.is_over, session))
        unfollow()


async def test_nobody_waits_long_for_a_database_that_hangs(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither requests nor log-outs; what is known counts."""
    monkeypatch.setattr(own_records, 'PAUSE_SECONDS', PATIENCE_SECONDS)
    monkeypatch.setattr(shared_ends, 'FRESH_SECONDS', 0)
    here = await fleet.start()
    sessions = [here.begin(UserData(f'user {number % 5}', '')) for number in range(50)]
    await log_out(here, sessions[0])
    fleet.database.hangs = True
    began = time.monotonic()
    valid = await asyncio.gather(*(is_valid(here, session) for session in sessions))
    assert time.monotonic() - began < stretched(2 * own_records.WAIT_SECONDS)
    assert valid == [False] + [True] * 49
    began = time.monotonic()
    for session in sessions:
        await is_valid(here, session)
        await log_out(here, session)
    assert time.monotonic() - began < stretched(own_records.WAIT_SECONDS)


async def test_a_socket_is_watched_that_comes_when_the_last_one_leaves(fleet: Fleet, clock: Clock) -> None:
    """In the same turn of the event loop."""
    sessions, hub = await fleet.start(), Hub(Tree(), '', DEFAULT_LIMITS, guests=False)
    watch, login = Watch(hub, sessions), sessions.begin(UserData('ann', ''))
    first, second = (hub.connect(Hello('hello', 1, digit * 32, '', '/'), login.identity) for digit in '12')
    watch.add(first, login)
    await asyncio.sleep(0)
    watch.remove(first)
    watch.add(second, login)
    clock.time = login.expires
    await until(lambda: second.is_closing)
    watch.remove(second)
