"""Tests of stores in any thread and any event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dara.core import run_sync
from dara.core._loops import SERVER_LOOPS
from dara.core.errors import WrongLoop
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend, PersistenceBackend
from dara.core.persistence.changelog import Change
from dara.core.persistence.stores import bound


class PlainBackend(PersistenceBackend):
    """A backend of sync methods, which run in threads."""

    values: dict[str, Any] = {}

    def has(self, key: str) -> bool:
        return key in self.values

    def read(self, key: str) -> Any:
        return self.values[key]

    def write(self, key: str, value: Any) -> None:
        self.values[key] = value

    def delete(self, key: str) -> None:
        self.values.pop(key, None)

    def get_all(self) -> dict[str, Any]:
        return dict(self.values)


Make = Callable[[Path], PersistenceBackend]
BACKENDS: list[Make] = [
    lambda _: InMemoryBackend(),
    lambda _: PlainBackend(),
    lambda directory: FileBackend(path=directory / 'values.json'),
]


@pytest.fixture(params=BACKENDS, ids=['memory', 'plain', 'file'])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BackendStore:
    return BackendStore(request.param(tmp_path))


def in_a_thread(work: Callable[[], Any]) -> Future[Any]:
    """Call `work` in a new thread; return a future of its result."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def in_a_loop(work: Callable[[], Coroutine[Any, Any, Any]]) -> Future[Any]:
    """Run `work` in the event loop of a new thread."""
    return in_a_thread(lambda: asyncio.run(work()))


@contextmanager
def served() -> Iterator[None]:
    """Mark the running loop as one that serves an app."""
    SERVER_LOOPS.add()
    try:
        yield
    finally:
        SERVER_LOOPS.remove()


async def add(store: BackendStore, times: int) -> None:
    for _ in range(times):
        await store.modify(lambda n: (n or 0) + 1)


def follow(store: BackendStore) -> list[Change]:
    changes: list[Change] = []
    bound(store).record.subscribe(changes.append)
    return changes


def is_chain(changes: list[Change]) -> bool:
    return all(change.version == change.base + 1 for change in changes) and all(
        later.base == earlier.version for earlier, later in pairwise(changes)
    )


def test_two_event_loops_together_lose_no_step(store: BackendStore) -> None:
    """No loop serves an app: the first one owns the records, as long as it runs."""
    threads = [in_a_loop(lambda: add(store, 100)) for _ in range(3)]
    for thread in threads:
        thread.result(timeout=30)
    assert asyncio.run(store.read()) == 300


async def test_a_thread_with_its_own_loop_writes_to_a_served_store(store: BackendStore) -> None:
    with served():
        await store.write(0)
        changes = follow(store)
        thread = in_a_loop(lambda: add(store, 100))
        await add(store, 100)
        await asyncio.wrap_future(thread)
        assert await store.read() == 200
    assert is_chain(changes)
    assert sum(len(change.entries) for change in changes) == 200


async def test_a_server_takes_over_the_records_of_another_loop(store: BackendStore) -> None:
    has_started, must_stop = threading.Event(), threading.Event()

    async def tick() -> int:
        steps = 0
        while not must_stop.is_set():
            await add(store, 1)
            steps += 1
            has_started.set()
        return steps

    thread = in_a_loop(tick)
    await asyncio.to_thread(has_started.wait)
    with served():
        await bound(store).open()
        changes = follow(store)
        await add(store, 50)
        must_stop.set()
        steps = await asyncio.wrap_future(thread)
        assert await store.read() == steps + 50
    assert is_chain(changes)


async def test_a_loop_that_ends_releases_the_store(store: BackendStore) -> None:
    await asyncio.wrap_future(in_a_loop(lambda: add(store, 3)))
    await add(store, 2)
    assert await store.read() == 5


async def test_synchronous_code_in_any_thread_can_use_a_served_store(store: BackendStore) -> None:
    with served():
        await store.write('from the loop')
        timed: Future[Any] = Future()
        threading.Timer(0, lambda: timed.set_result(run_sync(store.write('from a timer')))).start()
        await asyncio.wrap_future(timed)
        assert await asyncio.wrap_future(in_a_thread(lambda: run_sync(store.read()))) == 'from a timer'
        assert await asyncio.to_thread(lambda: run_sync(store.modify(str.upper))) == 'FROM A TIMER'


async def test_run_sync_on_an_event_loop_is_an_error(store: BackendStore) -> None:
    with served(), pytest.raises(RuntimeError, match='use await'):
        run_sync(store.read())

    async def elsewhere() -> None:
        run_sync(store.read())

    with served(), pytest.raises(RuntimeError, match='use await'):
        await asyncio.wrap_future(in_a_loop(elsewhere))


def test_run_sync_without_an_app_is_an_error(store: BackendStore) -> None:
    with pytest.raises(RuntimeError, match=r'asyncio\.run'):
        run_sync(store.read())


def test_a_call_to_a_loop_that_ends_raises(store: BackendStore) -> None:
    waiting: list[Future[Any]] = []

    async def serve() -> None:
        SERVER_LOOPS.add()
        has_started = asyncio.Event()

        async def never() -> None:
            has_started.set()
            await asyncio.Event().wait()

        waiting.append(in_a_thread(lambda: run_sync(never())))
        await has_started.wait()

    asyncio.run(serve())
    with pytest.raises(RuntimeError, match='the server stopped'):
        waiting[0].result(timeout=10)


async def test_a_function_of_modify_runs_on_the_loop_of_its_caller(store: BackendStore) -> None:
    """An async function may use objects of its own loop."""
    with served():
        await store.write(1)

        async def ask() -> Any:
            queue: asyncio.Queue[int] = asyncio.Queue()
            queue.put_nowait(5)

            async def change(value: int) -> int:
                return value + await queue.get()

            return await store.modify(change)

        assert await asyncio.wrap_future(in_a_loop(ask)) == 6


async def test_all_methods_of_a_store_work_from_another_loop(store: BackendStore) -> None:
    with served():
        await store.write({'a': 1})

        async def use() -> None:
            await store.patch([{'op': 'add', 'path': '/b', 'value': 2}])
            await store.write_partial({'a': 1, 'b': 3})
            assert await store.read() == {'a': 1, 'b': 3}
            assert await store.get_all() == {'global': {'a': 1, 'b': 3}}
            assert await store.present() == []
            await store.recheck()
            await store.delete()

        await asyncio.wrap_future(in_a_loop(use))
        assert await store.read() is None


async def test_two_apps_on_two_loops_have_separate_backends(store: BackendStore) -> None:
    with served():
        await bound(store).open()

        async def serve_too() -> None:
            SERVER_LOOPS.add()
            await bound(store).open()

        with pytest.raises(WrongLoop, match='a backend of its own'):
            await asyncio.wrap_future(in_a_loop(serve_too))
