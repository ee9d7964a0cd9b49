"""Tests of synchronous functions of the app: they run in threads, and delay only their callers."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from pydantic import BaseModel, field_validator

from dara.core import run_sync
from dara.core._context import Identity, UserData, running_for
from dara.core._limits import DEFAULT_LIMITS
from dara.core._loops import SERVER_LOOPS
from dara.core._server.sessions import Sessions
from dara.core._server.socket import SocketEndpoint
from dara.core._sync.hub import Hub
from dara.core._sync.protocol import VERSION
from dara.core._tree import Tree
from dara.core.auth import BaseAuthConfig
from dara.core.errors import InvalidValue, NestedWrite
from dara.core.persistence import BackendStore
from dara.core.persistence.stores import bound
from tests.process import PATIENCE_SECONDS

ANN = UserData('ann', 'Ann')


@contextmanager
def served() -> Iterator[None]:
    SERVER_LOOPS.add()
    try:
        yield
    finally:
        SERVER_LOOPS.remove()


class Blocker:
    """A function that blocks its thread until the test releases it."""

    def __init__(self) -> None:
        self._released = threading.Event()
        self._called = threading.Event()

    def __call__(self, result: Any) -> Any:
        self._called.set()
        assert threading.current_thread() is not threading.main_thread()
        assert self._released.wait(10)
        return result

    async def wait_called(self) -> None:
        """Wait for the call, which must not block the event loop."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self._called.is_set():
                await asyncio.sleep(0.01)

    def release(self) -> None:
        self._released.set()


async def test_a_slow_function_of_modify_delays_no_other_key() -> None:
    store, blocker = BackendStore(), Blocker()
    await store.at('a').write(1)
    changing = asyncio.create_task(store.at('a').modify(lambda n: blocker(n + 1)))
    await blocker.wait_called()
    await store.at('b').write('at once')
    meanwhile = asyncio.create_task(store.at('a').modify(lambda n: n * 10))
    blocker.release()
    assert await changing == 2
    assert await meanwhile == 20, 'nothing came in between'


async def test_a_function_of_modify_must_not_use_its_own_store() -> None:
    """It would wait for itself, or run forever."""
    store, other = BackendStore(), BackendStore()
    await store.write(1)

    async def write_too(value: int) -> int:
        await store.write(5)
        return value + 1

    with pytest.raises(NestedWrite, match='uses the store that it changes'):
        await store.modify(write_too)
    with served():
        with pytest.raises(NestedWrite, match='uses the store that it changes'):
            await store.modify(lambda value: run_sync(store.read()) + 1)
        await other.write(10)
        assert await store.modify(lambda value: value + run_sync(other.read())) == 11


async def test_stop_iteration_is_raised_like_any_other_error() -> None:
    store = BackendStore()
    with pytest.raises(RuntimeError, match=r'StopIteration was raised, as next\(\) does'):
        await store.modify(lambda _: next(iter(())))
    await store.write('later')
    assert await store.read() == 'later'


async def test_a_task_that_a_function_of_modify_starts_may_write_later() -> None:
    store = BackendStore()
    later: list[asyncio.Task[None]] = []

    async def write_later() -> None:
        await asyncio.sleep(0.05)
        await store.write('later')

    async def change(_: Any) -> str:
        later.append(asyncio.create_task(write_later()))
        return 'now'

    await store.modify(change)
    assert await store.read() == 'now'
    await later[0]
    assert await store.read() == 'later'


async def test_two_functions_that_wait_for_each_other_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('dara.core.persistence.record.HOLD_SECONDS', 0.3)
    one, other = BackendStore(), BackendStore()
    both = threading.Barrier(2)

    def change(store: BackendStore) -> Any:
        both.wait(5)
        return run_sync(store.modify(lambda n: n))

    with served():
        changes = asyncio.gather(
            one.modify(lambda _: change(other)), other.modify(lambda _: change(one)), return_exceptions=True
        )
        assert any(isinstance(each, Exception) for each in await asyncio.wait_for(changes, 10))
        await one.write(1)
        assert await one.read() == 1


