"""Processes that share a file one after the other, for the tests of its journal."""

from __future__ import annotations

import asyncio
import gc
import weakref
from pathlib import Path

from dara.core._edits import Replace
from dara.core._json import Json
from dara.core.persistence import BackendStore, FileBackend
from dara.core.persistence.changelog import Writer
from dara.core.persistence.edit import Edit, Outcome
from dara.core.persistence.record import Record
from dara.core.persistence.stores import bound

ANN = Writer('ann', 'her tab', 'note')


class Server:
    """A process with a store over a file. The next process finds the file as this one left it."""

    def __init__(self, file: Path) -> None:
        self.backend = FileBackend(path=file)
        self.store = BackendStore(self.backend)

    async def record(self, key: str = 'global') -> Record:
        return await bound(self.store.at(key)).open()

    async def edit(self, n: int, value: Json, *, key: str = 'global', writer: Writer = ANN) -> Outcome:
        """Commit a tab's edit of the whole value, sent in the present epoch."""
        record = await self.record(key)
        edit = Edit(writer, writer.author, n=n, epoch=record.epoch, base=record.version, ops=(Replace((), value),))
        return await record.edit(edit)

    async def mark(self, key: str = 'global') -> tuple[str, int]:
        record = await self.record(key)
        return record.epoch, record.version

    async def receipt(self, epoch: str, writer: Writer = ANN) -> int | None:
        """Return the number of the writer's latest edit with a receipt; `None` if it is unknown."""
        receipt = (await self.record()).receipt(writer, (epoch, 0))
        return receipt.n if receipt else None


async def crash(server: Server) -> None:
    """End a process: it writes nothing more, and its locks are released."""
    backend = weakref.ref(server.backend)
    server.__dict__.clear()
    async with asyncio.timeout(30):
        while backend():  # a thread may be reading the file just now
            await asyncio.sleep(0.01)
            gc.collect()


def journal_of(file: Path) -> Path:
    return file.with_name(f'.{file.name}.journal')


def unconfirm(file: Path) -> None:
    """Make the journal end as after a crash between announcement and confirmation."""
    with journal_of(file).open('r+b') as journal:
        content = journal.read()
        assert b'confirmed' in content.splitlines()[-1]
        journal.truncate(content.rstrip(b'\n').rindex(b'\n') + 1)
