"""A world with several servers over one database: tabs move between them, and their feeds delay and lose news."""

from __future__ import annotations

import asyncio
import contextvars
import secrets
from collections import deque
from collections.abc import Collection, Coroutine, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from pydantic import PrivateAttr

from dara.core._edits import ABSENT
from dara.core._json import Json
from dara.core.persistence.changelog import Change, Mark, Receipt, Update, Writer
from dara.core.persistence.shared import Conflict, Loaded, OnLoss, OnUpdate, Proposal
from dara.testing import MemoryDatabase, SharedMemoryBackend
from tests.proof.disk import Disk
from tests.proof.server import KEY, Server
from tests.proof.world import Tab, World

SERVERS: Final = 3
_OWNER: Final[contextvars.ContextVar[int | None]] = contextvars.ContextVar('proof_owner', default=None)


class SharedDisk(Disk):
    """A database that all servers share: its answers are late or lost, and other programs write to it."""

    def __init__(self) -> None:
        super().__init__()
        self.database = MemoryDatabase()
        self._replica: Any = None  # a row of the database, as it was

    @property
    def data(self) -> MemoryDatabase:
        """The part that the app uses."""
        return self.database.named('dara')

    def write_from_outside(self, key: str, value: Json) -> None:
        self.data.write_from_outside(key, value)

    def stall_replica(self) -> None:
        """Let a replica stay as the database is now."""
        row = self.data.row(KEY)
        self._replica = replace(row, log=row.log.copy(), receipts=dict(row.receipts))

    def promote(self) -> None:
        """Let the replica take over, in a new epoch: it lacks what was committed since it stalled."""
        row, replica = self.data.row(KEY), self._replica or self.data.row(KEY)
        mark = Mark(secrets.token_hex(8), replica.mark.version + 1)
        update = Update(replica.tip, f'epoch:{mark.epoch}', mark, Change(replica.mark.version, mark.version, ()))
        for each in fields(row):
            setattr(row, each.name, getattr(replica, each.name))
        row.log.append(update)
        row.mark, row.tip = mark, update.tip
        self._replica = None


