"""How many connections are held, and how long each may keep the server waiting."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

try:
    import resource
except ImportError:  # Windows, where sockets are no files
    resource = None  # type: ignore[assignment]

FILES: Final = 65_536
CONNECTIONS: Final = 50_000
HEADER_SECONDS: Final = 10
BODY_SECONDS: Final = 30
BODY_BYTES_PER_SECOND: Final = 1024
UNREAD_SECONDS: Final = 60
logger = logging.getLogger('dara')


def room_for_connections() -> int:
    """Let the process open as many files as it may; return how many of them may be connections.

    The rest is for the app: its data has to be stored however many connections there are.
    """
    if resource is None:
        return CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError) as error:
            logger.warning('The limit of open files stays at %s: %s', soft, error)
    files = FILES if soft == resource.RLIM_INFINITY else soft
    kept = min(max(64, files // 8), files // 2)
    return min(CONNECTIONS, files - kept)


class Connections:
    """The connections of one server.

    One more than there is room for takes the place of the oldest that has no request under way; without one, it is
    refused itself.

    Args:
        at_most: how many there may be, websockets and all.
    """

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._waiting: dict[Connection, None] = {}  # those without a request, the oldest first

    def came(self, connection: Connection, present: int) -> None:
        """Take a new connection, which is one of so many."""
        if present > self._at_most:
            given_up = next(iter(self._waiting), connection)
            self._waiting.pop(given_up, None)
            given_up.transport.abort()
            logger.warning('There are %s connections, and no room for more; one without a request was closed', present)
            if given_up is connection:
                return
        self._waiting[connection] = None

    def waits(self, connection: Connection) -> None:
        """It has no request under way."""
        self._waiting[connection] = None

    def asks(self, connection: Connection) -> None:
        """It has one, or is no more."""
        self._waiting.pop(connection, None)


class Connection(HttpToolsProtocol):
    """An HTTP connection that has to say what it wants, and take what it is given, in time."""

    def __init__(self, *arguments: Any, connections: Connections, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._all = connections
        self._due: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._body_began: float | None = None
        self._body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._all.came(self, len(self.connections))
        self._expect(HEADER_SECONDS)

    def connection_lost(self, error: Exception | None) -> None:
        self._all.asks(self)
        self._expect(None)
        self.resume_writing()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._due is None and self._is_idle:  # a second request begins
            self._expect(HEADER_SECONDS)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._all.asks(self)
        self._body_began, self._body_bytes = self.loop.time(), 0
        self._expect(BODY_SECONDS)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._body_began = None
        self._expect(None)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_idle and not self.transport.is_closing():
            self._all.waits(self)

    def handle_websocket_upgrade(self) -> None:
        self._all.asks(self)
        self._expect(None)
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        if self.flow is not None:
            super().resume_writing()

    @property
    def _is_idle(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or (self.cycle.response_complete and self._body_began is None)

    def _expect(self, seconds: float | None) -> None:
        """Give the other side so long for the next step; `None`: it has nothing to do."""
        if self._due is not None:
            self._due.cancel()
        self._due = None if seconds is None else self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._due = None
        if self._body_began is None:
            self.transport.abort()
            return
        allowed = BODY_SECONDS + self._body_bytes / BODY_BYTES_PER_SECOND
        taken = self.loop.time() - self._body_began
        if taken < allowed or self.flow.read_paused:  # where we do not read on, it cannot send on
            self._expect(max(1.0, allowed - taken))
        else:
            self.transport.abort()
