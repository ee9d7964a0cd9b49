"""Tests of backends that notify Dara of changes by others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from dara.core._edits import dump_ops
from dara.core.errors import BackendFailed
from dara.core.persistence import BackendStore, InMemoryBackend, PersistenceBackend
from dara.core.persistence.changelog import Change
from dara.core.persistence.stores import bound
from tests.process import PATIENCE_SECONDS
from tests.proof.disk import Disk, FeedBackend


class Feed(InMemoryBackend):
    """A backend that notifies on request, and of its own writes."""

    notify: Callable[..., Any] = print
    reads: int = 0

    async def read(self, key: str) -> Any:
        self.reads += 1
        return await super().read(key)

    async def subscribe(self, on_value: Callable[..., Any]) -> None:
        self.notify = on_value

    async def write(self, key: str, value: Any) -> None:
        await super().write(key, value)
        self.notify(key, value)


async def opened() -> tuple[Feed, BackendStore, list[Any]]:
    """Return a backend, a store over it, and the list of the changes that the store publishes."""
    backend = Feed()
    store = BackendStore(backend)
    await store.write({'a': 1})
    published: list[Any] = []

    def on_change(change: Change) -> None:
        published.extend((entry.author, dump_ops(entry.ops)) for entry in change.entries)

    bound(store).record.subscribe(on_change)
    return backend, store, published


async def settled(store: BackendStore) -> None:
    """Wait until the record has read the notified value."""
    for _ in range(3):  # the notification, its task, its reading
        await asyncio.sleep(0)
    await bound(store).record.wait_until_idle()


SET_A = [{'op': 'replace', 'path': ['a'], 'value': 2}]


@pytest.mark.parametrize(
    'arguments', [('global', {'a': 2}), ({'a': 2},), ()], ids=['key and value', 'value', 'nothing']
)
async def test_a_change_by_others_is_published_as_a_difference(arguments: tuple[Any, ...]) -> None:
    backend, store, published = await opened()
    backend.data['global'] = {'a': 2}
    await backend.notify(*arguments)
    await settled(store)
    assert published == [(0, SET_A)]
    assert await store.read() == {'a': 2}


async def test_a_notification_may_come_from_any_thread() -> None:
    backend, store, published = await opened()
    backend.data['global'] = {'a': 2}
    await asyncio.to_thread(backend.notify, {'a': 2})
    await settled(store)
    assert published == [(0, SET_A)]


async def test_notifications_of_own_writes_change_nothing() -> None:
    """Even if a notification comes after a later write."""
    backend, store, published = await opened()
    await store.write({'a': 2})
    await store.write({'a': 3})
    await backend.notify('global', {'a': 2})
    await backend.notify('global', {'a': 3})
    await settled(store)
    assert [ops[0]['value'] for _, ops in published] == [2, 3]
    assert await store.read() == {'a': 3}


async def test_a_backend_that_notifies_is_not_read_at_every_store_read() -> None:
    backend, store, _ = await opened()
    await settled(store)  # it notifies of its own write, too
    reads = backend.reads
    for _ in range(5):
        await store.read()
    assert backend.reads == reads


async def test_two_stores_over_one_backend_are_both_notified() -> None:
    """They share one record, and one subscription to the backend."""
    backend, store, published = await opened()
    other = BackendStore(backend)
    notify = backend.notify
    assert await other.read() == {'a': 1}
    assert backend.notify is notify
    await other.write({'a': 2})
    assert published == [(0, SET_A)]
    assert await store.read() == {'a': 2}


class Awaiting(Feed):
    async def write(self, key: str, value: Any) -> None:
        await InMemoryBackend.write(self, key, value)
        await self.notify(key, value)


async def test_a_backend_may_await_the_notification_while_it_writes() -> None:
    """The notification does not wait for the record, which waits for the backend."""
    store = BackendStore(Awaiting())
    async with asyncio.timeout(PATIENCE_SECONDS):
        await store.write(1)
        await store.write(2)
    assert await store.read() == 2


class Refusing(InMemoryBackend):
    def subscribe(self, on_value: Callable[..., Any]) -> None:
        raise ConnectionError('connection refused')


async def test_a_failed_subscription_is_an_error_with_its_cause() -> None:
    with pytest.raises(BackendFailed, match='could not subscribe: connection refused'):
        await BackendStore(Refusing()).read()


async def shown(store: BackendStore, value: Any) -> None:
    """Wait until a page that shows the store has that value, without any use of the store."""
    has_changed = asyncio.Event()
    record = bound(store).record
    record.subscribe(lambda _: has_changed.set())
    async with asyncio.timeout(10):
        while record.value != value:
            has_changed.clear()
            await has_changed.wait()


async def test_a_change_that_cannot_be_read_when_it_is_announced_is_shown_as_soon_as_it_can() -> None:
    disk = Disk()
    store = BackendStore(FeedBackend(disk=disk))
    await store.write(1)
    disk.fail_reads(2)
    disk.write_from_outside('global', 2)
    await shown(store, 2)


async def test_a_change_announced_while_the_end_of_a_write_is_unknown_is_not_missed() -> None:
    """It cannot be read then. The next write finds out how the other one ended, and must not forget the change."""
    disk = Disk()
    store = BackendStore(FeedBackend(disk=disk))
    await store.write(1)
    disk.faults.append('goes blind')
    with pytest.raises(BackendFailed):
        await store.delete()
    disk.write_from_outside('global', [2])
    await settled(store)
    assert await store.modify(lambda value: [*value, 3]) == [2, 3]


class Stamped(PersistenceBackend):
    """A backend with a stamp, in which a value may be spoiled."""

    values: dict[str, Any] = {}
    stamp: int = 0

    def outside_stamp(self) -> int:
        return self.stamp

    async def has(self, key: str) -> bool:
        return key in self.values

    async def read(self, key: str) -> Any:
        return self.values[key]

    async def write(self, key: str, value: Any) -> None:
        self.values[key] = value

    async def delete(self, key: str) -> None:
        del self.values[key]

    async def get_all(self) -> dict[str, Any]:
        return self.values


async def test_a_value_that_is_spoiled_does_not_hide_the_changes_of_others(caplog: pytest.LogCaptureFixture) -> None:
    backend = Stamped()
    store = BackendStore(backend)
    first, second = store.at('first'), store.at('second')
    await first.write(1)
    await second.write(1)
    backend.values = dict(zip(backend.values, [object(), 2], strict=True))
    backend.stamp += 1
    await shown(second, 2)
    backend.values = dict.fromkeys(backend.values, 3)
    await shown(first, 3)  # though the stamp is still the same
    assert not caplog.records, 'it was mended soon'
