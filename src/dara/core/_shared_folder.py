"""`SharedFolder`: the folder that all processes which serve an app share."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final, Literal, Protocol

from dara.core._fleet import workers_folder
from dara.core._served import Served
from dara.core._temporary import TemporaryFolder
from dara.core.errors import InvalidConfig

MIN_PART_SECONDS: Final = 3600
"""The time for which a file may be unfinished without growing."""
_NAME: Final = re.compile(r'[A-Za-z0-9_-]{1,100}(\.[a-z0-9]{1,10})?')
_PART: Final = '.part-'


class OtherServers(Protocol):
    """The other servers of an app."""

    def note_need(self) -> None:
        """Note, in any thread, that the folder has become necessary."""

    async def have_another_folder(self) -> bool:
        """Return whether one that lives does not have this server's folder."""


class SharedFolder:
    """The folder that all processes which serve an app share, for data that no database should hold.

    It is `config.shared_folder`, which servers on several hosts share; else the temporary folder of the workers of
    `dara start --workers`; else, in a process that is alone, a temporary folder of its own, made when it is first used.
    Its path does not matter: use it through `files`. Every part of Dara that holds data of users outside of a backend
    keeps them here, whichever folder it is, and so works with one server or many.

    A part that cannot do without it calls `need` before the app is served, if it can. With several hosts and without
    `config.shared_folder`, the start is then refused.

    Code of the app finds the folder by `SHARED_FOLDERS.current`, which is None where no app is served.

    Args:
        app: the unique name of the app; each app has files of its own.
        configured: `config.shared_folder`.

    Attributes:
        app: a name made of it.
        reason: what needs the folder, if anything does.
        others: the other servers, while the app is served over a database that servers share.
    """

    def __init__(self, app: str, configured: Path | None = None) -> None:
        self.configured: Final = configured
        self.app: Final = f'app-{blake2b(app.encode(), digest_size=12).hexdigest()}'
        self._temporary: TemporaryFolder | None = None
        self._lock = Lock()
        self._files: dict[str, SharedFiles] = {}
        self.others: OtherServers | None = None
        self.reason = '' if configured is None else 'config.shared_folder'

    @property
    def reach(self) -> Literal['hosts', 'workers', 'process']:
        """The processes that share the folder: on all hosts, on this one, or this process alone."""
        if self.configured:
            return 'hosts'
        return 'workers' if workers_folder() else 'process'

    @property
    def path(self) -> Path:
        """The app's own folder, mode 0700. It is made if it is missing.

        Raises:
            OSError: it cannot be made, or others may write there: values in it are unpickled.
        """
        return _own_folder((self.configured or workers_folder() or self._private()) / self.app)

    def files(self, purpose: str, seconds: float) -> SharedFiles:
        """Return the files of one purpose, such as `'downloads'`; see `SharedFiles`. Each part of Dara has its own."""
        with self._lock:
            return self._files.setdefault(purpose, SharedFiles(lambda: self.path / purpose, seconds))

    def files_of_host(self, purpose: str, seconds: float) -> SharedFiles | None:
        """Return the files that the workers of this host share on a disk of its own; `None` if there is one process."""
        folder = workers_folder()
        if folder is None or self.configured is None:
            return None if folder is None else self.files(purpose, seconds)
        with self._lock:
            own = _own_folder(folder / self.app)
            return self._files.setdefault(f'{purpose} of this host', SharedFiles(lambda: own / purpose, seconds))

    def need(self, what: str) -> None:
        """Note that the app has something that all its servers must reach, such as `'the files of UploadDropzone'`.

        If other hosts serve the app, and do not have this folder, the start is refused. If the app is served already,
        the log gets an error.
        """
        if not self.reason:
            self.reason = what
            if self.others:
                self.others.note_need()

    async def is_shared_by_all(self) -> bool:
        """Return whether every living server of the app has this folder."""
        return self.reach == 'hosts' or self.others is None or not await self.others.have_another_folder()

    def check(self) -> None:
        """Check that files can be written. It blocks.

        Raises:
            InvalidConfig: they cannot.
        """
        if self.configured is None:
            return
        try:
            files = self.files('check', MIN_PART_SECONDS)
            name = files.new_name()
            files.write(name, b'')
            files.delete(name)
        except OSError as error:
            raise InvalidConfig(
                f'config.shared_folder: {self.configured} cannot be used: {_reason(error, self.configured)}. It has '
                'to be a folder that exists, and that all servers of the app may write.'
            ) from error

    def expire(self) -> None:
        """Remove the files whose time has passed, whichever server has written them. It blocks."""
        if self.reach == 'process' and self._temporary is None:
            return
        for files in list(self._files.values()):
            files.expire()

    def close(self) -> None:
        """Remove the folder if it is this process's own."""
        with self._lock:
            temporary, self._temporary = self._temporary, None
        if temporary:
            temporary.remove()

    def _private(self) -> Path:
        with self._lock:
            if self._temporary is None:
                self._temporary = TemporaryFolder()
            return self._temporary.path


