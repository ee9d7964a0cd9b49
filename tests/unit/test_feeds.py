"""Backends that tell of changes by others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from dara.core._edits import dump_ops
from dara.core.errors import BackendFailed
from dara.core.persistence import BackendStore, InMemoryBackend
from dara.core.persistence.changelog import Change
from dara.core.persistence.stores import bound


class Feed(InMemoryBackend):
    """Announces what the test tells it to; echoes its own writes, too."""

    announce: Callable[..., Any] = print
    reads: int = 0

    async def read(self, key: str) -> Any:
        self.reads += 1
        return await super().read(key)

    async def subscribe(self, on_value: Callable[..., Any]) -> None:
        self.announce = on_value

    async def write(self, key: str, value: Any) -> None:
        await super().write(key, value)
        self.announce(key, value)


async def opened() -> tuple[Feed, BackendStore, list[Any]]:
    """A backend, a store over it, and what the store publishes."""
    backend = Feed()
    store = BackendStore(backend)
    await store.write({'a': 1})
    published: list[Any] = []

    def on_change(change: Change) -> None:
        published.extend((entry.author, dump_ops(entry.ops)) for entry in change.entries)

    bound(store).record.subscribe(on_change)
    return backend, store, published


async def at_rest(store: BackendStore) -> None:
    """Wait until what was announced has been taken in."""
    for _ in range(3):  # the announcement, its task, its reading
        await asyncio.sleep(0)
    await bound(store).record.wait_until_idle()


SET_A = [{'op': 'replace', 'path': ['a'], 'value': 2}]


@pytest.mark.parametrize(
    'announced', [('global', {'a': 2}), ({'a': 2},), ()], ids=['key and value', 'value', 'nothing']
)
async def test_a_change_by_others_is_published_as_a_difference(announced: tuple[Any, ...]) -> None:
    backend, store, published = await opened()
    backend.data['global'] = {'a': 2}
    await backend.announce(*announced)
    await at_rest(store)
    assert published == [(0, SET_A)]
    assert await store.read() == {'a': 2}


async def test_an_announcement_may_come_from_any_thread() -> None:
    backend, store, published = await opened()
    backend.data['global'] = {'a': 2}
    await asyncio.to_thread(backend.announce, {'a': 2})
    await at_rest(store)
    assert published == [(0, SET_A)]


async def test_echoes_do_nothing() -> None:
    """W16: not even one that comes when the value has moved on."""
    backend, store, published = await opened()
    await store.write({'a': 2})
    await store.write({'a': 3})
    await backend.announce('global', {'a': 2})
    await backend.announce('global', {'a': 3})
    await at_rest(store)
    assert [ops[0]['value'] for _, ops in published] == [2, 3]
    assert await store.read() == {'a': 3}


async def test_a_backend_with_a_feed_is_not_asked_at_every_read() -> None:
    backend, store, _ = await opened()
    reads = backend.reads
    for _ in range(5):
        await store.read()
    assert backend.reads == reads


async def test_two_stores_over_one_backend_both_hear() -> None:
    """Shared data, both notified; and the backend is subscribed to once."""
    backend, store, published = await opened()
    other = BackendStore(backend)
    announce = backend.announce
    assert await other.read() == {'a': 1}
    assert backend.announce is announce
    await other.write({'a': 2})
    assert published == [(0, SET_A)]
    assert await store.read() == {'a': 2}


class Awaiting(Feed):
    async def write(self, key: str, value: Any) -> None:
        await InMemoryBackend.write(self, key, value)
        await self.announce(key, value)


async def test_a_backend_may_await_its_announcement_while_it_writes() -> None:
    """It would wait for the record, and the record for it."""
    store = BackendStore(Awaiting())
    async with asyncio.timeout(5):
        await store.write(1)
        await store.write(2)
    assert await store.read() == 2


class Refusing(InMemoryBackend):
    def subscribe(self, on_value: Callable[..., Any]) -> None:
        raise ConnectionError('nobody is there')


async def test_a_subscription_that_fails_is_an_error_with_its_cause() -> None:
    with pytest.raises(BackendFailed, match='could not subscribe: nobody is there'):
        await BackendStore(Refusing()).read()
