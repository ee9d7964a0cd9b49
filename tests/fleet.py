"""Several server processes of one app, with tabs on each of them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import psutil

from tests.process import DARA, AppServer
from tests.tab import Tab, connected, value

PROCESSES: Final = 3


class Fleet:
    """The servers of `tests/apps/fleet.py`, or one with several workers, and tabs on each process.

    Args:
        servers: the servers; users log in at the first one.
        changes: the file in which the listener of the app notes the changes.
        open_tabs: keeps the connections of the tabs.
    """

    def __init__(self, servers: list[AppServer], changes: Path, open_tabs: AsyncExitStack) -> None:
        self.servers = servers
        self._changes = changes
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


def workers_of(server: AppServer) -> list[int]:
    """Return the process ids of the workers of a server."""
    return sorted(child.pid for child in psutil.Process(server.pid).children())


async def process_of(tab: Tab) -> int:
    """Return the id of the process that serves a tab."""
    return int((await tab.call('pid', value(0), fresh=True))['value'])


def start_fleet(directory: Path, database: str, stack: AsyncExitStack) -> Fleet:
    """Start three servers over a database, or one with three workers if it is a file; `stack` ends them."""
    environment = {
        'DATABASE': database,
        'CHANGES': str(directory / 'changes'),
        'DARA_SECRET': 'the secret of all servers',
    }
    is_file = '://' not in database
    servers = []
    for index in range(1 if is_file else PROCESSES):
        place = directory / f'server{index}'
        place.mkdir()
        servers.append(AppServer(place, 'fleet', command=DARA if is_file else None, environment=environment))
        stack.callback(servers[-1].stop)
        servers[-1].start(*(['--workers', str(PROCESSES)] if is_file else []))
    return Fleet(servers, directory / 'changes', stack)
