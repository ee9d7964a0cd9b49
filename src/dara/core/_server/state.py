"""The state folder: files that the server keeps across restarts, such as the secret of its cookies."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

try:
    import fcntl
except ImportError:  # Windows: no locks, so that the user has to run one process at a time
    fcntl = None  # type: ignore[assignment]

NAME: Final = '.dara'
VARIABLE: Final = 'DARA_STATE_DIR'
NAME_CHARACTERS: Final = 100
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class StateFolder:
    """The files of one app in a folder that only the server's user may read, and that git ignores.

    Several apps may share the folder; each has its own files. It is created for the first file.

    Args:
        path: the folder.
        app: the unique name of the app in this folder.
    """

    def __init__(self, path: Path, app: str) -> None:
        self.path = path
        self._app = _file_name(app)

    @classmethod
    def of(cls, app: str) -> StateFolder:
        """Return the folder in `DARA_STATE_DIR`, or else `.dara` in the current directory."""
        return cls(Path(os.environ.get(VARIABLE) or NAME).absolute(), app)

    def file(self, kind: str) -> Path:
        """Return the path of the app's file of that kind."""
        return self.path / f'{self._app}.{kind}'

    def create_folder(self) -> None:
        """Create the folder if it does not exist.

        Raises:
            OSError: it cannot be created, or is not writable.
        """
        self.path.mkdir(0o700, parents=True, exist_ok=True)
        ignored = self.path / '.gitignore'
        if not ignored.exists():
            with suppress(FileExistsError):
                _write_new(ignored, b'*\n')
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise PermissionError(13, os.strerror(13), str(self.path))

    def create(self, file: Path, content: bytes) -> None:
        """Create a file atomically and sync it, unless it exists: the first of several processes wins.

        Raises:
            OSError: it cannot be written.
        """
        self.create_folder()
        with self._temporary(content) as temporary:
            try:
                os.link(temporary, file)
            except FileExistsError:
                pass
            except OSError:  # a file system without hard links
                if not file.exists():
                    os.replace(temporary, file)
        self._sync()

    def replace(self, file: Path, content: bytes) -> None:
        """Replace a file atomically, and sync it.

        Raises:
            OSError: it cannot be written; the file is unchanged.
        """
        with self._temporary(content) as temporary:
            os.replace(temporary, file)
        self._sync()

    def append(self, file: Path, content: bytes) -> None:
        """Append to a file, and sync it.

        Raises:
            OSError: it cannot be written.
        """
        is_new = not file.exists()
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            _write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            self._sync()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Exclude other processes that lock the folder."""
        descriptor = os.open(self.path, os.O_RDONLY) if fcntl else None
        try:
            if descriptor is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def contains(self, file: Path) -> bool:
        """Return whether an existing file is in this folder."""
        try:
            return any(os.path.samefile(each, self.path) for each in file.parents)
        except FileNotFoundError:  # the folder does not exist
            return False

    @contextmanager
    def _temporary(self, content: bytes) -> Iterator[Path]:
        """Yield a temporary file with that content, and remove it afterwards."""
        temporary = self.path / f'.{self._app[:NAME_CHARACTERS]}.{secrets.token_hex(8)}'
        try:
            _write_new(temporary, content)
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    def _sync(self) -> None:
        with suppress(OSError):  # not supported by every system
            descriptor = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def is_open_to_others(file: Path) -> bool:
    """Return whether other users of this machine may read or write a file."""
    return os.name == 'posix' and bool(file.stat().st_mode & _OTHERS)


def _write_new(file: Path, content: bytes) -> None:
    """Create a file that only its owner may read, and sync it."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _write_all(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _file_name(app: str) -> str:
    """Return a valid file name on every system, unique for the app."""
    name = quote(app, safe='').replace('%', '_')
    if name == app and len(name) <= NAME_CHARACTERS:
        return name
    return f'{name[:NAME_CHARACTERS]}-{sha256(app.encode()).hexdigest()[:12]}'
