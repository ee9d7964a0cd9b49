"""`FileBackend`: keeps values in a JSON file that any program can read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Collection, Hashable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import orjson
from pydantic import Field, PrivateAttr, field_validator

from dara.core._edits import ABSENT, Value
from dara.core.errors import StoreCorrupt
from dara.core.persistence.backend import LoopLock, Outdated, RememberingBackend, Stored, call, stored_value
from dara.core.persistence.checkpoints import ANYTHING, Checkpoint, Commit, Step, digest_of
from dara.core.persistence.files import stamp_of, status_of
from dara.core.persistence.locks import ServerLock

if TYPE_CHECKING:  # loaded when a file is used
    from dara.core.persistence.datafile import DataFile
    from dara.core.persistence.document import Document
    from dara.core.persistence.journal import Journal


RELEASE_SECONDS: Final = 1


@dataclass(slots=True, eq=False)
class _Write:
    """A pending write of a value, of its commit metadata, or of both.

    Attributes:
        encoded: the encoded value; `None` if the file has the value already.
        expected: the only value that may be replaced.
        is_outdated: true if another value was there, so that nothing was stored.
    """

    key: str
    value: Value
    encoded: bytes | None
    commit: Commit | None = None
    expected: Any = ANYTHING
    is_outdated: bool = False


class FileBackend(RememberingBackend):
    """A backend that keeps values in a JSON file, `{key: value}`, that any program can read.

    A write is durable when it returns. The new content goes to a temporary file, which is synced and then replaces
    the old file, so that the file is complete at every moment. Concurrent writes are combined.

    Changes by other programs are shown within a second, and are never overwritten: an edit of a value that has changed
    is rebased onto the new value. The text of other keys stays as it is, byte for byte. A file that is deleted while
    it is in use is restored. A journal, in a hidden file beside it, keeps the checkpoints of the records, so that open
    tabs resume after a crash as if nothing had happened.

    Args:
        path: a `.json` file; missing directories are made.

    Raises:
        StoreCorrupt: the file is not a JSON object; it is left as it is.
    """

    leaves_values_alone: ClassVar[bool] = True
    path: str | Path = Field(description='a .json file')

    _file: DataFile = PrivateAttr()
    _queue: list[_Write] = PrivateAttr(default_factory=list)
    _committing: dict[str, tuple[Value, Commit]] = PrivateAttr(default_factory=dict)
    _journal: Journal | None = PrivateAttr(default=None)
    _round: asyncio.Future[None] | None = PrivateAttr(default=None)
    _server_lock: ServerLock | None = PrivateAttr(default=None)
    _disk: LoopLock = PrivateAttr(default_factory=LoopLock)

    @field_validator('path')
    @classmethod
    def _is_json(cls, given: str | Path) -> Path:
        path = Path(given).absolute()
        if path.suffix != '.json':
            raise ValueError(f'FileBackend keeps a .json file, not {str(given)!r}; give it a path that ends in .json')
        try:
            status_of(path)
        except OSError as error:
            raise ValueError(str(error)) from error
        return path

    def model_post_init(self, _: Any) -> None:
        from dara.core.persistence.datafile import DataFile

        self._file = DataFile(Path(self.path))

    @property
    def durability(self) -> str:
        return 'disk'

    @property
    def identity(self) -> Hashable:
        return ('file', os.path.realpath(self.path))

    def outside_stamp(self) -> Hashable | None:
        stamp = stamp_of(Path(self.path))
        return (self._file.reloads, None if stamp == self._file.stamp else stamp or 'gone')

    async def changed_keys(self) -> Collection[str]:
        if type(self).read is not FileBackend.read:  # a subclass may have other keys than the file
            return ()
        async with self._disk:
            await self._dara_bulkhead.run(self._file.refresh)
            changed, self._file.changed = self._file.changed, set()
        return changed or ()

    def describe(self) -> str:
        return str(self.path)

    def _claim(self) -> str | None:
        if self._server_lock is None:
            target = self._file.target
            self._server_lock = ServerLock(target.with_name(f'.{target.name}.server'))
        return self._server_lock.acquire()

    async def _release(self) -> None:
        if self._server_lock is None:
            return
        with suppress(TimeoutError):  # the disk hangs; the end of the process releases the file
            async with asyncio.timeout(RELEASE_SECONDS), self._disk:
                if self._journal:
                    self._journal.close()
                self._server_lock.release()

    async def has(self, key: str) -> bool:
        return key in await self._read()

    async def read(self, key: str) -> Any:
        document = await self._read()
        return self._value_of(document, key) if key in document else None

    async def get_all(self) -> dict[str, Any]:
        document = await self._read()
        return await self._dara_bulkhead.run(lambda: {key: self._value_of(document, key) for key in document})

    async def items(self) -> AsyncIterator[tuple[str, Any]]:
        if type(self).get_all is not FileBackend.get_all:  # a subclass stores the values otherwise
            async for item in super().items():
                yield item
            return
        document = await self._read()
        for key in document:
            yield key, self._value_of(document, key)

    async def write(self, key: str, value: Any) -> None:
        await self._store(self._write_of(key, value, orjson.dumps(value)))

    async def delete(self, key: str) -> None:
        await self._store(self._write_of(key, ABSENT, b''))

    async def _load(self, key: str) -> Stored:
        while True:
            async with self._disk:
                checkpoint, raw = await self._dara_bulkhead.run(self._resume, key)
            value = await stored_value(self, key)
            if self._file.document.raw(key) == raw:  # otherwise another program has just changed it
                return Stored(value, checkpoint)

    async def _commit(self, key: str, value: Value, commit: Commit) -> None:
        self._committing[key] = (value, commit)  # for `write` and `delete`, which a subclass may override
        try:
            await (call(self, self.delete, key) if value is ABSENT else call(self, self.write, key, value))
        finally:
            was_taken = self._committing.pop(key, None) is None
        if not was_taken:  # a subclass stores the value elsewhere or otherwise
            await self._remember(key, value, commit)

    async def _remember(self, key: str, value: Value, commit: Commit) -> None:
        await self._store(_Write(key, value, None, commit))

    def _write_of(self, key: str, value: Value, encoded: bytes) -> _Write:
        """Return the pending write of a value, with the metadata of the commit that causes it, if any."""
        committed, commit = self._committing.pop(key, (value, None))
        # A subclass may store another value than the record has; there is no expected value then.
        expected = commit.expected if commit and committed is value else ANYTHING
        return _Write(key, value, encoded, commit, expected)

    async def _read(self) -> Document:
        if self._file.is_changed():
            async with self._disk:
                await self._dara_bulkhead.run(self._file.refresh)
        return self._file.document

    def _value_of(self, document: Document, key: str) -> Any:
        try:
            return document.value(key)
        except ValueError as error:
            raise StoreCorrupt(
                f'{self.path}, key {key!r}: cannot be represented: {error}. It was left as it is.'
            ) from error

    async def _store(self, write: _Write) -> None:
        """Queue a write, and wait for the round that writes all queued ones.

        Raises:
            Outdated: another program has replaced the expected value; nothing was stored.
        """
        self._queue.append(write)
        loop = asyncio.get_running_loop()
        if self._round is None or self._round.done() or self._round.get_loop() is not loop:
            self._round = loop.create_task(self._write_queue())
        await asyncio.shield(self._round)
        if write.is_outdated:
            raise Outdated

    async def _write_queue(self) -> None:
        async with self._disk:
            writes, self._queue, self._round = self._queue, [], None
            await self._dara_bulkhead.run(self._write_all, writes)

    def _resume(self, key: str) -> tuple[Checkpoint, bytes | None]:
        self._file.refresh()
        checkpoint = self._opened_journal().resume(key, self._digest_of(key), self._digest_of)
        return checkpoint, self._file.document.raw(key)

    def _write_all(self, writes: list[_Write]) -> None:
        metadata = [each for each in writes if each.encoded is None]
        if metadata:
            self._opened_journal().note(_steps(metadata), self._digest_of)
        values = [each for each in writes if each.encoded is not None]
        if values:
            self._write_values(values)
            self._note_direct({each.key for each in values if each.commit is None})

    def _note_direct(self, keys: set[str]) -> None:
        """Note writes past the records, which have to read them."""
        self._file.reloads += bool(keys)
        if self._file.changed is not None:
            self._file.changed |= keys

    def _write_values(self, writes: list[_Write]) -> None:
        journal = self._opened_journal()

        def change(document: Document) -> Document:
            for each in writes:
                each.is_outdated = each.expected is not ANYTHING and not document.holds(each.key, each.expected)
            values = {each.key: each.value for each in writes if not each.is_outdated}
            return document.changed(values) if values else document

        def announce() -> None:
            journal.announce(_steps([each for each in writes if not each.is_outdated]), self._digest_of)

        def settle(is_done: bool) -> None:
            (journal.confirm if is_done else journal.abort)()

        self._file.update(change, announce, settle)

    def _opened_journal(self) -> Journal:
        if self._journal is None:
            from dara.core.persistence.journal import Journal

            target = self._file.target
            self._journal = Journal(target.with_name(f'.{target.name}.journal'))
        return self._journal

    def _digest_of(self, key: str) -> str:
        """Return the digest of the value that a key had when the file was last read."""
        try:
            value = self._file.document.value(key)
            return digest_of(b'' if value is ABSENT else orjson.dumps(value))
        except (ValueError, TypeError):
            return digest_of(self._file.document.raw(key) or b'')


def _steps(writes: list[_Write]) -> list[Step]:
    return [Step(each.key, _digest_of(each), each.commit) for each in writes if each.commit]


def _digest_of(write: _Write) -> str:
    encoded = write.encoded
    if encoded is None:
        encoded = b'' if write.value is ABSENT else orjson.dumps(write.value)
    return digest_of(encoded)
