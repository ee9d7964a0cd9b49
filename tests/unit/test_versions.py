"""Tests of versions of values: migrated once, by one commit, and never overwritten by code that cannot read them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.asgi import create_app
from dara.core.errors import BackendFailed, ConflictingIds, InvalidDefinition, StoreCorrupt, WrongVersion
from dara.core.http import get
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend, PersistenceBackend
from dara.testing import MemoryDatabase, SharedMemoryBackend
from tests.unit.orders import NEW, OLD, STORED, Order, in_cents, new_store, old_store


class Table(PersistenceBackend):
    """A backend of five methods, over rows that survive it."""

    rows: dict[str, Any]
    fails: bool = False

    def has(self, key: str) -> bool:
        return key in self.rows

    def read(self, key: str) -> Any:
        return json.loads(self.rows[key])

    def write(self, key: str, value: Any) -> None:
        if self.fails:
            raise OSError('full')
        self.rows[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        del self.rows[key]

    def get_all(self) -> dict[str, Any]:
        return {key: self.read(key) for key in self.rows}


class Data:
    """The data of a backend of some kind, which several backends use one after the other, as after restarts."""

    def __init__(self, kind: str, directory: Path) -> None:
        self.kind = kind
        directory = directory / 'data'
        directory.mkdir()
        self.path = directory / 'orders.json'
        self.rows: dict[str, Any] = {}
        self.database = MemoryDatabase()
        self.memory: InMemoryBackend | None = None

    def open(self) -> PersistenceBackend:
        match self.kind:
            case 'file':
                return FileBackend(path=self.path)
            case 'table':
                return _table(self.rows)
            case 'shared':
                return SharedMemoryBackend(database=self.database)
            case _:
                self.memory = InMemoryBackend(data=dict(self.memory.data) if self.memory else {})
                return self.memory

    def move(self) -> None:
        """Move the file with its journal: all backends over one path share what this process knows of it."""
        moved = self.path.parent.rename(self.path.parent.with_name('moved'))
        self.path = moved / self.path.name

    async def put(self, **values: Any) -> None:
        """Write values as another program would, which does not know Dara."""
        match self.kind:
            case 'file':
                self.path.write_text(json.dumps({**self._in_file(), **values}))
            case 'table':
                self.rows.update({key: json.dumps(value) for key, value in values.items()})
            case 'shared':
                for key, value in values.items():
                    self.database.named('dara').write_from_outside(key, value)
            case _:
                known = self.memory.data if self.memory else {}
                self.memory = InMemoryBackend(data={**known, **values})

    async def get(self, key: str = 'global') -> Any:
        """Read a value as another program would."""
        match self.kind:
            case 'file':
                return self._in_file()[key]
            case 'table':
                return json.loads(self.rows[key])
            case 'shared':
                return (await SharedMemoryBackend(database=self.database).load(key)).value
            case _:
                assert self.memory
                return self.memory.data[key]

    def _in_file(self) -> dict[str, Any]:
        known: dict[str, Any] = json.loads(self.path.read_text()) if self.path.exists() else {}
        return known


def _table(rows: dict[str, Any]) -> Table:
    table = Table(rows={})
    table.rows = rows  # and not the copy that pydantic makes
    return table


@pytest.fixture(params=['memory', 'file', 'table', 'shared'])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Data:
    return Data(request.param, tmp_path)


async def test_an_older_value_is_migrated_when_it_is_read(data: Data) -> None:
    """Once: the next process finds the present version."""
    await data.put(**{'global': OLD})
    calls: list[Any] = []

    def migrate(order: Any) -> Any:
        calls.append(order)
        return in_cents(order)

    assert await new_store(data.open(), migrate).read() == NEW
    assert await data.get() == STORED
    again = new_store(data.open(), migrate)
    assert await again.read() == NEW
    assert await again.modify(lambda order: {**order, 'cents': order['cents'] + 1}) == {**NEW, 'cents': 251}
    assert await new_store(data.open(), migrate).get_all() == {'global': {**NEW, 'cents': 251}}
    assert calls == [OLD]


async def test_a_value_goes_through_all_versions_between(data: Data) -> None:
    await data.put(one={'$version': 1, 'value': 'a'}, two={'$version': 2, 'value': 'a'}, three='a')
    store = BackendStore(
        data.open(), version=4, migrate={1: lambda v: v + '1', 2: lambda v: v + '2', 3: lambda v: v + '3'}
    )
    assert [await store.at(key).read() for key in ('one', 'two', 'three')] == ['a123', 'a23', 'a123']
    assert await data.get('two') == {'$version': 4, 'value': 'a23'}


async def test_all_values_are_returned_in_the_present_version(data: Data) -> None:
    """Those that nobody has read yet are migrated for the answer, and stay as they are."""
    await data.put(ann=OLD, ben=STORED)
    assert await new_store(data.open(), scope='user').get_all() == {'ann': NEW, 'ben': NEW}
    assert await data.get('ann') == OLD


async def test_the_value_of_an_app_without_versions_is_stored_as_it_is(data: Data) -> None:
    """Even one that looks as if it had a version."""
    store = old_store(data.open())
    await store.write(OLD)
    assert await data.get() == OLD
    await store.write([STORED])
    assert await data.get() == [STORED]
    await store.write(STORED)
    assert await store.patch([{'op': 'test', 'path': '/$version', 'value': 2}]) == STORED
    assert await old_store(data.open()).read() == STORED


async def test_the_default_and_a_removed_value_are_of_the_present_version(data: Data) -> None:
    order = Variable(default=Order(name='tea', cents=250), store=new_store(data.open()))
    assert await order.read() == NEW
    assert await data.get() == STORED
    await order.delete()
    assert await order.read() == NEW
    await order.get('cents').write(300)
    assert await new_store(data.open()).read() == {**NEW, 'cents': 300}


def raises(order: Any) -> Any:
    raise KeyError('price')


@pytest.mark.parametrize(
    ('migrate', 'reason'), [(raises, "KeyError: 'price'"), (lambda order: {**order, 'cents': 'two'}, 'InvalidValue')]
)
async def test_a_failed_migration_concerns_its_key_alone(data: Data, migrate: Any, reason: str) -> None:
    """Its value is neither lost nor replaced, until the mended code reads it."""
    await data.put(a=OLD, b=STORED)

    async def run_faulty_app() -> None:
        store = new_store(data.open(), migrate)
        room = store.at('a')
        for use in (room.read, room.delete, store.get_all, lambda: room.write(NEW), lambda: room.modify(in_cents)):
            with pytest.raises(WrongVersion) as raised:
                await use()
            for part in ("'a'", 'version 1', 'version 2', migrate.__qualname__, reason, 'left as it is'):
                assert part in str(raised.value)
        await store.at('b').write({**NEW, 'cents': 1})

    await run_faulty_app()
    data.move()
    assert await data.get('a') == OLD
    assert await new_store(data.open()).at('a').read() == NEW


async def test_a_version_from_which_no_function_leads_on_is_refused(data: Data) -> None:
    await data.put(**{'global': OLD})
    store = BackendStore(data.open(), version=3, migrate={2: in_cents})
    with pytest.raises(WrongVersion, match=r'version 1 .* no way to version 3.*Add the function for 1'):
        await store.read()
    assert await data.get() == OLD


async def test_older_code_neither_reads_nor_replaces_a_newer_value(data: Data) -> None:
    await data.put(**{'global': STORED})
    store = old_store(data.open())
    for use in (store.read, store.delete, store.get_all, lambda: store.write(OLD)):
        with pytest.raises(WrongVersion, match=r'version 2 of the app, and this server runs version 1'):
            await use()
    assert await data.get() == STORED


async def test_a_failing_write_leaves_the_old_value_and_the_next_read_migrates_it() -> None:
    table = _table({'global': json.dumps(OLD)})
    table.fails = True
    store = new_store(table)
    with pytest.raises(BackendFailed, match='full'):
        await store.read()
    assert json.loads(table.rows['global']) == OLD
    table.fails = False
    assert await store.read() == NEW


async def test_another_program_keeps_the_version_by_which_it_writes(data: Data) -> None:
    """A value with its version is read as one of that version; one without is not guessed at, not even once idle."""
    if data.kind == 'memory':
        pytest.skip('nobody else can write there')
    await data.put(**{'global': OLD})
    store = new_store(data.open())
    assert await store.read() == NEW
    await data.put(**{'global': {'$version': 2, 'value': {**NEW, 'cents': 1}}})
    assert await store.read() == {**NEW, 'cents': 1}
    await data.put(**{'global': {'$version': 1, 'value': OLD}})
    assert await store.read() == NEW
    assert await data.get() == STORED
    await data.put(**{'global': OLD})
    for _ in range(2):
        for use in (store.read, lambda: store.write(NEW)):
            with pytest.raises(WrongVersion, match=r'does not say its version.*let it write \{"\$version": N'):
                await use()
        store._bound.core.open_records().evict_idle(0)
    assert await data.get() == OLD
    if data.kind != 'table':  # which remembers nothing
        with pytest.raises(WrongVersion, match='does not say its version'):
            await new_store(data.open()).read()
    await data.put(**{'global': {'$version': 1, 'value': OLD}})
    assert await store.read() == NEW


async def test_a_value_that_becomes_one_of_an_older_version_is_migrated_or_refused(data: Data) -> None:
    """Also while it is in use, and as often as somebody asks."""
    if data.kind == 'memory':
        pytest.skip('nobody else can write there')
    store = new_store(data.open())
    await store.write(NEW)
    for name in ('milk', 'rum'):
        broken = {'$version': 1, 'value': {'name': name}}
        await data.put(**{'global': broken})
        for use in (store.read, lambda: store.write(NEW), store.read):
            with pytest.raises(WrongVersion, match="KeyError: 'price'"):
                await use()
        assert await data.get() == broken
        await data.put(**{'global': {'$version': 1, 'value': {'name': name, 'price': 1}}})
        assert await store.read() == {'name': name, 'cents': 100}
        assert await data.get() == {'$version': 2, 'value': {'name': name, 'cents': 100}}


async def test_a_migration_that_could_not_be_stored_is_not_shown() -> None:
    """A value of an older version comes while the database stores nothing."""
    table = _table({'global': json.dumps(STORED)})
    store = new_store(table)
    assert await store.read() == NEW
    table.rows['global'] = json.dumps({'$version': 1, 'value': OLD})
    table.fails = True
    for use in (store.read, lambda: store.write({**NEW, 'cents': 1}), store.read):
        with pytest.raises(BackendFailed, match='full'):
            await use()
    table.fails = False
    await store.modify(lambda order: {**order, 'cents': order['cents'] + 1})
    assert json.loads(table.rows['global']) == {'$version': 2, 'value': {**NEW, 'cents': 251}}


async def test_servers_of_two_versions_share_a_database() -> None:
    """The new one migrates; the old one notices at once, and overwrites nothing. A rolled back value works again."""
    database = MemoryDatabase()
    before, after = SharedMemoryBackend(database=database), SharedMemoryBackend(database=database)
    old = Variable(default=OLD, store=old_store(before))
    assert await old.read() == OLD
    await old.get('name').write('coffee')
    new = new_store(after)
    seen: list[Any] = []
    new.on_change(lambda key, value: seen.append((key, value)))
    assert await new.read() == {'name': 'coffee', 'cents': 250}
    await new.write(NEW)
    async with asyncio.timeout(10):
        while len(seen) < 2:  # the write waits for the listener, but not for long
            await asyncio.sleep(0.01)
    assert seen == [('global', {'name': 'coffee', 'cents': 250}), ('global', NEW)]
    for use in (old.read, lambda: old.write(OLD), lambda: old.get('name').write('milk')):
        with pytest.raises(WrongVersion, match='version 2 of the app'):
            await use()
    assert (await before.load('global')).value == STORED
    database.named('dara').write_from_outside('global', OLD)
    assert await old.read() == OLD
    with pytest.raises(WrongVersion, match='does not say its version'):
        await new.read()


async def test_of_many_new_servers_one_migrates() -> None:
    database = MemoryDatabase()
    database.named('dara').write_from_outside('global', {'list': list(range(100))})
    stores = [
        BackendStore(
            SharedMemoryBackend(database=database), version=2, migrate={1: lambda v: {'all': [*v['list'], -1]}}
        )
        for _ in range(5)
    ]
    values = await asyncio.gather(*(store.read() for store in stores))
    assert values == [{'all': [*range(100), -1]}] * 5
    await asyncio.gather(*(store.modify(lambda v: {'all': [*v['all'], 0]}) for store in stores))
    assert len((await stores[0].read())['all']) == 106


async def test_edits_of_a_large_value_are_replayed_inside_its_envelope() -> None:
    """A shared backend stores the edits of such a value, and the value only from time to time."""
    database = MemoryDatabase()
    database.named('dara').write_from_outside('global', 'x' * 50_000)
    store = BackendStore(
        SharedMemoryBackend(database=database), version=2, migrate={1: lambda text: {'text': text, 'n': 0}}
    )
    for n in range(5):
        await store.patch([{'op': 'replace', 'path': '/n', 'value': n}])
    other = BackendStore(SharedMemoryBackend(database=database), version=2, migrate={1: raises})
    assert await other.read() == {'text': 'x' * 50_000, 'n': 4}


def test_stores_over_one_backend_have_one_version() -> None:
    backend = InMemoryBackend()

    async def open_both() -> None:
        await new_store(backend).read()
        await old_store(backend).read()

    with pytest.raises(ConflictingIds, match=r'version \(2 and 1\)'):
        asyncio.run(open_both())


async def test_stores_without_a_backend_have_versions_of_their_own_in_that_of_the_app() -> None:
    data = {'orders/global': OLD, 'names/global': 'tea'}
    backend = InMemoryBackend(data=data)
    store = BackendStore(uid='orders', type=Order, version=2, migrate={1: in_cents})
    orders = Variable(default=NEW, store=store)
    names = Variable(default='', store=BackendStore(uid='names'))
    config = ConfigurationBuilder()
    config.backend = backend
    config.add_page('Page', content=Stack(Text(orders), Text(names)), route='/')
    read: list[Any] = []

    async def run() -> None:
        read.extend([await orders.read(), await names.read(), await store.get_all()])

    config.add_endpoint(get('/run', authenticated=False)(run))
    transport = httpx.ASGITransport(create_app(config))
    async with httpx.AsyncClient(transport=transport, base_url='http://test') as client:
        assert (await client.get('/api/run')).status_code == 200
    assert read == [NEW, 'tea', {'global': NEW}]
    assert backend.data == {'orders/global': STORED, 'names/global': 'tea'}


@pytest.mark.parametrize(
    ('version', 'migrate', 'reason'),
    [
        (0, {}, 'from 1 on'),
        (True, {}, 'from 1 on'),
        ('2', {}, 'from 1 on'),
        (2, {2: in_cents}, 'versions before 2'),
        (2, {'1': in_cents}, 'versions before 2'),
        (2, {1: 'in_cents'}, 'sync function'),
        (2, {1: asyncio.sleep}, 'sync function'),
    ],
)
def test_a_wrong_declaration_is_refused(version: Any, migrate: Any, reason: str) -> None:
    with pytest.raises(InvalidDefinition, match=reason):
        BackendStore(version=version, migrate=migrate)


def test_a_wrong_version_is_handled_as_a_value_that_cannot_be_read() -> None:
    assert issubclass(WrongVersion, StoreCorrupt)
