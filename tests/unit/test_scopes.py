"""Tests of values of users and teams, as server code uses them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from dara.core import Variable
from dara.core._context import USER, Identity, running_for
from dara.core.errors import (
    ConflictingIds,
    InvalidDefinition,
    NoUserInContext,
    ReadOnlyStore,
)
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend
from tests.unit.users import ANN, BEN, identity


async def test_each_user_has_an_own_value(tmp_path: Path) -> None:
    file = tmp_path / 'settings.json'
    store = BackendStore(FileBackend(path=file), scope='user')
    Variable(default={'theme': 'light'}, store=store)
    with running_for(ANN):
        assert await store.read() == {'theme': 'light'}
        await store.write({'theme': 'dark'})
        await store.write_partial([{'op': 'add', 'path': '/size', 'value': 3}])
    with running_for(BEN):
        assert await store.read() == {'theme': 'light'}
        assert await store.modify(lambda value: {**value, 'theme': 'blue'}) == {'theme': 'blue'}
    assert await store.get_all() == {'ann': {'theme': 'dark', 'size': 3}, 'ben': {'theme': 'blue'}}
    assert json.loads(file.read_text()) == {'ann': {'theme': 'dark', 'size': 3}, 'ben': {'theme': 'blue'}}
    with running_for(ANN):
        await store.delete()
        assert await store.read() == {'theme': 'light'}
    assert await store.get_all() == {'ben': {'theme': 'blue'}}


async def test_a_users_default_is_stored_at_the_first_write_only(tmp_path: Path) -> None:
    file = tmp_path / 'settings.json'
    store = BackendStore(FileBackend(path=file), scope='user')
    Variable(default=1, store=store)
    with running_for(ANN):
        assert await store.read() == 1
    assert not file.exists()


@pytest.mark.parametrize('method', ['read', 'write', 'modify', 'delete', 'write_partial'])
async def test_without_a_user_the_error_says_where_code_has_one(method: str) -> None:
    settings = BackendStore(uid='settings', scope='user')
    arguments: dict[str, list[Any]] = {'write': [1], 'modify': [lambda value: value], 'write_partial': [{'a': 1}]}
    with pytest.raises(NoUserInContext, match=r'settings.*py_component.*DerivedVariable resolver.*action') as raised:
        await getattr(settings, method)(*arguments.get(method, []))
    assert isinstance(raised.value, ValueError)
    assert await settings.get_all() == {}


async def test_users_may_have_names_that_look_special(tmp_path: Path) -> None:
    """A user called "global" has an own value, too."""
    store = BackendStore(FileBackend(path=tmp_path / 'x.json'), scope='user')
    names = ['global', 'a/b', '🦊', 'ann', '../etc', '__proto__x', ' ']
    for name in names:
        with running_for(identity(name)):
            await store.write(f'of {name}')
    for name in names:
        with running_for(identity(name)):
            assert await store.read() == f'of {name}'
    assert await store.get_all() == {name: f'of {name}' for name in names}


async def test_the_stores_of_one_backend_have_one_kind_of_scope() -> None:
    backend = InMemoryBackend()
    shared, own = BackendStore(backend), BackendStore(backend, scope='user')
    await shared.write(1)
    with pytest.raises(ConflictingIds, match='Give each a backend of its own'), running_for(ANN):
        await own.write(2)


async def test_two_stores_over_one_backend_share_their_users_values() -> None:
    backend = InMemoryBackend()
    one, other = BackendStore(backend, scope='user'), BackendStore(backend, scope='user')
    notified: list[Any] = []
    other.on_change(lambda key, value: notified.append((key, value)))
    with running_for(ANN):
        await one.write(1)
        assert await other.read() == 1
    assert notified == [('ann', 1)]


async def test_functions_of_a_group_commit_run_for_their_own_users() -> None:
    """The first of them commits for all."""
    votes = BackendStore()
    Variable(default=[], store=votes)

    async def vote(voter: Identity) -> None:
        with running_for(voter):
            await votes.modify(lambda names: [*names, USER.get().identity_id])  # type: ignore[union-attr]

    await asyncio.gather(*(vote(identity(f'user {number}')) for number in range(20)))
    assert await votes.read() == [f'user {number}' for number in range(20)]


async def test_background_code_reaches_a_users_value_by_the_id() -> None:
    store = BackendStore(scope='user')
    Variable(default='nothing yet', store=store)
    assert await store.at('ann').read() == 'nothing yet'
    await store.at('ann').write('from the night')
    with running_for(ANN):
        assert await store.read() == 'from the night'


async def test_a_scope_function_assigns_one_value_to_a_team() -> None:
    store = BackendStore(scope=lambda user: user.groups[0])
    with running_for(ANN):
        await store.write('red things')
    with running_for(identity('cat', 'red')):
        assert await store.read() == 'red things'
    with running_for(BEN):
        assert await store.read() is None
    with pytest.raises(NoUserInContext):
        await store.read()
    with pytest.raises(InvalidDefinition, match='a key is a string'), running_for(ANN):
        await BackendStore(scope=lambda user: '').read()


async def test_a_readonly_store_is_readonly_at_every_key() -> None:
    store = BackendStore(scope='user', readonly=True)
    with pytest.raises(ReadOnlyStore), running_for(ANN):
        await store.write(1)
    with pytest.raises(ReadOnlyStore):
        await store.at('x').delete()
