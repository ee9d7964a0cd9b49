"""Files that are written as a whole while other programs use them: stamps, and two ways to write."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from dara.core.persistence.locks import FileTrouble, unwritable, wait_for_lock

IN_PLACE_ONLY: Final = (errno.EBUSY, errno.EXDEV)
"""What the system answers where another file is to take the place of one that is mounted by itself."""
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
    """A state of a file. It differs after whatever is done to the file, or to what lies at its path."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def has_moved_from(self, other: Stamp) -> bool:
        """Whether it is that file, with that content, whatever its name was."""
        return self[:4] == other[:4]


def status_of(path: Path) -> os.stat_result | None:
    """Return the status of a regular file; `None` if there is none.

    Raises:
        FileTrouble: something else is there.
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
    """Accept a regular file.

    Raises:
        FileTrouble: it is something else.
    """
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), 'no regular file')
        raise FileTrouble(errno.EINVAL, 'not a file', f'{path} is {kind}; FileBackend needs a regular file there')


def read_file(path: Path) -> tuple[bytes, os.stat_result]:
    """Return the content of a regular file, and its status from before it was read."""
    handle = os.open(path, os.O_RDONLY | getattr(os, 'O_NONBLOCK', 0) | getattr(os, 'O_BINARY', 0))
    with open(handle, 'rb') as file:
        status = os.fstat(handle)
        check_regular(path, status)
        return file.read(), status


class Replacement:
    """New content for a file, which takes the file's place as a whole.

    Attributes:
        is_done: whether it has, even if `write` raised after that.
        stamp: the file's, if it has.

    Args:
        target: the file.
        chunks: the content.
        status: that of the file that is replaced, whose owner, mode and attributes are kept; `None` for a new one.
    """

    def __init__(self, target: Path, chunks: Iterable[bytes], status: os.stat_result | None) -> None:
        self.is_done = False
        self.stamp: Stamp | None = None
        self._target, self._chunks, self._status = target, chunks, status
        self._temporary = target.with_name(f'.{target.name}.tmp')  # ours alone while we hold the lock

    def keeps_owner(self) -> bool:
        """Whether a file that we make can have the same owner and group."""
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
        """Write durably, and call `before` when all is ready to be put in place; unless the file is not as `expected`.

        Raises:
            OSError: there is no room, or the system refuses.
        """
        try:
            ours = self._prepare()
            before()
            if stamp_of(self._target) != expected:
                return
            self.is_done = self._put_in_place(expected, ours)
        except FileNotFoundError:  # it was moved away in this moment
            if self._temporary.exists():
                return
            raise
        finally:
            self._temporary.unlink(missing_ok=True)
        if self.is_done:
            found = stamp_of(self._target)
            self.stamp = found if found and found.has_moved_from(ours) else ours  # else somebody wrote right after us
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
        """Give the new file the owner, the mode, the access list and the attributes of the old one."""
        made = os.fstat(handle)
        if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid) and hasattr(os, 'chown'):
            with suppress(PermissionError):
                os.chown(handle, status.st_uid, status.st_gid)
        try:
            _drop_attributes(self._temporary, self._target)
            shutil.copystat(self._target, self._temporary)
        except FileNotFoundError:  # it is put back
            os.chmod(self._temporary, stat.S_IMODE(status.st_mode))

    def _put_in_place(self, expected: Stamp | None, ours: Stamp) -> bool:
        """Let the new file take the place of the expected one, and of no other; return whether it has.

        The two change places, so that what was there can still be looked at: somebody may have written at the very
        last moment. Then they change back.
        """
        if expected is None:
            return _rename_new(self._temporary, self._target)
        if not _rename(self._temporary, self._target, _EXCHANGE):
            self._temporary.replace(self._target)
            return True
        if self._took_out(expected):
            return True
        _rename(self._temporary, self._target, _EXCHANGE)
        if not self._took_out(ours):
            _rename(self._temporary, self._target, _EXCHANGE)
            self._keep_aside()
        return False

    def _took_out(self, expected: Stamp) -> bool:
        found = stamp_of(self._temporary)
        return found is not None and found.has_moved_from(expected)

    def _keep_aside(self) -> None:
        aside = self._target.with_name(f'.{self._target.name}.{time.time_ns()}')
        self._temporary.rename(aside)
        logger.error(
            '%s: two other programs wrote in one moment; what the first of them wrote is kept in %s',
            self._target,
            aside,
        )


class InPlace:
    """New content for a file that cannot be replaced: one that is mounted by itself, has other names, or an owner
    whom we cannot give files to.

    A copy lies beside the file meanwhile, so that a crash in the middle loses nothing: `finish` ends what was begun.

    Attributes:
        is_done: whether it is written, even if `write` raised after that.
        stamp: the file's, if it is.

    Args:
        target: the file.
        chunks: returns the content.
        former: returns the content before, for when there is no room for the new one.
    """

    def __init__(
        self, target: Path, chunks: Callable[[], Iterable[bytes]], former: Callable[[], Iterable[bytes]]
    ) -> None:
        self.is_done = False
        self.stamp: Stamp | None = None
        self._is_whole = True
        self._target, self._chunks, self._former = target, chunks, former

    def write(self, expected: Stamp | None, before: Callable[[], None]) -> None:
        """Write durably, and call `before` right before; unless the file is not as `expected`.

        Raises:
            OSError: there is no room, or the system refuses.
        """
        _write_copy(copy_of(self._target), self._chunks())
        try:
            with self._target.open('r+b', buffering=0) as file:
                wait_for_lock(file.fileno(), self._target)  # of whoever has it under another name, or in a container
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
            os.ftruncate(handle, 0)  # the beginning of whatever the copy holds
            _write_copy(copy_of(self._target), self._former())
            _overwrite(handle, self._former())
            self._is_whole = True
            raise
        self.stamp = Stamp.of(os.fstat(handle))
        self.is_done = self._is_whole = True

    @staticmethod
    def finish(target: Path) -> bool:
        """Write what a crash has cut short, if that is what the file holds; return whether it was.

        Such a file holds the beginning of the copy; whatever else it holds was written by somebody else.
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
    """Take away what the file has and the model has not, such as the access list that directories give to new files."""
    if hasattr(os, 'listxattr'):
        with suppress(PermissionError, NotImplementedError):
            for name in set(os.listxattr(file)) - set(os.listxattr(model)):
                os.removexattr(file, name)


def copy_of(target: Path) -> Path:
    """Return where the copy lies while a file is written in place."""
    return target.with_name(f'.{target.name}.copy')


def write_chunks(handle: int, chunks: Iterable[bytes]) -> None:
    """Write all of them."""
    for chunk in chunks:
        rest = memoryview(chunk)
        while rest:
            rest = rest[os.write(handle, rest) :]


def sync_directory(directory: Path) -> None:
    """Make durable which files are in a directory."""
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
    """Write a file anew. Cut short at any moment, it holds the beginning of the content: no whole object."""
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    write_chunks(handle, chunks)
    os.fsync(handle)


def _rename_new(source: Path, target: Path) -> bool:
    """Rename a file to a name that nobody has; return whether nobody had it."""
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


def _rename(source: Path, target: Path, how: int) -> bool:
    """Rename in a way that only Linux offers; return whether that is possible here."""
    function = _renameat2()
    if function is None:
        return False
    import ctypes

    here = -100  # AT_FDCWD
    if function(here, os.fsencode(source), here, os.fsencode(target), how) == 0:
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
    except (OSError, TypeError, AttributeError):  # not of this system, or too old
        return None
