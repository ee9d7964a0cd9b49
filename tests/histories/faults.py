"""The faults of a round: each happens to a site, is over when its function returns, and leaves the site whole."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any, Final, TypeAlias, TypeVar

from tests.histories.history import Loss
from tests.histories.sites import DatabaseSite, EverysecRedisSite, Site, SQLiteSite, SynchronousPostgresSite
from tests.sqlite_processes import hold, processes

S = TypeVar('S', bound=Site)
Fault: TypeAlias = Callable[[S], Awaitable[None]]
POINTS: Final = ('before a commit', 'during a commit', 'after a commit')
POINTS_AT_REST: Final = ('before a snapshot', 'during a snapshot')
"""Points of `tests/apps/ledger.py`: around a commit, and some time after the last one."""
SHORT: Final = 1.0
LONG: Final = 6.5
"""The seconds of outages; the longer ones last longer than any call may take."""
LONG_SHARE: Final = 0.2
HOURS: Final = (-48, -2, 2, 48)
MARGIN_SECONDS: Final = 0.5
UNSYNCED_SECONDS: Final = 1


async def some_time(site: Site) -> None:
    """Wait as long as an outage lasts: mostly short, sometimes longer than any call may take."""
    is_long = site.chance.random() < LONG_SHARE
    await asyncio.sleep(LONG if is_long else site.chance.uniform(0, SHORT))


# Of servers.


async def a_server_crashes(site: Site) -> None:
    """Crash a server in a commit, or before, or after."""
    point = site.chance.choice(POINTS)
    site.history.note(point)
    await site.crash_at(point)


async def a_server_crashes_at_rest(site: Site) -> None:
    """Crash a server while it stores a value that was too large to be stored with each edit."""
    point = site.chance.choice(POINTS_AT_REST)
    site.history.note(point)
    site.is_busy.clear()
    await site.crash_at(point)
    site.is_busy.set()


async def a_server_is_killed(site: Site) -> None:
    """Kill a server at any time."""
    server = site.server()
    os.kill(site.process_of(server), signal.SIGKILL)
    await site.replace(server)


async def a_server_crashes_while_it_starts(site: DatabaseSite) -> None:
    """Crash a server at its start."""
    server = site.server()
    await asyncio.to_thread(server.kill)
    site.arm(server, 'at the start')
    await site.start(server)
    site.disarm(server)


async def a_server_crashes_while_it_ends(site: DatabaseSite) -> None:
    """Crash a server at its end."""
    server = site.server()
    site.arm(server, 'at the end')
    await asyncio.to_thread(server.stop)
    site.disarm(server)
    await site.start(server)


async def a_server_is_restarted(site: DatabaseSite) -> None:
    """Restart a server in order."""
    server = site.server()
    await asyncio.to_thread(server.stop)
    await site.start(server)


async def a_server_stands_still(site: Site) -> None:
    """Stop a server in the middle of its work, and let it go on later."""
    with suppress(ProcessLookupError):
        process = site.process()
        os.kill(process, signal.SIGSTOP)
        await some_time(site)
        os.kill(process, signal.SIGCONT)


async def a_clock_jumps(site: Site) -> None:
    """Set the clock of one server, there and back."""
    server = site.server()
    site.shift_clock(server, site.chance.choice(HOURS) * 3600)
    await some_time(site)
    site.shift_clock(server, 0)
    await asyncio.sleep(site.chance.uniform(0, SHORT))


# Of workers.


async def the_parent_is_killed(site: SQLiteSite) -> None:
    """Kill the parent of the workers."""
    await site.kill_parent()


async def workers_are_replaced(site: SQLiteSite) -> None:
    """Replace the workers, one by one."""
    (server,) = site.servers
    before = set(site.workers)
    os.kill(server.pid, signal.SIGHUP)
    async with asyncio.timeout(120):  # four of them start, on a machine that may be busy
        while before & set(site.workers):
            await asyncio.sleep(0.02)
    await site.replace(server)


async def another_program_holds_the_lock(site: SQLiteSite) -> None:
    """Stop another program while it writes, and kill it."""
    with processes(1, hold, site.path) as [holder]:
        await asyncio.to_thread(holder.hear)
        await some_time(site)


# Of databases, and of the lines to them.


async def the_database_is_killed(site: DatabaseSite) -> None:
    """Kill the database, and start it again."""
    async with losing(site, site.lost_seconds):
        await asyncio.to_thread(site.database.kill)
        await some_time(site)
        await asyncio.to_thread(site.database.start)


async def the_power_fails(site: EverysecRedisSite) -> None:
    """Kill Redis together with what it has written, but not synced, in the last second."""
    async with losing(site, site.lost_seconds):
        await asyncio.to_thread(site.database.cut_power, UNSYNCED_SECONDS)
        await asyncio.to_thread(site.database.start)


async def the_database_stands_still(site: DatabaseSite) -> None:
    """Stop the database; it carries out later the requests that it gets meanwhile."""
    site.database.pause()
    await some_time(site)
    site.database.resume()


async def connections_end(site: DatabaseSite) -> None:
    """End the connections for commits and for news."""
    for _ in range(site.chance.randint(1, 5)):
        await site.cut_connections()
        await asyncio.sleep(0.05)


async def lines_are_slow(site: DatabaseSite) -> None:
    """Delay everything on some lines."""
    lines = site.some_lines()
    for each in lines:
        each.delay = site.chance.uniform(0, 0.2)
    await asyncio.sleep(SHORT)
    for each in lines:
        each.delay = 0


async def lines_are_cut(site: DatabaseSite) -> None:
    """Break some lines."""
    lines = site.some_lines()
    for each in lines:
        each.cut()
    await some_time(site)
    for each in lines:
        each.mend()


async def lines_are_silent(site: DatabaseSite) -> None:
    """Swallow everything on some lines."""
    lines = site.some_lines()
    for each in lines:
        each.swallow()
    await some_time(site)
    for each in lines:
        each.mend()


async def lines_carry_one_way(site: DatabaseSite) -> None:
    """Hold back the requests on some lines, and the answers on others."""
    lines = site.some_lines()
    for each in lines:
        is_up = site.chance.random() < 0.5
        each.stall(up=is_up, down=not is_up)
    await some_time(site)
    for each in lines:
        each.resume()


async def a_replica_takes_over(site: DatabaseSite) -> None:
    """Promote a replica that lacks the latest commits, unless they waited for it."""
    async with losing(site, MARGIN_SECONDS if site.may_lose else 0):
        await site.promote()


async def the_standby_stands_still(site: SynchronousPostgresSite) -> None:
    """Hold back what the standby is sent: no commit ends meanwhile."""
    site.replication.stall()
    await some_time(site)
    site.replication.resume()


@asynccontextmanager
async def losing(site: Site, seconds: float) -> AsyncIterator[None]:
    """Take note of the time in which acknowledged writes may be lost; of some seconds before, or none if that is 0."""
    loop = asyncio.get_running_loop()
    began = loop.time() - seconds
    yield
    if seconds:
        site.history.losses.append(Loss(began, loop.time()))


SERVER_FAULTS: Final = (
    a_server_crashes,
    a_server_crashes,
    a_server_crashes_at_rest,
    a_server_is_killed,
    a_server_stands_still,
    a_clock_jumps,
)
DATABASE_FAULTS: Final = (
    *SERVER_FAULTS,
    a_server_crashes_while_it_starts,
    a_server_crashes_while_it_ends,
    a_server_is_restarted,
    the_database_is_killed,
    the_database_stands_still,
    connections_end,
    lines_are_slow,
    lines_are_cut,
    lines_are_silent,
    lines_carry_one_way,
)
EVERYSEC_FAULTS: Final = (*DATABASE_FAULTS, the_power_fails, the_power_fails)
SYNCHRONOUS_FAULTS: Final = (*DATABASE_FAULTS, the_standby_stands_still, the_standby_stands_still)
WORKER_FAULTS: Final = (
    *SERVER_FAULTS,
    the_parent_is_killed,
    workers_are_replaced,
    another_program_holds_the_lock,
)
FAULTS: Final[dict[Any, Sequence[Fault[Any]]]] = {
    EverysecRedisSite: EVERYSEC_FAULTS,
    SynchronousPostgresSite: SYNCHRONOUS_FAULTS,
    DatabaseSite: DATABASE_FAULTS,
    SQLiteSite: WORKER_FAULTS,
}


def some_faults(kind: type[Site], seed: int, number: int) -> list[Fault[Any]]:
    """Return faults of a kind of site; a replica takes over in every other round."""
    chance = Random(seed)
    possible = next(found for base, found in FAULTS.items() if issubclass(kind, base))
    faults = [chance.choice(possible) for _ in range(number)]
    return [*faults, a_replica_takes_over] if seed % 2 and issubclass(kind, DatabaseSite) else faults