async def test_predicates_and_scopes_run_in_threads() -> None:
    blocker = Blocker()
    store = BackendStore(can_read=lambda user: blocker(user.identity_id == 'ann'))
    asked = asyncio.create_task(bound(store).access.may_read(ANN, 'global'))
    await blocker.wait_called()
    blocker.release()
    assert await asked

    teams = Blocker()
    boards = BackendStore(scope=lambda user: teams('team of ' + user.identity_id))
    with running_for(Identity(ANN, '')):
        writing = asyncio.create_task(boards.write('hello'))
    await teams.wait_called()
    teams.release()
    await writing
    assert await boards.get_all() == {'team of ann': 'hello'}


async def test_validators_run_in_threads() -> None:
    blocker = Blocker()

    class Order(BaseModel):
        name: str

        @field_validator('name')
        @classmethod
        def check(cls, name: str) -> str:
            if name == 'bad':
                raise ValueError('not that')
            if name == 'slow':
                blocker(None)
            return name

    orders = BackendStore(type=Order)
    with pytest.raises(InvalidValue, match='not that'):
        await orders.write({'name': 'bad'})
    writing = asyncio.create_task(orders.write({'name': 'slow'}))
    await blocker.wait_called()
    blocker.release()
    await writing
    assert await orders.read() == {'name': 'slow'}


async def test_listeners_are_called_in_order_and_delay_nobody() -> None:
    store, blocker = BackendStore(), Blocker()
    received: list[Any] = []

    def listen(key: str, value: Any) -> None:
        blocker(None)
        received.append(value)

    store.on_change(listen)
    for value in range(3):
        await asyncio.wait_for(store.write(value), PATIENCE_SECONDS)
    assert not received
    blocker.release()
    await store.write('last')
    assert received == [0, 1, 2, 'last']


async def test_a_listener_may_write_to_its_own_store() -> None:
    store = BackendStore()

    def answer(key: str, value: Any) -> None:
        if value == 'question':
            run_sync(store.write('answer'))

    with served():
        store.on_change(answer)
        began = time.monotonic()
        await store.write('question')
        assert await store.read() == 'answer'
        assert time.monotonic() - began < 5


async def test_a_tab_may_disconnect_while_its_writer_ends() -> None:
    """The end of the writer is reported when nothing is read any more, and must change nothing."""
    unhandled: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: unhandled.append(context))
    hello = {'type': 'hello', 'protocol': VERSION, 'client': '0' * 32, 'build': '', 'page': '/'}
    received = [{'type': 'websocket.connect'}, {'type': 'websocket.receive', 'text': orjson.dumps(hello).decode()}]
    is_told, has_ended = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not received:
            await has_ended.wait()
        return received.pop(0) if received else {'type': 'websocket.disconnect'}

    async def send(message: MutableMapping[str, Any]) -> None:
        if 'bye' in message.get('text', ''):
            is_told.set()
            await has_ended.wait()

    hub = Hub(Tree(), '', DEFAULT_LIMITS, guests=True)
    sessions = Sessions(BaseAuthConfig(), 'no secret at all', hub.log_out)
    scope = {'type': 'websocket', 'headers': [], 'dara.session': sessions.begin(ANN)}
    serving = asyncio.create_task(SocketEndpoint(hub, sessions)(scope, receive, send))
    while not hub.connections:
        await asyncio.sleep(0)
    draining = asyncio.create_task(hub.drain())
    await is_told.wait()
    has_ended.set()  # the tab leaves and its writer ends in one turn of the loop
    await asyncio.gather(serving, draining)
    await asyncio.sleep(0)
    assert not unhandled
    assert hub.connections == 0


class SlowAuth(BaseAuthConfig):
    """An auth config of the app whose methods are synchronous."""

    def __init__(self, blocker: Blocker) -> None:
        super().__init__()
        self.blocker = blocker

    def login(self, name: str, password: str) -> UserData:  # type: ignore[override]
        return UserData(name, name)

    def credential(self, user: UserData) -> str:
        return str(self.blocker('credential'))


async def test_a_slow_credential_delays_nobody() -> None:
    blocker = Blocker()
    sessions = Sessions(SlowAuth(blocker), 'no secret at all', lambda _: None)
    beginning = asyncio.create_task(sessions.call_auth(sessions.begin, ANN))
    await blocker.wait_called()
    blocker.release()
    assert (await beginning).identity.user == ANN
