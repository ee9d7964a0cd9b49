"""Locks on files between processes, and what to say of a file that cannot be used."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

try:
    import fcntl
except ImportError:  # Windows, where one process at a time is up to the user
    fcntl = None  # type: ignore[assignment]

LOCK_SECONDS: Final = 5
POLL_SECONDS: Final = (0.0005, 0.02)


class FileTrouble(OSError):
    """A file that cannot be used; the text names it and says what to do.

    Args:
        short: what a page may say of it.
    """

    def __init__(self, code: int, short: str, text: str) -> None:
        super().__init__(code, short)
        self._text = text

    def __str__(self) -> str:
        return self._text


def unwritable(path: Path, error: OSError) -> FileTrouble:
    """Say that a file or directory may not be written, and by whom."""
    user = f'user {os.geteuid()}' if hasattr(os, 'geteuid') else 'this user'
    what = (
        f'the directory {path} may not be written by {user}: beside its file, FileBackend keeps a lock, a journal and '
        'the new content before it takes the place of the old. Make the directory writable, or mount a writable one.'
        if path.is_dir()
        else f'{path} may not be written by {user}; change its mode, its owner, or how it is mounted.'
    )
    return FileTrouble(error.errno or errno.EACCES, error.strerror or 'may not be written', what)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes that take this lock out meanwhile.

    Raises:
        FileTrouble: somebody has held it for five seconds, or it cannot be made.
    """
    handle = _open_lock(path)
    try:
        while not wait_for_lock(handle, path):
            os.close(handle)
            handle = _open_lock(path)
        yield
    finally:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_UN)  # a process that was forked meanwhile has the file open, too
        os.close(handle)


def wait_for_lock(handle: int, path: Path) -> bool:
    """Lock an open file; return whether it is still the one at its path. Raises what `locked` does."""
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


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError as error:
        with suppress(OSError):  # another user's, as when an administrator runs a script
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
    """Say which process holds a lock, where the system tells."""
    inode = f':{os.fstat(handle).st_ino}'
    with suppress(OSError):
        for line in Path('/proc/locks').read_text().splitlines():
            _, kind, _, _, process, file, *_ = line.replace('-> ', '').split()
            if kind == 'FLOCK' and file.endswith(inode):
                return f'process {process} ({_command(process)})'
    return 'another process'


def _command(process: str) -> str:
    try:
        return Path(f'/proc/{process}/cmdline').read_bytes().replace(b'\0', b' ').decode(errors='replace').strip()[:200]
    except OSError:
        return 'of another user or container'
