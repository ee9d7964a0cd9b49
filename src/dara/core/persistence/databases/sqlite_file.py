"""`DatabaseFile`: the file of a `SQLiteBackend`, which may be deleted or replaced while it is in use."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from dara.core.persistence.databases.sqlite_library import BUSY, Library, trouble
from dara.core.persistence.databases.sqlite_schema import prepare
from dara.core.persistence.databases.sqlite_session import Session
from dara.core.persistence.databases.sqlite_tables import Tables
from dara.core.persistence.locks import FileTrouble

NETWORK: Final = {
    'afs',
    'ceph',
    'cifs',
    'fuse.ceph',
    'fuse.gcsfuse',
    'fuse.glusterfs',
    'fuse.rclone',
    'fuse.s3fs',
    'fuse.sshfs',
    'glusterfs',
    'lustre',
    'ncpfs',
    'nfs',
    'nfs4',
    'smb3',
    'smbfs',
}
"""File systems of other machines, on which SQLite's write-ahead log does not work."""
MOUNTS: Final = Path('/proc/self/mountinfo')
WAL_BYTES: Final = 64 * 1024 * 1024
"""The size to which the write-ahead log is cut back when it starts again."""


class DatabaseFile:
    """Opens the file when it is used, and again after it was mended or replaced.

    Args:
        name: the name of the table of the values.
    """

    def __init__(self, library: Library, path: Path, name: str) -> None:
        self.path = path
        self.openings = 0
        self._library = library
        self._name = name
        self._tables: Tables | None = None
        self._last: Tables | None = None
        self._inodes: tuple[str, str] | None = None
        self._is_new_copy = False

    def tables(self) -> Tables:
        """Return the tables.

        Raises:
            Exception: the file cannot be opened, or is no longer the one that was opened.
        """
        if self._tables is not None:
            self._check_place()
        else:
            self._tables = self._opened()
            self.openings += 1
        return self._tables

    def is_busy(self, error: Exception) -> bool:
        """Return whether an error says that another process has a lock."""
        return isinstance(error, self._library.error) and self._library.code(error) & 0xFF in BUSY

    def explain(self, error: Exception) -> Exception:
        """Return the error to raise for an exception. After one that concerns the file, it is opened again."""
        if not isinstance(error, self._library.error):
            return error
        if not self.is_busy(error):
            self.close()
        return trouble(self.path, self._library.code(error), error)

    def close(self) -> None:
        """Close the connection."""
        tables, self._tables = self._tables, None
        if tables is None:
            return
        with suppress(self._library.error):
            if self._place() == self._inodes:
                tables.session.close()
            else:
                tables.session.abandon()

    def _opened(self) -> Tables:
        check_file_system(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        session = Session(self._library, self.path, self._name)
        try:
            session.execute('PRAGMA journal_mode = WAL')
            session.execute('PRAGMA synchronous = FULL')
            session.execute(f'PRAGMA journal_size_limit = {WAL_BYTES}')
            inode = _inode(self.path)
            file = prepare(session, inode, is_new_copy=self._is_new_copy)
            tables = self._last = Tables(session, file, self._last)
        except BaseException:
            session.close()
            raise
        self._inodes = self._place()
        self._is_new_copy = False
        return tables

    def _place(self) -> tuple[str, str]:
        """Return the identities of the file and its write-ahead log."""
        return _inode(self.path), _inode(Path(f'{self.path}-wal'))

    def _check_place(self) -> None:
        assert self._tables
        here = self._place()
        if here == self._inodes:
            return
        if not here[0]:
            raise FileTrouble(
                errno.ENOENT,
                'the database was deleted',
                f'{self.path} was deleted while it was in use. Put it back; or, to begin with an empty one, restart.',
            )
        assert self._inodes
        was_replaced = here[0] != self._inodes[0]
        with suppress(self._library.error):
            if not was_replaced and not here[1]:  # save what is only in the deleted log
                self._tables.session.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            self._tables.session.abandon()
        self._tables, self._is_new_copy = None, True
        if was_replaced and here[1] == self._inodes[1]:
            for suffix in ('-wal', '-shm'):  # SQLite would mix what is in them into the new file
                Path(f'{self.path}{suffix}').unlink(missing_ok=True)
        raise FileTrouble(
            errno.ESTALE,
            'the database was replaced',
            f'{self.path}{"" if was_replaced else "-wal"} was replaced or deleted while it was in use. '
            'The next call opens what is there now.',
        )


def check_file_system(path: Path, mounts: Path = MOUNTS) -> None:
    """Check that a file is not on a network file system.

    Args:
        mounts: the system's table of file systems.

    Raises:
        FileTrouble: it is.
    """
    directory = next(each for each in path.parents if each.exists())
    device = os.stat(directory).st_dev
    kinds = {}
    with suppress(OSError):  # where the system has no such table, nothing is checked
        for line in mounts.read_text().splitlines():
            before, _, after = line.partition(' - ')
            kinds[before.split()[2]] = after.split()[0]
    kind = kinds.get(f'{os.major(device)}:{os.minor(device)}', '')
    if kind in NETWORK:
        raise FileTrouble(
            errno.ENOTSUP,
            'the database is on a network file system',
            f'{path} is on a network file system ({kind}), where SQLite loses data. '
            'Put it on a disk of this machine; for servers on several machines use another backend.',
        )


def _inode(path: Path) -> str:
    """Return the identity of a file in the file system; empty if there is none."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return ''
    return f'{status.st_dev}:{status.st_ino}'
