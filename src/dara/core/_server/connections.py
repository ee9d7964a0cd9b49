"""Limits of HTTP connections: their number, and the time in which each has to send and receive."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

try:
    import resource
except ImportError:  # Windows: sockets are not files there
    resource = None  # type: ignore[assignment]

MAX_FILES: Final = 65_536
MAX_CONNECTIONS: Final = 50_000
HEADER_SECONDS: Final = 10
BODY_SECONDS: Final = 30
BODY_BYTES_PER_SECOND: Final = 1024
UNREAD_SECONDS: Final = 60
LAST_SECONDS: Final = 0.5
"""The time that a new connection has for its request when the server stops: it may be on its way."""
logger = logging.getLogger('dara')


def max_connections() -> int:
    """Raise the process's limit of open files as far as allowed; return the number of connections that fit into it.

    A share of the files is reserved for the app, so that its data can be stored at any number of connections.
    """
    if resource is None:
        return MAX_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(MAX_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError) as error:
            logger.warning('The limit of open files cannot be raised from %s: %s', soft, error)
    files = MAX_FILES if soft == resource.RLIM_INFINITY else soft
    reserved = min(max(64, files // 8), files // 2)
    return min(MAX_CONNECTIONS, files - reserved)


class Connections:
    """The connections of one server.

    Beyond the limit, a new connection replaces the oldest idle one. Without an idle one, the new connection is closed.

    Args:
        limit: the maximum number of connections, including websockets.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._idle: dict[Connection, None] = {}  # the oldest first

    def add(self, connection: Connection, count: int) -> None:
        """Add a new connection; `count` includes it."""
        if count > self._limit:
            closed = next(iter(self._idle), connection)
            self._idle.pop(closed, None)
            closed.transport.abort()
            logger.warning('There are %s connections, more than the limit; one without a request was closed', count)
            if closed is connection:
                return
        self._idle[connection] = None

    def set_idle(self, connection: Connection) -> None:
        """Note that the connection has no request under way."""
        self._idle[connection] = None

    def set_busy(self, connection: Connection) -> None:
        """Note that the connection has a request under way, or is closed."""
        self._idle.pop(connection, None)


class Connection(HttpToolsProtocol):
    """An HTTP connection that is aborted if its peer takes too long to send a request or to receive a response."""

    def __init__(self, *arguments: Any, connections: Connections, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._all = connections
        self._receive_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._body_began: float | None = None
        self._body_bytes = 0
        self._is_last = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._all.add(self, len(self.connections))
        self._expect(HEADER_SECONDS)

    def connection_lost(self, error: Exception | None) -> None:
        self._all.set_busy(self)
        self._expect(None)
        self.resume_writing()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._receive_timer is None and self._is_idle:  # a second request begins
            self._expect(HEADER_SECONDS)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._all.set_busy(self)
        self._body_began, self._body_bytes = self.loop.time(), 0
        self._expect(BODY_SECONDS)
        super().on_headers_complete()
        if self._is_last and self.cycle is not None:
            self.cycle.keep_alive = False

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
            self._all.set_idle(self)

    def shutdown(self) -> None:
        """End with the request under way. uvicorn cuts a connection whose request it has not read yet."""
        if self.cycle is None and not self.transport.is_closing():
            self._is_last = True
            self._expect(LAST_SECONDS)
        else:
            super().shutdown()

    def handle_websocket_upgrade(self) -> None:
        if self._is_last:
            self.transport.abort()  # the tab connects to another worker
            return
        self._all.set_busy(self)
        self._expect(None)
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # it refers to this object, which nothing else needs any more

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._send_timer is None:
            self._send_timer = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None
        if self.flow is not None:
            super().resume_writing()

    @property
    def _is_idle(self) -> bool:
        """True if no request is under way."""
        return self.cycle is None or (self.cycle.response_complete and self._body_began is None)

    def _expect(self, seconds: float | None) -> None:
        """Give the peer that many seconds for its next step; `None` if none is due."""
        if self._receive_timer is not None:
            self._receive_timer.cancel()
        self._receive_timer = None if seconds is None else self.loop.call_later(seconds, self._check_progress)

    def _check_progress(self) -> None:
        self._receive_timer = None
        if self._body_began is None:
            self.transport.abort()
            return
        allowed = BODY_SECONDS + self._body_bytes / BODY_BYTES_PER_SECOND
        elapsed = self.loop.time() - self._body_began
        if elapsed < allowed or self.flow.read_paused:  # the peer cannot send while reading is paused
            self._expect(max(1.0, allowed - elapsed))
        else:
            self.transport.abort()