class SharedFiles:
    """Files of one purpose in a shared folder, which only the user of the server may read.

    Names are the caller's own, never a user's: letters, digits, `-` and `_`, with or without a suffix such as `.csv`.
    A file appears whole, and is removed some time after it was written or last touched, by any server that runs then.

    All methods block: call them in a thread, unless the file is small and the folder surely a local one. They may be
    called from several threads and processes at once, and raise OSError if the folder cannot be used.

    Args:
        folder: returns the folder.
        seconds: the time after which a file that nobody has touched is removed.
    """

    def __init__(self, folder: Callable[[], Path], seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds
        self._in_use: set[str] = set()

    def use(self, name: str) -> None:
        """Keep a file until `leave` is called, or this process ends."""
        self._in_use.add(name)

    def leave(self, name: str) -> None:
        """Let the time of a file run again."""
        self._in_use.discard(name)

    @staticmethod
    def new_name(suffix: str = '') -> str:
        """Return a name that nobody can guess."""
        return secrets.token_urlsafe(24) + suffix

    def path(self, name: str) -> Path:
        """Return the path of a file, whether it exists or not.

        Raises:
            ValueError: the name is not allowed.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f'{name[:100]!r} cannot be the name of a shared file')
        folder = self._folder()
        folder.mkdir(0o700, exist_ok=True)
        return folder / name

    def write(self, name: str, content: bytes) -> None:
        """Write a file at once, in place of another one of that name."""
        with self.writing(name) as file:
            file.write(content)

    @contextmanager
    def writing(self, name: str, *, is_first: bool = False) -> Iterator[BinaryIO]:
        """Yield a new file to write. At the end it takes its name; if the body raises, it is removed.

        Args:
            is_first: if another process has written a file of that name meanwhile, keep that one.
        """
        path = self.path(name)
        part = path.with_name(f'{_PART}{secrets.token_hex(12)}')
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as file:
                yield file
            if is_first:
                with suppress(FileExistsError):
                    os.link(part, path)
            else:
                os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is none of that name."""
        try:
            return self.path(name).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        """Return whether there is a file of that name."""
        return self.path(name).exists()

    def names(self, suffix: str) -> list[str]:
        """Return the names of the files with that suffix, by all servers, in no order."""
        return [
            file.name
            for file in self.path('any').parent.iterdir()
            if file.suffix == suffix and _NAME.fullmatch(file.name)
        ]

    def take(self, name: str) -> Path | None:
        """Take a file away from all others; return its new path, for the caller to delete. None if it is gone."""
        taken = self.path(self.new_name())
        try:
            os.rename(self.path(name), taken)
        except FileNotFoundError:
            return None
        os.utime(taken)
        return taken

    def touch(self, name: str) -> bool:
        """Keep a file for its time from now on; return whether it is there."""
        try:
            os.utime(self.path(name))
        except FileNotFoundError:
            return False
        return True

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        self.path(name).unlink(missing_ok=True)

    def changed(self, name: str) -> float | None:
        """Return when a file was written or touched last, by the clock of the file system; None if it is gone."""
        try:
            return self.path(name).stat().st_mtime
        except FileNotFoundError:
            return None

    def now(self) -> float:
        """Return the time by the clock of the file system, which may be that of another host."""
        probe = self.new_name()
        self.write(probe, b'')
        try:
            return self.path(probe).stat().st_mtime
        finally:
            self.delete(probe)

    def expire(self) -> None:
        """Remove the files whose time has passed but those in use, and the unfinished ones of killed processes."""
        now = self.now()
        for name in [*self._in_use]:
            self.touch(name)
        for file in self._folder().iterdir():
            is_part = file.name.startswith(_PART)
            with suppress(FileNotFoundError):  # removed by another server
                if now - file.stat().st_mtime > (max(self._seconds, MIN_PART_SECONDS) if is_part else self._seconds):
                    file.unlink()


def _own_folder(path: Path) -> Path:
    path.mkdir(0o700, exist_ok=True)
    _check_owner(path)
    return path


def _check_owner(path: Path) -> None:
    status = path.lstat()
    if hasattr(os, 'getuid') and (status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode)):
        raise PermissionError(errno.EPERM, f'{path.name} in it is no folder of this user')
    if hasattr(os, 'getuid') and status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(errno.EPERM, f'other users may write {path.name} in it')


def _reason(error: OSError, folder: Path) -> str:
    if not folder.exists():
        return 'there is no such folder'
    return 'it is not a folder' if not folder.is_dir() else error.strerror or str(error)


SHARED_FOLDERS: Final[Served[SharedFolder]] = Served('dara_shared_folder')
