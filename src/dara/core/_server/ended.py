"""Which login sessions were ended before their time: in memory, and in a file, so that a restart does not forget it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from dara.core._server.state import StateFolder
from dara.core._threads import Threads
from dara.core.persistence.backend import LoopLock

ENDED_AT_MOST: Final = 10_000
SLACK: Final = 1000
logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True)
class End:
    """A session that ended, at a time in seconds since 1970; all that the user had then, if there is no `session`."""

    user: str
    session: str | None
    at: float

    @property
    def line(self) -> bytes:
        return orjson.dumps([self.user, self.session, self.at], option=orjson.OPT_APPEND_NEWLINE)


class EndedSessions:
    """Remembers each ended session for as long as its cookie could be good.

    Of one user at most 10,000, so that nobody makes it forget what somebody else has ended: past that all sessions
    that the user has are over.

    Args:
        lifetime: how long a session lasts at most, in seconds.
        now: the time in seconds since 1970.
        folder: where the file is; without one, a restart forgets them.
    """

    def __init__(self, lifetime: float, now: Callable[[], float], folder: StateFolder | None = None) -> None:
        self._lifetime = lifetime
        self._now = now
        self._folder = folder
        self._ended: dict[str, dict[str, float]] = {}
        self._ended_before: dict[str, float] = {}
        self._unwritten: list[End] = []
        self._writing = LoopLock()
        self._thread = Threads('dara-sessions', 1)
        self._lines = self._live = 0
        self._is_damaged = False
        self._count = 0
        self._next_look = SLACK
        for end in self._load():
            self._take(end)

    def __getitem__(self, user: str) -> Mapping[str, float]:
        """Return when which sessions of a user ended."""
        return self._ended.get(user, {})

    def add(self, user: str, session: str) -> None:
        """Remember that a session ended now; `store` makes it last."""
        if len(self[user]) >= ENDED_AT_MOST:
            self._forget_expired()
        now = self._now()
        ends = [End(user, session, now)]
        if len(self[user]) >= ENDED_AT_MOST:
            ends.insert(0, End(user, None, now))
        for end in ends:
            self._take(end)
        if self._folder:
            self._unwritten += ends
        if self._count > self._next_look:
            self._forget_expired()
            self._next_look = 2 * self._count + SLACK

    def include(self, user: str, session: str, began: float) -> bool:
        """Whether the user's session, which began at that time, has ended."""
        return session in self[user] or began < self._ended_before.get(user, 0)

    async def store(self) -> None:
        """Return when what was added is on the disk, or when the log says that it cannot be written."""
        async with self._writing:
            if not self._unwritten or self._folder is None:
                return
            ends, self._unwritten = self._unwritten, []
            try:
                await self._thread.run(self._write, self._folder, ends)
            except OSError as error:
                logger.error('%s; after a restart a copied cookie of who has logged out would be good again.', error)

    def _take(self, end: End) -> None:
        if end.session is None:
            self._ended_before[end.user] = max(end.at, self._ended_before.get(end.user, 0))
            self._count -= len(self._ended.pop(end.user, ()))
        else:
            self._ended.setdefault(end.user, {})[end.session] = end.at
            self._count += 1

    def _forget_expired(self) -> None:
        oldest = self._now() - self._lifetime
        kept = {user: {each: at for each, at in ends.items() if at > oldest} for user, ends in self._ended.items()}
        self._ended = {user: ends for user, ends in kept.items() if ends}
        self._ended_before = {user: at for user, at in self._ended_before.items() if at > oldest}
        self._count = sum(map(len, self._ended.values()))

    def _load(self) -> Iterable[End]:
        if self._folder is None:
            return []
        try:
            return self._read(self._folder)
        except OSError as error:
            logger.error('%s; a copied cookie of who has logged out may be good again.', error)
            return []

    def _write(self, folder: StateFolder, ends: list[End]) -> None:
        folder.make()
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
        """Return what still counts in the file."""
        try:
            content = folder.file('ended').read_bytes()
        except FileNotFoundError:
            return []
        lines = content.split(b'\n')
        ends = [end for end in map(_parsed, lines) if end]
        torn = sum(bool(line) for line in lines) - len(ends)
        if torn:
            logger.warning('%s: %d lines cannot be read, and are left out.', folder.file('ended'), torn)
        live = list(_live(ends, self._now() - self._lifetime))
        self._lines, self._live = len(ends), len(live)
        self._is_damaged = bool(torn) or not content.endswith(b'\n')
        return live


def _parsed(line: bytes) -> End | None:
    try:
        match orjson.loads(line):
            case [str(user), str() | None as session, float() | int() as at]:
                return End(user, session, at)
    except ValueError:
        pass  # the server was killed while it wrote the line
    return None


def _live(ends: list[End], oldest: float) -> Iterator[End]:
    """Yield those that still matter."""
    all_before = {end.user: end.at for end in ends if end.session is None}
    for end in ends:
        is_last = all_before.get(end.user, 0) <= end.at
        if end.at > oldest and is_last:
            yield end
