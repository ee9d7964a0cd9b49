"""Values of users, teams and rooms, as server code uses them."""

from __future__ import annotations

import asyncio
import gc
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, model_validator

from dara.core import Variable
from dara.core._context import USER, Identity, UserData, running_for
from dara.core._edits import Replace
from dara.core.errors import (
    CheckFailed,
    ConflictingIds,
    Forbidden,
    InvalidDefinition,
    InvalidValue,
    NoUserInContext,
    ReadOnlyStore,
    StoreCorrupt,
)
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend, access
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Committed, Edit, OutOfStep
from dara.core.persistence.stores import bound


def identity(name: str, *groups: str) -> Identity:
    return Identity(UserData(identity_id=name, identity_name=name.title(), groups=list(groups)), f'session of {name}')


ANN, BEN = identity('ann', 'red'), identity('ben', 'blue')


async def test_each_user_has_a_value_of_their_own(tmp_path: Path) -> None:
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
async def test_without_a_user_the_error_says_where_there_is_one(method: str) -> None:
    settings = BackendStore(uid='settings', scope='user')
    arguments: dict[str, list[Any]] = {'write': [1], 'modify': [lambda value: value], 'write_partial': [{'a': 1}]}
    with pytest.raises(NoUserInContext, match=r'settings.*py_component.*DerivedVariable resolver.*action') as raised:
        await getattr(settings, method)(*arguments.get(method, []))
    assert isinstance(raised.value, ValueError)
    assert await settings.get_all() == {}


async def test_names_that_look_special_are_ordinary_users(tmp_path: Path) -> None:
    """A user called "global" has a value of their own."""
    store = BackendStore(FileBackend(path=tmp_path / 'x.json'), scope='user')
    names = ['global', 'a/b', '🦊', 'ann', '../etc', '__proto__x', ' ']
    for name in names:
        with running_for(identity(name)):
            await store.write(f'of {name}')
    for name in names:
        with running_for(identity(name)):
            assert await store.read() == f'of {name}'
    assert await store.get_all() == {name: f'of {name}' for name in names}


async def test_one_backend_takes_stores_of_one_kind_of_scope() -> None:
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


async def test_writes_that_wait_together_run_each_for_its_own_user() -> None:
    """The first of them commits for all; each function still sees its own user."""
    votes = BackendStore()
    Variable(default=[], store=votes)

    async def vote(voter: Identity) -> None:
        with running_for(voter):
            await votes.modify(lambda names: [*names, USER.get().identity_id])  # type: ignore[union-attr]

    await asyncio.gather(*(vote(identity(f'user {number}')) for number in range(20)))
    assert await votes.read() == [f'user {number}' for number in range(20)]


async def test_background_code_reaches_a_users_value_by_their_id() -> None:
    store = BackendStore(scope='user')
    Variable(default='nothing yet', store=store)
    assert await store.at('ann').read() == 'nothing yet'
    await store.at('ann').write('from the night')
    with running_for(ANN):
        assert await store.read() == 'from the night'


async def test_a_team_shares_what_the_scope_function_says() -> None:
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


async def test_a_nested_view_is_the_same_store_at_a_path() -> None:
    """A view is never stale, and its writes change nothing else."""
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
    with pytest.raises(InvalidDefinition, match='only the browser knows which'):
        await person.get('pets').list_item.write('dog')


async def test_a_room_is_the_same_store_at_a_key_of_its_own() -> None:
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


async def test_who_listens_hears_every_commit_of_every_key() -> None:
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
    await asyncio.wait_for(are_all_notified.wait(), 5)
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
    assert 'A listener of in memory' in caplog.text


class Order(BaseModel):
    name: str
    count: int = 1


async def test_a_value_that_does_not_fit_the_type_is_refused_with_the_reason() -> None:
    store = BackendStore(type=Order)
    Variable(default={'name': 'tea'}, store=store)
    with pytest.raises(InvalidValue, match='/count: Input should be a valid integer'):
        await store.write({'name': 'tea', 'count': 'many'})
    with pytest.raises(InvalidValue, match='/name'):
        await store.write_partial([{'op': 'replace', 'path': '/name', 'value': 3}])
    assert await store.read() == {'name': 'tea'}
    await store.write(Order(name='coffee', count=2))
    assert await store.read() == {'name': 'coffee', 'count': 2}
    with pytest.raises(InvalidValue):
        Variable(default='tea', store=BackendStore(type=Order))


async def test_a_stored_value_that_no_longer_fits_is_kept_and_named(tmp_path: Path) -> None:
    file = tmp_path / 'orders.json'
    file.write_text('{"global": {"title": "old shape"}}')
    store = BackendStore(FileBackend(path=file), uid='orders', type=Order)
    Variable(default={'name': ''}, store=store)
    with pytest.raises(StoreCorrupt, match=r"orders.*the value under 'global' does not fit its type.*left as it is"):
        await store.read()
    assert json.loads(file.read_text()) == {'global': {'title': 'old shape'}}
    await store.write({'name': 'new shape'})
    assert await store.read() == {'name': 'new shape'}


