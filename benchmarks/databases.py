"""The databases under measurement: each is started, connected to without Dara, and filled.

A place is a database of its own on such a server, so that measurements do not share their rows.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    closing,
    contextmanager,
)
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dara.core import persistence
from dara.core.errors import InvalidDefinition
from dara.core.persistence.databases.sqlite_library import Connection, check_library, find_library
from dara.core.persistence.rounds import Rounds
from dara.core.persistence.shared import SharedBackend

if TYPE_CHECKING:  # their packages may be missing
    from tests.postgres_server import PostgresServer
    from tests.redis_server import RedisServer

FILLED_BYTES: Final = 100
KEYS_PER_SCRIPT: Final = 10_000
FILL: Final = """
for i = ARGV[2], ARGV[3] do
    redis.call('HSET', '{' .. ARGV[1] .. ':key ' .. string.format('%d', i) .. '}', 'epoch', 'e', 'version', 1, 'tip',
        'fill:1', 'snapshot', 1, 'size', 0, 'instance', ARGV[4], 'value', ARGV[5])
end
"""
Write = Callable[[int, str], Awaitable[None]]
"""A function that writes a text under the key of a number."""


class Place(NamedTuple):
    """A database, which any process can open."""

    kind: str
    address: str
    name: str = 'dara'

    def backend(self) -> SharedBackend:
        """Return a new backend."""
        found: SharedBackend = getattr(persistence, f'{self.kind}Backend')(self.address, name=self.name)
        return found


class Database(ABC):
    """A running database server, or the library that takes its place."""

    kind: str

    def __init__(self) -> None:
        self._numbers = count(1)

    @abstractmethod
    async def place(self) -> Place:
        """Return a new place without data."""

    @abstractmethod
    def raw(self, place: Place, writers: int, initial: str) -> AbstractAsyncContextManager[Write]:
        """Connect as an app without Dara does, which has that many writers; each key has the initial text."""

    @abstractmethod
    async def fill(self, place: Place, keys: int) -> None:
        """Insert values under `key 0` and so on, by the fastest way that leaves them as a server would find them."""

    @abstractmethod
    async def logged(self, place: Place, write: Awaitable[Any]) -> int:
        """Return the number of bytes that the database adds to its log for a write."""

    async def _open(self, place: Place) -> None:
        """Make the tables of the backend."""
        backend = place.backend()
        await backend.load('key 0')
        await backend.close()


class SQLite(Database):
    """SQLite by the library of the backend, on the disk of the temporary directory."""

    kind = 'SQLite'

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory

    async def place(self) -> Place:
        return Place(self.kind, str(self._directory / f'{next(self._numbers)}.db'))

    @asynccontextmanager
    async def raw(self, place: Place, writers: int, initial: str) -> AsyncIterator[Write]:
        with self._connected(place) as connection:
            connection.execute('CREATE TABLE texts (key TEXT PRIMARY KEY, value TEXT)')
            connection.executemany('INSERT INTO texts VALUES (?, ?)', [(f'key {i}', initial) for i in range(writers)])

            async def write(key: int, text: str) -> None:
                connection.execute('UPDATE texts SET value = ? WHERE key = ?', (text, f'key {key}'))

            yield write

    async def fill(self, place: Place, keys: int) -> None:
        await self._open(place)
        rows = 'WITH RECURSIVE i(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM i WHERE n + 1 < ?)'
        with self._connected(place) as connection:
            connection.execute('BEGIN')
            connection.execute(
                f"""INSERT INTO dara__tips (key, tip, epoch, version, snapshot, last, file)
                {rows} SELECT 'key ' || n, 'fill:1', content, 1, 1, 0, content FROM i, dara__meta WHERE field = 'file'
                """,
                (keys,),
            )
            connection.execute(
                f"""INSERT INTO dara (key, value, version) {rows} SELECT 'key ' || n, ?, 1 FROM i""",
                (keys, _filled_json()),
            )
            connection.execute('COMMIT')
            connection.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()

    async def logged(self, place: Place, write: Awaitable[Any]) -> int:
        with self._connected(place) as connection:
            connection.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchall()
            await write
            return Path(f'{place.address}-wal').stat().st_size

    @contextmanager
    def _connected(self, place: Place) -> Iterator[Connection]:
        with closing(find_library().connect(place.address)) as connection:
            connection.execute('PRAGMA journal_mode = WAL').fetchall()
            connection.execute('PRAGMA synchronous = FULL').fetchall()
            yield connection


class Redis(Database):
    """Redis that syncs its log every second."""

    kind = 'Redis'

    def __init__(self, server: RedisServer) -> None:
        super().__init__()
        self._server = server

    async def place(self) -> Place:
        number = next(self._numbers)  # the name, too: channels belong to the whole server
        return Place(self.kind, f'{self._server.url.rpartition("/")[0]}/{number}', f'place{number}')

    @asynccontextmanager
    async def raw(self, place: Place, writers: int, initial: str) -> AsyncIterator[Write]:
        import redis.asyncio

        async with redis.asyncio.Redis.from_url(place.address, single_connection_client=True) as client:

            async def set_all(items: Sequence[tuple[str, str]]) -> Sequence[Any]:
                if len(items) == 1:
                    return [await client.set(*items[0])]
                pipeline = client.pipeline(transaction=False)
                for item in items:
                    pipeline.set(*item)
                return await pipeline.execute()

            pipelined = Rounds(set_all)

            async def write(key: int, text: str) -> None:
                await pipelined.submit((f'key {key}', text))

            for key in range(writers):
                await write(key, initial)
            yield write

    async def fill(self, place: Place, keys: int) -> None:
        import redis.asyncio

        await self._open(place)
        async with redis.asyncio.Redis.from_url(place.address) as client:
            instance = (await client.info('replication'))['master_replid']
            for start in range(0, keys, KEYS_PER_SCRIPT):
                end = min(keys, start + KEYS_PER_SCRIPT) - 1
                await client.eval(FILL, 0, place.name, start, end, instance, _filled_json())

    async def logged(self, place: Place, write: Awaitable[Any]) -> int:
        before = self._log_bytes()
        await write
        return self._log_bytes() - before

    def _log_bytes(self) -> int:
        """Return the size of the log with its part in memory, which waits there while the file is synced."""
        lines = self._server.info('persistence').decode().splitlines()
        found = dict(line.split(':') for line in lines if ':' in line)
        return int(found['aof_current_size']) + int(found['aof_buffer_length'])


class Postgres(Database):
    """Postgres as it is by default, and as the tests configure it."""

    kind = 'Postgres'

    def __init__(self, server: PostgresServer) -> None:
        super().__init__()
        self._server = server

    async def place(self) -> Place:
        name = f'place{next(self._numbers)}'
        async with self._connected(self._server.dsn) as connection:
            await connection.execute(f'CREATE DATABASE {name}')
        return Place(self.kind, f'{self._server.dsn.rpartition("/")[0]}/{name}')

    @asynccontextmanager
    async def raw(self, place: Place, writers: int, initial: str) -> AsyncIterator[Write]:
        async with AsyncExitStack() as stack:
            connections = [await stack.enter_async_context(self._connected(place.address)) for _ in range(writers)]
            await connections[0].execute('CREATE TABLE texts (key text PRIMARY KEY, value text) WITH (fillfactor = 50)')
            rows = [(f'key {i}', initial) for i in range(writers)]
            await connections[0].executemany('INSERT INTO texts VALUES ($1, $2)', rows)
            update = 'UPDATE texts SET value = $2 WHERE key = $1'
            statements = [await each.prepare(update) for each in connections]

            async def write(key: int, text: str) -> None:
                await statements[key].fetch(f'key {key}', text)

            yield write

    async def fill(self, place: Place, keys: int) -> None:
        await self._open(place)
        async with self._connected(place.address) as connection:
            await connection.execute("SET dara.writer = 'server'")
            await connection.execute(
                """INSERT INTO dara.record (key, value, epoch, version, tip, snapshot_version, instance)
                SELECT 'key ' || i, $1::text::json, 'e', 1, 'fill:1', 1, dara.instance()
                FROM generate_series(0, $2::int - 1) AS i""",
                _filled_json(),
                keys,
            )
            await connection.execute('VACUUM ANALYZE dara.record')
            await connection.execute('CHECKPOINT')

    async def logged(self, place: Place, write: Awaitable[Any]) -> int:
        position = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"
        async with self._connected(place.address) as connection:
            before: int = await connection.fetchval(position)
            await write
            after: int = await connection.fetchval(position)
            return after - before

    @asynccontextmanager
    async def _connected(self, dsn: str) -> AsyncIterator[Any]:
        import asyncpg

        connection = await asyncpg.connect(dsn)
        try:
            yield connection
        finally:
            await connection.close()


@contextmanager
def sqlite() -> Iterator[SQLite]:
    """Make a directory for databases of SQLite."""
    try:
        check_library()
    except InvalidDefinition as error:
        raise Missing('apsw') from error
    with tempfile.TemporaryDirectory(prefix='dara-benchmark-') as directory:
        yield SQLite(Path(directory))


@contextmanager
def redis() -> Iterator[Redis]:
    """Run a Redis server."""
    servers = _needed('tests.redis_server', 'redis-server', 'redis', 'hiredis')
    with servers.RedisServer(appendfsync='everysec', auto_aof_rewrite_percentage='0') as server:
        yield Redis(server)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a Postgres server."""
    servers = _needed('tests.postgres_server', '', 'asyncpg')
    if not (servers.BINARIES / 'postgres').exists():
        raise Missing('postgres')
    with servers.PostgresServer() as server:
        yield Postgres(server)


def running() -> Iterator[Database]:
    """Run one database after the other; a line says which programs or packages are missing."""
    kinds: dict[str, Callable[[], AbstractContextManager[Database]]]
    kinds = {'SQLite': sqlite, 'Redis': redis, 'Postgres': postgres}
    for kind, run in kinds.items():
        try:
            with run() as database:
                yield database
        except Missing as missing:
            print(f'{kind} is not measured: there is no {missing}')


class Missing(Exception):
    """Absence of a program or a package; the message is its name."""


def _needed(module: str, program: str, *packages: str) -> Any:
    """Return the module that runs a server, if all that it needs is there."""
    if program and not shutil.which(program):
        raise Missing(program)
    for package in packages:
        if not importlib.util.find_spec(package):
            raise Missing(package)
    return importlib.import_module(module)


def _filled_json() -> str:
    return f'"{"x" * FILLED_BYTES}"'
