"""Servers under proof: each is the real hub behind the real socket endpoint, and runs only when it is told to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import orjson
from pydantic import AfterValidator

from dara.core import Variable
from dara.core._context import UserData
from dara.core._json import Json, fresh
from dara.core._limits import DEFAULT_LIMITS, Limits
from dara.core._server.sessions import LoginSession, Sessions
from dara.core._server.socket import SocketEndpoint
from dara.core._sync.hub import Hub
from dara.core._tree import Tree
from dara.core.auth import DefaultAuthConfig
from dara.core.persistence import BackendStore
from dara.core.persistence.record import Record
from dara.core.persistence.stores import bound
from tests.proof.disk import DiskBackend
from tests.proof.lines import Line

STORE: Final = 'doc'
KEY: Final = 'global'
REFUSED: Final = '\N{SKULL AND CROSSBONES}'
"""A character that the store's type refuses, wherever it stands."""
LIMITS: Final = replace(DEFAULT_LIMITS, edit_ops=4, outbox_changes=3, unacknowledged_frames=8)


def _takes(value: Any) -> Any:
    if REFUSED in orjson.dumps(value).decode():
        raise ValueError('there is no place for that')
    return value


class Server:
    """One run of the server's process, from its start until it is killed."""

    def __init__(self, backend: DiskBackend, default: Json, access: Access, limits: Limits) -> None:
        self.backend = backend
        self.store = BackendStore(
            self.backend,
            uid=STORE,
            type=Annotated[Any, AfterValidator(_takes)],
            can_read=access.ask_read,
            can_write=access.ask_write,
        )
        tree = Tree()
        tree.add(Variable(default=fresh(default), store=self.store, uid='it'))
        self.hub = Hub(tree, 'build', limits, guests=True)
        sessions = Sessions(DefaultAuthConfig(), 'no secret at all', self.hub.log_out)
        self.endpoint = SocketEndpoint(self.hub, sessions)
        self._sessions = sessions

    @property
    def record(self) -> Record:
        return bound(self.store).record

    async def serve(self, line: Line) -> None:
        login: LoginSession = self._sessions.begin(UserData('ann', 'Ann'))
        await self.endpoint({'type': 'websocket', 'headers': [], 'dara.session': login}, line.receive, line.send)


@dataclass
class Access:
    """The rights of everybody."""

    may_read: bool = True
    may_write: bool = True

    async def ask_read(self, _: UserData) -> bool:
        return self.may_read

    async def ask_write(self, _: UserData) -> bool:
        return self.may_write


class InstantLoop(asyncio.SelectorEventLoop):
    """An event loop whose threads are done at once, so that an example runs the same way each time."""

    def run_in_executor(self, executor: Any, function: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        done = self.create_future()
        try:
            done.set_result(function(*arguments))
        except Exception as error:
            done.set_exception(error)
        return done


class Complaints(logging.Handler):
    """A handler that keeps the log messages about faults of the server or of a tab."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        if record.exc_info or 'broke the protocol' in told:
            self.said.append(told if not record.exc_info else f'{told}: {record.exc_info[1]!r}')
