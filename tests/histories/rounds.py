"""Rounds: clients write and read while one fault after the other happens, and the history of it is checked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from tests.histories.checker import problems
from tests.histories.clients import DEFAULTS, Assigner, Caller, Coder, Looker, Reader, Typist, read
from tests.histories.faults import Fault
from tests.histories.history import History
from tests.histories.sites import (
    EverysecRedisSite,
    PostgresSite,
    RedisSite,
    ReplicatedRedisSite,
    Site,
    SQLiteSite,
    SynchronousPostgresSite,
)
from tests.process import NO_TLS, AppServer

SITES: Final[dict[str, type[Site]]] = {
    'sqlite': SQLiteSite,
    'redis': RedisSite,
    'everysec': EverysecRedisSite,
    'replicated': ReplicatedRedisSite,
    'postgres': PostgresSite,
    'synchronous': SynchronousPostgresSite,
}
TYPISTS: Final = 6
READERS: Final = 6
CALLERS: Final[tuple[type[Caller], ...]] = (Coder, Coder, Assigner, Looker)
WARM_SIGHTS: Final = 500
"""The number of sights of readers before the first fault."""
REST_SECONDS: Final = 0.3
SETTLE_SECONDS: Final = 40
"""The time within which all clients must have their answers once the faults are over, and then see the same."""


class Round:
    """One round on a site.

    Args:
        seed: decides what the clients do, and the details of the faults.
        faults: happen one after the other.
    """

    def __init__(self, kind: str, seed: int, faults: Sequence[Fault[Any]]) -> None:
        self.history = History()
        self._new_site = SITES[kind]
        self._chance = Random(f'{kind} {seed}')
        self._faults = faults

    async def run(self, directory: Path) -> list[str]:
        """Run the round, and return what is wrong with its history."""
        async with self._new_site(directory, self._chance, self.history) as site:
            await self._work(site)
            self.history.finals['the database'] = await site.stored()
        return problems(self.history)

    async def _work(self, site: Site) -> None:
        readers = [Reader(i, site, self._dice()) for i in range(READERS)]
        typists = [Typist(i, ('small', 'large')[i % 2], site, self._dice()) for i in range(TYPISTS)]
        callers = [new(f'{new.__name__} {i}', site, self._dice()) for i, new in enumerate(CALLERS)]
        faults_are_over, all_is_over = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            reading = [tasks.create_task(each.run(all_is_over)) for each in readers]
            workers: list[Typist | Caller] = [*typists, *callers]
            working = {tasks.create_task(each.run(faults_are_over)): each.name for each in workers}
            while len(self.history.sights) < WARM_SIGHTS:
                await asyncio.sleep(0.05)
            for fault in self._faults:
                await asyncio.sleep(self._chance.uniform(0, 2 * REST_SECONDS))
                self.history.note(fault.__name__.replace('_', ' '))
                await fault(site)
            await asyncio.sleep(REST_SECONDS)
            faults_are_over.set()
            self.history.note('the faults are over')
            _, stuck = await asyncio.wait(working, timeout=SETTLE_SECONDS)
            self.history.stuck = [working[task] for task in stuck]
            await self._settle(site, readers)
            all_is_over.set()
            await asyncio.wait(reading)
            for task in stuck:
                task.cancel()

    async def _settle(self, site: Site, readers: Sequence[Reader]) -> None:
        """Wait until all readers show what the servers have, and take note of both."""
        finals = self.history.finals
        async with httpx.AsyncClient(verify=NO_TLS, timeout=SETTLE_SECONDS) as client:
            for server in site.servers:
                finals[server.url] = {store: await self._read(client, server, store) for store in DEFAULTS}
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while any(each.values != finals[server.url] for each in readers):
                    await asyncio.sleep(0.05)
        self.history.note('all have settled')
        finals.update({each.name: dict(each.values) for each in readers})

    async def _read(self, client: httpx.AsyncClient, server: AppServer, store: str) -> Any:
        """Read a value when that is possible again."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                with suppress(httpx.HTTPError):
                    return await read(client, server, store, self.history)
                await asyncio.sleep(0.1)

    def _dice(self) -> Random:
        return Random(self._chance.random())
