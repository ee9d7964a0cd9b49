"""Journal of a data file: the checkpoints of its keys, in a hidden file beside it, so that they survive a crash."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, Final

from dara.core.errors import DaraError
from dara.core.persistence.changelog import Mark
from dara.core.persistence.checkpoints import MAX_KEYS, Checkpoint, Checkpoints, Commit, Step
from dara.core.persistence.journal_lines import (
    checkpoint_of,
    line_of,
    parse_line,
    row_of_checkpoint,
    row_of_step,
    step_of,
)

try:
    import fcntl
except ImportError:  # Windows: checkpoints end with the process there
    fcntl = None  # type: ignore[assignment]

FORMAT: Final = 5
SLACK_BYTES: Final = 256 * 1024
RETRY_SECONDS: Final = 10
EXTRA_STEPS: Final = 50
"""The unwritten steps of other keys that a line takes along."""
logger = logging.getLogger('dara')


class Unreadable(Exception):
    """Rejection of a journal whose content cannot be trusted."""


class Journal:
    """The checkpoints of all keys of a data file, in memory and in a file.

    Lines are appended, and the file is rewritten when it has doubled, so that the cost of a commit does not depend on
    the number of checkpoints. A commit is *announced* before the data file changes, and *confirmed* after. If a crash
    came in between, the digest of the stored value tells the next process whether the change happened.

    Only the process that holds the journal's lock continues its epochs. Other processes, and those without the right
    to write there, keep checkpoints in memory, in epochs of their own. Every method blocks. Only one may run at a time.

    Args:
        path: the path of the journal.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._checkpoints = Checkpoints()
        self._announced: list[Step] = []
        self._unwritten: dict[str, Step] = {}
        self._provisional: OrderedDict[str, Step] = OrderedDict()
        self._logged_problem: str | None = None
        self._file: int | None = None
        self._process = 0
        self._size = self._announced_at = self._rewritten_size = 0
        self._next_attempt = 0.0

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Release the journal to other processes."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def resume(self, key: str, digest: str, digest_of: Callable[[str], str]) -> Checkpoint:
        """Return the checkpoint of `key`, in a new epoch if the checkpoint belongs to another value.

        Args:
            digest: the digest of the present value.
            digest_of: returns the digest of the present value of any key.
        """
        self._open(digest_of, create=False)
        checkpoint = self._checkpoints.get(key)
        if checkpoint is None:
            step = self._provisional_epoch(key, digest)
            return Checkpoint.start(step.commit.mark, digest)
        if checkpoint.digest != digest:
            step = self._unwritten[key] = _new_epoch(key, digest)
            checkpoint = self._checkpoints.advance(step)
        return checkpoint.copy()

    def _provisional_epoch(self, key: str, digest: str) -> Step:
        """Return the epoch of a key that has no commit yet. It is written with the key's first commit.

        These epochs have a table of their own: reading many keys evicts no checkpoint of a key that is written.
        """
        step = self._provisional.get(key)
        if step is None or step.digest != digest:
            step = self._provisional[key] = _new_epoch(key, digest)
        self._provisional.move_to_end(key)
        if len(self._provisional) > MAX_KEYS:
            self._provisional.popitem(last=False)
        return step

    def _keep_provisional(self, keys: Iterable[str]) -> None:
        """Move provisional epochs to the checkpoints, to be written with the next line.

        If there are few, as the keys of an app and unlike those of a crawler, all of them are moved.
        """
        few = list(self._provisional) if len(self._provisional) <= EXTRA_STEPS else []
        for key in [*keys, *few]:
            step = self._provisional.pop(key, None)
            if step:
                self._checkpoints.advance(step)
                self._unwritten[key] = step

    def announce(self, steps: list[Step], digest_of: Callable[[str], str]) -> None:
        """Write the commits that the next change of the data file will make."""
        if not steps:
            return
        self._open(digest_of)
        self._keep_provisional(step.key for step in steps)
        self._announced_at = self._size
        self._announced = steps
        self._append('announced', steps)
        self._sync()

    def confirm(self) -> None:
        """Record that the announced commits have happened."""
        if not self._announced:
            return
        for step in self._announced:
            self._checkpoints.advance(step)
        self._announced = []
        self._append('confirmed', [])

    def abort(self) -> None:
        """Remove the announced commits: the data file has not changed."""
        if self._announced and self._file is not None:
            self._do_or_truncate(lambda file: os.ftruncate(file, self._announced_at))
            self._size = self._announced_at
        self._announced = []

    def note(self, steps: list[Step], digest_of: Callable[[str], str]) -> None:
        """Write commits of values that the data file has already."""
        self._open(digest_of)
        self._keep_provisional(step.key for step in steps)
        self._append('noted', steps)
        self._sync()
        for step in steps:
            self._checkpoints.advance(step)

    def _sync(self) -> None:
        if self._file is not None:
            self._do_or_truncate(_sync)

    def _pop_unwritten(self, keys: Iterable[str]) -> list[Step]:
        """Remove and return the unwritten steps of these keys, and some of others."""
        taken = [self._unwritten.pop(key) for key in keys if key in self._unwritten]
        others = [*islice(self._unwritten, EXTRA_STEPS)]
        return taken + [self._unwritten.pop(key) for key in others]

    def _append(self, kind: str, steps: list[Step]) -> None:
        """Write a line, after the unwritten steps that its keys need. Rewrite the file first if it has doubled."""
        if self._file is None:
            self._unwritten.clear()  # `_open` writes all checkpoints once the journal can be locked
            return
        lines = b''
        if kind != 'confirmed':
            if self._size > 2 * self._rewritten_size + SLACK_BYTES:
                self._rewrite()
                self._announced_at = self._size
            unwritten = self._pop_unwritten(step.key for step in steps)
            if unwritten:
                lines = line_of('noted', map(row_of_step, unwritten))
                self._announced_at += len(lines)
        lines += line_of(kind, map(row_of_step, steps))
        self._do_or_truncate(lambda file: _write(file, lines))
        self._size += len(lines)

    def _do_or_truncate(self, act: Callable[[int], None]) -> None:
        """Call `act(file)`. If that fails, empty the file: outdated checkpoints must never be read again.

        Raises:
            OSError: the file cannot even be emptied. The caller must not commit in an epoch that it contains.
        """
        if self._file is None:
            return
        try:
            act(self._file)
        except OSError as error:
            logger.error('%s: could not be written (%s). After a crash, open tabs would start anew.', self._path, error)
            os.ftruncate(self._file, 0)
            self._release()

    def _release(self) -> None:
        """Close the file, and do not open it again for a while."""
        self.close()
        self._next_attempt = time.monotonic() + RETRY_SECONDS

    def _open(self, digest_of: Callable[[str], str], *, create: bool = True) -> None:
        """Lock and read the journal, if this process does not hold it and no other does."""
        if self._file is not None:
            if self._is_ours(self._file):
                return
            self._abandon(self._file)
        if fcntl is None or time.monotonic() < self._next_attempt:
            return
        try:
            file = self._lock(create)
        except FileNotFoundError:
            return
        except BlockingIOError:
            self._warn_once(
                'is held by another process that uses the data file, too. No edit of either process is lost, and each '
                "shows the other's edits within a second. But after a crash or restart of this process its open pages "
                'receive all values anew, and a page with an edit in flight may have to tell its user that it is '
                'unknown whether the edit was stored. Run one server for one file.'
            )
            self._release()
            return
        except OSError as error:
            self._warn_once(f'cannot be written ({error.strerror}), so open pages start anew after a restart.')
            self._release()
            return
        self._load(file, digest_of)
        if self._file is not None and self._logged_problem:
            self._logged_problem = None
            logger.info('%s is held by this process from now on.', self._path)

    def _warn_once(self, problem: str) -> None:
        if problem != self._logged_problem:
            self._logged_problem = problem
            logger.warning('%s %s', self._path, problem)

    def _is_ours(self, file: int) -> bool:
        """Return whether the file is as this process left it: not replaced, not changed, not inherited by a fork."""
        status = os.fstat(file)
        try:
            is_there = self._path.stat().st_ino == status.st_ino
        except OSError:
            is_there = False
        return is_there and status.st_size == self._size and self._process == os.getpid()

    def _abandon(self, file: int) -> None:
        """Empty and close a file that another program has removed, replaced or changed: it must not be read again."""
        if self._process == os.getpid():
            os.ftruncate(file, 0)
        self.close()

    def _lock(self, create: bool) -> int:
        """Open the journal and lock it.

        Raises:
            BlockingIOError: another process holds the lock.
            OSError: the journal cannot be opened.
        """
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0), 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(file).st_ino == self._path.stat().st_ino:
                    return file
            except BaseException:
                os.close(file)
                raise
            os.close(file)  # another process has just replaced it

    def _load(self, file: int, digest_of: Callable[[str], str]) -> None:
        """Add the checkpoints of a locked file to those of this process, which take precedence; rewrite the file."""
        own = self._checkpoints
        try:
            try:
                self._checkpoints = self._read(file, digest_of)
            except Unreadable as error:
                logger.warning('%s: %s. Open tabs start anew; no value is lost.', self._path, error)
                self._checkpoints = Checkpoints()
            for key, checkpoint in own:
                self._checkpoints.put(key, checkpoint)
            self._file, self._process = file, os.getpid()
            self._rewrite(may_fail=True)
        except BaseException:
            if self._file != file:
                os.close(file)
            self.close()
            self._checkpoints = own
            raise
        if self._file is None:
            self._checkpoints = own

    def _read(self, file: int, digest_of: Callable[[str], str]) -> Checkpoints:
        """Return the checkpoints of a file.

        Raises:
            Unreadable: the file is damaged, is a copy, or was written by another version.
        """
        content = _read_all(file)
        if not content:
            return Checkpoints()
        lines = content.split(b'\n')
        parsed = [parse_line(line) for line in lines]
        while parsed and parsed[-1] is None:  # lines that a crash cut off: their commits never happened
            parsed.pop()
        if not parsed or None in parsed:
            raise Unreadable('it is damaged')
        (kind, version, inode), *rest = parsed
        if (kind, version) != ('journal', FORMAT):
            raise Unreadable('it was written by another version')
        if inode != os.fstat(file).st_ino:
            raise Unreadable('it is a copy, and may be older than what the open tabs have seen')
        try:
            return _replay(rest, digest_of)
        except (TypeError, ValueError, KeyError, IndexError, DaraError) as error:
            raise Unreadable(f'it is not valid ({error})') from error

    def _rewrite(self, *, may_fail: bool = False) -> None:
        """Replace the file by a new one with all checkpoints.

        Args:
            may_fail: release the journal if that fails; otherwise go on with the present file.
        """
        temporary = self._path.with_name(f'{self._path.name}.tmp')
        file = None
        try:
            file = os.open(temporary, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            content = line_of('journal', FORMAT, os.fstat(file).st_ino)
            content += b''.join(line_of('checkpoint', [row_of_checkpoint(*each)]) for each in self._checkpoints)
            _write(file, content)
            os.fsync(file)
            temporary.replace(self._path)
        except OSError as error:
            if file is not None:
                os.close(file)
                temporary.unlink(missing_ok=True)
            logger.warning('%s: could not be rewritten: %s', self._path, error)
            self._rewritten_size = self._size  # postpones the next attempt
            if may_fail:
                self._release()
            return
        self.close()
        self._file, self._size, self._rewritten_size = file, len(content), len(content)
        self._unwritten.clear()


def _replay(lines: list[Any], digest_of: Callable[[str], str]) -> Checkpoints:
    checkpoints = Checkpoints()
    announced: list[Step] = []
    for kind, rows in lines:
        for step in announced:
            checkpoints.advance(step)  # a line follows, so the commit was confirmed
        if kind == 'checkpoint':
            for key, checkpoint in map(checkpoint_of, rows):
                checkpoints.put(key, checkpoint)
            continue
        steps = list(map(step_of, rows))
        announced = steps if kind == 'announced' else []
        if kind == 'noted':
            for step in steps:
                checkpoints.advance(step)
    for step in announced:
        _resolve_unknown(checkpoints, step, digest_of(step.key))
    return checkpoints


def _new_epoch(key: str, digest: str) -> Step:
    return Step(key, digest, Commit(Mark(secrets.token_hex(8), 0)))


def _resolve_unknown(checkpoints: Checkpoints, step: Step, present: str) -> None:
    """Decide by the digest of the stored value whether a commit happened that was announced and not confirmed."""
    known = checkpoints.get(step.key)
    if step.digest == present:
        checkpoints.advance(step)
    elif known and known.digest != present:  # another program has written, perhaps over this commit: unknown
        checkpoints.doubt(step)


def _read_all(file: int) -> bytes:
    os.lseek(file, 0, os.SEEK_SET)
    content = b''
    while chunk := os.read(file, 1 << 20):
        content += chunk
    return content


def _write(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]


def _sync(file: int) -> None:
    getattr(os, 'fdatasync', os.fsync)(file)  # macOS has only the latter
