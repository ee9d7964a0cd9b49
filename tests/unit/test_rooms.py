"""Tests of rooms, nested views and listeners, and of records that leave memory."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from dara.core import Variable
from dara.core._edits import Replace
from dara.core.errors import (
    InvalidDefinition,
)
from dara.core.persistence import BackendStore, InMemoryBackend
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Committed, Edit, Settled
from dara.core.persistence.stores import bound
from tests.process import PATIENCE_SECONDS


async def test_a_nested_variable_is_the_same_store_at_a_path() -> None:
    """Its value is never stale, and its writes change nothing else."""
    person = Variable[Any](default={'name': 'Ann', 'home': {'city': 'Rome'}}, store=BackendStore())
    city = person.get('home').get('city')
    assert city.store is person.store
    assert await city.read() == 'Rome'
    await person.write({'name': 'Ben', 'home': {'city': 'Oslo'}})
    assert await city.read() == 'Oslo'
    await asyncio.gather(city.write('Bern'), person.get('name').write('Cat'), person.get('pets', 0).write('cat'))
    assert await person.read() == {'name': 'Cat', 'home': {'city': 'Bern'}, 'pets': ['cat']}
    assert await person.get('nothing', 'there').read() is None
    with pytest.raises(TypeError, match='works on the whole variable'):
        await city.delete()
    with pytest.raises(InvalidDefinition, match='only the browser knows'):
        await person.get('pets').list_item.write('dog')


async def test_a_room_is_the_same_store_at_another_key() -> None:
    rooms = BackendStore(uid='rooms')
    kitchen = Variable[Any](default=[], store=rooms.at('kitchen'))
    await kitchen.write(['tea'])
    await rooms.at('cellar').modify(lambda items: [*items, 'wine'])
    assert await rooms.at('kitchen').read() == ['tea']
    assert await rooms.get_all() == {'kitchen': ['tea'], 'cellar': ['wine']}
    assert await rooms.at('kitchen').get_all() == {'kitchen': ['tea']}
    for wrong in ('', 'x' * 513, 3, 'half \ud800'):
        with pytest.raises(InvalidDefinition):
            rooms.at(wrong)  # type: ignore[arg-type]


async def test_a_listener_hears_every_commit_of_every_key() -> None:
    rooms = BackendStore(uid='rooms')
    notified: list[Any] = []
    are_all_notified = asyncio.Event()

    async def listen(key: str, value: Any) -> None:
        notified.append((key, value))
        if len(notified) == 3:
            are_all_notified.set()

    stop = rooms.on_change(listen)
    here = rooms.at('a').on_change(lambda key, value: notified.append((f'only {key}', value)))
    await rooms.at('a').write(1)
    await rooms.at('b').write(2)
    await asyncio.wait_for(are_all_notified.wait(), PATIENCE_SECONDS)
    assert sorted(notified, key=str) == [('a', 1), ('b', 2), ('only a', 1)]
    stop()
    here()
    await rooms.at('a').write(3)
    assert len(notified) == 3


async def test_a_listener_that_fails_holds_up_nobody(caplog: pytest.LogCaptureFixture) -> None:
    store = BackendStore()
    store.on_change(lambda key, value: 1 / 0)
    await store.write(1)
    assert await store.read() == 1
    assert 'in memory, until the server stops: a function of on_change failed' in caplog.text


async def test_a_thousand_rooms_leave_memory_when_nobody_uses_them() -> None:
    rooms = BackendStore(InMemoryBackend())
    for number in range(1000):
        await rooms.at(str(number)).write(number)
    records = bound(rooms).core.open_records()
    assert len(records) == 1000
    stop = (await bound(rooms.at('7')).open()).subscribe(lambda change: None)
    records.evict_idle(0)
    assert len(records) == 1
    stop()
    records.evict_idle(0)
    assert len(records) == 0
    assert await rooms.at('512').read() == 512


async def test_a_record_is_resumed_after_it_was_evicted() -> None:
    """I3: receipts survive eviction, so an edit that is sent again is not applied twice."""
    rooms = BackendStore(InMemoryBackend())
    record = await bound(rooms.at('a')).open()
    writer = Writer('ann', 'tab', 'rooms', 'a')
    edit = Edit(writer, 1, 1, record.epoch, 0, (Replace((), 'once'),))
    assert isinstance(await record.edit(edit), Committed)
    bound(rooms).core.open_records().evict_idle(0)
    again = await bound(rooms.at('a')).open()
    assert again is not record
    assert (again.epoch, again.version) == (record.epoch, record.version)
    assert [change.version for change in again.changes_since(record.epoch, 0) or ()] == [1]
    assert await again.edit(edit) == Settled()
    bound(rooms).core.open_records().evict_idle(0)
    await rooms.backend.write('a', 'changed by another program')
    assert (await bound(rooms.at('a')).open()).epoch != record.epoch


async def test_stores_that_are_made_repeatedly_leave_no_memory_behind() -> None:
    """A py_component constructs its variables and stores at every rendering."""
    for number in range(50):
        Variable(default=number, store=BackendStore(uid='again'))
    gc.collect()
    before = len(gc.get_objects())
    for number in range(2000):
        store = BackendStore(uid='again')
        Variable(default=number, store=store, uid='again')
        await store.read()
        del store
    gc.collect()
    assert len(gc.get_objects()) - before < 200


async def test_an_async_modify_outlives_its_record() -> None:
    """While the function waits, the record is evicted and another program writes."""
    store = BackendStore(InMemoryBackend())
    await store.write(1)
    began, go_on = asyncio.Event(), asyncio.Event()
    runs = 0

    async def add(value: int) -> int:
        nonlocal runs
        runs += 1
        began.set()
        await go_on.wait()
        return value + 1

    adding = asyncio.create_task(store.modify(add))
    await began.wait()
    bound(store).core.open_records().evict_idle(0)
    await store.backend.write('global', 100)
    await store.write(101)
    go_on.set()
    assert await asyncio.wait_for(adding, PATIENCE_SECONDS) == 102
    assert (runs, await store.read()) == (2, 102)