async def test_readonly_holds_for_every_key() -> None:
    store = BackendStore(scope='user', readonly=True)
    with pytest.raises(ReadOnlyStore), running_for(ANN):
        await store.write(1)
    with pytest.raises(ReadOnlyStore):
        await store.at('x').delete()


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


async def test_a_record_that_comes_back_goes_on_where_it_was() -> None:
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
    assert await again.edit(edit) == OutOfStep('settled')
    bound(rooms).core.open_records().evict_idle(0)
    await rooms.backend.write('a', 'changed by another program')
    assert (await bound(rooms.at('a')).open()).epoch != record.epoch


async def test_stores_that_are_made_again_and_again_leave_nothing() -> None:
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


async def test_a_predicate_is_given_the_key_only_if_it_asks_for_it() -> None:
    """A parameter with a default, such as `blocked=blocked` in a loop, does not ask for the key."""
    blocked = {'mallory'}
    store = BackendStore(can_read=lambda user, blocked=blocked: user.identity_id not in blocked)
    assert await bound(store).access.may_read(ANN.user, 'mallory')
    assert not await bound(store).access.may_read(identity('mallory').user, 'ann')
    rooms = BackendStore(can_read=lambda user, key: key == f'of {user.identity_id}')
    assert await bound(rooms).access.may_read(ANN.user, 'of ann')
    assert not await bound(rooms).access.may_read(BEN.user, 'of ann')


class Odd:
    """A result without a truth value."""

    def __bool__(self) -> bool:
        raise ValueError('neither')


async def hangs(user: UserData) -> bool:
    return await asyncio.Event().wait()


async def is_cancelled(user: UserData) -> None:
    raise asyncio.CancelledError


@pytest.mark.parametrize('predicate', [lambda user: {'a': 1}['b'], lambda user: Odd(), hangs, is_cancelled])
async def test_a_predicate_that_gives_no_answer_says_neither_yes_nor_no(
    predicate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Predicates that raise, return a result without a truth value, or never return."""
    monkeypatch.setattr(access, 'ANSWER_SECONDS', 0.05)
    for check in (
        bound(BackendStore(can_read=predicate)).access.may_read,
        bound(BackendStore(can_write=predicate)).access.may_write,
    ):
        with pytest.raises(CheckFailed, match='The server cannot check now whether you may'):
            await check(ANN.user, 'global')


def forbids(user: UserData) -> bool:
    raise Forbidden('not you')


@pytest.mark.parametrize('predicate', [lambda user: False, lambda user: None, forbids])
async def test_a_predicate_says_no_by_something_false_or_by_forbidding(predicate: Any) -> None:
    assert await bound(BackendStore(can_read=predicate)).access.may_read(ANN.user, 'global') is False


async def test_a_scope_says_that_a_user_has_no_value_by_none() -> None:
    """A scope function that raises is an outage."""
    store = BackendStore(scope=lambda user: {'ann': 'team', 'ben': None}[user.identity_id])
    assert await bound(store).key_for(ANN.user) == 'team'
    with pytest.raises(Forbidden, match="user 'ben' has no value here"):
        await bound(store).key_for(BEN.user)
    with pytest.raises(CheckFailed):
        await bound(store).key_for(identity('eve').user)


async def test_a_predicate_runs_for_the_user_it_is_about() -> None:
    members = BackendStore(scope='user')
    await members.at('ann').write(True)

    async def is_member(user: UserData) -> bool:
        assert USER.get() == user
        return bool(await members.read())

    store = BackendStore(can_read=is_member)
    with running_for(ANN):
        assert await bound(store).access.may_read(ANN.user, 'global')
        assert not await bound(store).access.may_read(BEN.user, 'global')


async def test_who_waits_with_a_write_that_fails_is_not_lost_with_it() -> None:
    """Functions of the app may raise anything; other writes of the same group commit are stored."""

    class Odd(BaseModel):
        @model_validator(mode='before')
        @classmethod
        def check(cls, value: Any) -> Any:
            return {'a': 1}['b'] if value == {'odd': True} else value

    backend = InMemoryBackend()
    one, other = BackendStore(backend, type=Odd), BackendStore(backend)
    outcomes = await asyncio.gather(
        one.write({'odd': True}),
        other.modify(lambda value: next(iter([]))),
        other.write({'kept': 1}),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], CheckFailed)
    assert isinstance(outcomes[1], RuntimeError)
    assert outcomes[2] is None
    assert await other.read() == {'kept': 1}


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
    assert await asyncio.wait_for(adding, 5) == 102
    assert (runs, await store.read()) == (2, 102)


async def test_a_backend_may_do_what_it_likes_with_what_it_is_given() -> None:
    class Stamping(InMemoryBackend):
        leaves_values_alone = False

        async def write(self, key: str, value: Any) -> None:
            value['_key'] = key
            await super().write(key, value)

    store = BackendStore(Stamping())
    Variable(default={'a': 1}, store=store)
    await store.write({'a': 2})
    assert bound(store).record.value == {'a': 2}
    assert bound(store).default == {'a': 1}