class FleetBackend(SharedMemoryBackend):
    """The backend of one server. What the feed reports is kept until a test lets it pass."""

    disk: Any
    _is_dead: bool = PrivateAttr(default=False)
    _reports: deque[tuple[str, Update]] = PrivateAttr(default_factory=deque)
    _on_update: OnUpdate = PrivateAttr(default_factory=lambda: _ignore)
    _on_loss: OnLoss = PrivateAttr(default_factory=lambda: _ignore)

    def die(self) -> None:
        """End the commits of a server whose process is gone."""
        self._is_dead = True
        self.database.named(self.name).leave(self)

    async def pass_reports(self, count: int) -> None:
        """Report some commits."""
        for _ in range(min(count, len(self._reports))):
            self._on_update(*self._reports.popleft())

    @property
    def has_reports(self) -> bool:
        """True if commits are waiting to be reported."""
        return bool(self._reports)

    async def drop_reports(self, count: int) -> None:
        """Lose some reports, and tell nobody."""
        for _ in range(min(count, len(self._reports))):
            self._reports.popleft()

    async def cut_feed(self) -> None:
        """Lose all reports, as when the connection breaks, and tell the server."""
        self._reports.clear()
        self._on_loss(None)

    async def commit(self, proposals: Sequence[Proposal]) -> Sequence[Conflict | Exception | None]:
        answers: list[Conflict | Exception | None] = []

        def commit(_: Any) -> None:
            if not self._is_dead:
                answers.extend(self.database.named(self.name).commit(each) for each in proposals)

        await self.disk.change(commit)
        return answers

    async def load(self, key: str) -> Loaded:
        self.disk.read()
        return await super().load(key)

    async def updates(self, key: str, since: str) -> Sequence[Update] | None:
        self.disk.read()
        return await super().updates(key, since)

    async def receipts(self, key: str, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        self.disk.read()
        return await super().receipts(key, writers)

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        self._on_update, self._on_loss = on_update, on_loss
        self.database.named(self.name).follow(self, lambda *news: self._reports.append(news), self._served)


def _ignore(*_: Any) -> None:
    pass


class FleetWorld(World):
    """A world with three servers, each of which is killed and started by itself."""

    servers: list[Server]

    def start_server(self) -> None:
        """Start all servers, with a new database."""
        self.disk: SharedDisk = SharedDisk()
        self._owners: dict[asyncio.Task[Any], int | None] = {}
        self._loop.set_task_factory(self._make_task)
        self.servers = []
        for index in range(SERVERS):
            self.servers.append(self._started(index))
        self.server = self.servers[0]

    def restart(self, index: int, *, lands: bool) -> None:
        """Kill one of the servers, while a commit may be under way, and start it again."""
        if lands:
            self.disk.let_go()
            self.run()
        killed = self.servers[index]
        killed.backend.die()
        self.disk.let_go()
        self._end_tasks_of(index)
        for tab in self.tabs:
            if tab.server == index and tab.line and tab.line.is_accepted:
                self._lose(tab)
        self.disk.be_well()
        self.servers[index] = self._started(index)
        self.server = self.servers[0]

    def promote(self) -> Json:
        """Let a replica take over, and break all connections to the database; return what was stored before."""
        before = self.stored
        self.disk.promote()
        for index in range(SERVERS):
            self.do_for(index, self.backend(index).cut_feed())
        return before

    def backend(self, index: int) -> FleetBackend:
        """Return the backend of a server."""
        backend: object = self.servers[index].backend
        assert isinstance(backend, FleetBackend)
        return backend

    @property
    def stored(self) -> Json:
        value = self.disk.data.row(KEY).loaded().value
        return self.default if value is ABSENT else value

    def server_of(self, tab: Tab) -> Server:
        return self.servers[tab.server]

    def serve(self, tab: Tab, work: Coroutine[Any, Any, Any]) -> None:
        self.do_for(tab.server, work)

    def flow(self) -> bool:
        has_heard = super().flow()
        while any(self.backend(index).has_reports for index in range(SERVERS)):
            for index in range(SERVERS):
                self.do_for(index, self.backend(index).pass_reports(100))
            has_heard |= super().flow()
        return has_heard

    def read_all(self) -> None:
        for index, server in enumerate(self.servers):
            self.do_for(index, server.store.read())

    def _check_rest(self) -> None:
        super()._check_rest()
        for server in self.servers:
            has = server.record.value
            assert has in (self.stored, ABSENT), f'a server has {has}, and stored is {self.stored} [I1]'

    def _started(self, index: int) -> Server:
        backend: Any = FleetBackend(database=self.disk.database, disk=self.disk)
        server = Server(backend, self.default, self.access, self._limits)
        self.do_for(index, server.hub.open_stores())
        return server

    def do(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let server code begin something; without further ado it is that of the first server."""
        token = _OWNER.set(_OWNER.get() or 0)
        try:
            return super().do(work)
        finally:
            _OWNER.reset(token)

    def do_for(self, index: int, work: Coroutine[Any, Any, Any]) -> None:
        """Do what `do` does, as a part of a server that ends with its process."""
        token = _OWNER.set(index)
        try:
            self.do(work)
        finally:
            _OWNER.reset(token)

    def _make_task(self, loop: Any, work: Any, context: Any = None) -> asyncio.Task[Any]:
        task = asyncio.Task(work, loop=loop, context=context)
        self._owners[task] = _OWNER.get()
        task.add_done_callback(lambda done: self._owners.pop(done, None))
        return task

    def _end_tasks_of(self, index: int) -> None:
        tasks = [task for task, owner in self._owners.items() if owner == index]
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._tasks -= set(tasks)
