"""Temporary folders that are removed at the end of their process, or else by a later one."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir, mkdtemp
from typing import Final

try:
    import fcntl
except ImportError:  # Windows: there, the folders of killed processes stay
    fcntl = None  # type: ignore[assignment]

PREFIX: Final = 'dara-folder-'
FILE_PREFIX: Final = 'dara-file-'
GRACE_SECONDS: Final = 60
"""The age from which an unlocked folder is one of a killed process: a new one is locked at once."""


def folder_of_file() -> Path:
    """Make a folder for one file with a name of its own; `delete_file` deletes both."""
    return Path(mkdtemp(prefix=FILE_PREFIX))


def delete_file(path: Path) -> None:
    """Delete a file if it is there, and the folder that was made for it."""
    path.unlink(missing_ok=True)
    if path.parent.name.startswith(FILE_PREFIX):
        with suppress(OSError):  # it is gone already
            path.parent.rmdir()


class TemporaryFolder:
    """A new folder that only this user may use, locked while this process or a fork of it lives.

    Those of killed processes are removed first.

    Raises:
        OSError: there is no room for it.
    """

    def __init__(self) -> None:
        _remove_leftovers()
        self.path: Final = Path(mkdtemp(prefix=PREFIX))
        self._handle = _locked(self.path)

    def remove(self) -> None:
        """Remove the folder with all files in it."""
        rmtree(self.path, ignore_errors=True)
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _locked(path: Path) -> int | None:
    """Lock a folder; return the handle of the lock, or `None` if a living process has it."""
    if fcntl is None:
        return None
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _remove_leftovers() -> None:
    """Remove the folders of processes of this user that were killed."""
    for path in Path(gettempdir()).glob(f'{PREFIX}*'):
        with suppress(OSError):  # another user's, or removed meanwhile
            status = path.lstat()
            is_new = time.time() - status.st_mtime < GRACE_SECONDS
            if is_new or not hasattr(os, 'getuid') or status.st_uid != os.getuid():
                continue
            handle = _locked(path)
            if handle is not None:
                rmtree(path, ignore_errors=True)
                os.close(handle)
