"""The hub: connects the tabs of an app to the records of its stores."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final, TypeGuard, assert_never

from dara.core._calls import UploadCall, waits_for_job
from dara.core._context import Identity, running_for
from dara.core._jobs.jobs import NEED as JOBS_NEED
from dara.core._jobs.jobs import Jobs
from dara.core._limits import Limits
from dara.core._metrics import METRICS
from dara.core._shared_folder import SharedFolder
from dara.core._sync.calls import Calls
from dara.core._sync.capabilities import Capabilities
from dara.core._sync.channel import Channels
from dara.core._sync.connection import Connection
from dara.core._sync.edits import Edits
from dara.core._sync.presence import Presence
from dara.core._sync.protocol import encode
from dara.core._sync.protocol.messages import (
    Ack,
    Attend,
    CallMessage,
    Cancel,
    ClientMessage,
    EditMessage,
    Hello,
    Leave,
    Ping,
    PresenceMessage,
    ProtocolError,
    Release,
    Subscribe,
    Unsubscribe,
    Visit,
)
from dara.core._sync.subscriptions import Subscriptions
from dara.core._sync.tasks import Tasks
from dara.core._sync.uploads import NEED as UPLOADS_NEED
from dara.core._threads import RESERVED, THREADS, Threads
from dara.core._tree import Tree
from dara.core._types import Types
from dara.core.errors import WrongVersion
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.default_backend import DefaultBackend
from dara.core.persistence.record import Record
from dara.core.persistence.records import OPEN_BACKENDS
from dara.core.server_variable import ServerVariable

if TYPE_CHECKING:
    from dara.core._sync.presence_exchange import PresenceExchange
    from dara.core.persistence.shared import SharedBackend

logger = logging.getLogger('dara')

MAINTENANCE_SECONDS: Final = 5
RECHECK_SECONDS: Final = 40  # a recheck takes some seconds, and a lost right is to end within a minute
BYE_SECONDS: Final = 2
DRAIN_SECONDS: Final = 4


class Hub:
    """The connections of all tabs of one app, and the handlers of their messages.

    Args:
        pages: the tree of the app's pages.
        build: the version of the app and its client; a tab of another build reloads.
        guests: whether users are guests, whose ids change when the server restarts.
        secret: the key of the ids by which users know each other; the same on all servers of the app.
        types: the conversions of values for the functions of the app.
        threads: run the sync functions of the app.
        default: the default backend of the app.
        folder: the folder that the servers of the app share.
        jobs: run functions of the app in processes of their own.
        shows_traces: send tabs what the log says of a failure, for developers.
    """

    def __init__(
        self,
        pages: Tree,
        build: str,
        limits: Limits,
        *,
        guests: bool,
        secret: bytes | None = None,
        types: Types | None = None,
        threads: Threads | None = None,
        default: DefaultBackend | None = None,
        folder: SharedFolder | None = None,
        jobs: Jobs | None = None,
        shows_traces: bool = False,
    ) -> None:
        self._build = build
        self.limits = limits
        self._capabilities = Capabilities(pages, default or DefaultBackend(None))
        channels = Channels(guests)
        self._presence = Presence(channels, secret or secrets.token_bytes(16))
        self._exchange: PresenceExchange | None = None
        self._subscriptions = Subscriptions(channels, self._capabilities, self._presence)
        self._edits = Edits(self._subscriptions, limits)
        threads = threads or Threads('dara-app', THREADS, RESERVED)
        self._pages = pages
        self._folder = folder or SharedFolder('')
        self._of_users: dict[str, ServerVariable[Any]] = {}  # by the uid of the variable with their versions
        self._tasks = Tasks('The loss of a value could not be announced')
        self.jobs = jobs or Jobs()
        self.calls = Calls(
            self._capabilities, types or Types(), threads, self._folder, self.jobs, shows_traces=shows_traces
        )
        self._connections: dict[str, Connection] = {}  # by the id of the tab
        self._maintenance: asyncio.Task[None] | None = None
        self._is_opening = self._is_draining = False

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Open every store, and drain the hub at the end. Without this, the first page opens the stores it needs.

        Raises:
            DaraError: a store cannot be read, or two stores contradict each other.
        """
        self._is_opening = True
        await self.open_stores()
        OPEN_BACKENDS.follow()
        await self._join_other_servers()
        self._is_opening = False
        try:
            yield
        finally:
            await self.drain()
            self._tasks.cancel()
            if self._exchange:
                self._exchange.stop()
            if self._maintenance:
                self._maintenance.cancel()
            self._subscriptions.close()

    @contextlib.asynccontextmanager
    async def backends(self) -> AsyncIterator[None]:
        """Use the backends of the pages, and close them at the end, when no code of the app uses them any more.

        Raises:
            DaraError: another server has values that servers cannot share; or stores contradict each other.
        """
        try:
            await self._capabilities.claim()
            yield
        finally:
            await self._capabilities.close_backends()

    async def open_stores(self) -> None:
        """Read the values that all users share.

        A value of another version of the app, which cannot be migrated, is no reason not to serve the others.

        Raises:
            DaraError: a store cannot be read, or two stores contradict each other.
        """
        self._capabilities.use_all()
        in_memory = [each for each in self._pages.variables.values() if _is_in_memory(each)]
        for variable in in_memory:
            if variable._version is not None:
                self._folder.need(f'the value of {variable!r}')
        if any(isinstance(call, UploadCall) for call in self._pages.calls.values()):
            self._folder.need(UPLOADS_NEED)
        if any(map(waits_for_job, self._pages.calls.values())):
            self._folder.need(JOBS_NEED)
        for store in self._capabilities.page_stores:
            if not store.is_personal and store.room_variable is None:
                try:
                    await store.open()
                except WrongVersion as error:
                    logger.error('%s', error)
        for variable in in_memory:
            await variable._start()
            if variable._version is not None and variable.scope == 'user':
                self._of_users[variable._version.uid] = variable
        self._warn_of_shared_values()

    async def _announce_loss(self, connection: Connection, variable: ServerVariable[Any]) -> None:
        with running_for(connection.identity):
            await variable._announce_loss()

    async def _join_other_servers(self) -> None:
        """Exchange presence with the other servers of the app, through the first backend that all of them share."""
        backend = self.shared_backend
        if backend:
            from dara.core._sync.presence_exchange import PresenceExchange  # loaded when used

            self._exchange = PresenceExchange(self._presence, backend)
            await self._exchange.start()

    def _warn_of_shared_values(self) -> None:
        """Warn of two stores that show one value, unless both have one backend object, which says that it is meant."""
        shared: dict[Record, BoundStore] = {}
        for store in self._capabilities.page_stores:
            if store.is_personal or store.room_variable is not None or store.core.is_private_memory:
                continue
            other = shared.setdefault(store.record, store)
            if other.core.backend is not store.core.backend:
                logger.warning(
                    '%s and %s show one value, for both keep it in %s. Let them keep it in different places, or give '
                    'both one backend object if that is meant.',
                    other,
                    store,
                    store.core.backend.describe(),
                )

    async def drain(self) -> None:
        """Close all connections, and wait for the commits that have begun. Requests may still make others."""
        self._is_draining = True
        connections = list(self._connections.values())
        for connection in connections:
            connection.close('drain', retry_ms=200)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BYE_SECONDS):
                for connection in connections:
                    await connection.wait_closed()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                for records in self._capabilities.records():
                    await records.finish()
        except TimeoutError:
            logger.error('A backend has not answered for %s s; writes that wait for it are given up.', DRAIN_SECONDS)

    @property
    def shared_backend(self) -> SharedBackend | None:
        """The backend through which this server is connected with the other servers of the app, if it has one."""
        return self._capabilities.shared_backend

    @property
    def connections(self) -> int:
        """The number of connected tabs."""
        return len(self._connections)

    @property
    def records(self) -> int:
        """The number of records in memory."""
        return sum(map(len, self._capabilities.records()))

    @property
    def obstacles(self) -> list[str]:
        """The reasons for which the app cannot be used now: `opening` or `stopping`."""
        states = {'opening': self._is_opening, 'stopping': self._is_draining}
        return [reason for reason, is_so in states.items() if is_so]

    @property
    def failing_backends(self) -> list[dict[str, Any]]:
        """The kinds of the backends whose last calls have failed, each with the kinds of these calls."""
        backends = [records.backend for records in self._capabilities.records()]
        failing = ((backend, backend._dara_bulkhead.failing) for backend in backends)
        return [{'backend': each._kind, 'operations': operations} for each, operations in failing if operations]

    def connect(self, hello: Hello, identity: Identity) -> Connection:
        """Return a new connection of a tab; an older connection of the tab ends.

        Raises:
            ProtocolError: the server is going down, or the tab belongs to another user.
        """
        if self._is_draining:
            raise ProtocolError('the server is going down')
        older = self._connections.get(hello.client)
        if older:
            if older.identity.user.identity_id != identity.user.identity_id:
                raise ProtocolError('this tab belongs to another user')
            self.disconnect(older)
            older.close('protocol')
        if self._maintenance is None or self._maintenance.done():
            self._maintenance = asyncio.create_task(self._maintain())
        connection = Connection(hello.client, identity, self.limits, self._subscriptions.resync)
        self._connections[hello.client] = connection
        METRICS.connections.change(1)
        person = self._presence.person(identity.user)
        connection.send(encode.welcome(self._build, identity.user, person, self.limits))
        return connection

    def log_out(self, session_id: str) -> None:
        """Close all connections of a session that has ended."""
        for connection in list(self._connections.values()):
            if connection.identity.session_id == session_id:
                self._presence.leave(connection)
                self.disconnect(connection)
                connection.close('auth')

    def disconnect(self, connection: Connection) -> None:
        """End a connection; its edits and actions go on to their end."""
        connection.is_disconnected = True
        self._presence.disconnect(connection)
        self._subscriptions.disconnect(connection)
        self.calls.disconnect(connection)
        if self._connections.get(connection.client) is connection:
            del self._connections[connection.client]
            METRICS.connections.change(-1)

    def receive(self, connection: Connection, message: ClientMessage) -> None:  # noqa: C901  # a case for each message
        """Handle a message; answers are queued, now or later.

        Raises:
            ProtocolError: the message is not allowed here.
        """
        match message:
            case EditMessage():
                self._edits.receive(connection, message)
            case Ack():
                connection.acknowledge(message.frames)
            case Ping():
                connection.send(encode.pong(message.i))
            case Subscribe():
                self._subscriptions.subscribe(connection, message)
                if message.store in self._of_users:
                    self._tasks.start(self._announce_loss(connection, self._of_users[message.store]))
            case Unsubscribe():
                if message.subscription in connection.subscriptions:
                    self._subscriptions.unsubscribe(connection.subscriptions[message.subscription])
            case PresenceMessage() | Visit() | Attend() | Leave():
                self._presence.receive(connection, message)
            case CallMessage():
                self.calls.start(connection, message)
            case Release():
                self.calls.release(connection, message.slot)
            case Cancel():
                self.calls.cancel(connection, message.id)
            case Hello():
                raise ProtocolError('a second hello')
            case _:
                assert_never(message)

    async def _maintain(self) -> None:
        """Close stuck connections, recheck rights, and evict idle records and downloads, every few seconds."""
        rechecked = time.monotonic()
        while True:
            await asyncio.sleep(MAINTENANCE_SECONDS)
            now = time.monotonic()
            for connection in list(self._connections.values()):
                if connection.is_stuck(now):
                    connection.abort()
            try:
                if now - rechecked >= RECHECK_SECONDS:
                    rechecked = now
                    self._subscriptions.recheck()
                self._capabilities.evict_idle()
                await self.calls.downloads.expire()
                self.calls.large_results.expire()
            except Exception:  # the next round has to come
                logger.exception('The maintenance of the hub failed')


def _is_in_memory(variable: object) -> TypeGuard[ServerVariable[Any]]:
    return isinstance(variable, ServerVariable) and variable._is_in_memory
