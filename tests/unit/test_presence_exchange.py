"""Tests of presence on several servers: tabs that move between them, and messages that nobody should send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import orjson
import pytest
import pytest_asyncio

from dara.core._context import Identity, UserData
from dara.core._limits import DEFAULT_LIMITS
from dara.core._sync import presence
from dara.core._sync.connection import Connection
from dara.core._sync.hub import Hub
from dara.core._sync.protocol.messages import Hello, Leave, Visit
from dara.core._tree import Tree
from dara.core.persistence.default_backend import DefaultBackend
from dara.testing import MemoryDatabase, SharedMemoryBackend

LINGER_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 8
"""Less than the time after which presence is repeated."""
MALFORMED: Final = [
    'no JSON',
    '1',
    '["other"]',
    '["other", 1]',
    '["other", [1]]',
    '["other", {"tab": 1}]',
    '["other", {"tab": [null, "/", null, []]}]',
    '["other", {"tab": [{}, "/", null, []]}]',
    '["other", {"tab": [{"identity_id": "x", "identity_name": "X"}, ["/"], null, []]}]',
    '["other", {"tab": [{"identity_id": "x", "identity_name": "X"}, "/", [], []]}]',
    '["other", {"tab": [{"identity_id": "x", "identity_name": "X"}, "/", ["a", 1, "cursor"], []]}]',
    '["other", {"tab": [{"identity_id": "x", "identity_name": "X"}, "/", ["a", 1, {}], []]}]',
    '["other", {"tab": [{"identity_id": "x", "identity_name": "X"}, "/", null, [[]]]}]',
]


class Tab:
    """A tab on the page `/`, and the numbers of visitors that it has been told, one after the other."""

    def __init__(self, name: str, client: str) -> None:
        self.counts: list[int] = []
        self._identity = Identity(UserData(name, name), name)
        self._client = client

    def visit(self, hub: Hub) -> Connection:
        """Connect to a server and open the page."""
        connection = hub.connect(Hello('hello', 1, self._client, '', '/'), self._identity)
        connection.open(self._read, lambda: None)
        hub.receive(connection, Visit('visit', '/'))
        return connection

    def _read(self, frame: str) -> None:
        content: Any = orjson.loads(frame)
        messages = content if isinstance(content, list) else [content]
        self.counts += [each['count'] for each in messages if each['type'] == 'visitors']

    async def sees(self, count: int) -> None:
        """Wait until the tab is told that number of visitors."""
        await _until(lambda: self.counts and self.counts[-1] == count)


async def _until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def hubs(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Hub]]:
    """Three servers."""
    monkeypatch.setattr(presence, 'LINGER_SECONDS', LINGER_SECONDS)
    database = MemoryDatabase()
    async with AsyncExitStack() as stack:
        hubs = []
        for _ in range(3):
            default = DefaultBackend(SharedMemoryBackend(database=database))
            hubs.append(Hub(Tree(), '', DEFAULT_LIMITS, guests=True, default=default))
            await stack.enter_async_context(hubs[-1].run())
        yield hubs


async def test_a_tab_that_moves_to_another_server_stays_present(hubs: list[Hub]) -> None:
    """On both, and on a third one; after that, it is gone when it leaves."""
    watchers = [Tab(name, digit * 32) for name, digit in (('ann', 'a'), ('ben', 'b'), ('cid', 'c'))]
    for watcher, hub in zip(watchers, hubs, strict=True):
        watcher.visit(hub)
    mover = Tab('dan', 'd' * 32)
    connection = mover.visit(hubs[0])
    for watcher in watchers:
        await watcher.sees(4)
        watcher.counts.clear()
    hubs[0].disconnect(connection)
    connection = mover.visit(hubs[1])
    await asyncio.sleep(3 * LINGER_SECONDS)  # nothing happens
    assert [watcher.counts for watcher in watchers] == [[], [], []]
    hubs[1].receive(connection, Leave('leave'))
    for watcher in watchers:
        await watcher.sees(3)


async def test_a_tab_that_moves_back_stays_present(hubs: list[Hub]) -> None:
    watcher, mover = Tab('ann', 'a' * 32), Tab('dan', 'd' * 32)
    watcher.visit(hubs[2])
    for hub in (hubs[0], hubs[1]):
        connection = mover.visit(hub)
        await watcher.sees(2)
        hub.disconnect(connection)
    mover.visit(hubs[0])
    watcher.counts.clear()
    await asyncio.sleep(3 * LINGER_SECONDS)  # nothing happens
    assert watcher.counts == []


async def test_malformed_messages_are_ignored(hubs: list[Hub]) -> None:
    unhandled: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
    backend = hubs[0].shared_backend
    assert backend
    for message in MALFORMED:
        await backend.send(message)
    watcher = Tab('ann', 'a' * 32)
    watcher.visit(hubs[0])
    Tab('ben', 'b' * 32).visit(hubs[1])
    await watcher.sees(2)
    assert max(watcher.counts) == 2
    assert not unhandled
