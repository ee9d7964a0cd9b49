"""Tests of `config.backend`: one backend keeps the values of all stores that were made without one."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable, run_sync
from dara.core._context import running_for
from dara.core._ids import naming_below
from dara.core.asgi import create_app
from dara.core.auth import UserData
from dara.core.errors import ConflictingIds, InvalidConfig, InvalidDefinition
from dara.core.http import get
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend, PersistenceBackend
from dara.testing import MemoryDatabase, SharedMemoryBackend
from tests.unit.users import ANN, BEN


def app_with(backend: PersistenceBackend | None, *stores: BackendStore, default: Any = None) -> Starlette:
    """Return an app whose page shows the stores."""
    shown = [Text(Variable(default=default, store=store)) for store in stores]
    return app_of(backend, Text('Nothing'), *shown)


def app_of(
    backend: PersistenceBackend | None, *content: Any, function: Callable[[], Awaitable[Any]] | None = None
) -> Starlette:
    """Return an app with an endpoint `/api/run` that runs a function."""
    config = ConfigurationBuilder()
    config.backend = backend
    config.add_page('Page', content=Stack(*content), route='/')
    if function:
        config.add_endpoint(get('/run', authenticated=False)(function))
    return create_app(config)


@asynccontextmanager
async def client_of(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url='http://test') as client:
        yield client


@asynccontextmanager
async def served(app: Starlette) -> AsyncIterator[None]:
    """Start and stop the app as a server does."""
    received, sent = asyncio.Queue[dict[str, Any]](), asyncio.Queue[Any]()
    task = asyncio.create_task(app({'type': 'lifespan', 'app': app, 'state': {}}, received.get, sent.put))
    await received.put({'type': 'lifespan.startup'})
    started = await sent.get()
    assert started['type'] == 'lifespan.startup.complete', started
    try:
        yield
    finally:
        await received.put({'type': 'lifespan.shutdown'})
        await task


def test_only_a_backend_is_accepted() -> None:
    for wrong, named in (('values.json', 'a str'), (FileBackend, 'the class FileBackend')):
        config = ConfigurationBuilder()
        config.add_page('Page', content=Text('Nothing'))
        assert config.backend is None
        config.backend = wrong  # type: ignore[assignment]
        with pytest.raises(InvalidDefinition, match=rf'config\.backend is a backend .*, not {named}'):
            config.build()


def without_defaults(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values but the default of all users, which is stored when it is first read."""
    return {key: value for key, value in values.items() if value is not None}


async def test_one_file_keeps_the_values_of_all_stores(tmp_path: Path) -> None:
    """Of every kind of scope, below names that cannot be confused; the app sees its own keys alone."""
    file = tmp_path / 'values.json'
    stores = {
        'notes': BackendStore(uid='notes'),
        'settings': BackendStore(uid='settings', scope='user'),
        'boards': BackendStore(uid='boards', scope=lambda user: user.groups[0]),
        'a': BackendStore(uid='a'),
        'a/b': BackendStore(uid='a/b'),
        'a~1b': BackendStore(uid='a~1b'),
    }
    app_with(backend := FileBackend(path=file), *stores.values())
    assert stores['notes'].backend is backend
    heard: dict[str, list[tuple[str, Any]]] = {uid: [] for uid in stores}
    for uid, store in stores.items():
        store.on_change(lambda key, value, uid=uid: heard[uid].append((key, value)))  # type: ignore[misc]
    with running_for(ANN):
        await stores['notes'].write('for all')
        await stores['settings'].write('dark')
        await stores['boards'].write('of the red')
        await stores['a'].at('b/c').write(1)
        await stores['a/b'].at('c').write(2)
        await stores['a~1b'].at('c').write(3)
        assert await stores['settings'].read() == 'dark'
    assert json.loads(file.read_text()) == {
        'notes/global': 'for all',
        'settings/ann': 'dark',
        'boards/red': 'of the red',
        'a/b/c': 1,
        'a~1b/c': 2,
        'a~01b/c': 3,
    }
    expected = {
        'notes': {'global': 'for all'},
        'settings': {'ann': 'dark'},
        'boards': {'red': 'of the red'},
        'a': {'b/c': 1},
        'a/b': {'c': 2},
        'a~1b': {'c': 3},
    }
    for uid, store in stores.items():
        assert without_defaults(await store.get_all()) == expected[uid]
    assert await stores['settings'].at('ann').get_all() == {'ann': 'dark'}
    assert {uid: without_defaults(dict(calls)) for uid, calls in heard.items()} == expected


