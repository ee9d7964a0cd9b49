"""The messages about jobs between the servers of an app."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

from dara.core._jobs.common import Caller
from dara.core._jobs.messages import Outcome, Progress
from dara.core._json import Json
from dara.core._server.job_entries import Entry

ASK_SECONDS: Final = 1
SILENT_SECONDS: Final = 6
"""The time without an answer after which a server has ended."""
PAUSE_SECONDS: Final = 0.1
"""The pause between two messages about the progress of a job."""
ABSENCE_SECONDS: Final = 30
"""The time for which a job goes on for a server that does not ask for it any more."""
MESSAGE_CHARACTERS: Final = 500
MAX_SESSIONS: Final = 40


@dataclass(eq=False)
class Running:
    """A job of this server, with those who wait for it.

    Attributes:
        callers: the code of this server that waits, with the hash of the session for which it does.
        followers: the other servers on which somebody waits, each with the time when that expires.
        task: runs the job.
        end: the word for its end, once it has ended.
    """

    entry: Entry
    callers: list[tuple[str, Caller]] = field(default_factory=list)
    followers: dict[str, float] = field(default_factory=dict)
    progress: Progress = field(default_factory=lambda: Progress(0, ''))
    task: asyncio.Task[Outcome] | None = None
    end: str | None = None
    is_telling: bool = False

    @property
    def is_wanted(self) -> bool:
        """True while somebody waits for it."""
        now = time.monotonic()
        return bool(self.callers) or any(until > now for until in self.followers.values())

    def add(self, session: str, caller: Caller) -> None:
        """Let a caller of this server see the progress."""
        self.callers.append((session, caller))
        self._show(session, caller)

    def remove(self, caller: Caller) -> None:
        """Forget a caller that waits no more."""
        self.callers = [each for each in self.callers if each[1] is not caller]

    def note_follower(self, server: str, sessions: Collection[str]) -> None:
        """Note that tabs of these sessions wait on another server."""
        self.followers[server] = time.monotonic() + ABSENCE_SECONDS
        for _, caller in self.callers:
            caller.drop_absent(sessions)

    def report(self, progress: Progress) -> None:
        """Show the progress to the callers."""
        self.progress = progress
        for session, caller in self.callers:
            self._show(session, caller)

    def _show(self, session: str, caller: Caller) -> None:
        if not self.progress.reads_user or session == self.entry.session:
            caller.report(self.progress)

    def state(self) -> list[Json]:
        """Return what others may hear of it."""
        progress = self.progress
        for_whom = self.entry.session if progress.reads_user else ''
        message = progress.message[:MESSAGE_CHARACTERS]
        return [
            progress.percent,
            message,
            progress.seconds,
            for_whom,
            sessions_of(caller for _, caller in self.callers),
        ]


@dataclass(eq=False)
class Followed:
    """A job of another server, as this one sees it.

    Attributes:
        session: the hash of the session for which its result is wanted here.
        end: the word for its end, once it has ended.
    """

    entry: Entry
    session: str
    caller: Caller | None = None
    end: str | None = None
    heard_at: float = field(default_factory=time.monotonic)
    is_heard: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_silent(self) -> bool:
        return time.monotonic() - self.heard_at > SILENT_SECONDS

    def note_state(
        self, percent: float, message: str, seconds: float, for_whom: str, sessions: Collection[str]
    ) -> None:
        """Show the progress."""
        self._note()
        if self.caller and for_whom in ('', self.session):
            self.caller.report(Progress(percent, message, seconds, reads_user=bool(for_whom)))
        self.drop_absent(sessions)

    def note_end(self, end: str) -> None:
        """Note that it has ended."""
        self.end = end
        self._note()

    def excuse(self) -> None:
        """Count no silence until now: the question could not be sent."""
        self.heard_at = time.monotonic()

    def drop_absent(self, sessions: Collection[str]) -> None:
        """Let no tab wait here that waits elsewhere."""
        if self.caller:
            self.caller.drop_absent(sessions)

    def _note(self) -> None:
        self.heard_at, self.is_heard = time.monotonic(), True
        self.news.set()

    async def wait(self) -> None:
        """Wait for its end, but not for long."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                while self.end is None:
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            pass


def sessions_of(callers: Iterable[Caller]) -> list[Json]:
    """Return the hashes of the sessions whose tabs wait, as many as fit into a message."""
    return [*sorted({session for each in callers for session in each.sessions})[:MAX_SESSIONS]]
