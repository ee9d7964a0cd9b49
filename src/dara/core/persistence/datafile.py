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
    """A file and its document as we last saw it. No change of another program is written over unseen.

    Every method blocks, and one is called at a time.

    Attributes:
        document: what the file said when we last looked.
        stamp: that of the file then; `None` if there was none.
        reloads: how often it was found changed.

    Args:
        path: the file, or a link to it.
    """

    def __init__(self, path: Path) -> None:
        self.document = Document()
        self.stamp: Stamp | None = None
        self.reloads = 0
        self._path = path
        self._status: os.stat_result | None = None
        self._device: int | None = None
        self._is_locked = self._has_looked = False
        self._is_mounted = False
        self._told: str | None = None

    @property
    def target(self) -> Path:
        """Where the file is, behind all links."""
        return self._path.resolve()

    def is_changed(self) -> bool:
        """Whether the file is not as we last saw it."""
        return stamp_of(self._path) != self.stamp

    def refresh(self) -> None:
        """Take in what the file says. While it is gone or half written, as editors leave it for a moment, look again.

        A file that stays away is put back.

        Raises:
            StoreCorrupt: it is not a JSON object; it is left as it is.
            OSError: it cannot be read or put back.
        """
        if self._has_looked and not self.is_changed():
            return
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not self._look(is_patient=time.monotonic() < give_up_at):
            time.sleep(POLL_SECONDS)
        self._has_looked = True

    def update(
        self,
        change: Callable[[Document], Document],
        announce: Callable[[], None],
        settle: Callable[[bool], None],
    ) -> None:
        """Store what `change` makes of the file's present document; it is called again whenever that has changed.

        Args:
            announce: called when all is ready to be put in place.
            settle: called then with whether it has been.

        Raises:
            StoreCorrupt: the file is not a JSON object; it is left as it is.
            OSError: it cannot be written.
        """
        self.refresh()
        self._make_directory()
        with self._locked():
            for _ in range(ATTEMPTS):
                self.refresh()
                document = change(self.document)
                if document is self.document or self._store(document, announce, settle):
                    return
        raise FileTrouble(
            errno.EBUSY,
            'another program writes the file all the time',
            f'{self._path}: another program changed it {ATTEMPTS} times while it was to be written',
        )

    def _look(self, *, is_patient: bool) -> bool:
        """Take in what the file says; return whether that, or its absence, is to be believed."""
        status = status_of(self._path)
        if status is None:
            return self._believe_absence(is_patient=is_patient)
        try:
            self._take_in(*read_file(self._path))
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
            if not (is_patient and is_fresh) and not self._finish_what_was_begun():
                raise
            return False
        return True

    def _take_in(self, content: bytes, status: os.stat_result) -> None:
        try:
            document = parse_document(content, self.document)
        except JSONDecodeError as error:
            raise StoreCorrupt(
                f'{self._path}: not JSON at line {error.lineno}, column {error.colno} ({error.msg}). '
                'It was left as it is: restore it from a copy, mend it, or delete it to start anew.'
            ) from error
        except TypeError as error:
            raise StoreCorrupt(f'{self._path}: holds a {error}, where an object {{key: value}} is expected.') from error
        self.document, self.stamp = document, Stamp.of(status)
        self.reloads += 1
        self._remember_place()
        if not self._has_looked:
            self._remove_copy()

    def _remember_place(self) -> None:
        """Note what is needed to put the file back as it was."""
        with suppress(OSError):
            self._status = status_of(self.target) or self._status
            self._device = _device_of(self.target.parent)

    def _believe_absence(self, *, is_patient: bool) -> bool:
        if self.stamp is None:
            return True
        if is_patient:
            return False
        self._put_back()
        return True

    def _put_back(self) -> None:
        """Write the file anew that somebody has deleted: open pages hold its values, and none of them shall be lost."""
        if _device_of(self.target.parent) != self._device:
            raise FileTrouble(
                errno.ENOENT,
                'the file is gone',
                f'{self._path} is gone, and so is the file system that held it: mount it again. Edits wait for it.',
            )
        self.target.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            replacement = Replacement(self.target, self.document.chunks(), self._status)
            replacement.write(None, lambda: None)
        if replacement.is_done:
            self.stamp = replacement.stamp
            logger.warning(
                '%s was deleted while it was in use, and has been put back with all its values. '
                'To start anew, stop the server before you delete it.',
                self._path,
            )
        else:
            self._look(is_patient=False)

    def _store(self, document: Document, announce: Callable[[], None], settle: Callable[[bool], None]) -> bool:
        writing = self._writing(document)
        try:
            writing.write(self.stamp, announce)
        except OSError as error:
            if error.errno not in IN_PLACE_ONLY or isinstance(writing, InPlace):
                raise
            self._is_mounted = True
        finally:
            if writing.is_done:
                self.document, self.stamp = document, writing.stamp
                self._remember_place()
            settle(writing.is_done)
        return writing.is_done

    def _writing(self, document: Document) -> Replacement | InPlace:
        status = status_of(self.target)
        replacement = Replacement(self.target, document.chunks(), status)
        if status is None:
            return replacement
        can_tell = os.access in os.supports_effective_ids
        if not os.access(self.target, os.W_OK, effective_ids=can_tell):
            raise unwritable(self.target, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
        reason = self._reason_to_stay(status, replacement)
        if reason is None:
            return replacement
        if reason != self._told:
            self._told = reason
            logger.info(
                '%s %s. So it is written in place, with a copy beside it until it is written.', self._path, reason
            )
        return InPlace(self.target, document.chunks, self.document.chunks)

    def _reason_to_stay(self, status: os.stat_result, replacement: Replacement) -> str | None:
        """Say why another file cannot take the place of this one; `None` if it can."""
        if self._is_mounted:
            return 'is mounted by itself, and cannot be replaced by another file'
        if status.st_nlink > 1:
            return 'is known by other names, too, which would go on to show the old content'
        if not replacement.keeps_owner():
            return 'belongs to another user or group, to whom this process cannot give a file'
        return None

    def _finish_what_was_begun(self) -> bool:
        """Write what a crash cut short in the middle of a write in place; return whether there was such a thing."""
        if not copy_of(self.target).exists():
            return False
        with self._locked():  # else somebody may be writing it now
            is_finished = InPlace.finish(self.target)
        if is_finished:
            logger.warning(
                '%s was cut short by a crash, and has been written again from the copy beside it.', self._path
            )
        return is_finished

    def _remove_copy(self) -> None:
        """A crash came after the file was written, but before the copy was removed; or somebody is writing it now."""
        copy = copy_of(self.target)
        if copy.exists():
            with suppress(FileTrouble), self._locked():  # whoever may not lock it may not remove anything
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
        with locked(self.target.with_name(f'.{self.target.name}.lock')):
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False


def _device_of(directory: Path) -> int:
    """Return which file system a directory is on, or would be."""
    while True:
        try:
            return directory.stat().st_dev
        except (FileNotFoundError, NotADirectoryError):
            directory = directory.parent
