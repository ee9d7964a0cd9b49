"""Stores, backends and the variables over them, called as documented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dara.core import Variable
from dara.core.errors import InvalidEdit, NoBackendStore, ReadOnlyStore
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend, PersistenceBackend
from dara.core.persistence.stores import bound


async def test_a_store_works_before_any_variable_uses_it() -> None:
    store = BackendStore()
    assert await store.read() is None
    await store.write('first')
    variable = Variable('default', store=store)
    assert await variable.read() == await store.read() == 'first'
    await store.delete()
    assert await variable.read() == 'default'
    assert await store.get_all() == {}


async def test_write_partial_returns_the_new_value() -> None:
    store = BackendStore()
    variable = Variable({'name': 'John', 'tags': ['a']}, store=store)
    patched = await store.write_partial([{'op': 'replace', 'path': '/name', 'value': 'Jane'}])
    assert patched == {'name': 'Jane', 'tags': ['a']}
    patched['name'] = 'a copy'
    assert await variable.read() == {'name': 'Jane', 'tags': ['a']}
    assert await variable.write_partial({'name': 'Jo', 'tags': ['a', 'b']}) == {'name': 'Jo', 'tags': ['a', 'b']}
    assert await variable.write_partial([]) == {'name': 'Jo', 'tags': ['a', 'b']}


@pytest.mark.parametrize('first', [None, 'written'])
async def test_a_patch_of_a_store_without_a_value_begins_with_an_empty_object(first: str | None) -> None:
    store = BackendStore()
    if first:
        await store.write(None)
    operations = [{'op': 'add', 'path': '/name', 'value': 'Ann'}, {'op': 'add', 'path': '/age', 'value': 3}]
    assert await store.write_partial(operations) == {'name': 'Ann', 'age': 3}
    assert await store.read() == {'name': 'Ann', 'age': 3}


async def test_a_patch_that_fails_leaves_nothing_behind() -> None:
    store = BackendStore()
    with pytest.raises(InvalidEdit, match='Invalid JSON patch operation'):
        await store.write_partial([{'op': 'replace', 'path': '/absent', 'value': 1}])
    assert await store.get_all() == {}


@pytest.mark.parametrize(('value', 'kind'), [('text', 'str'), (42, 'int'), (True, 'bool')])
async def test_a_patch_of_a_plain_value_says_what_the_value_is(value: Any, kind: str) -> None:
    store = BackendStore()
    await store.write(value)
    with pytest.raises(ValueError, match='Cannot apply JSON patches to non-structured data') as raised:
        await store.write_partial([{'op': 'add', 'path': '/member', 'value': 1}])
    assert f'Current value is of type {kind}' in str(raised.value)
    assert await store.read() == value


async def test_subscribers_get_the_value_whatever_a_writer_asks() -> None:
    """`notify=False` and `ignore_channel` are accepted; a subscriber left with an old value would be wrong."""
    store = BackendStore()
    variable = Variable({'n': 0}, store=store)
    await store.read()
    published: list[Any] = []
    bound(store).record.subscribe(lambda _: published.append(bound(store).record.value))
    await store.write({'n': 1}, notify=False)
    await variable.write({'n': 2}, notify=False, ignore_channel='channel')
    await store.write_partial([{'op': 'replace', 'path': '/n', 'value': 3}], notify=False, in_place=True)
    await variable.write_partial({'n': 4}, notify=False, in_place=False)
    assert published == [{'n': 1}, {'n': 2}, {'n': 3}, {'n': 4}]
    await variable.delete(notify=False)
    assert len(published) == 5
    assert await store.read() == {'n': 0}


async def test_values_that_were_read_do_not_change_in_place() -> None:
    store = BackendStore()
    await store.write({'items': [1]})
    read = await store.read()
    await store.write_partial([{'op': 'add', 'path': '/items/-', 'value': 2}], in_place=True)
    assert read == {'items': [1]}


def in_memory(_: Path) -> PersistenceBackend:
    return InMemoryBackend()


def in_a_file(folder: Path) -> PersistenceBackend:
    return FileBackend(path=str(folder / 'values.json'))


@pytest.mark.parametrize('make', [in_memory, in_a_file])
async def test_a_backend_reads_none_for_an_absent_key(make: Any, tmp_path: Path) -> None:
    backend = make(tmp_path)
    assert await backend.read('absent') is None
    assert not await backend.has('absent')
    await backend.write('key', {'a': 1})
    assert await backend.read('key') == {'a': 1}
    assert await backend.get_all() == {'key': {'a': 1}}
    await backend.delete('key')
    assert await backend.read('key') is None


async def test_a_backend_in_memory_has_its_data() -> None:
    backend = InMemoryBackend(data={'global': 1})
    store = BackendStore(backend=backend)
    assert await store.read() == 1
    await store.write(2)
    assert backend.data == {'global': 2}


class Vanishing(PersistenceBackend):
    """A backend whose value others remove between a look and a read."""

    looks: list[str] = []

    def has(self, key: str) -> bool:
        self.looks.append(key)
        return len(self.looks) == 1

    def read(self, key: str) -> Any:
        return None

    def write(self, key: str, value: Any) -> None:
        raise OSError('not here')

    def delete(self, key: str) -> None: ...

    def subscribe(self, on_value: Any) -> None:
        """Report changes, so that a value is read once."""

    def get_all(self) -> dict[str, Any]:
        return {}


async def test_a_value_that_vanishes_while_it_is_read_is_absent() -> None:
    variable = Variable('default', store=BackendStore(Vanishing(), readonly=True))
    assert await variable.read() == 'default'


@pytest.mark.parametrize(
    'write', [lambda store: store.write(1), lambda store: store.write_partial([]), BackendStore.delete]
)
async def test_a_readonly_store_is_not_written(write: Any) -> None:
    with pytest.raises(ReadOnlyStore, match='Cannot write to a read-only store'):
        await write(BackendStore(readonly=True))


@pytest.mark.parametrize('error', [NoBackendStore, TypeError, ValueError])
async def test_a_variable_without_a_store_cannot_be_read(error: type[Exception]) -> None:
    with pytest.raises(error, match=r'read\(\) needs a BackendStore'):
        await Variable(1).read()
    with pytest.raises(error, match=r'write_partial\(\) needs a BackendStore'):
        await Variable(1).write_partial([])
