"""What is remembered of the keys of a file, in a hidden file beside it, so that a crash forgets nothing."""

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
except ImportError:  # Windows: nothing is remembered there
    fcntl = None  # type: ignore[assignment]

FORMAT: Final = 4
SLACK_BYTES: Final = 256 * 1024
RETRY_SECONDS: Final = 10
TAKEN_ALONG: Final = 50
logger = logging.getLogger('dara')


class Unreadable(Exception):
    """The journal is not what we wrote; nothing in it counts."""


class Journal:
    """Remembers where the record of each key of a file stands.

    Lines are appended, and the file is rewritten when it has doubled, so a commit costs the same however much is
    remembered. A commit is *announced* before the file changes and *confirmed* after. Whoever opens the journal
    when a crash came between sees by the digest of the value which of the two happened. The process that holds its
    lock is the only one that goes on in its epochs; others, and those who may not write here, remember in memory,
    in epochs of their own. Every method blocks, and one is called at a time.

    Args:
        path: the journal's own.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._checkpoints = Checkpoints()
        self._announced: list[Step] = []
        self._unwritten: dict[str, Step] = {}
        self._untouched: OrderedDict[str, Step] = OrderedDict()
        self._told: str | None = None
        self._file: int | None = None
        self._process = 0
        self._size = self._announced_at = self._rewritten_size = 0
        self._next_attempt = 0.0

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def resume(self, key: str, digest: str, digest_of: Callable[[str], str]) -> Checkpoint:
        """Go on where the record of `key` was, whose value has that digest; in a new epoch if that was another value.

        Args:
            digest_of: returns the digest of any key's present value.
        """
        self._open(digest_of, create=False)
        checkpoint = self._checkpoints.get(key)
        if checkpoint is None:
            step = self._begin(key, digest)
            return Checkpoint.start(step.commit.mark, digest)
        if checkpoint.digest != digest:
            step = self._unwritten[key] = _new_epoch(key, digest)
            checkpoint = self._checkpoints.advance(step)
        return checkpoint.copy()

    def _begin(self, key: str, digest: str) -> Step:
        """Begin an epoch for a key with no past. It is written with the key's first commit.

        Whoever reads ever more keys that nobody writes pushes nothing out of what is remembered of others.
        """
        step = self._untouched.get(key)
        if step is None or step.digest != digest:
            step = self._untouched[key] = _new_epoch(key, digest)
        self._untouched.move_to_end(key)
        if len(self._untouched) > MAX_KEYS:
            self._untouched.popitem(last=False)
        return step

    def _touch(self, keys: Iterable[str]) -> None:
        """Take keys among those that have a past: what is known of them is written with the next line."""
        few = (
            list(self._untouched) if len(self._untouched) <= TAKEN_ALONG else []
        )  # an app's own keys, and no crawler's
        for key in [*keys, *few]:
            step = self._untouched.pop(key, None)
            if step:
                self._checkpoints.advance(step)
                self._unwritten[key] = step

    def announce(self, steps: list[Step], digest_of: Callable[[str], str]) -> None:
        """Say, on the disk, where records will stand once the file is replaced."""
        if not steps:
            return
        self._open(digest_of)
        self._touch(step.key for step in steps)
        self._announced_at = self._size
        self._announced = steps
        self._append('announced', steps)
        self._sync()

    def confirm(self) -> None:
        """What was announced has happened."""
        if not self._announced:
            return
        for step in self._announced:
            self._checkpoints.advance(step)
        self._announced = []
        self._append('confirmed', [])

    def revoke(self) -> None:
        """What was announced has not happened."""
        if self._announced and self._file is not None:
            self._guarded(lambda file: os.ftruncate(file, self._announced_at))
            self._size = self._announced_at
        self._announced = []

    def note(self, steps: list[Step], digest_of: Callable[[str], str]) -> None:
        """Keep where records stand; the file stays as it is."""
        self._open(digest_of)
        self._touch(step.key for step in steps)
        self._append('noted', steps)
        self._sync()
        for step in steps:
            self._checkpoints.advance(step)

    def _sync(self) -> None:
        if self._file is not None:
            self._guarded(_sync)

    def _take_waiting(self, keys: Iterable[str]) -> list[Step]:
        """Return what has been waiting for a line: all that these keys need, and some more."""
        taken = [self._unwritten.pop(key) for key in keys if key in self._unwritten]
        others = [*islice(self._unwritten, TAKEN_ALONG)]
        return taken + [self._unwritten.pop(key) for key in others]

    def _append(self, what: str, steps: list[Step]) -> None:
        """Write a line; together with what has been waiting for one, or else all anew if it is time for that."""
        if self._file is None:
            self._unwritten.clear()  # who makes the journal theirs writes all that is remembered
            return
        lines = b''
        if what != 'confirmed':
            if self._size > 2 * self._rewritten_size + SLACK_BYTES:
                self._rewrite()
                self._announced_at = self._size
            waiting = self._take_waiting(step.key for step in steps)
            if waiting:
                lines = line_of('noted', map(row_of_step, waiting))
                self._announced_at += len(lines)
        lines += line_of(what, map(row_of_step, steps))
        self._guarded(lambda file: _write(file, lines))
        self._size += len(lines)

    def _guarded(self, act: Callable[[int], None]) -> None:
        """Act on the file. If that fails, it is emptied: what is not kept up to date must never be read again.

        Raises:
            OSError: not even that is possible, so nothing may go on in an epoch that is written there.
        """
        if self._file is None:
            return
        try:
            act(self._file)
        except OSError as error:
            logger.error(
                '%s: could not be written (%s). A crash would now break with the open tabs.', self._path, error
            )
            os.ftruncate(self._file, 0)
            self._give_up()

    def _give_up(self) -> None:
        self.close()
        self._next_attempt = time.monotonic() + RETRY_SECONDS

    def _open(self, digest_of: Callable[[str], str], *, create: bool = True) -> None:
        """Make the journal ours, if it is not and can be."""
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
            self._tell(
                'is kept by another process, which has the file open, too. No edit of either is lost, and each shows '
                "the other's within a second. But after a crash or a restart of this process its open pages are sent "
                'all values anew, and one whose last edit was on its way may have to tell its user that nobody knows '
                'whether it was stored. Run one server for one file.'
            )
            self._give_up()
            return
        except OSError as error:
            self._tell(f'may not be written here ({error.strerror}), so a restart breaks with the open pages.')
            self._give_up()
            return
        self._take_over(file, digest_of)
        if self._file is not None and self._told:
            self._told = None
            logger.info('%s: kept by this process from now on.', self._path)

    def _tell(self, trouble: str) -> None:
        """Log once what is not possible."""
        if trouble != self._told:
            self._told = trouble
            logger.warning('%s %s', self._path, trouble)

    def _is_ours(self, file: int) -> bool:
        """Whether it is still the file that we have written, and this the process that opened it."""
        status = os.fstat(file)
        try:
            is_there = self._path.stat().st_ino == status.st_ino
        except OSError:
            is_there = False
        return is_there and status.st_size == self._size and self._process == os.getpid()

    def _abandon(self, file: int) -> None:
        """Somebody has removed, replaced or changed it: what we have written is not to come back."""
        if self._process == os.getpid():
            os.ftruncate(file, 0)
        self.close()

    def _lock(self, create: bool) -> int:
        """Open the journal as the only process that does."""
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0), 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(file).st_ino == self._path.stat().st_ino:
                    return file
            except BaseException:
                os.close(file)
                raise
            os.close(file)  # somebody has put another in its place

    def _take_over(self, file: int, digest_of: Callable[[str], str]) -> None:
        """Go on from what the journal says of keys of which we know nothing. Nothing in it counts before it is ours."""
        ours = self._checkpoints
        try:
            try:
                self._checkpoints = self._read(file, digest_of)
            except Unreadable as error:
                logger.warning('%s: %s. Open tabs begin anew; no value is lost.', self._path, error)
                self._checkpoints = Checkpoints()
            for key, checkpoint in ours:
                self._checkpoints.put(key, checkpoint)
            self._file, self._process = file, os.getpid()
            self._rewrite(may_fail=True)
        except BaseException:
            if self._file != file:
                os.close(file)
            self.close()
            self._checkpoints = ours
            raise
        if self._file is None:
            self._checkpoints = ours

    def _read(self, file: int, digest_of: Callable[[str], str]) -> Checkpoints:
        """Return what the journal says.

        Raises:
            Unreadable: it is not a journal, or not this one.
        """
        content = _read_all(file)
        if not content:
            return Checkpoints()
        lines = content.split(b'\n')
        parsed = [parse_line(line) for line in lines]
        while parsed and parsed[-1] is None:  # what a crash cut off: it was announced to nobody
            parsed.pop()
        if not parsed or None in parsed:
            raise Unreadable('it is damaged')
        (what, form, inode), *rest = parsed
        if (what, form) != ('journal', FORMAT):
            raise Unreadable('it was written by another version')
        if inode != os.fstat(file).st_ino:
            raise Unreadable('it is a copy, and may be older than what the open tabs have seen')
        try:
            return _replay(rest, digest_of)
        except (TypeError, ValueError, KeyError, IndexError, DaraError) as error:
            raise Unreadable(f'it is not as it should be ({error})') from error

    def _rewrite(self, *, may_fail: bool = False) -> None:
        """Put all that is remembered into a new file, in the place of the old one."""
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
            self._rewritten_size = self._size  # the next attempt is a while away
            if may_fail:
                self._give_up()
            return
        self.close()
        self._file, self._size, self._rewritten_size = file, len(content), len(content)
        self._unwritten.clear()


def _replay(lines: list[Any], digest_of: Callable[[str], str]) -> Checkpoints:
    checkpoints = Checkpoints()
    announced: list[Step] = []
    for what, rows in lines:
        for step in announced:
            checkpoints.advance(step)  # something came after it, so it was confirmed
        if what == 'checkpoint':
            for key, checkpoint in map(checkpoint_of, rows):
                checkpoints.put(key, checkpoint)
            continue
        steps = list(map(step_of, rows))
        announced = steps if what == 'announced' else []
        if what == 'noted':
            for step in steps:
                checkpoints.advance(step)
    for step in announced:
        _settle_unknown(checkpoints, step, digest_of(step.key))
    return checkpoints


def _new_epoch(key: str, digest: str) -> Step:
    return Step(key, digest, Commit(Mark(secrets.token_hex(8), 0)))


def _settle_unknown(checkpoints: Checkpoints, step: Step, present: str) -> None:
    """The crash came between announcement and confirmation: the value on the disk tells which it is."""
    known = checkpoints.get(step.key)
    if step.digest == present:
        checkpoints.advance(step)
    elif known and known.digest != present:  # whether it has been there, before somebody else wrote, who knows
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
