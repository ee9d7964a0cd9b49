"""Servers over each database that lose it, and with it the feed, for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from dara.core.persistence import BackendStore, PostgresBackend, RedisBackend, SQLiteBackend
from dara.core.persistence.databases.sqlite_library import find_library
from dara.core.persistence.shared import SharedBackend
from dara.core.persistence.stores import bound
from tests.fleet import write_outside
from tests.network import Network
from tests.postgres_server import PostgresServer
from tests.redis_server import RedisServer


@dataclass
class Line:
    """A server's way to its database, which is lost between `cut` and `mend`."""

    backend: SharedBackend
    cut: Callable[[], None]
    mend: Callable[[], None]


@dataclass
class Site:
    """A database, given by its URL or path, and the lines of the servers over it."""

    database: str
    lines: Sequence[Line]


@pytest_asyncio.fixture(params=['sqlite', 'redis', 'postgres'])
async def site(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        match request.param:
            case 'sqlite':
                yield sqlite_site(tmp_path / 'values.db')
                return
            case 'redis':
                url = stack.enter_context(RedisServer()).url
                networks = [await stack.enter_async_context(Network(url)) for _ in range(2)]
                backends: list[SharedBackend] = [RedisBackend(f'redis://127.0.0.1:{each.port}/0') for each in networks]
            case _:
                server = stack.enter_context(PostgresServer())
                url = server.dsn
                networks = [await stack.enter_async_context(Network(url)) for _ in range(2)]
                backends = [PostgresBackend(server.dsn_by(each.port)) for each in networks]
        yield Site(url, [Line(backend, each.cut, each.mend) for backend, each in zip(backends, networks, strict=True)])


def sqlite_site(path: Path) -> Site:
    """Return a database whose log has another name for a while, so that the server cannot read it."""

    def rename(old: str, new: str) -> None:
        with closing(find_library().connect(str(path))) as connection:
            connection.execute(f'ALTER TABLE {old} RENAME TO {new}')

    return Site(
        str(path),
        [Line(SQLiteBackend(path), partial(rename, 'dara__log', 'away'), partial(rename, 'away', 'dara__log'))],
    )


@pytest_asyncio.fixture
async def stack(site: Site) -> AsyncIterator[AsyncExitStack]:
    """The ends of the test, before those of its databases."""
    async with AsyncExitStack() as found:
        yield found


async def test_what_was_written_meanwhile_is_told_once(
    site: Site, stack: AsyncExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    """To the listener of a server that heard of it, or else of one that has the feed again."""
    caplog.set_level('INFO', 'dara')
    told: asyncio.Queue[tuple[str, int]] = asyncio.Queue()

    async def note(key: str, value: int) -> None:  # on this loop: a queue is not safe for threads
        told.put_nowait((key, value))

    for line in site.lines:
        store = BackendStore(line.backend)
        store.on_change(note)
        stack.push_async_callback(bound(store).core.open_records().close)
        await store.at('first').read()
        await bound(store).core.open_records()._watch_for_listeners()
    async with asyncio.timeout(30):
        *others, last = site.lines
        last.cut()
        await write_outside(site.database, 'one', 1)
        if others:
            assert await told.get() == ('one', 1)
        for line in others:
            line.cut()
        for key in ('one', 'two', 'three'):
            await write_outside(site.database, key, 2)
        while not ('lost' in caplog.text or 'no such table' in caplog.text):
            await asyncio.sleep(0.01)
        for line in site.lines:
            line.mend()
        count = 4 - len(others)
        found = [await told.get() for _ in range(count)]
        assert set(found) == {('one', 2), ('two', 2), ('three', 2)}
        for line in site.lines:
            await line.backend.write('end', 3)
            assert await told.get() == ('end', 3)
