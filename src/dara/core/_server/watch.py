"""The watch over the sessions of open sockets: it closes the sockets of those that expire or are revoked."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dara.core._outages import OUTAGES
from dara.core._server.identity import CREDENTIAL
from dara.core._server.sessions import LoginSession, Sessions
from dara.core._sync.connection import Connection
from dara.core._sync.hub import Hub
from dara.core._sync.tasks import Tasks

TICK_SECONDS: Final = 1
BYE_SECONDS: Final = 5
REVOKED_SECONDS: Final = 40  # credentials are cached for 20 s, and a lost one is to end the socket within a minute


@dataclass(slots=True)
class _Watched:
    """The session of a socket, the next time at which its credential is checked, and the end of following it."""

    login: LoginSession
    check_at: float
    unfollow: Callable[[], None]


class Watch:
    """The sessions of all open sockets, in one task."""

    def __init__(self, hub: Hub, sessions: Sessions) -> None:
        self._hub = hub
        self._sessions = sessions
        self._watched: dict[Connection, _Watched] = {}
        self._task: asyncio.Task[None] | None = None
        self._checks = Tasks('A credential could not be checked')

    def add(self, connection: Connection, login: LoginSession) -> None:
        """Watch the session of a connection until `remove`."""
        self._watched[connection] = _Watched(login, _next_check(), self._sessions.follow(login))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def remove(self, connection: Connection) -> None:
        """End the watch for a connection."""
        self._watched.pop(connection).unfollow()
        if not self._watched and self._task:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            self._sessions.refresh_here()
            for connection, watched in list(self._watched.items()):
                if self._sessions.seconds_left(watched.login) <= 0:
                    self._expire(connection)
                elif self._sessions.is_over(watched.login):
                    self._hub.log_out(watched.login.identity.session_id)
                elif watched.check_at <= now:
                    watched.check_at = _next_check()
                    self._checks.start(self._check(connection, watched.login))

    def _expire(self, connection: Connection) -> None:
        """Close a connection; its tab reconnects at once, and stays if its browser has a newer cookie."""
        if not connection.is_closing:
            connection.close('expired')
            asyncio.get_running_loop().call_later(BYE_SECONDS, connection.abort)

    async def _check(self, connection: Connection, login: LoginSession) -> None:
        """Close the sockets of a session whose user has lost or changed their credential.

        If the credential cannot be checked, close this socket: its tab reconnects until it can.
        """
        user = login.identity.user.identity_id
        try:
            is_revoked = await self._sessions.call_auth(self._sessions.is_revoked, login)
        except Exception as error:  # of the app's auth config
            OUTAGES.failed(CREDENTIAL, user, error)
            connection.close('unsure')
            return
        OUTAGES.worked(CREDENTIAL, user)
        if is_revoked:
            self._hub.log_out(login.identity.session_id)


def _next_check() -> float:
    return time.monotonic() + REVOKED_SECONDS * (1 + random.random()) / 2  # noqa: S311  # spreads the checks
