"""Sites: the servers of one app, their database, and the lines between them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from abc import ABC, abstractmethod
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, ClassVar, Final

import psutil

from dara.core.persistence import PostgresBackend, RedisBackend, SQLiteBackend
from dara.core.persistence.shared import SharedBackend
from tests.fleet import workers_of
from tests.histories.history import History
from tests.histories.server import CLOCK
from tests.network import Network
from tests.postgres_server import PostgresServer
from tests.process import AppServer
from tests.redis_server import RedisServer

SERVERS: Final = 3
WORKERS: Final = 4
CRASH: Final = 'crash at'
CRASH_SECONDS: Final = 4
STARTS: Final = 5
COMMAND: Final = [sys.executable, '-P', str(Path(__file__).with_name('server.py'))]


class Site(ABC):
    """An app on several processes over one database.

    Attributes:
        servers: the servers of the app, or the parent of its workers.
        is_busy: whether clients begin to write anything.
        chance: decides everything that is left to chance.
        history: takes note of all that happens.
    """

    def __init__(self, directory: Path, chance: Random, history: History) -> None:
        self.directory = directory
        self.chance = chance
        self.history = history
        self.servers: list[AppServer] = []
        self.is_busy = asyncio.Event()
        self.is_busy.set()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Site:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @abstractmethod
    async def _start(self) -> None:
        """Start the database and the servers."""

    @property
    @abstractmethod
    def backend(self) -> SharedBackend:
        """A backend of the test itself, which reaches the database directly."""

    async def stored(self) -> dict[str, Any]:
        """Return the values in the database, by store."""
        backend = self.backend
        values = await backend.get_all()
        await backend.close()
        return {key.partition('/')[0]: value for key, value in values.items()}

    def server(self) -> AppServer:
        """Return any of the servers."""
        return self.chance.choice(self.servers)

    def process(self) -> int:
        """Return the id of any of the processes that serve tabs."""
        return self.server().pid

    async def crash_at(self, point: str) -> None:
        """Have the first process crash that comes to a point, or any one if none does within some seconds."""
        for server in self.servers:
            self.arm(server, point)
        with suppress(TimeoutError):
            async with asyncio.timeout(CRASH_SECONDS):
                while all(map(self.is_armed, self.servers)):
                    await asyncio.sleep(0.01)
        crashed = [server for server in self.servers if not self.is_armed(server)]
        for server in self.servers:
            self.disarm(server)
        if not crashed:
            self.history.note('nobody came there')
            crashed = [self.server()]
            os.kill(self.process_of(crashed[0]), signal.SIGKILL)
        for server in crashed:
            await self.replace(server)

    def process_of(self, server: AppServer) -> int:
        """Return the id of a process of a server."""
        return server.pid

    def arm(self, server: AppServer, point: str) -> None:
        """Have the next process of a server crash that comes to a point of `tests/apps/ledger.py`."""
        file = server.directory / f'{CRASH}.new'
        file.write_text(point)
        file.replace(server.directory / CRASH)

    def is_armed(self, server: AppServer) -> bool:
        """Return whether no process of a server has crashed since `arm`."""
        return (server.directory / CRASH).exists()

    def disarm(self, server: AppServer) -> None:
        """Have no process crash any more."""
        (server.directory / CRASH).unlink(missing_ok=True)

    async def replace(self, server: AppServer) -> None:
        """Start a server again that has crashed."""
        await asyncio.to_thread(server.kill)
        await self.start(server)

    async def start(self, server: AppServer, *options: str) -> None:
        """Start a server, and again if it crashes or the database is slow meanwhile, as systemd does."""
        for _ in range(STARTS):
            with suppress(AssertionError):
                await asyncio.to_thread(server.start, *options)
                return
            await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start, *options)

    def shift_clock(self, server: AppServer, seconds: int) -> None:
        """Set the clock of a server, as its administrator would."""
        (server.directory / CLOCK).write_text(str(seconds))

    async def _new_server(self, database: str, *options: str, **environment: str) -> None:
        place = self.directory / f'server{len(self.servers)}'
        place.mkdir()
        secret = {'DARA_SECRET': 'the secret of all servers', 'DATABASE': database}
        server = AppServer(place, 'ledger', command=COMMAND, environment={**secret, **environment})
        self.servers.append(server)
        self._stack.push_async_callback(asyncio.to_thread, server.stop)  # its line is of this event loop
        await self.start(server, *options)


class SQLiteSite(Site):
    """Four workers of one host, over a file."""

    @property
    def path(self) -> Path:
        return self.directory / 'values.db'

    @property
    def backend(self) -> SharedBackend:
        return SQLiteBackend(self.path)

    @property
    def workers(self) -> list[int]:
        """The ids of the present workers."""
        return workers_of(self.servers[0])

    async def _start(self) -> None:
        await self._new_server(str(self.path), '--workers', str(WORKERS))
        await self.replace(self.servers[0])

    def process(self) -> int:
        return self.process_of(self.servers[0])

    def process_of(self, server: AppServer) -> int:
        return self.chance.choice(workers_of(server))

    async def replace(self, server: AppServer) -> None:
        """Wait until the parent has replaced a worker."""
        async with asyncio.timeout(30):
            while len(workers_of(server)) < WORKERS:
                await asyncio.sleep(0.02)

    async def kill_parent(self) -> None:
        """Kill the parent, wait until the workers have ended, and start all of them again."""
        server = self.servers[0]
        workers = [psutil.Process(pid) for pid in workers_of(server)]
        server.kill()
        await asyncio.to_thread(psutil.wait_procs, workers, 30)
        await self.start(server, '--workers', str(WORKERS))


class DatabaseSite(Site):
    """Three servers, each with a line of its own to the database.

    Attributes:
        lines: the line of each server.
        may_lose: whether a replica that takes over may lack acknowledged writes.
        lost_seconds: the time before the end of the database of which it may lose the acknowledged writes.
    """

    may_lose: ClassVar[bool] = True
    lost_seconds: ClassVar[float] = 0

    def __init__(self, directory: Path, chance: Random, history: History) -> None:
        super().__init__(directory, chance, history)
        self.lines: list[Network] = []

    def some_lines(self) -> list[Network]:
        """Return some of the lines."""
        return self.chance.sample(self.lines, self.chance.randint(1, SERVERS))

    @property
    @abstractmethod
    def database(self) -> RedisServer | PostgresServer:
        """The present primary of the database."""

    @abstractmethod
    async def cut_connections(self) -> None:
        """Have the database end the connections of all servers."""

    @abstractmethod
    async def promote(self) -> None:
        """Have a replica take over that was cut off for a moment."""


class RedisSite(DatabaseSite):
    """Over Redis, which has a replica that may lack the latest commits."""

    _replicas: ClassVar[int] = 0
    _appendfsync: ClassVar[str] = 'always'  # the database is killed, and no acknowledged write may be lost by that

    @property
    def database(self) -> RedisServer:
        return self._primary

    @property
    def backend(self) -> SharedBackend:
        return RedisBackend(self._primary.url)

    async def _start(self) -> None:
        synced = {'appendfsync': self._appendfsync}
        self._primary = self._stack.enter_context(RedisServer(**synced))
        self._other = self._stack.enter_context(RedisServer(**synced))
        self._replication = await self._stack.enter_async_context(Network(self._primary.url))
        await asyncio.to_thread(self._other.replicate, self._replication.port)
        for _ in range(SERVERS):
            line = await self._stack.enter_async_context(Network(self._primary.url))
            self.lines.append(line)
            await self._new_server(f'redis://127.0.0.1:{line.port}/0', REPLICAS=str(self._replicas))

    async def cut_connections(self) -> None:
        for kind in ('normal', 'pubsub'):
            await asyncio.to_thread(self._primary.call, 'CLIENT', 'KILL', 'TYPE', kind)

    async def promote(self) -> None:
        self._replication.stall()
        await asyncio.sleep(self.chance.uniform(0.2, 1))
        for each in (self._replication, *self.lines):
            each.cut()
        await asyncio.to_thread(self._other.call, 'REPLICAOF', 'NO', 'ONE')
        self._primary, self._other = self._other, self._primary
        self._replication.resume()
        self._replication.move(self._primary.url)
        self._replication.mend()
        await asyncio.to_thread(self._other.replicate, self._replication.port)
        for each in self.lines:
            each.move(self._primary.url)
            each.mend()


class ReplicatedRedisSite(RedisSite):
    """Over Redis, whose replica has to confirm each commit."""

    _replicas = 1
    may_lose = False


class EverysecRedisSite(RedisSite):
    """Over Redis, which syncs its log every second, as it does by default.

    While a sync takes long, Redis answers without having written to the log at all, for two seconds at most.
    """

    _appendfsync = 'everysec'
    lost_seconds = 2


class PostgresSite(DatabaseSite):
    """Over Postgres, which has an asynchronous standby once it is needed."""

    @property
    def database(self) -> PostgresServer:
        return self._primary

    @property
    def backend(self) -> SharedBackend:
        return PostgresBackend(self._primary.dsn)

    async def _start(self) -> None:
        self._primary = await asyncio.to_thread(self._stack.enter_context, PostgresServer())
        for _ in range(SERVERS):
            line = await self._stack.enter_async_context(Network(self._primary.dsn))
            self.lines.append(line)
            await self._new_server(self._primary.dsn_by(line.port))

    async def cut_connections(self) -> None:
        await self._primary.cut_connections()

    async def promote(self) -> None:
        replication, standby = await self._standby()
        await asyncio.sleep(0.5)
        replication.stall()
        await asyncio.sleep(self.chance.uniform(0.2, 1))
        for each in (replication, *self.lines):
            each.cut()
        await asyncio.to_thread(self._primary.kill)
        await asyncio.to_thread(standby.promote)
        self._primary = standby
        for each in self.lines:
            each.move(standby.dsn)
            each.mend()

    async def _standby(self) -> tuple[Network, PostgresServer]:
        """Return a standby, and the line to it."""
        replication = await self._stack.enter_async_context(Network(self._primary.dsn))
        standby = PostgresServer(primary=self._primary.dsn_by(replication.port))
        await asyncio.to_thread(self._stack.enter_context, standby)
        return replication, standby


class SynchronousPostgresSite(PostgresSite):
    """Over Postgres, whose standby has to have each commit before it is acknowledged.

    Attributes:
        replication: the line to the standby.
    """

    may_lose = False
    replication: Network
    _first_standby: PostgresServer

    async def _start(self) -> None:
        await super()._start()
        self.replication, self._first_standby = await self._standby()
        await self._primary.configure(synchronous_standby_names='*')

    async def promote(self) -> None:
        await super().promote()
        await self._primary.configure(synchronous_standby_names='')  # it has none of its own

    async def _standby(self) -> tuple[Network, PostgresServer]:
        if hasattr(self, '_first_standby'):
            return self.replication, self._first_standby
        return await super()._standby()
