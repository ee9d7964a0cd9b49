"""Tests of stores without an app, as a script uses them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dara.core import Variable
from dara.core._edits import Remove, Replace
from dara.core.errors import (
    ConflictingIds,
    InvalidDefinition,
    NotJson,
    ReadOnlyStore,
    TooLarge,
)
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend, PersistenceBackend
from dara.core.persistence.stores import bound


class Synchronous(PersistenceBackend):
    """A custom backend: synchronous methods over a dict."""

    data: dict[str, Any] = {}

    def has(self, key: str) -> bool:
        return key in self.data

    def read(self, key: str) -> Any:
        return self.data[key]

    def write(self, key: str, value: Any) -> None:
        self.data[key] = value

    def delete(self, key: str) -> None:
        del self.data[key]

    def get_all(self) -> dict[str, Any]:
        return self.data


@pytest.fixture(params=['memory', 'file', 'synchronous'])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> PersistenceBackend:
    """A backend of each kind."""
    match request.param:
        case 'memory':
            return InMemoryBackend()
        case 'file':
            return FileBackend(path=tmp_path / 'x.json')
        case _:
            return Synchronous()


async def test_a_written_value_is_read(backend: PersistenceBackend) -> None:
    store = BackendStore(backend)
    assert await store.read() is None
    assert await store.get_all() == {}
    values: list[Any] = [1, '', [], {'a': [None, 1.5, 'é🙂']}, None, False]
    for value in values:
        await store.write(value)
        assert await store.read() == value
        assert await store.get_all() == {'global': value}
    await store.delete()
    assert await store.get_all() == {}
    assert await store.read() is None


async def test_the_default_is_stored_on_first_use_and_shown_after_a_delete(backend: PersistenceBackend) -> None:
    """`None` is a value; a deleted value is absent."""
    store = BackendStore(backend)
    variable = Variable[Any](default={'a': 1}, store=store)
    assert await variable.read() == {'a': 1}
    assert await variable.get_all() == {'global': {'a': 1}}
    await variable.write(None)
    assert await variable.read() is None
    await variable.delete()
    assert await variable.read() == {'a': 1}
    assert await variable.get_all() == {}


async def test_the_default_never_replaces_a_stored_value(backend: PersistenceBackend) -> None:
    await BackendStore(backend).write('kept')
    again = BackendStore(backend)
    Variable(default='default', store=again)
    assert await again.read() == 'kept'


async def test_values_are_copies(backend: PersistenceBackend) -> None:
    """A change of a value that was read, or given to `write`, has no effect."""
    default = {'items': [1]}
    store = BackendStore(backend)
    Variable(default=default, store=store)
    default['items'].append(2)
    (await store.read())['items'].append(3)
    (await store.get_all())['global']['items'].append(4)
    written = {'items': [5]}
    await store.write(written)
    written['items'].append(6)
    assert await store.read() == {'items': [5]}


async def test_modify_is_atomic(backend: PersistenceBackend) -> None:
    """With sync functions and with slow async ones."""
    store = BackendStore(backend)
    await store.write(0)

    async def slow(count: int) -> int:
        await asyncio.sleep(0)
        return count + 1

    results = await asyncio.gather(
        *(store.modify(lambda count: count + 1) for _ in range(20)), *(store.modify(slow) for _ in range(10))
    )
    assert sorted(results) == list(range(1, 31))
    assert await store.read() == 30


async def test_a_failed_write_changes_nothing(backend: PersistenceBackend) -> None:
    store = BackendStore(backend)
    await store.write({'a': 1})

    def broken(value: dict[str, int]) -> None:
        value['a'] = 2
        raise RuntimeError('mine')

    with pytest.raises(RuntimeError, match='mine'):
        await store.modify(broken)
    with pytest.raises(NotJson, match='/b'):
        await store.write({'b': object()})
    with pytest.raises(TooLarge):
        await store.write('x' * 1_100_000)
    assert await store.read() == {'a': 1}


async def test_an_invalid_write_among_valid_ones_fails_alone(backend: PersistenceBackend) -> None:
    """Even if all of them are in one group commit."""
    store = BackendStore(backend)
    outcomes = await asyncio.gather(store.write(1), store.write(object()), store.write(3), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), NotJson, type(None)]
    assert await store.read() == 3


async def test_a_readonly_store_is_not_written(backend: PersistenceBackend) -> None:
    """Neither `write` nor the first use stores anything."""
    store = BackendStore(backend, readonly=True)
    Variable(default='shown', store=store)
    for attempt in (store.write(1), store.delete(), store.modify(lambda _: 1)):
        with pytest.raises(ReadOnlyStore, match='readonly'):
            await attempt
    assert await store.read() == 'shown'
    assert await store.get_all() == {}


async def test_two_stores_over_one_backend_share_its_data(backend: PersistenceBackend) -> None:
    one, other = BackendStore(backend), BackendStore(backend)
    await one.write('shared')
    assert await other.read() == 'shared'
    assert bound(one).record is bound(other).record


def test_two_variables_of_one_store_must_agree_on_the_default() -> None:
    store = BackendStore(uid='s')
    Variable(default=1, store=store)
    Variable(default=1.0, store=store)
    with pytest.raises(ConflictingIds, match='not their default'):
        Variable(default=True, store=store)


async def test_two_stores_over_one_backend_must_agree_on_the_default() -> None:
    """An edit of an absent value edits its default, so there can be only one."""
    backend = InMemoryBackend()
    one, other = BackendStore(backend), BackendStore(backend)
    Variable(default='a', store=one)
    Variable(default='b', store=other)
    await one.read()
    with pytest.raises(ConflictingIds, match="share it, but not their default \\('a' and 'b'\\)"):
        await other.read()


async def test_a_variable_without_a_backend_store_raises() -> None:
    with pytest.raises(TypeError, match='needs a BackendStore'):
        await Variable(1).read()
    with pytest.raises(TypeError, match='whole variable'):
        await Variable({'a': 1}, store=BackendStore()).get('a').delete()


def test_wrong_arguments_raise_an_error_that_names_them() -> None:
    with pytest.raises(InvalidDefinition, match='takes a backend such as FileBackend'):
        BackendStore('file.json')  # type: ignore[arg-type]
    with pytest.raises(InvalidDefinition, match='scope'):
        BackendStore(scope='everybody')  # type: ignore[arg-type]
    with pytest.raises(InvalidDefinition, match='get'):
        Variable({}).get(1.5)  # type: ignore[arg-type]


def test_a_script_can_use_one_store_in_several_event_loops() -> None:
    """The value survives, although each `asyncio.run` has its own loop."""
    store = BackendStore()
    asyncio.run(store.write(1))

    async def add_all() -> None:
        await asyncio.gather(*(store.modify(lambda count: count + 1) for _ in range(10)))

    asyncio.run(add_all())
    assert asyncio.run(store.read()) == 11


async def test_published_changes_lead_from_each_value_to_the_next() -> None:
    """S8: `write` publishes the difference, and a delete is an op of its own."""
    store = BackendStore()
    published: list[Any] = []
    await store.write({'a': 1, 'b': [1, 2]})
    bound(store).record.subscribe(lambda change: published.append([entry.ops for entry in change.entries]))
    await store.write({'a': 1, 'b': [1, 3]})
    await store.write({'a': 1, 'b': [1, 3]})
    await store.delete()
    assert published == [[(Replace(('b', 1), 3),)], [(Remove(()),)]]


def test_many_tasks_can_use_a_store_in_each_of_several_event_loops(tmp_path: Path) -> None:
    """Locks do not outlive their event loop."""
    for store in (BackendStore(), BackendStore(FileBackend(path=tmp_path / 'x.json'))):

        async def write_both(store: BackendStore = store) -> None:
            await asyncio.gather(*(store.write(i) for i in range(5)), *(store.read() for _ in range(5)))

        for _ in range(3):
            asyncio.run(write_both())


async def test_modify_takes_any_awaitable() -> None:
    class AddLater:
        async def __call__(self, count: int) -> int:
            return count + 1

    store = BackendStore()
    await store.write(1)
    assert await store.modify(AddLater()) == 2
