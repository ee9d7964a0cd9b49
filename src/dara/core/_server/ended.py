"""Login sessions that were ended before they expired, in memory and in a file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from dara.core._server.state import StateFolder
from dara.core._threads import Threads
from dara.core.persistence.backend import LoopLock

MAX_ENDED_PER_USER: Final = 10_000
SLACK: Final = 1000
EVERY: Final = '*'
Stamp: TypeAlias = 'tuple[int, int, int] | None'
"""The inode, the size and the time of the file, or `None` if there is no file."""
logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True)
class End:
    """The end of a session.

    Attributes:
        session: the session's id; `None` for all sessions that the user had.
        at: the time in seconds since 1970.
    """

    user: str
    session: str | None
    at: float

    @property
    def line(self) -> bytes:
        return orjson.dumps([self.user, self.session, self.at], option=orjson.OPT_APPEND_NEWLINE)


class EndedSessions:
    """The ended sessions whose cookies would otherwise be valid, also those that other processes have ended.

    At most 10,000 are stored per user. Beyond that, all of the user's sessions end; those of others are unaffected.

    Args:
        lifetime: the maximum lifetime of a session in seconds.
        now: returns the time in seconds since 1970.
        folder: stores the ended sessions for all processes; without it, they are lost in a restart.
    """

    def __init__(self, lifetime: float, now: Callable[[], float], folder: StateFolder | None = None) -> None:
        self._lifetime = lifetime
        self._now = now
        self._folder = folder
        self._ended: dict[str, dict[str, float]] = {}
        self._ended_before: dict[str, float] = {}
        self._pending: list[End] = []
        self._write_lock = LoopLock()
        self._thread = Threads('dara-sessions', 1)
        self._lines = self._live = 0
        self._is_damaged = False
        self._count = 0
        self._next_expiry = SLACK
        self._stamp: Stamp = None
        self.refresh()

    def __getitem__(self, user: str) -> Mapping[str, float]:
        """Return the ended sessions of a user with their times."""
        return self._ended.get(user, {})

    def by_user(self) -> dict[str, dict[str, float]]:
        """Return the ended sessions of each user with their times; `*` is all sessions that the user had."""
        ends = {user: {EVERY: at} for user, at in self._ended_before.items()}
        for user, sessions in self._ended.items():
            ends.setdefault(user, {}).update(sessions)
        return ends

    def refresh(self) -> None:
        """Read what other processes have stored since; log an error if that fails."""
        if self._folder is None:
            return
        try:
            stamp = _stamp(self._folder)
            if stamp != self._stamp:
                for end in self._read(self._folder):
                    self._record(end)
            self._stamp = stamp
        except OSError as error:
            logger.error('%s; copied cookies of users who have logged out may be valid again', error)

    def add(self, user: str, session: str) -> None:
        """Record that a session ends now. `store` makes that durable."""
        if len(self[user]) >= MAX_ENDED_PER_USER:
            self._drop_expired()
        now = self._now()
        ends = [End(user, session, now)]
        if len(self[user]) >= MAX_ENDED_PER_USER:
            ends.insert(0, End(user, None, now))
        for end in ends:
            self._record(end)
        if self._folder:
            self._pending += ends
        if self._count > self._next_expiry:
            self._drop_expired()
            self._next_expiry = 2 * self._count + SLACK

    def include(self, user: str, session: str, began: float) -> bool:
        """Return whether the session of that user and beginning was ended."""
        return session in self[user] or began < self._ended_before.get(user, 0)

    async def store(self) -> None:
        """Write the added sessions to disk; log an error if that fails."""
        async with self._write_lock:
            if not self._pending or self._folder is None:
                return
            ends, self._pending = self._pending, []
            try:
                await self._thread.run(self._write, self._folder, ends)
            except OSError as error:
                logger.error('%s; after a restart copied cookies of users who have logged out are valid again', error)

    def _record(self, end: End) -> None:
        if end.session is None:
            self._ended_before[end.user] = max(end.at, self._ended_before.get(end.user, 0))
            self._count -= len(self._ended.pop(end.user, ()))
        elif end.session not in self[end.user]:
            self._ended.setdefault(end.user, {})[end.session] = end.at
            self._count += 1

    def _drop_expired(self) -> None:
        oldest = self._now() - self._lifetime
        kept = {user: {each: at for each, at in ends.items() if at > oldest} for user, ends in self._ended.items()}
        self._ended = {user: ends for user, ends in kept.items() if ends}
        self._ended_before = {user: at for user, at in self._ended_before.items() if at > oldest}
        self._count = sum(map(len, self._ended.values()))

    def _write(self, folder: StateFolder, ends: list[End]) -> None:
        folder.create_folder()
        file = folder.file('ended')
        with folder.locked():
            if self._is_damaged or self._lines > 2 * self._live + SLACK:
                ends = [*self._read(folder), *ends]
                folder.replace(file, b''.join(end.line for end in ends))
                self._lines = self._live = len(ends)
                self._is_damaged = False
                return
            folder.append(file, b''.join(end.line for end in ends))
            self._lines += len(ends)

    def _read(self, folder: StateFolder) -> list[End]:
        """Return the entries of the file that have not expired."""
        try:
            content = folder.file('ended').read_bytes()
        except FileNotFoundError:
            return []
        lines = content.split(b'\n')
        ends = [end for end in map(_parsed, lines) if end]
        torn = sum(bool(line) for line in lines) - len(ends)
        if torn:
            logger.warning('%s: %d lines cannot be read, and are ignored.', folder.file('ended'), torn)
        live = list(_live(ends, self._now() - self._lifetime))
        self._lines, self._live = len(ends), len(live)
        self._is_damaged = bool(torn) or not content.endswith(b'\n')
        return live


def _stamp(folder: StateFolder) -> Stamp:
    try:
        status = folder.file('ended').stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _parsed(line: bytes) -> End | None:
    try:
        match orjson.loads(line):
            case [str(user), str() | None as session, float() | int() as at]:
                return End(user, session, at)
    except ValueError:
        pass  # the server was killed while it wrote the line
    return None


def _live(ends: list[End], oldest: float) -> Iterator[End]:
    """Yield the entries that have not expired, and are not covered by the end of all of a user's sessions."""
    all_before = {end.user: end.at for end in ends if end.session is None}
    for end in ends:
        is_last = all_before.get(end.user, 0) <= end.at
        if end.at > oldest and is_last:
            yield end
