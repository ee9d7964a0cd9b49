"""`SQLiteBackend`: keeps values in a SQLite database that several processes of one machine share."""

from __future__ import annotations

import os
import weakref
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

from pydantic import Field, PrivateAttr, field_validator

from dara.core._edits import Value
from dara.core.persistence.changelog import Receipt, Update, Writer
from dara.core.persistence.databases.sqlite_feed import Listener, Mailbox, Receiver
from dara.core.persistence.databases.sqlite_file import DatabaseFile
from dara.core.persistence.databases.sqlite_library import Library, check_library, find_library
from dara.core.persistence.databases.sqlite_tables import Tables
from dara.core.persistence.databases.sqlite_thread import DatabaseThread
from dara.core.persistence.shared import (
    Conflict,
    Loaded,
    OnLoss,
    OnMessage,
    OnOutside,
    OnUpdate,
    Proposal,
    SharedBackend,
)

T = TypeVar('T')
NAME_CHARACTERS: Final = 60


class SQLiteBackend(SharedBackend):
    """A backend that keeps values in a SQLite database, which several servers on one machine share.

    ```python
    notes = Variable(default='', store=BackendStore(backend=SQLiteBackend('data/notes.db')))
    ```

    A write is durable when it returns: it is synced to the disk (`synchronous=FULL`, with a write-ahead log), and
    survives a crash of any process and of the machine. All servers show each commit within milliseconds.

    Other programs may read and write the table of the backend's name: the column `key`, and JSON text in the column
    `value`. A value of theirs is shown within a second, and merged with people's edits. A value over 16 KB is up to two
    seconds old there while somebody edits it; writes by other programs then fail, and ask them to try again.

    Never open the file in the process of the app itself, not even to read it: Python's `sqlite3` may be another copy
    of SQLite than the one used here, and its `close` drops the locks of both and deletes the write-ahead log in use.
    Read with the store, with `dara data get`, or in a process of its own.

    Args:
        path: the database; it and missing directories are made. Beside it are SQLite's own files (`-wal`, `-shm`), and
            a directory (`-servers`) through which the servers tell each other of commits. It must be on a disk of the
            machine, not on a network file system.
        name: the name of the table. Apps with different names share a database without sharing data.

    Raises:
        InvalidDefinition: there is no suitable SQLite; `pip install 'dara-live[sqlite]'` brings one.
        StoreCorrupt: the file is not a database, or is damaged; it is left as it is.
    """

    leaves_values_alone: ClassVar[bool] = True
    path: str | Path = Field(description='the database')
    name: str = Field(default='dara', pattern='^[a-z][a-z0-9]*(_[a-z0-9]+)*$', max_length=NAME_CHARACTERS)

    _library: Library | None = PrivateAttr(default=None)
    _thread: DatabaseThread | None = PrivateAttr(default=None)
    _listener: Listener | None = PrivateAttr(default=None)
    _receiver: Receiver | None = PrivateAttr(default=None)

    def __init__(self, path: str | Path, name: str = 'dara') -> None:
        fields: dict[str, Any] = {'path': path, 'name': name}
        super().__init__(**fields)

    @field_validator('path')
    @classmethod
    def _is_file(cls, given: str | Path) -> Path:
        if str(given) in ('', ':memory:'):
            raise ValueError(
                f'{str(given)!r} is no file that servers can share; InMemoryBackend keeps values in memory'
            )
        path = Path(given).absolute()
        if path.is_dir():
            raise ValueError(f'{path} is a directory; give the path of a file')
        return path

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        check_library()

    def _begin_in_child(self) -> None:
        super()._begin_in_child()
        self._thread = self._listener = self._receiver = None

    @property
    def durability(self) -> str:
        return 'disk'

    @property
    def identity(self) -> Hashable:
        return ('sqlite', os.path.realpath(self.path), self.name)

    def describe(self) -> str:
        return str(self.path) if self.name == 'dara' else f'{self.path}, {self.name}'

    async def load(self, key: str) -> Loaded:
        return await self._run(lambda tables: tables.load(key))

    async def updates(self, key: str, since: str) -> Sequence[Update] | None:
        return await self._run(lambda tables: tables.updates(key, since))

    async def receipts(self, key: str, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        return await self._run(lambda tables: tables.receipts(key, writers), in_order=True)  # after commits under way

    async def tips(self, keys: Collection[str]) -> Mapping[str, str]:
        wanted = list(keys)
        return await self._run(lambda tables: tables.tips(wanted))

    async def commit(self, proposals: Sequence[Proposal]) -> Sequence[Conflict | Exception | None]:
        thread = self._started()

        def commit(tables: Tables) -> Sequence[Conflict | Exception | None]:
            answers = tables.commit(proposals)
            thread.note([each.update for each, answer in zip(proposals, answers, strict=True) if answer is None])
            return answers

        return await thread.submit(commit, in_order=True)

    async def store_snapshot(self, key: str, tip: str, value: bytes | None) -> None:
        await self._run(lambda tables: tables.store_snapshot(key, tip, value), in_order=True)

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        if self._listener:
            self._listener.close()
        self._listener = listener = Listener(on_update, on_loss)
        thread = self._started()
        await thread.submit(lambda tables: thread.follow(listener, tables))

    async def serve(self, added: Collection[str], dropped: Collection[str]) -> None:
        thread = self._started()
        await thread.submit(lambda tables: thread.serve(added, dropped, tables))

    async def watch_outside(self, on_outside: OnOutside) -> None:
        assert self._listener
        self._listener.on_outside = on_outside

    async def send(self, message: str) -> None:
        thread = self._started()
        await thread.submit(lambda _: thread.send(message))

    async def receive(self, on_message: OnMessage) -> None:
        if self._receiver:
            self._receiver.close()
        self._receiver = receiver = Receiver(on_message)
        thread = self._started()
        await thread.submit(lambda _: thread.receive(receiver))

    async def items(self) -> AsyncIterator[tuple[str, Value]]:
        start: str | None = ''
        while start is not None:
            page, start = await self._run(partial(Tables.page, start=start))
            for key, value in page:
                yield key, value

    async def close(self) -> None:
        for callbacks in (self._listener, self._receiver):
            if callbacks:
                callbacks.close()
        thread, self._thread = self._thread, None
        if thread:
            await thread.end()

    async def _run(self, work: Callable[[Tables], T], *, in_order: bool = False) -> T:
        return await self._started().submit(work, in_order=in_order)

    def _started(self) -> DatabaseThread:
        """Return the thread, which starts when it is used first: in a process of several, after the fork."""
        if self._thread is None:
            path = Path(os.path.realpath(self.path))
            file = DatabaseFile(self._library or find_library(), path, self.name)
            mailbox = Mailbox(path.with_name(f'{path.name}-servers'), self.name, self.writer.client)
            self._thread = DatabaseThread(file, mailbox)
            weakref.finalize(self, self._thread.stop)  # also when the interpreter ends
        return self._thread