async def test_the_values_are_there_in_the_next_process(tmp_path: Path) -> None:
    """Even if a file was changed by another program meanwhile, or is changed now."""
    file = tmp_path / 'values.json'
    notes, votes = BackendStore(uid='notes'), BackendStore(uid='votes')
    app_with(FileBackend(path=file), notes, votes, default='the default')
    await notes.write('kept')
    assert await votes.read() == 'the default'
    assert json.loads(file.read_text()) == {'notes/global': 'kept', 'votes/global': 'the default'}
    notes, votes = BackendStore(uid='notes'), BackendStore(uid='votes')
    app_with(FileBackend(path=file), notes, votes, default='the default')
    assert (await notes.read(), await votes.read()) == ('kept', 'the default')
    heard = asyncio.Queue[tuple[str, Any]]()

    async def hear(key: str, value: Any) -> None:
        heard.put_nowait((key, value))

    votes.on_change(hear)
    file.write_text('{"notes/global": "theirs", "votes/global": "theirs, too"}')
    assert await heard.get() == ('global', 'theirs, too')
    assert heard.empty()
    assert await notes.read() == 'theirs'


@pytest.mark.parametrize('own', [InMemoryBackend(), None])
async def test_other_stores_stay_where_they_are(own: PersistenceBackend | None) -> None:
    """A store with a backend of its own, and every store of an app without a default backend."""
    default = InMemoryBackend()
    notes = BackendStore(own, uid='notes')
    app = app_with(default if own else None, notes)
    async with served(app):
        await notes.write('here')
        assert await notes.get_all() == {'global': 'here'}
    assert default.data == {}
    if own:
        assert notes.backend is own
        assert own.data == {'global': 'here'}  # type: ignore[attr-defined]


async def test_can_read_is_asked_for_the_stores_own_key() -> None:
    asked: list[tuple[str, str]] = []

    def may_read(user: UserData, key: str) -> bool:
        asked.append((user.identity_name, key))
        return True

    store = BackendStore(uid='notes', can_read=may_read)
    async with client_of(app_with(InMemoryBackend(data={'notes/global': 'shown'}), store)) as client:
        assert '"shown"' in (await client.get('/', headers={'accept': 'text/html'})).text
    assert {key for _, key in asked} == {'global'}


async def test_a_store_that_no_page_shows_belongs_to_the_app_whose_code_runs(tmp_path: Path) -> None:
    """Also one that is made there; two apps in one process do not mix."""

    async def count() -> Any:
        return await BackendStore(uid='visits').modify(lambda visits: (visits or 0) + 1)

    backends = [InMemoryBackend(), FileBackend(path=tmp_path / 'values.json'), None]
    apps = [app_of(backend, Text('Nothing'), function=count) for backend in backends]
    for app, visits in zip(apps, (1, 2, 3), strict=True):
        async with client_of(app) as client:
            for visit in range(1, visits + 1):
                assert (await client.get('/api/run')).json() == visit
                gc.collect()  # the store itself is gone after each request
    assert [await backend.get_all() for backend in backends if backend] == [{'visits/global': 1}, {'visits/global': 2}]


async def test_a_thread_of_the_app_writes_where_the_app_does() -> None:
    backend, counter = InMemoryBackend(), BackendStore(uid='counter')
    config = ConfigurationBuilder()
    config.backend = backend
    config.add_page('Page', content=Text('Nothing'))
    done = asyncio.Event()

    @config.on_startup
    async def start() -> None:
        loop = asyncio.get_running_loop()

        def run() -> None:
            run_sync(counter.write(7))
            loop.call_soon_threadsafe(done.set)

        threading.Thread(target=run, daemon=True).start()

    async with served(create_app(config)):
        await done.wait()
        assert backend.data == {'counter/global': 7}


async def test_a_thread_of_no_app_in_particular_is_told_so() -> None:
    async with served(app_with(InMemoryBackend())), served(app_with(None)):
        with pytest.raises(InvalidDefinition, match=r'<BackendStore lost> has no backend, .* Give the store a backend'):
            await BackendStore(uid='lost').write(1)


async def test_two_apps_with_different_backends_cannot_share_a_store() -> None:
    shared, first, second = BackendStore(uid='shared'), InMemoryBackend(), InMemoryBackend()
    async with served(app_with(first, shared)):
        await shared.write('of the first')
        with pytest.raises(InvalidDefinition, match=r'<BackendStore shared> has no backend, and two apps'):
            app_with(second, shared)
        app_with(first, shared)
    app_with(second, shared)  # the first has ended
    await shared.write('of the second')
    assert (first.data, second.data) == ({'shared/global': 'of the first'}, {'shared/global': 'of the second'})


async def test_a_script_uses_memory_and_what_it_writes_is_not_left_behind() -> None:
    """A store that was read, or has listeners, moves to the app's backend."""
    read, written, backend, heard = BackendStore(uid='read'), BackendStore(uid='written'), InMemoryBackend(), []
    stop = read.on_change(lambda key, value: heard.append((key, value)))
    assert await read.read() is None
    await written.write(1)
    app_with(backend, read)
    await read.write('new')
    assert (heard, backend.data) == ([('global', 'new')], {'read/global': 'new'})
    stop()
    await read.write('newer')
    assert heard == [('global', 'new')]
    with pytest.raises(InvalidDefinition, match=r'<BackendStore .*> was written before its app was built'):
        app_with(backend, written)


