"""Values in a JSON file that any program can read."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import orjson
from pydantic import Field, PrivateAttr, field_validator

from dara.core._edits import ABSENT, Value
from dara.core._json import Json, fresh
from dara.core.errors import StoreCorrupt
from dara.core.persistence.backend import LoopLock, PersistenceBackend

try:
    import fcntl
except ImportError:  # Windows, where one process at a time is up to the user
    fcntl = None  # type: ignore[assignment]

Stamp: TypeAlias = tuple[int, int, int]


class FileBackend(PersistenceBackend):
    """Keeps values in a JSON file, `{key: value}`, that any program can read.

    A write is durable when it returns: the new content goes to a temporary file, which is synced and
    then renamed over the old one, so the file is whole at every moment. Writes that wait together
    are written together. What another program has written is read before it is written over.

    Args:
        leaves_values_alone: ClassVar[bool] = True
    path: a `.json` file; missing directories are made.

    Raises:
        StoreCorrupt: the file is not a JSON object; it is left as it is.
    """

    path: str | Path = Field(description='a .json file')

    _values: dict[str, Json] = PrivateAttr(default_factory=dict)
    _stamp: Stamp | None = PrivateAttr(default=None)
    _reloads: int = PrivateAttr(default=0)
    _waiting: dict[str, Value] = PrivateAttr(default_factory=dict)
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
        await self._commit(key, value)

    async def delete(self, key: str) -> None:
        await self._commit(key, ABSENT)

    async def _read(self) -> dict[str, Json]:
        async with self._disk:
            await asyncio.to_thread(self._refresh)
            return self._values

    async def _commit(self, key: str, value: Value) -> None:
        """Write with everybody else who waits: the first to get to the disk takes the others' along."""
        if value is not ABSENT:
            orjson.dumps(value)  # before anybody else's write is joined to it
        self._waiting[key] = value
        loop = asyncio.get_running_loop()
        if self._round is None or self._round.done() or self._round.get_loop() is not loop:
            self._round = loop.create_task(self._write_waiting())
        await asyncio.shield(self._round)

    async def _write_waiting(self) -> None:
        async with self._disk:
            waiting, self._waiting, self._round = self._waiting, {}, None
            await asyncio.to_thread(self._replace, waiting)

    def _refresh(self) -> None:
        """Take in what the file says, if it changed since we last looked."""
        stamp = _stamp(Path(self.path))
        if stamp != self._stamp:
            self._values = _load(Path(self.path)) if stamp else {}
            self._stamp = stamp
            self._reloads += 1

    def _replace(self, changes: dict[str, Value]) -> None:
        target = Path(self.path).resolve()  # a link stays a link
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.with_name(f'.{target.name}.lock')):
            self._refresh()
            values = {**self._values, **changes}
            kept = {key: value for key, value in values.items() if value is not ABSENT}
            content = orjson.dumps(kept, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
            self._stamp = _write_atomically(target, content)
            self._values = kept


def _stamp(path: Path) -> Stamp | None:
    """What changes whenever the file is replaced or written to; `None` if there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


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


def _write_atomically(path: Path, content: bytes) -> Stamp:
    """Replace the file, and return the stamp of what we wrote, whoever writes right after us."""
    temporary = path.with_name(f'.{path.name}.tmp')  # ours alone while we hold the lock
    try:
        with temporary.open('wb') as file:
            if path.exists():
                shutil.copymode(path, temporary)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            status = os.fstat(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(path.parent)
    return status.st_ino, status.st_mtime_ns, status.st_size


def _sync_directory(directory: Path) -> None:
    if os.name == 'nt':
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
