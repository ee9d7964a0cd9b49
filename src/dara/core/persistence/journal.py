"""What is remembered of the keys of a file, in a hidden file beside it, so that a crash forgets nothing."""

from __future__ import annotations

import logging
import os
import secrets
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from dara.core.persistence.backend import Position
from dara.core.persistence.history import REMEMBERED, Settled, Settlements, Writer

try:
    import fcntl
except ImportError:  # Windows: nothing is remembered there
    fcntl = None  # type: ignore[assignment]

FORMAT: Final = 1
KEYS: Final = 10_000
SLACK_BYTES: Final = 256 * 1024
RETRY_SECONDS: Final = 10
log = logging.getLogger('dara')


class Unreadable(Exception):
    """The journal is not what we wrote; nothing in it counts."""


@dataclass(frozen=True, slots=True)
class Note:
    """Where the record of a key stands, and the digest of the value that it has there."""

    key: str
    digest: str
    position: Position


@dataclass(slots=True)
class Kept:
    """What is remembered of one key."""

    epoch: str
    version: int
    digest: str
    settlements: Settlements = field(default_factory=Settlements)


class Journal:
    """Remembers where the record of each key of a file stands. Of the least recently used keys it forgets some.

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
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._settled = 0
        self._announced: list[Note] = []
        self._unwritten: list[Note] = []
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

    def resume(self, key: str, digest: str, digest_of: Callable[[str], str]) -> Kept:
        """Go on where the record of `key` was, whose value has that digest; in a new epoch if that was another value.

        Args:
            digest_of: returns the digest of any key's present value.
        """
        self._open(digest_of, create=False)
        kept = self._kept.get(key)
        if kept is None or kept.digest != digest:
            note = Note(key, digest, Position(secrets.token_hex(8), 0))
            if self._file is not None:
                self._unwritten.append(note)  # goes with the next line: nobody has anything to lose there before
            kept = self._fold(note)
        self._kept.move_to_end(key)
        return kept

    def announce(self, notes: list[Note], digest_of: Callable[[str], str]) -> None:
        """Say where records will stand once the file is replaced; it must not be before `sync` returned."""
        if not notes:
            return
        self._open(digest_of)
        self._announced_at = self._size
        self._announced = notes
        self._append('announced', notes)

    def confirm(self) -> None:
        """What was announced has happened."""
        if not self._announced:
            return
        for note in self._announced:
            self._fold(note)
        self._announced = []
        self._append('confirmed', [])

    def revoke(self) -> None:
        """What was announced has not happened."""
        if self._announced and self._file is not None:
            self._guarded(lambda file: os.ftruncate(file, self._announced_at))
            self._size = self._announced_at
        self._announced = []

    def note(self, notes: list[Note], digest_of: Callable[[str], str]) -> None:
        """Keep where records stand; the file stays as it is."""
        self._open(digest_of)
        self._append('noted', notes)
        self.sync()
        for note in notes:
            self._fold(note)

    def sync(self) -> None:
        """Wait until what was said is on the disk."""
        if self._file is not None:
            self._guarded(_sync)

    def _fold(self, note: Note) -> Kept:
        known = self._kept.get(note.key)
        settlements = known.settlements if known else Settlements(note.position.version == 0)
        before = len(settlements)
        for writer, settled in note.position.settled.items():
            settlements.remember(writer, settled)
        self._settled += len(settlements) - before
        kept = Kept(note.position.epoch, note.position.version, note.digest, settlements)
        self._keep(note.key, kept)
        return kept

    def _keep(self, key: str, kept: Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > KEYS or self._settled > REMEMBERED:
            self._forget_some()

    def _forget_some(self) -> None:
        """Of the least recently used key forget a writer, or all if there is none, or no room for so many keys."""
        key, oldest = next(iter(self._kept.items()))
        if len(self._kept) <= KEYS and oldest.settlements:
            oldest.settlements.forget_oldest()
            self._settled -= 1
        else:
            self._settled -= len(oldest.settlements)
            del self._kept[key]

    def _append(self, what: str, notes: Iterable[Note]) -> None:
        """Write a line; together with what has been waiting for one, or else all anew if it is time for that."""
        if self._file is None:
            return
        lines = b''
        if what != 'confirmed':
            if self._size > 2 * self._rewritten_size + SLACK_BYTES:
                self._rewrite()
                self._announced_at = self._size
            if self._unwritten:
                lines = _line('noted', map(_row, self._unwritten))
                self._announced_at += len(lines)
                self._unwritten = []
        lines += _line(what, map(_row, notes))
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
            log.error('%s: could not be written (%s). A crash would now break with the open tabs.', self._path, error)
            os.ftruncate(self._file, 0)
            self._give_up()

    def _give_up(self) -> None:
        self.close()
        self._unwritten = []
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
        except OSError as error:
            log.debug('%s: kept by another process, or not to be written here: %s', self._path, error)
            self._give_up()
            return
        self._take_over(file, digest_of)

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
        ours = (self._kept, self._settled)
        try:
            self._kept, self._settled = OrderedDict(), 0
            try:
                self._read(file, digest_of)
            except Unreadable as error:
                log.warning('%s: %s. Open tabs begin anew; no value is lost.', self._path, error)
                self._kept, self._settled = OrderedDict(), 0
            for key, kept in ours[0].items():
                known = self._kept.pop(key, None)
                self._settled += len(kept.settlements) - (len(known.settlements) if known else 0)
                self._keep(key, kept)
            self._file, self._process = file, os.getpid()
            self._rewrite(may_fail=True)
        except BaseException:
            if self._file != file:
                os.close(file)
            self.close()
            self._kept, self._settled = ours
            raise
        if self._file is None:
            self._kept, self._settled = ours

    def _read(self, file: int, digest_of: Callable[[str], str]) -> None:
        """Take in what the journal says.

        Raises:
            Unreadable: it is not a journal, or not this one.
        """
        content = _read_all(file)
        if not content:
            return
        lines = content.split(b'\n')
        parsed = [_parse(line) for line in lines]
        while parsed and parsed[-1] is None:  # what a crash cut off: it was announced to nobody
            parsed.pop()
        if not parsed or None in parsed:
            raise Unreadable('it is damaged')
        try:
            self._replay(file, parsed, digest_of)
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise Unreadable(f'it is not as it should be ({error})') from error

    def _replay(self, file: int, lines: list[Any], digest_of: Callable[[str], str]) -> None:
        (what, form, inode), *rest = lines
        if (what, form) != ('journal', FORMAT):
            raise Unreadable('it was written by another version')
        if inode != os.fstat(file).st_ino:
            raise Unreadable('it is a copy, and may be older than what the open tabs have seen')
        announced: list[Any] = []
        for what, rows in rest:
            self._take_rows(announced)  # something came after it, so it was confirmed
            announced = rows if what == 'announced' else []
            if what == 'noted':
                self._take_rows(rows)
        for row in announced:
            self._settle_unknown(row, digest_of(row[0]))

    def _settle_unknown(self, row: list[Any], present: str) -> None:
        """The crash came between announcement and confirmation: the value on the disk tells which it is."""
        key, _, _, digest, _, settled = row
        known = self._kept.get(key)
        if digest == present:
            self._take_rows([row])
        elif known and known.digest != present:  # whether it has been there, before somebody else wrote, who knows
            before = len(known.settlements)
            for writer, *_ in settled:
                known.settlements.forget(Writer(*writer))
            self._settled += len(known.settlements) - before

    def _take_rows(self, rows: list[Any]) -> None:
        for key, epoch, version, digest, are_all, settled in rows:
            known = self._kept.get(key)
            settlements = known.settlements if known else Settlements(version == 0 if are_all is None else are_all)
            before = len(settlements)
            for writer, n, status, at_version, message, at in settled:
                settlements.remember(Writer(*writer), Settled(n, status, at_version, message), at)
            self._settled += len(settlements) - before
            self._keep(key, Kept(epoch, version, digest, settlements))

    def _rewrite(self, *, may_fail: bool = False) -> None:
        """Put all that is remembered into a new file, in the place of the old one."""
        temporary = self._path.with_name(f'{self._path.name}.tmp')
        file = None
        try:
            file = os.open(temporary, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            rows = (_kept_row(key, kept) for key, kept in self._kept.items())
            content = _line('journal', FORMAT, os.fstat(file).st_ino)
            content += b''.join(_line('noted', [row]) for row in rows)
            _write(file, content)
            os.fsync(file)
            temporary.replace(self._path)
        except OSError as error:
            if file is not None:
                os.close(file)
                temporary.unlink(missing_ok=True)
            log.warning('%s: could not be rewritten: %s', self._path, error)
            self._rewritten_size = self._size  # the next attempt is a while away
            if may_fail:
                self._give_up()
            return
        self.close()
        self._file, self._size, self._rewritten_size = file, len(content), len(content)
        self._unwritten = []


def _row(note: Note) -> list[Any]:
    at, position = time.time(), note.position
    settled = [_settled_row(writer, how, at) for writer, how in position.settled.items()]
    return [note.key, position.epoch, position.version, note.digest, None, settled]


def _kept_row(key: str, kept: Kept) -> list[Any]:
    settled = [_settled_row(*each) for each in kept.settlements]
    return [key, kept.epoch, kept.version, kept.digest, kept.settlements.are_all, settled]


def _settled_row(writer: Writer, how: Settled, at: float) -> list[Any]:
    return [[writer.user, writer.client, writer.store, writer.at], how.n, how.status, how.version, how.message, at]


def _line(what: str, *rest: Any) -> bytes:
    """One line of the journal, with a checksum in front: a disk may have kept only a part of it."""
    content = orjson.dumps([what, *(each if isinstance(each, int) else list(each) for each in rest)])
    return b'%08x %s\n' % (zlib.crc32(content), content)


def _parse(line: bytes) -> Any:
    checksum, _, content = line.partition(b' ')
    try:
        return orjson.loads(content) if int(checksum, 16) == zlib.crc32(content) else None
    except ValueError:
        return None


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
