"""Tests of exports and imports inside one process: shared backends, and `items` of other ones."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from dara.cli.moving import Import, export_values, notes_on_export
from dara.cli.refused import Refused
from dara.cli.stored import AppStores
from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend, PersistenceBackend, SQLiteBackend
from dara.core.persistence.changelog import Change
from dara.core.persistence.stores import bound
from dara.testing import MemoryDatabase, SharedMemoryBackend
from tests.unit.orders import NEW, OLD, STORED, new_store, old_store


def app_of(*shown: BackendStore, declared: tuple[BackendStore, ...] = ()) -> AppStores:
    """Return the stores of an app whose page shows some of them."""
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(*(Text(Variable(default='', store=store)) for store in shown)))
    return AppStores(config.build(), [bound(store).core for store in declared])


HEAD = b'{"dara":"data","format":1,"app":"Orders"}'


def line_of(value: object, version: object = 1) -> bytes:
    """Return the line of an export for the order of everybody."""
    stated = {} if version == 1 else {'version': version}
    return json.dumps({'store': 'orders', 'key': 'global', **stated, 'value': value}).encode()


def import_of(store: BackendStore, *lines: bytes, overwrite: bool = False) -> Import:
    """Return the import of some lines into a store."""
    return Import(app_of(declared=(store,)), BytesIO(b'\n'.join((HEAD, *lines))), overwrite=overwrite, is_partial=True)


async def moved(old: BackendStore, new: BackendStore) -> list[Any]:
    """Move all values of a store to another one; return the lines between the first and the last one."""
    file = BytesIO()
    await export_values(app_of(declared=(old,)), file)
    await Import(app_of(declared=(new,)), file, overwrite=False, is_partial=False).write()
    return [json.loads(line) for line in file.getvalue().splitlines()[1:-1]]


async def items_of(backend: PersistenceBackend) -> dict[str, Any]:
    return {key: value async for key, value in backend.items()}


async def test_servers_of_a_shared_backend_hear_of_an_import(tmp_path: Path) -> None:
    """The values come from a file, and keep their keys."""
    database = MemoryDatabase()
    old = BackendStore(FileBackend(path=tmp_path / 'old.json'), uid='notes')
    new = BackendStore(SharedMemoryBackend(database=database), uid='notes')
    served = BackendStore(SharedMemoryBackend(database=database), uid='notes')
    record = await bound(served).open('ann')
    heard: asyncio.Queue[Change] = asyncio.Queue()
    record.subscribe(heard.put_nowait)
    await old.at('ann').write({'color': 'red'})
    await old.at('ben').write(None)
    file = BytesIO()
    assert await export_values(app_of(old), file) == 2
    values = Import(app_of(new), file, overwrite=False, is_partial=False)
    assert await values.check() == {'new': 2}
    await values.write()
    async with asyncio.timeout(10):
        assert (await heard.get()).version == 1
    assert record.value == {'color': 'red'}
    assert await served.get_all() == {'ann': {'color': 'red'}, 'ben': None}
    assert await values.check() == {'equal': 2}


async def test_stores_over_one_backend_export_each_key_once(tmp_path: Path) -> None:
    """A room that a page shows belongs to its store, and the other keys to the first store whose type they have."""
    backend = FileBackend(path=tmp_path / 'all.json')
    texts, numbers = BackendStore(backend, uid='texts', type=str), BackendStore(backend, uid='numbers', type=int)
    others = BackendStore(backend, uid='others', type=str)
    for key, value in {'a': 'text', 'b': 'another', 'd': 'also text'}.items():
        await others.at(key).write(value)
    await numbers.at('c').write(1)
    app = app_of(texts.at('a'), others.at('d'), declared=(numbers,))
    owners = {key: core.uid for source in app.sources async for core, key, _ in source.items()}
    assert owners == {'a': 'texts', 'b': 'texts', 'c': 'numbers', 'd': 'others'}


async def test_stores_of_the_default_backend_move_with_their_own_keys(tmp_path: Path) -> None:
    """From files of their own to one backend for all; values of other apps there are no values of theirs."""

    def app(backend: PersistenceBackend | None, one: FileBackend | None, other: FileBackend | None) -> AppStores:
        config = ConfigurationBuilder()
        config.backend = backend
        text = Variable(default='', store=BackendStore(one, uid='a/text'))
        number = BackendStore(other, uid='number', scope='user', type=int)
        config.add_page('Page', content=Text(text))
        return AppStores(config.build(), [bound(number).core])

    files = [FileBackend(path=tmp_path / name) for name in ('one.json', 'other.json')]
    await files[0].write('global', 'text')
    await files[1].write('ann', 1)
    file = BytesIO()
    await export_values(app(None, files[0], files[1]), file)
    together = FileBackend(path=tmp_path / 'together.json')
    await together.write('former/global', 'of another store')
    new = app(together, None, None)
    await Import(new, file, overwrite=False, is_partial=False).write()
    assert {*await together.get_all()} == {'former/global', 'a~1text/global', 'number/ann'}
    again = BytesIO()
    assert await export_values(new, again) == 2
    assert again.getvalue().splitlines()[1:] == file.getvalue().splitlines()[1:]
    assert [*notes_on_export(new)] == [
        f'of stores that the app does not have, and not exported: 1 values in {tmp_path}/together.json'
    ]


def test_two_stores_of_one_name_are_refused(tmp_path: Path) -> None:
    """Nobody could tell whose values a line has."""
    one, other = (BackendStore(FileBackend(path=tmp_path / name), uid='notes') for name in ('a.json', 'b.json'))
    with pytest.raises(Refused, match=r"two different stores have the uid 'notes', in .*a\.json and in .*b\.json"):
        app_of(one, declared=(other,))


async def test_every_backend_has_items(tmp_path: Path) -> None:
    """A subclass of FileBackend that stores values otherwise, too."""

    class Doubling(FileBackend):
        async def get_all(self) -> dict[str, Any]:
            return {key: value * 2 for key, value in (await super().get_all()).items()}

    for kind in (FileBackend, Doubling):
        backend = kind(path=tmp_path / 'values.json')
        await backend.write('b', 'text')
        await backend.write('a', 2)
        assert list((await items_of(backend)).items()) == list((await backend.get_all()).items())
    assert await items_of(InMemoryBackend(data={'a': [1]})) == {'a': [1]}


@pytest.mark.parametrize('kind', [FileBackend, SQLiteBackend])
async def test_values_move_with_their_version(tmp_path: Path, kind: type[FileBackend | SQLiteBackend]) -> None:
    """Bare, with the version beside them, there and back."""
    first, last = (FileBackend(path=tmp_path / name) for name in ('first.json', 'last.json'))
    between = kind(path=tmp_path / 'between.json')
    await new_store(first).write(NEW)
    await first.write('old', OLD)
    lines = await moved(new_store(first), new_store(between))
    assert lines == [
        {'store': 'orders', 'key': 'global', 'version': 2, 'value': NEW},
        {'store': 'orders', 'key': 'old', 'value': OLD},
    ]
    await moved(new_store(between), new_store(last))
    assert await items_of(between) == await items_of(last) == {'global': STORED, 'old': STORED}
    if isinstance(between, SQLiteBackend):
        await between.close()


async def test_a_value_like_an_envelope_stays_as_it_is(tmp_path: Path) -> None:
    first, last = (FileBackend(path=tmp_path / name) for name in ('first.json', 'last.json'))
    await old_store(first).write(STORED)
    await moved(old_store(first), old_store(last))
    assert await old_store(last).read() == STORED
    assert await items_of(last) == await items_of(first)


async def test_a_value_of_another_version_is_migrated_or_refused(tmp_path: Path) -> None:
    """And it is compared with what is there in the version of the store."""
    backend = FileBackend(path=tmp_path / 'orders.json')
    store = new_store(backend)
    refusal = r"line 2, store 'orders', key 'global': the value is of version 3, and the store of version 2"
    with pytest.raises(Refused, match=refusal):
        await import_of(store, line_of(NEW, 3), overwrite=True).check()
    assert await items_of(backend) == {}
    values = import_of(store, line_of(OLD))
    assert await values.check() == {'new': 1}
    await values.write()
    assert await items_of(backend) == {'global': STORED}
    assert await values.check() == {'equal': 1}
    assert await import_of(store, line_of(NEW, 2)).check() == {'equal': 1}
    with pytest.raises(Refused, match='have other values already'):
        await import_of(store, line_of({**NEW, 'cents': 1}, 2)).check()
    await import_of(store, line_of({**OLD, 'price': '1'}), overwrite=True).write()
    assert await store.read() == {**NEW, 'cents': 100}


async def test_a_value_that_cannot_be_migrated_is_refused(tmp_path: Path) -> None:
    """Also one that is there."""
    backend = FileBackend(path=tmp_path / 'orders.json')
    values = import_of(new_store(backend), line_of({'name': 'tea', 'price': 'dear'}))
    with pytest.raises(Refused, match=r"line 2, .*in_cents could not bring it to version 2.*'dear'"):
        await values.check()
    await backend.write('global', {'$version': 3, 'value': NEW})
    with pytest.raises(Refused, match=r'line 2, .*stored by version 3 of the app, and this server runs version 2'):
        await import_of(new_store(backend), line_of(NEW, 2), overwrite=True).check()


@pytest.mark.parametrize('version', [0, 1.5, '2', True, None])
async def test_what_is_no_version_is_refused(tmp_path: Path, version: object) -> None:
    store = new_store(FileBackend(path=tmp_path / 'orders.json'))
    line = line_of(NEW, 2).replace(b'"version": 2', b'"version": ' + json.dumps(version).encode())
    with pytest.raises(Refused, match='line 2: expected an object with the members store, key and value'):
        await import_of(store, line).check()


async def test_a_store_owns_the_old_values_that_it_can_migrate(tmp_path: Path) -> None:
    """Of several stores over one backend, the first whose type the migrated value fits."""
    backend = FileBackend(path=tmp_path / 'all.json')
    texts = BackendStore(backend, uid='texts', type=str, version=2, migrate={1: str.upper})
    orders = new_store(backend)
    for key, value in {'a': 'text', 'b': OLD, 'c': STORED, 'd': {'$version': 2, 'value': 'TEXT'}}.items():
        await backend.write(key, value)
    app = app_of(declared=(texts, orders))
    owners = {key: core.uid for source in app.sources async for core, key, _ in source.items()}
    assert owners == {'a': 'texts', 'b': 'orders', 'c': 'orders', 'd': 'texts'}
