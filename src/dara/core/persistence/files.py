"""Files written as a whole while other programs use them: stamps, replacement, and writing in place."""

from __future__ import annotations

import errno
import logging
import os
import stat
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

from dara.core.persistence.locks import FileTrouble, unwritable, wait_for_lock

IN_PLACE_ONLY: Final = (errno.EBUSY, errno.EXDEV)
"""The error numbers of replacing a file that is a mount point itself."""
CHUNKS_AT_ONCE: Final = 1000
"""The number of chunks in one call; POSIX systems allow 1,024."""
_HAS_WRITEV: Final = hasattr(os, 'writev')
_NO_REPLACE: Final = 1
_EXCHANGE: Final = 2
_UNSUPPORTED: Final = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)
_KINDS: Final = {
    stat.S_IFDIR: 'a directory',
    stat.S_IFIFO: 'a pipe',
    stat.S_IFSOCK: 'a socket',
    stat.S_IFCHR: 'a device',
    stat.S_IFBLK: 'a device',
}
logger = logging.getLogger('dara')


class Stamp(NamedTuple):
    """The state of the file at a path. Every change of the file, and every replacement, changes the stamp."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def is_same_file(self, other: Stamp) -> bool:
        """Return whether both are one file with one content, perhaps under another name."""
        return self[:4] == other[:4]


def status_of(path: Path) -> os.stat_result | None:
    """Return the status of a regular file; `None` if there is none.

    Raises:
        FileTrouble: the path is not a regular file.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    check_regular(path, status)
    return status


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of a regular file; `None` if there is none. Raises what `status_of` does."""
    status = status_of(path)
    return status and Stamp.of(status)


def check_regular(path: Path, status: os.stat_result) -> None:
    """Check that a path is a regular file.

    Raises:
        FileTrouble: the path is something else.
    """
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), 'not a regular file')
        raise FileTrouble(errno.EINVAL, 'not a file', f'{path} is {kind}; FileBackend needs a regular file there')


def read_file(path: Path) -> tuple[bytes, os.stat_result]:
    """Return the content of a regular file, and its status from before it was read."""
    handle = os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0))
    with open(handle, 'rb') as file:
        status = os.fstat(handle)
        check_regular(path, status)
        return file.read(), status


class Replacement:
    """New content of a file, written to a temporary file that then replaces the file.

    Attributes:
        is_done: true once the file was replaced, even if `write` raised after that.
        stamp: the stamp of the new file, once it is in place.

    Args:
        target: the file.
        chunks: the content.
        status: the status of the present file; the new file gets its owner, mode and attributes. `None`: no file.
    """

    def __init__(self, target: Path, chunks: Iterable[bytes], status: os.stat_result | None) -> None:
        self.is_done = False
        self.stamp: Stamp | None = None
        self._target, self._chunks, self._status = target, chunks, status
        self._temporary = target.with_name(f'.{target.name}.tmp')  # used under the lock only

    def keeps_owner(self) -> bool:
        """Return whether this process can give a new file the same owner and group."""
        status = self._status
        if status is None or not hasattr(os, 'chown') or (status.st_uid, status.st_gid) == (os.geteuid(), os.getegid()):
            return True
        handle = self._create()
        try:
            made = os.fstat(handle)
            if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
                os.chown(handle, status.st_uid, status.st_gid)
        except PermissionError:
            return False
        finally:
            os.close(handle)
            self._temporary.unlink(missing_ok=True)
        return True

    def write(self, expected: Stamp | None, before: Callable[[], None]) -> None:
        """Write durably, unless the stamp of the present file is not `expected`.

        Args:
            before: called when the content is on the disk, before it replaces the file.

        Raises:
            OSError: the disk is full, or the system rejects the write.
        """
        try:
            written = self._prepare()
            before()
            if stamp_of(self._target) != expected:
                return
            self.is_done = self._put_in_place(expected, written)
        except FileNotFoundError:  # another program has just moved the file away
            if self._temporary.exists():
                return
            raise
        finally:
            self._temporary.unlink(missing_ok=True)
        if self.is_done:
            found = stamp_of(self._target)
            is_ours = found and found.is_same_file(written)  # else another program wrote right after this
            self.stamp = found if is_ours else written
            sync_directory(self._target.parent)

    def _create(self) -> int:
        self._temporary.unlink(missing_ok=True)
        try:
            return os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, 'O_BINARY', 0), 0o666)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
                raise unwritable(self._target.parent, error) from error
            raise

    def _prepare(self) -> Stamp:
        with open(self._create(), 'wb', buffering=0) as file:
            handle = file.fileno()
            if self._status:
                self._take_over(handle, self._status)
            write_chunks(handle, self._chunks)
            os.fsync(handle)
            return Stamp.of(os.fstat(handle))

    def _take_over(self, handle: int, status: os.stat_result) -> None:
        """Copy the owner, the mode, the access list and the attributes of the old file to the new one."""
        made = os.fstat(handle)
        if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid) and hasattr(os, 'chown'):
            with suppress(PermissionError):
                os.chown(handle, status.st_uid, status.st_gid)
        try:
            _drop_attributes(self._temporary, self._target)
            import shutil  # slow to import, and needed by writes only

            shutil.copystat(self._target, self._temporary)
        except FileNotFoundError:  # a deleted file is being restored
            os.chmod(self._temporary, stat.S_IMODE(status.st_mode))

    def _put_in_place(self, expected: Stamp | None, written: Stamp) -> bool:
        """Replace the expected file, and no other; return whether that succeeded.

        The two files are exchanged, so that the replaced one can still be checked: another program may have written
        at the last moment. Then they are exchanged back.
        """
        if expected is None:
            return _rename_new(self._temporary, self._target)
        if not _rename(self._temporary, self._target, _EXCHANGE):
            self._temporary.replace(self._target)
            return True
        if self._is_temporary(expected):
            return True
        _rename(self._temporary, self._target, _EXCHANGE)
        if not self._is_temporary(written):
            _rename(self._temporary, self._target, _EXCHANGE)
            self._keep_aside()
        return False

    def _is_temporary(self, stamp: Stamp) -> bool:
        """Return whether the file of that stamp is at the temporary path now."""
        found = stamp_of(self._temporary)
        return found is not None and found.is_same_file(stamp)

    def _keep_aside(self) -> None:
        aside = self._target.with_name(f'.{self._target.name}.{time.time_ns()}')
        self._temporary.rename(aside)
        logger.error(
            '%s: two other programs wrote at the same moment; the content of the first is kept in %s',
            self._target,
            aside,
        )


class InPlace:
    """New content of a file that cannot be replaced: it is a mount point, has other names, or belongs to another user.

    During the write a copy of the content lies beside the file, so that a crash loses nothing: `finish` completes
    the write.

    Attributes:
        is_done: true once the content is written, even if `write` raised after that.
        stamp: the stamp of the file, once the content is written.

    Args:
        target: the file.
        chunks: returns the new content.
        former: returns the present content, to restore it if the disk is full.
    """

    def __init__(
        self, target: Path, chunks: Callable[[], Iterable[bytes]], former: Callable[[], Iterable[bytes]]
    ) -> None:
        self.is_done = False
        self.stamp: Stamp | None = None
        self._is_whole = True
        self._target, self._chunks, self._former = target, chunks, former

    def write(self, expected: Stamp | None, before: Callable[[], None]) -> None:
        """Write durably, unless the stamp of the present file is not `expected`.

        Args:
            before: called right before the file changes.

        Raises:
            OSError: the disk is full, or the system rejects the write.
        """
        _write_copy(copy_of(self._target), self._chunks())
        try:
            with self._target.open('r+b', buffering=0) as file:
                wait_for_lock(file.fileno(), self._target)  # others may know it by another name, or in a container
                before()
                if stamp_of(self._target) == expected:
                    self._overwrite(file.fileno())
        except PermissionError as error:
            raise unwritable(self._target, error) from error
        finally:
            if self._is_whole:
                copy_of(self._target).unlink(missing_ok=True)

    def _overwrite(self, handle: int) -> None:
        self._is_whole = False
        try:
            _overwrite(handle, self._chunks())
        except OSError:
            os.ftruncate(handle, 0)  # an empty file is a prefix of either copy: see `finish`
            _write_copy(copy_of(self._target), self._former())
            _overwrite(handle, self._former())
            self._is_whole = True
            raise
        self.stamp = Stamp.of(os.fstat(handle))
        self.is_done = self._is_whole = True

    @staticmethod
    def finish(target: Path) -> bool:
        """Complete a write that a crash interrupted; return whether there was one.

        After a crash the file holds a prefix of the copy; any other content was written by another program.
        """
        copy = copy_of(target)
        try:
            content = copy.read_bytes()
        except FileNotFoundError:
            return False
        with target.open('r+b', buffering=0) as file:
            wait_for_lock(file.fileno(), target)
            if not content.startswith(file.read().rstrip(b'\0')):
                return False
            _overwrite(file.fileno(), [content])
        copy.unlink()
        return True


def _drop_attributes(file: Path, model: Path) -> None:
    """Remove the attributes that `model` does not have, such as an access list inherited from the directory."""
    if hasattr(os, 'listxattr'):
        with suppress(PermissionError, NotImplementedError):
            for name in set(os.listxattr(file)) - set(os.listxattr(model)):
                os.removexattr(file, name)


def copy_of(target: Path) -> Path:
    """Return the path of the copy that exists while a file is written in place."""
    return target.with_name(f'.{target.name}.copy')


def write_chunks(handle: int, chunks: Iterable[bytes]) -> None:
    """Write all chunks to an open file, many at a time where the system can."""
    rest = deque(memoryview(chunk) for chunk in chunks)
    while rest:
        written = os.writev(handle, list(islice(rest, CHUNKS_AT_ONCE))) if _HAS_WRITEV else os.write(handle, rest[0])
        while rest and written >= len(rest[0]):
            written -= len(rest.popleft())
        if written:
            rest[0] = rest[0][written:]


def sync_directory(directory: Path) -> None:
    """Make the entries of a directory durable."""
    if os.name == 'nt':
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_copy(copy: Path, chunks: Iterable[bytes]) -> None:
    temporary = copy.with_name(f'{copy.name}.tmp')
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb', buffering=0) as file:
            write_chunks(file.fileno(), chunks)
            os.fsync(file.fileno())
        temporary.replace(copy)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise unwritable(copy.parent, error) from error
        raise
    sync_directory(copy.parent)


def _overwrite(handle: int, chunks: Iterable[bytes]) -> None:
    """Replace the content of an open file. After a crash it holds a prefix of the content: no complete object."""
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    write_chunks(handle, chunks)
    os.fsync(handle)


def _rename_new(source: Path, target: Path) -> bool:
    """Rename a file to a name that does not exist yet; return false if it does."""
    try:
        if _rename(source, target, _NO_REPLACE):
            return True
        os.link(source, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        source.replace(target)
    return True


def _rename(source: Path, target: Path, flags: int) -> bool:
    """Call `renameat2` with these flags; return false if the system or the file system does not support them."""
    function = _renameat2()
    if function is None:
        return False
    import ctypes

    cwd = -100  # AT_FDCWD
    if function(cwd, os.fsencode(source), cwd, os.fsencode(target), flags) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(source), None, str(target))


@cache
def _renameat2() -> Any:
    import ctypes

    try:
        return ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, TypeError, AttributeError):  # another system, or an old C library
        return None
