"""One JSON file that other programs may read, replace, write to and delete at any time."""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from json import JSONDecodeError
from pathlib import Path
from typing import Final

from dara.core.errors import StoreCorrupt
from dara.core.persistence.document import Document, parse_document
from dara.core.persistence.files import (
    IN_PLACE_ONLY,
    InPlace,
    Replacement,
    Stamp,
    copy_of,
    read_file,
    stamp_of,
    status_of,
)
from dara.core.persistence.locks import FileTrouble, locked, unwritable

PATIENCE_SECONDS: Final = 0.5
POLL_SECONDS: Final = 0.02
ATTEMPTS: Final = 50
logger = logging.getLogger('dara')


class DataFile:
    """A JSON file and its document as last read. No change of another program is overwritten unread.

    Every method blocks. Only one may run at a time.

    Attributes:
        document: the content of the file when it was last read.
        stamp: the stamp of the file at that time; `None` if there was no file.
        reloads: the number of times that the file was read because it had changed.
        changed: the keys that others have changed; `None` if nobody wants to know.

    Args:
        path: the file, or a link to it.
    """

    def __init__(self, path: Path) -> None:
        self.document = Document()
        self.stamp: Stamp | None = None
        self.reloads = 0
        self.changed: set[str] | None = None
        self._path = path
        self._status: os.stat_result | None = None
        self._device: int | None = None
        self._is_locked = self._has_read = False
        self._is_mounted = False
        self._logged_reason: str | None = None

    @property
    def target(self) -> Path:
        """The path of the file, with all links resolved."""
        return self._path.resolve()

    def is_changed(self) -> bool:
        """Return whether the file has changed since it was last read."""
        return stamp_of(self._path) != self.stamp

    def refresh(self) -> None:
        """Read the file if it has changed. Wait while it is missing or half written, as editors leave it for a moment.

        A file that stays missing is restored.

        Raises:
            StoreCorrupt: the file is not a JSON object; it is left as it is.
            OSError: the file cannot be read or restored.
        """
        if self._has_read and not self.is_changed():
            return
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not self._try_read(is_patient=time.monotonic() < give_up_at):
            time.sleep(POLL_SECONDS)
        self._has_read = True

    def update(
        self,
        change: Callable[[Document], Document],
        prepare: Callable[[], None],
        settle: Callable[[bool], None],
    ) -> None:
        """Store the result of `change(document)`.

        Args:
            change: returns the new document; called again whenever another program has changed the file meanwhile.
            prepare: called before the file changes.
            settle: called after each `prepare` with whether the file has changed.

        Raises:
            StoreCorrupt: the file is not a JSON object; it is left as it is.
            OSError: the file cannot be written.
        """
        self.refresh()
        self._make_directory()
        with self._locked():
            for _ in range(ATTEMPTS):
                self.refresh()
                document = change(self.document)
                if document is self.document or self._store(document, prepare, settle):
                    return
        raise FileTrouble(
            errno.EBUSY,
            'another program keeps writing the file',
            f'{self._path}: another program changed it during each of {ATTEMPTS} attempts to write',
        )

    def _try_read(self, *, is_patient: bool) -> bool:
        """Read the file; return false if it should be read again in a moment.

        Args:
            is_patient: wait for a missing file, and for a corrupt file that was modified just now.
        """
        status = status_of(self._path)
        if status is None:
            return self._accept_absence(is_patient=is_patient)
        try:
            self._adopt(*read_file(self._path))
        except FileNotFoundError:
            return False
        except PermissionError as error:
            user = f'user {os.geteuid()}' if hasattr(os, 'geteuid') else 'this user'
            raise FileTrouble(
                error.errno or errno.EACCES,
                error.strerror or 'may not be read',
                f'{self._path} may not be read by {user}; change its mode or its owner.',
            ) from error
        except StoreCorrupt:
            is_fresh = time.time_ns() - status.st_mtime_ns < PATIENCE_SECONDS * 1e9
            if not (is_patient and is_fresh) and not self._finish_interrupted_write():
                raise
            return False
        return True

    def _adopt(self, content: bytes, status: os.stat_result) -> None:
        try:
            document = parse_document(content, self.document)
        except JSONDecodeError as error:
            raise StoreCorrupt(
                f'{self._path}: not JSON at line {error.lineno}, column {error.colno} ({error.msg}). '
                'It was left as it is: restore it from a copy, repair it, or delete it to start anew.'
            ) from error
        except TypeError as error:
            raise StoreCorrupt(f'{self._path}: holds a {error}; expected an object {{key: value}}.') from error
        if self.changed is not None:
            self.changed |= document.changed_since(self.document)
        self.document, self.stamp = document, Stamp.of(status)
        self.reloads += 1
        self._remember_location()
        if not self._has_read:
            self._remove_copy()

    def _remember_location(self) -> None:
        """Remember the status and the device of the file, which `_restore` needs."""
        with suppress(OSError):
            target = self.target
            self._status = status_of(target) or self._status
            self._device = _device_of(target.parent)

    def _accept_absence(self, *, is_patient: bool) -> bool:
        if self.stamp is None:
            return True
        if is_patient:
            return False
        self._restore()
        return True

    def _restore(self) -> None:
        """Write a file that was deleted again: open pages show its values, and none of them may be lost."""
        if _device_of(self.target.parent) != self._device:
            raise FileTrouble(
                errno.ENOENT,
                'the file is missing',
                f'{self._path} is missing, and so is its file system: mount it again. Edits wait for it.',
            )
        self.target.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            replacement = Replacement(self.target, self.document.chunks(), self._status)
            replacement.write(None, lambda: None)
        if replacement.is_done:
            self.stamp = replacement.stamp
            logger.warning(
                '%s was deleted while it was in use, and was restored with all its values. '
                'To start anew, stop the server before you delete it.',
                self._path,
            )
        else:
            self._try_read(is_patient=False)

    def _store(self, document: Document, prepare: Callable[[], None], settle: Callable[[bool], None]) -> bool:
        writing = self._writing(document)
        try:
            writing.write(self.stamp, prepare)
        except OSError as error:
            if error.errno not in IN_PLACE_ONLY or isinstance(writing, InPlace):
                raise
            self._is_mounted = True
        finally:
            if writing.is_done:
                self.document, self.stamp = document, writing.stamp
                self._remember_location()
            settle(writing.is_done)
        return writing.is_done

    def _writing(self, document: Document) -> Replacement | InPlace:
        target = self.target
        status = status_of(target)
        replacement = Replacement(target, document.chunks(), status)
        if status is None:
            return replacement
        can_tell = os.access in os.supports_effective_ids
        if not os.access(target, os.W_OK, effective_ids=can_tell):
            raise unwritable(target, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
        reason = self._reason_for_in_place(status, replacement)
        if reason is None:
            return replacement
        if reason != self._logged_reason:
            self._logged_reason = reason
            logger.info('%s %s. It is therefore written in place, with a copy beside it meanwhile.', self._path, reason)
        return InPlace(target, document.chunks, self.document.chunks)

    def _reason_for_in_place(self, status: os.stat_result, replacement: Replacement) -> str | None:
        """Return the reason that the file cannot be replaced by another file; `None` if it can."""
        if self._is_mounted:
            return 'is a mount point, and cannot be replaced by another file'
        if status.st_nlink > 1:
            return 'has other names (hard links), which would keep the old content'
        if not replacement.keeps_owner():
            return 'belongs to another user or group, and this process cannot give a file to them'
        return None

    def _finish_interrupted_write(self) -> bool:
        """Complete a write in place that a crash interrupted; return whether there was one."""
        if not copy_of(self.target).exists():
            return False
        with self._locked():  # another process may be writing now
            is_finished = InPlace.finish(self.target)
        if is_finished:
            logger.warning('%s was truncated by a crash, and was written again from the copy beside it.', self._path)
        return is_finished

    def _remove_copy(self) -> None:
        """Remove the copy that a crash left behind after the file was written; keep it if a process is writing now."""
        copy = copy_of(self.target)
        if copy.exists():
            with suppress(FileTrouble), self._locked():  # without the lock nothing is removed
                if not self.is_changed():
                    copy.unlink(missing_ok=True)

    def _make_directory(self) -> None:
        directory = self.target.parent
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except PermissionError as error:
            raise unwritable(next(each for each in directory.parents if each.exists()), error) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._is_locked:
            yield
            return
        target = self.target
        with locked(target.with_name(f'.{target.name}.lock')):
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False


def _device_of(directory: Path) -> int:
    """Return the device of a directory, or of its nearest parent that exists."""
    while True:
        try:
            return directory.stat().st_dev
        except (FileNotFoundError, NotADirectoryError):
            directory = directory.parent