async def test_a_store_cannot_have_the_default_backend_as_its_own() -> None:
    """Its keys would be mistaken for those of other stores."""
    backend, notes, own = InMemoryBackend(), BackendStore(uid='notes'), BackendStore
    app_with(backend, notes)
    with pytest.raises(ConflictingIds, match=r'<BackendStore mine> has it as its own backend, .* config\.backend'):
        await own(backend, uid='mine').read()
    other = InMemoryBackend()
    mine = own(other, uid='mine')
    await mine.read()
    with pytest.raises(ConflictingIds, match=r'<BackendStore mine> has it as its own backend, .* config\.backend'):
        app_with(other)


async def test_stores_of_one_uid_have_one_kind_of_scope() -> None:
    backend, notes = InMemoryBackend(), BackendStore(uid='notes')

    async def read() -> None:
        with pytest.raises(ConflictingIds, match="has scope 'global' and the other 'user'"):
            await BackendStore(uid='notes', scope='user').get_all()

    async with client_of(app_of(backend, Text(Variable(store=notes)), function=read)) as client:
        assert (await client.get('/api/run')).status_code == 200


async def test_a_key_and_the_name_of_its_store_fit_into_512_characters() -> None:
    backend, notes = InMemoryBackend(), BackendStore(uid='notes')
    app_with(backend, notes)
    await notes.at('k' * 506).write(1)
    assert [len(key) for key in backend.data] == [512]
    with pytest.raises(InvalidDefinition, match=r'a key can have 506 characters in config\.backend, .* has 507'):
        await notes.at('k' * 507).write(1)


async def test_values_keep_their_name_whichever_variable_comes_first() -> None:
    """Without a uid, they are named after the variable that is made where the store is, or else after the store."""
    backend = InMemoryBackend()
    store = BackendStore()
    named = Variable(default=1, store=BackendStore())
    with naming_below('slot/'):
        shown = Variable(default=2, store=store)
    app_of(backend, Text(named), Text(shown))
    assert await named.read() + await shown.read() == 3
    place = f'{__name__}.test_values_keep_their_name_whichever_variable_comes_first'
    assert backend.data == {f'{place}.named/global': 1, f'{place}.store/global': 2}


async def test_a_store_that_was_used_before_its_variable_needs_a_uid() -> None:
    used, with_uid = BackendStore(), BackendStore(uid='with uid')

    async def use() -> None:
        await used.write(1)
        await with_uid.write(1)

    async with client_of(app_of(InMemoryBackend(), Text('Nothing'), function=use)) as client:
        assert (await client.get('/api/run')).status_code == 200
    with pytest.raises(ConflictingIds, match=r'was used before the variable late, after which its values are named'):
        Variable[Any](uid='late', store=used)
    assert await Variable(store=with_uid).read() == 1


async def test_three_servers_share_the_values_of_all_stores() -> None:
    """Edits of one are seen by the others, and nothing is lost."""
    database = MemoryDatabase()
    servers = []
    for _ in range(3):
        votes, settings = BackendStore(uid='votes'), BackendStore(uid='settings', scope='user')
        app_with(SharedMemoryBackend(database=database), votes, settings)
        servers.append((votes, settings))
    heard = asyncio.Queue[tuple[str, Any]]()

    async def hear(key: str, value: Any) -> None:
        heard.put_nowait((key, value))

    for votes, _ in servers:  # the server that commits calls its listeners
        votes.on_change(hear)
    await asyncio.gather(*(votes.modify(lambda n: (n or 0) + 1) for votes, _ in servers for _ in range(20)))
    for (_, settings), user in zip(servers, (ANN, BEN, ANN), strict=True):
        with running_for(user):
            await settings.write(user.user.identity_name)
    for votes, settings in servers:
        assert await votes.read() == 60
        assert await votes.get_all() == {'global': 60}
        assert await settings.get_all() == {'ann': 'Ann', 'ben': 'Ben'}
    while (news := await heard.get()) != ('global', 60):
        assert news[0] == 'global'
    stored = await SharedMemoryBackend(database=database).get_all()
    assert stored == {'settings/ann': 'Ann', 'settings/ben': 'Ben', 'votes/global': 60}


async def test_several_workers_need_a_shared_default_backend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A listener may be declared before there is an app."""
    monkeypatch.setenv('DARA_WORKERS', '2')
    shared, in_file, heard = BackendStore(uid='shared'), BackendStore(uid='in file'), list[tuple[str, Any]]()
    shared.on_change(lambda key, value: heard.append((key, value)))
    app = app_with(backend := SharedMemoryBackend(), shared)
    assert app.state.hub.shared_backend is backend is app_with(backend).state.hub.shared_backend
    await shared.write(1)
    assert heard == [('global', 1)]
    app_with(FileBackend(path=tmp_path / 'values.json'), in_file)
    with pytest.raises(InvalidConfig, match=r'values\.json, which several workers cannot share'):
        await in_file.write(1)
    with pytest.raises(InvalidConfig, match='the memory of one process, which several workers cannot share'):
        await BackendStore().write(1)
