"""Values in a JSON file that any program can read."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, TypeAlias

import orjson
from pydantic import Field, PrivateAttr, field_validator

from dara.core._edits import ABSENT, Value
from dara.core._json import Json, fresh
from dara.core.errors import StoreCorrupt
from dara.core.persistence.backend import LoopLock, Position, RememberingBackend, Stored, call
from dara.core.persistence.journal import Journal
from dara.core.persistence.positions import Kept, Note

try:
    import fcntl
except ImportError:  # Windows, where one process at a time is up to the user
    fcntl = None  # type: ignore[assignment]

Stamp: TypeAlias = tuple[int, int, int]
PATIENCE_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Write:
    """What waits for the disk: a value, where its record then stands, or both. A value that is written is encoded."""

    key: str
    value: Value
    encoded: bytes | None
    position: Position | None


class FileBackend(RememberingBackend):
    """Keeps values in a JSON file, `{key: value}`, that any program can read.

    A write is durable when it returns: the new content goes to a temporary file, which is synced and
    then renamed over the old one, so the file is whole at every moment. Writes that wait together
    are written together. What another program has written is shown within a second, and read before it
    is written over. A hidden file beside it remembers what open tabs have seen and which of their edits
    are settled, so that they go on after a crash as if nothing had happened.

    Args:
        path: a `.json` file; missing directories are made.

    Raises:
        StoreCorrupt: the file is not a JSON object; it is left as it is.
    """

    leaves_values_alone: ClassVar[bool] = True
    path: str | Path = Field(description='a .json file')

    _values: dict[str, Json] = PrivateAttr(default_factory=dict)
    _stamp: Stamp | None = PrivateAttr(default=None)
    _reloads: int = PrivateAttr(default=0)
    _waiting: list[_Write] = PrivateAttr(default_factory=list)
    _positions: dict[str, Position] = PrivateAttr(default_factory=dict)
    _journal: Journal | None = PrivateAttr(default=None)
    _round: asyncio.Future[None] | None = PrivateAttr(default=None)
    _disk: LoopLock = PrivateAttr(default_factory=LoopLock)

    @field_validator('path')
    @classmethod
    def _is_json(cls, given: str | Path) -> Path:
        path = Path(given).absolute()
        if path.suffix != '.json':
            raise ValueError(f'FileBackend keeps a .json file, not {str(given)!r}; give it a path that ends in .json')
        return path

    @property
    def durability(self) -> str:
        return 'disk'

    @property
    def identity(self) -> Hashable:
        return ('file', os.path.realpath(self.path))

    def outside_stamp(self) -> Hashable | None:
        stamp = _stamp(Path(self.path))
        return (self._reloads, None if stamp == self._stamp else stamp)

    def describe(self) -> str:
        return str(self.path)

    async def has(self, key: str) -> bool:
        return key in await self._read()

    async def read(self, key: str) -> Any:
        return fresh((await self._read())[key])

    async def get_all(self) -> dict[str, Any]:
        return {key: fresh(value) for key, value in (await self._read()).items()}

    async def write(self, key: str, value: Any) -> None:
        await self._wait_for(_Write(key, value, orjson.dumps(value), self._positions.pop(key, None)))

    async def delete(self, key: str) -> None:
        await self._wait_for(_Write(key, ABSENT, b'', self._positions.pop(key, None)))

    async def load(self, key: str) -> Stored:
        while True:
            async with self._disk:
                kept, raw = await asyncio.to_thread(self._resume, key)
            value = await call(self.read, key) if await call(self.has, key) else ABSENT
            if self._values.get(key, ABSENT) is raw:  # else it was replaced in between
                return Stored(value, kept.epoch, kept.version, kept.settlements, kept.log)

    async def commit(self, key: str, value: Value, position: Position) -> None:
        self._positions[key] = position  # write and delete take it along, also where they are overridden
        try:
            await (call(self.delete, key) if value is ABSENT else call(self.write, key, value))
        finally:
            was_taken = self._positions.pop(key, None) is None
        if not was_taken:  # it is stored elsewhere, or not as it is: then nothing can be proven of it later
            await self.remember(key, value, position)

    async def remember(self, key: str, value: Value, position: Position) -> None:
        await self._wait_for(_Write(key, value, None, position))

    async def _read(self) -> dict[str, Json]:
        if _stamp(Path(self.path)) != self._stamp:
            async with self._disk:
                await asyncio.to_thread(self._refresh)
        return self._values

    async def _wait_for(self, write: _Write) -> None:
        """Write with everybody else who waits: the first to get to the disk takes the others' along."""
        self._waiting.append(write)
        loop = asyncio.get_running_loop()
        if self._round is None or self._round.done() or self._round.get_loop() is not loop:
            self._round = loop.create_task(self._write_waiting())
        await asyncio.shield(self._round)

    async def _write_waiting(self) -> None:
        async with self._disk:
            waiting, self._waiting, self._round = self._waiting, [], None
            await asyncio.to_thread(self._write_all, waiting)

    def _refresh(self) -> None:
        """Take in what the file says, if it changed since we last looked."""
        if _stamp(Path(self.path)) != self._stamp:
            self._values, self._stamp = _load_whole(Path(self.path), was_there=self._stamp is not None)
            self._reloads += 1

    def _resume(self, key: str) -> tuple[Kept, Value]:
        self._refresh()
        kept = self._opened_journal().resume(key, self._digest_of(key), self._digest_of)
        return kept, self._values.get(key, ABSENT)

    def _write_all(self, writes: list[_Write]) -> None:
        notes = [Note.of(each.key, _digest(each), each.position) for each in writes if each.position]
        changes = {each.key: each.value for each in writes if each.encoded is not None}
        if changes:
            self._replace(changes, notes)
            self._reloads += any(each.position is None for each in writes)  # records do not know of these
        else:
            self._opened_journal().note(notes, self._digest_of)

    def _replace(self, changes: dict[str, Value], notes: list[Note]) -> None:
        target = Path(self.path).resolve()  # a link stays a link
        target.parent.mkdir(parents=True, exist_ok=True)
        journal = self._opened_journal()
        with _locked(target.with_name(f'.{target.name}.lock')):
            self._refresh()
            values = {**self._values, **changes}
            kept = {key: value for key, value in values.items() if value is not ABSENT}
            content = orjson.dumps(kept, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
            written = _Replacement(target, content)
            try:
                written.write(lambda: journal.announce(notes, self._digest_of))
            finally:
                if written.is_in_place:
                    self._values, self._stamp = kept, written.stamp
                    journal.confirm()
                else:
                    journal.revoke()

    def _opened_journal(self) -> Journal:
        if self._journal is None:
            target = Path(self.path).resolve()
            self._journal = Journal(target.with_name(f'.{target.name}.journal'))
        return self._journal

    def _digest_of(self, key: str) -> str:
        """The digest of what the file said of a key when we last looked."""
        return _digest(_Write(key, self._values.get(key, ABSENT), None, None))


def _stamp(path: Path) -> Stamp | None:
    """What changes whenever the file is replaced or written to; `None` if there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _digest(write: _Write) -> str:
    encoded = write.encoded
    if encoded is None:
        encoded = b'' if write.value is ABSENT else orjson.dumps(write.value)
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def _load_whole(path: Path, *, was_there: bool) -> tuple[dict[str, Json], Stamp | None]:
    """Read the file. While it is gone or half written, as editors leave it for a moment, look again."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while True:
        stamp, is_patient = _stamp(path), time.monotonic() < give_up_at
        if stamp is None:
            if not (was_there and is_patient):
                return {}, None
        else:
            is_fresh = time.time_ns() - stamp[1] < PATIENCE_SECONDS * 1e9
            try:
                return _load(path), stamp
            except FileNotFoundError:
                continue
            except StoreCorrupt:
                if not (is_patient and is_fresh):
                    raise
        time.sleep(0.02)


def _load(path: Path) -> dict[str, Json]:
    try:
        values = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise StoreCorrupt(
            f'{path}: not JSON at line {error.lineno}, column {error.colno} ({error.msg}). '
            'It was left as it is: restore it from a copy, mend it, or delete it to start anew.'
        ) from error
    if not isinstance(values, dict):
        raise StoreCorrupt(f'{path}: holds a {type(values).__name__}, where an object {{key: value}} is expected.')
    return values


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes from writing the same file meanwhile."""
    with path.open('w') as lock:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Replacement:
    """New content for a file, which takes its place as a whole.

    Attributes:
        is_in_place: whether it has, even if `write` raised after that.
        stamp: that of what we wrote, whoever writes right after us.
    """

    def __init__(self, path: Path, content: bytes) -> None:
        self.is_in_place = False
        self.stamp: Stamp | None = None
        self._path, self._content = path, content

    def write(self, before: Callable[[], None]) -> None:
        """Write durably, and call `before` when all is ready to be put in place."""
        temporary = self._path.with_name(f'.{self._path.name}.tmp')  # ours alone while we hold the lock
        try:
            with temporary.open('wb') as file:
                if self._path.exists():
                    shutil.copymode(self._path, temporary)
                file.write(self._content)
                file.flush()
                os.fsync(file.fileno())
                status = os.fstat(file.fileno())
            before()
            self.stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
            temporary.replace(self._path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        self.is_in_place = True
        _sync_directory(self._path.parent)


def _sync_directory(directory: Path) -> None:
    if os.name == 'nt':
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
