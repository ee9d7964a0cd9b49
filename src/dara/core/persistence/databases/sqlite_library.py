"""SQLite itself: Python's own library if it is safe for several processes, else that of apsw; and its errors."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol

from dara.core.errors import InvalidDefinition, StoreCorrupt
from dara.core.persistence.locks import FileTrouble, process_name

WAIT_MILLISECONDS: Final = 2
"""The time that SQLite itself waits for a lock; callers try again."""
STATEMENTS: Final = 200
WRITE_LOCK: Final = 120
"""The byte of the shared memory's file that stands for the right to write."""
BUSY: Final = (5, 6)
BROKEN: Final = (11, 26)
FULL: Final = 13
UNUSABLE: Final = {
    3: 'may not be used',
    8: 'may not be written',
    10: 'cannot be read or written',
    14: 'cannot be opened',
}
ABOUT_VALUES: Final = (18, 19, 20)
"""Codes of errors that concern the values of one statement: too large, against a constraint, of a wrong type."""


class Cursor(Protocol):
    """The rows of a statement."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows."""

    def fetchall(self) -> list[Any]:
        """Return all rows."""

    def close(self) -> None:
        """End the statement."""


class Connection(Protocol):
    """A connection of either library."""

    def execute(self, sql: str, values: Any = ..., /) -> Cursor:
        """Run a statement."""

    def executemany(self, sql: str, values: Iterable[Any], /) -> Cursor:
        """Run a statement for each set of values."""

    def close(self) -> None:
        """Close it."""


@dataclass(frozen=True, slots=True)
class Library:
    """One of the two libraries.

    Attributes:
        error: the base class of its exceptions.
        code: returns the code of such an exception.
        connect: opens a file.
        leave_wal: makes `close` leave the write-ahead log alone.
    """

    error: type[Exception]
    code: Callable[[Any], int]
    connect: Callable[[str], Connection]
    leave_wal: Callable[[Any], object]


def is_safe(version: tuple[int, ...]) -> bool:
    """Return whether that version of SQLite loses no commits when several processes share a write-ahead log."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def check_library() -> None:
    """Check that there is a library.

    Raises:
        InvalidDefinition: there is none.
    """
    if not (_has_safe_sqlite() or find_spec('apsw')):
        raise InvalidDefinition(
            f'SQLiteBackend: the SQLite {sqlite3.sqlite_version} of this Python may lose commits of several processes '
            "(the WAL-reset bug). Install a newer one beside it: pip install 'dara-live[sqlite]'"
        )


def find_library() -> Library:
    """Return the library to use."""
    return python_library() if _has_safe_sqlite() else apsw_library()


def _has_safe_sqlite() -> bool:
    return sys.version_info >= (3, 12) and is_safe(sqlite3.sqlite_version_info)


@cache
def python_library() -> Library:
    """Return Python's own."""

    def connect(path: str) -> Connection:
        return sqlite3.connect(
            path,
            timeout=WAIT_MILLISECONDS / 1000,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENTS,
        )

    def leave_wal(connection: Any) -> object:
        return connection.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)  # type: ignore[attr-defined]

    return Library(sqlite3.Error, lambda error: getattr(error, 'sqlite_errorcode', 1), connect, leave_wal)


@cache
def apsw_library() -> Library:
    """Return apsw."""
    import apsw

    def connect(path: str) -> Connection:
        connection = apsw.Connection(path, statementcachesize=STATEMENTS)
        connection.set_busy_timeout(WAIT_MILLISECONDS)
        return connection

    def leave_wal(connection: Any) -> object:
        return connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)

    return Library(apsw.Error, lambda error: getattr(error, 'extendedresult', 1), connect, leave_wal)


def trouble(path: Path, code: int, error: Exception) -> Exception:
    """Return the error to raise for one of SQLite: with the path, the reason and the remedy."""
    code &= 0xFF
    if code in BUSY:
        return FileTrouble(
            errno.EAGAIN,
            'the database is in use by another program',
            f'{path} is locked by {_lock_holder(path)}; nothing was stored. If that process hangs, end it.',
        )
    if code in BROKEN:
        return StoreCorrupt(f'{path}: {error}. It was left as it is; put a backup in its place.')
    if code == FULL:
        advice = f'{path}: nothing was stored, because no space is left on its disk: {error}. Make room there.'
        return FileTrouble(errno.ENOSPC, os.strerror(errno.ENOSPC), advice)
    if code in UNUSABLE:
        user = f'user {os.geteuid()}' if hasattr(os, 'geteuid') else 'this user'
        advice = (
            f'{path} {UNUSABLE[code]} by {user}: {error}. SQLite writes to the file and to its directory; '
            'look at their modes, their owners, and how they are mounted.'
        )
        return FileTrouble(errno.EACCES, UNUSABLE[code], advice)
    return ValueError(f'{path}: {error}')


def _lock_holder(path: Path) -> str:
    """Describe the process that writes, if the system knows it."""
    try:
        inode = os.stat(f'{path}-shm').st_ino
        for line in Path('/proc/locks').read_text().splitlines():
            _, kind, _, mode, pid, file, start, end = line.replace('-> ', '').split()
            is_writer = (kind, mode) == ('POSIX', 'WRITE') and int(start) <= WRITE_LOCK <= int(end)
            if is_writer and file.endswith(f':{inode}'):
                return f'process {pid} ({process_name(pid)})'
    except (OSError, ValueError):
        pass
    return 'another process'
