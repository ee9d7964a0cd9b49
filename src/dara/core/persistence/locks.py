"""File locks between processes, and the error for files that cannot be used."""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # Windows: there, running only one process is up to the user
    fcntl = None  # type: ignore[assignment]

logger = logging.getLogger('dara')

LOCK_SECONDS: Final = 5
POLL_SECONDS: Final = (0.0005, 0.02)


class FileTrouble(OSError):
    """A file that cannot be used.

    Args:
        code: the system's error number.
        public_reason: the reason in a few words that a page may show: without paths.
        advice: the message for the log: names the file and the remedy.
    """

    def __init__(self, code: int, public_reason: str, advice: str) -> None:
        super().__init__(code, public_reason)
        self._advice = advice

    def __str__(self) -> str:
        return self._advice


def unwritable(path: Path, error: OSError) -> FileTrouble:
    """Return the error for a file or directory that this user may not write."""
    user = f'user {os.geteuid()}' if hasattr(os, 'geteuid') else 'this user'
    advice = (
        f'the directory {path} may not be written by {user}: beside its file, FileBackend keeps a lock, a journal and '
        'the new content before it takes the place of the old. Make the directory writable, or mount a writable one.'
        if path.is_dir()
        else f'{path} may not be written by {user}; change its mode, its owner, or how it is mounted.'
    )
    return FileTrouble(error.errno or errno.EACCES, error.strerror or 'may not be written', advice)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, exclusively among all processes.

    Raises:
        FileTrouble: another process has held the lock for five seconds, or the lock file cannot be created.
    """
    handle = _open_lock(path)
    try:
        while not wait_for_lock(handle, path):
            os.close(handle)
            handle = _open_lock(path)
        yield
    finally:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_UN)  # closing does not unlock it if a process was forked meanwhile
        os.close(handle)


def wait_for_lock(handle: int, path: Path) -> bool:
    """Lock an open file; return whether it is still the file at `path`. Raises what `locked` does."""
    if fcntl is None:
        return True
    give_up_at = time.monotonic() + LOCK_SECONDS
    pause, longest = POLL_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not _is_at(handle, path):
                return False
        else:
            return _is_at(handle, path)
        if time.monotonic() > give_up_at:
            raise FileTrouble(
                errno.EAGAIN,
                'the file is in use by another program',
                f'{path} has been locked for {LOCK_SECONDS} s by {_holder(handle)}; nothing was written. '
                'If that process hangs, end it.',
            )
        time.sleep(pause)
        pause = min(2 * pause, longest)


class ServerLock:
    """The lock of the one server that serves a file, for its whole life. Scripts do not take it, nor do forks get it.

    Args:
        path: the lock file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None
        self._has_logged = False

    def acquire(self) -> str | None:
        """Take the lock, unless this process has it; return who has it instead.

        Where no lock file can be made, or the file system has no locks, everybody gets it.
        """
        if fcntl is None or self._handle is not None:
            return None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            self._log_unwritable(error)
            return None
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            pid = os.read(handle, 20).decode(errors='replace')
            os.close(handle)
            return f'process {pid} ({process_name(pid)})' if pid.isdecimal() else 'another process'
        except OSError:
            os.close(handle)
            return None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        self._handle = handle
        return None

    def _log_unwritable(self, error: OSError) -> None:
        if not self._has_logged:
            self._has_logged = True
            logger.warning('Edits cannot be saved: %s', unwritable(self._path.parent, error))

    def release(self) -> None:
        """Let another server take the lock."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError as error:
        with suppress(OSError):  # the lock file of another user, as when an administrator runs a script
            return os.open(path, os.O_RDONLY)
        raise unwritable(path.parent, error) from error
    except OSError as error:
        if error.errno == errno.EROFS:
            raise unwritable(path.parent, error) from error
        raise


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _holder(handle: int) -> str:
    """Describe the process that holds the lock, if the system knows it."""
    inode = f':{os.fstat(handle).st_ino}'
    with suppress(OSError):
        for line in Path('/proc/locks').read_text().splitlines():
            _, kind, _, _, pid, file, *_ = line.replace('-> ', '').split()
            if kind == 'FLOCK' and file.endswith(inode):
                return f'process {pid} ({process_name(pid)})'
    return 'another process'


def process_name(pid: str) -> str:
    """Return the command of a process."""
    try:
        return Path(f'/proc/{pid}/cmdline').read_bytes().replace(b'\0', b' ').decode(errors='replace').strip()[:200]
    except OSError:
        return 'of another user or container'
