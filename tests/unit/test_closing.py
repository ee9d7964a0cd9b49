"""Tests of shared backends at the end of an app: everything is stored, and nothing stays open."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Final

from starlette.applications import Starlette

from dara.components import Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.asgi import create_app
from dara.core.persistence import BackendStore, SQLiteBackend
from dara.core.persistence.stores import bound
from dara.testing import MemoryDatabase, SharedMemoryBackend

LONG: Final = 'a' * 20_000
"""A value that is too long to be stored with every edit."""
PATIENCE_SECONDS: Final = 10


def app_of(store: BackendStore) -> Starlette:
    """Return an app that shows the value of a store."""
    config = ConfigurationBuilder()
    config.add_page('Page', content=Text(Variable(default='', store=store)))
    return create_app(config)


def stored(path: Path) -> str:
    """Return the value in the file, as another program reads it."""
    with closing(sqlite3.connect(path)) as file:
        return str(json.loads(file.execute('SELECT value FROM dara').fetchone()[0]))


async def test_an_app_stores_everything_and_closes_its_backends(tmp_path: Path) -> None:
    """They can be used again afterwards, also by the next run."""
    path = tmp_path / 'values.db'
    store = BackendStore(SQLiteBackend(path), uid='store')
    app = app_of(store)
    for end in ('b', 'c'):
        async with app.router.lifespan_context(app):
            await store.write(LONG)
            await store.write(LONG + end)
        assert stored(path) == LONG + end
        assert not [thread.name for thread in threading.enumerate() if 'sqlite' in thread.name]
    assert await store.read() == LONG + 'c'
    await store.backend.close()  # type: ignore[attr-defined]


async def test_what_an_app_writes_at_its_end_is_stored(tmp_path: Path) -> None:
    path = tmp_path / 'values.db'
    store = BackendStore(SQLiteBackend(path), uid='store')
    config = ConfigurationBuilder()
    config.add_page('Page', content=Text(Variable(default='', store=store)))

    @config.on_startup
    async def run() -> AsyncIterator[None]:
        yield
        await store.write(LONG + 'z')

    app = create_app(config)
    async with app.router.lifespan_context(app):
        await store.write(LONG)
    assert stored(path) == LONG + 'z'


async def test_the_end_of_one_app_does_not_disturb_another_with_the_same_backend() -> None:
    """It hears of the commits of other servers as before."""
    database = MemoryDatabase()
    backend = SharedMemoryBackend(database=database)
    store, other = BackendStore(backend, uid='one'), SharedMemoryBackend(database=database)
    has_heard = asyncio.Event()
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        for stack in (first, second):
            app = app_of(store)
            await stack.enter_async_context(app.router.lifespan_context(app))
        await first.aclose()
        bound(store).record.subscribe(lambda _: has_heard.set())
        await other.write('global', 'new')
        async with asyncio.timeout(PATIENCE_SECONDS):
            await has_heard.wait()
    assert bound(store).record.value == 'new'
