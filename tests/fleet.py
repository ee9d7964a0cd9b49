"""Several server processes of one app, with tabs on each of them."""

from __future__ import annotations

from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, Final

import orjson
import psutil
import pytest
import redis.asyncio

from dara.core.persistence.databases.sqlite_library import find_library
from tests.postgres_server import connected as connected_to
from tests.process import DARA, AppServer
from tests.repeats import repeated
from tests.tab import Tab, connected, value

PROCESSES: Final = 3
DATABASES: Final = ('redis', 'sqlite', 'postgres')


def databases(first: str) -> list[Any]:
    """Return the cases of a test over each database; all but the first one are for `make soak`."""
    return [first, *(repeated(each) for each in DATABASES if each != first)]


def over(database: str, *, of: str) -> pytest.MarkDecorator:
    """Run a test over another database than the others: name the one, and the fixture that takes it."""
    return pytest.mark.parametrize(of, databases(database), indirect=True)


class Fleet:
    """The servers of `tests/apps/fleet.py`, or one with several workers, and tabs on each process.

    Args:
        servers: the servers; users log in at the first one.
        changes: the file in which the listener of the app notes the changes.
        database: the URL of the database, or the path of its file.
        open_tabs: keeps the connections of the tabs.
    """

    def __init__(self, servers: list[AppServer], changes: Path, database: str, open_tabs: AsyncExitStack) -> None:
        self.servers = servers
        self._changes = changes
        self._database = database
        self._open_tabs = open_tabs
        self._cookies: dict[str, str] = {}

    @property
    def server(self) -> AppServer:
        return self.servers[0]

    @property
    def workers(self) -> list[int]:
        """The process ids of the workers of the first server."""
        return workers_of(self.server)

    @property
    def noted_changes(self) -> list[tuple[int, int]]:
        """The calls of the app's listener, in the order of the count in the value, with the process of each."""
        lines = self._changes.read_text().splitlines() if self._changes.exists() else []
        calls = [(int(process), int(count)) for process, count in map(str.split, lines)]
        return sorted(calls, key=lambda each: each[1])

    def cookie(self, name: str) -> str:
        """Return the cookie of a user who has logged in."""
        if name not in self._cookies:
            self._cookies[name] = self.server.login(name, name[0])
        return self._cookies[name]

    async def write_outside(self, key: str, value: object) -> None:
        """Write a value to the database as another program does."""
        await write_outside(self._database, key, value)

    async def tab(self, name: str = 'ann', client: str | None = None, server: int = 0) -> Tab:
        """Connect a tab to a server; of several workers, to whichever takes it."""
        return await self._open_tabs.enter_async_context(
            connected(self.servers[server].socket_url, cookie=self.cookie(name), client=client)
        )

    async def tabs(self, *names: str) -> list[Tab]:
        """Connect a tab for each name, each to another process."""
        found: dict[int, Tab] = {}
        for name in names:
            known = len(found)
            while len(found) == known:
                tab = await self.tab(name, server=known % len(self.servers))
                found.setdefault(await process_of(tab), tab)
        return list(found.values())

    async def move(self, tab: Tab, to: Tab) -> Tab:
        """Break the connection of a tab, and connect it to the process of another tab."""
        await tab.cut()
        while True:
            for server in range(len(self.servers)):
                moved = await self.tab('ann', client=tab.client, server=server)
                if await process_of(moved) == await process_of(to):
                    return moved


async def write_outside(database: str, key: str, value: object) -> None:
    """Write a value to a database, given by its URL or path, as another program does."""
    encoded = orjson.dumps(value).decode()
    match database.partition(':')[0]:
        case 'redis':
            async with redis.asyncio.Redis.from_url(database) as client:
                await client.fcall('dara_write', 1, f'{{dara:{key}}}', encoded)
        case 'postgresql':
            async with connected_to(database) as connection:
                await connection.execute(
                    'INSERT INTO dara.record (key, value) VALUES ($1, $2::text::json) '
                    'ON CONFLICT (store, key) DO UPDATE SET value = excluded.value',
                    *(key, encoded),
                )
        case _:
            with closing(find_library().connect(database)) as file:
                file.execute('PRAGMA busy_timeout = 30000')
                file.execute(
                    'INSERT INTO dara (key, value) VALUES (?, ?) '
                    'ON CONFLICT (key) DO UPDATE SET value = excluded.value',
                    (key, encoded),
                )


def workers_of(server: AppServer) -> list[int]:
    """Return the process ids of the workers of a server."""
    return sorted(child.pid for child in psutil.Process(server.pid).children())


async def process_of(tab: Tab) -> int:
    """Return the id of the process that serves a tab."""
    return int((await tab.call('pid', value(0), fresh=True))['value'])


def start_fleet(directory: Path, database: str, stack: AsyncExitStack, app: str = 'fleet', **variables: str) -> Fleet:
    """Start three servers of an app over a database, or one with three workers if it is a file; `stack` ends them.

    Each server claims a host of its own.
    """
    environment = {
        'DATABASE': database,
        'CHANGES': str(directory / 'changes'),
        'DARA_SECRET': 'the secret of all servers',
        **variables,
    }
    is_file = '://' not in database
    servers = []
    for index in range(1 if is_file else PROCESSES):
        place = directory / f'server{index}'
        place.mkdir()
        host = {'DARA_HOST_NAME': f'host{index}'}
        servers.append(AppServer(place, app, command=DARA if is_file else None, environment=environment | host))
        stack.callback(servers[-1].stop)
        servers[-1].start(*(['--workers', str(PROCESSES)] if is_file else []))
    address = str(directory / 'server0' / database) if is_file else database
    return Fleet(servers, directory / 'changes', address, stack)
