"""Tests of listeners that hear of changes by other programs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dara.core import Variable
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend
from dara.core.persistence.stores import bound
from dara.testing.memory import MemoryDatabase, SharedMemoryBackend
from tests.unit.test_feeds import Stamped

Heard = asyncio.Queue[tuple[str, Any]]


def listening(store: BackendStore) -> Heard:
    """Return the queue of what a listener of the store is told."""
    heard: Heard = asyncio.Queue()

    async def hear(key: str, value: Any) -> None:
        heard.put_nowait((key, value))

    store.on_change(hear)
    return heard


async def next_of(heard: Heard) -> tuple[str, Any]:
    async with asyncio.timeout(10):
        return await heard.get()


async def followed(store: BackendStore) -> None:
    """Wait until the changes by others are followed."""
    records = bound(store).core.open_records()
    async with asyncio.timeout(10):
        while records._following is None or not records._following.done():
            await asyncio.sleep(0.01)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / 'values.json'
    path.write_text(json.dumps({'ann': 1, 'ben': 1, 'same': [1]}))
    return path


def change(path: Path, **values: Any) -> None:
    """Change values in a file as another program does."""
    present = {**json.loads(path.read_text()), **values}
    new = path.with_suffix('.new')
    new.write_text(json.dumps({key: value for key, value in present.items() if value is not None}, indent=2))
    new.replace(path)


async def test_a_listener_hears_of_a_key_that_nobody_has_read(path: Path) -> None:
    """And of it alone: the others have another notation now, and the same values."""
    rooms = BackendStore(FileBackend(path=path))
    heard = listening(rooms)
    await followed(rooms)
    change(path, ben=2)
    assert await next_of(heard) == ('ben', 2)
    change(path, cat=3)
    assert await next_of(heard) == ('cat', 3)
    assert heard.empty()
    assert len(bound(rooms).core.open_records()) == 0, 'no key stays in memory for that'


async def test_a_listener_hears_of_a_key_that_was_evicted(path: Path) -> None:
    rooms = BackendStore(FileBackend(path=path))
    heard = listening(rooms)
    await rooms.at('ann').write(5)
    assert await next_of(heard) == ('ann', 5)
    records = bound(rooms).core.open_records()
    async with asyncio.timeout(10):
        while len(records):
            records.evict_idle(0)
            await asyncio.sleep(0.01)
    change(path, ann=6)
    assert await next_of(heard) == ('ann', 6)
    assert heard.empty(), 'nor of the own write'


async def test_a_listener_hears_once_of_a_key_in_memory(path: Path) -> None:
    rooms = BackendStore(FileBackend(path=path))
    heard = listening(rooms)
    await followed(rooms)
    assert await rooms.at('ann').read() == 1
    change(path, ann=2, ben=2)
    assert {await next_of(heard), await next_of(heard)} == {('ann', 2), ('ben', 2)}
    change(path, ben=3)
    assert await next_of(heard) == ('ben', 3)
    assert heard.empty()


async def test_a_listener_hears_of_a_change_that_somebody_has_read_before(path: Path) -> None:
    """The first reader of a key reads the new value, and no commit tells of it."""
    rooms = BackendStore(FileBackend(path=path))
    heard = listening(rooms)
    await followed(rooms)
    change(path, ann=2)
    assert await rooms.at('ann').read() == 2
    assert await next_of(heard) == ('ann', 2)
    assert heard.empty()


async def test_a_removal_is_told_with_the_default(path: Path) -> None:
    rooms = BackendStore(FileBackend(path=path))
    Variable(default=0, store=rooms)
    heard = listening(rooms)
    await followed(rooms)
    change(path, ben=None)
    assert await next_of(heard) == ('ben', 0)


async def test_a_listener_of_one_room_hears_of_no_other(path: Path) -> None:
    rooms = BackendStore(FileBackend(path=path))
    heard = listening(rooms.at('ben'))
    await followed(rooms)
    change(path, ann=2, ben=2)
    assert await next_of(heard) == ('ben', 2)
    assert heard.empty()
    assert len(bound(rooms).core.open_records()) == 0


async def test_a_write_past_the_store_is_told(path: Path) -> None:
    """By code of this process that uses the backend itself."""
    backend = FileBackend(path=path)
    heard = listening(BackendStore(backend))
    await followed(BackendStore(backend))
    await backend.write('ben', 7)
    assert await next_of(heard) == ('ben', 7)


async def test_a_file_that_is_invalid_meanwhile_hides_no_change(path: Path) -> None:
    rooms = BackendStore(FileBackend(path=path))
    heard = listening(rooms)
    await followed(rooms)
    whole = json.loads(path.read_text())
    path.write_text('{"ann": 1, ')
    await asyncio.sleep(0.3)  # it is looked at
    path.write_text(json.dumps({**whole, 'ben': 9}))
    assert await next_of(heard) == ('ben', 9)


class Announcing(InMemoryBackend):
    """A backend that announces what others change."""

    announce: Callable[..., Any] = print

    def subscribe(self, on_value: Callable[..., Any]) -> None:
        self.announce = on_value


class Counting(Stamped):
    """A backend that counts all changes, its own too, and names the keys."""

    changes: list[str] = []
    seen: int = 0

    async def write(self, key: str, value: Any) -> None:
        await super().write(key, value)
        self.changes.append(key)

    def outside_stamp(self) -> int:
        return len(self.changes)

    def changed_keys(self) -> list[str]:
        changed, self.seen = self.changes[self.seen :], len(self.changes)
        return changed


async def test_a_listener_hears_of_a_key_that_a_backend_with_a_stamp_names() -> None:
    """And once of what a store has written itself."""
    backend = Counting()
    store = BackendStore(backend)
    heard = listening(store)
    await followed(store)
    await backend.write('unread', 1)
    assert await next_of(heard) == ('unread', 1)
    await store.at('own').write(2)
    await backend.write('last', 3)
    assert await next_of(heard) == ('own', 2)
    assert await next_of(heard) == ('last', 3)
    await backend.write('own', 4)
    assert await next_of(heard) == ('own', 4)
    assert heard.empty()


@pytest.mark.parametrize('arguments', [('global', 2), (2,)], ids=['key and value', 'value'])
async def test_a_listener_hears_of_an_announced_key_that_nobody_has_read(arguments: tuple[Any, ...]) -> None:
    backend = Announcing()
    store = BackendStore(backend)
    heard = listening(store)
    await followed(store)
    backend.data['global'] = 2
    await asyncio.to_thread(backend.announce, *arguments)
    assert await next_of(heard) == ('global', 2)


async def test_without_listeners_no_change_is_looked_for(path: Path) -> None:
    backend = FileBackend(path=path)
    store = BackendStore(backend).at('ann')
    assert await store.read() == 1
    change(path, ann=2, ben=2)
    assert await store.read() == 2
    assert backend._file.changed is None


def servers(database: MemoryDatabase) -> list[BackendStore]:
    """Return the store of each of three servers."""
    return [BackendStore(SharedMemoryBackend(database=database)) for _ in range(3)]


async def test_of_many_servers_one_tells_of_a_write_by_another_program() -> None:
    """Of keys that a server has in memory, and of others."""
    database = MemoryDatabase()
    stores = servers(database)
    heard = [listening(store) for store in stores]
    for store in stores:
        await followed(store)
    assert await stores[0].at('read').read() is None
    for number, key in enumerate(['read', 'unread', 'read', 'unread', *(f'key {i}' for i in range(200))]):
        database.named('dara').write_from_outside(key, number)
    async with asyncio.timeout(10):
        while sum(each.qsize() for each in heard) < 204:
            await asyncio.sleep(0.01)
    told = [each.get_nowait() for each in heard for _ in range(each.qsize())]
    assert len(told) == 204
    assert {('read', 2), ('unread', 3), ('key 0', 4), ('key 199', 203)} <= set(told)


async def test_a_write_by_another_program_is_told_once() -> None:
    database = MemoryDatabase()
    stores = servers(database)
    heard = [listening(store) for store in stores]
    for store in stores:
        await followed(store)
    for number in range(20):
        database.named('dara').write_from_outside(f'key {number}', number)
    await stores[0].at('end').write(0)
    async with asyncio.timeout(10):
        while sum(each.qsize() for each in heard) < 21:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)  # nothing else comes
    told = [each.get_nowait() for each in heard for _ in range(each.qsize())]
    assert sorted(told) == sorted([*((f'key {i}', i) for i in range(20)), ('end', 0)])


async def test_a_server_whose_listener_wants_another_key_claims_nothing() -> None:
    database = MemoryDatabase()
    one, other = servers(database)[:2]
    heard, unheard = listening(one.at('here')), listening(other.at('there'))
    await followed(one)
    await followed(other)
    for number in range(20):
        database.named('dara').write_from_outside('here', number)
        assert await next_of(heard) == ('here', number)
    assert unheard.empty()
