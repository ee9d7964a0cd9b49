"""The hub: connections x records. Subscribes, hands on edits and calls, fans out changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from functools import partial
from itertools import islice
from typing import Any, Final, assert_never

import orjson

from dara.core._context import Identity, UserData
from dara.core._edits import parse_ops
from dara.core._limits import Limits
from dara.core._outages import OUTAGES
from dara.core._sync import protocol
from dara.core._sync.calls import Calls, shown_to
from dara.core._sync.channel import Channels, Subscription
from dara.core._sync.connection import Connection
from dara.core._sync.presence import Presence
from dara.core._sync.protocol import (
    Ack,
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
    SubscriptionId,
    Unsubscribe,
    Visit,
)
from dara.core._sync.rights import Rechecks, Rights, right_to_write, rights_in
from dara.core._tree import Tree
from dara.core.errors import CheckFailed, DaraError, Forbidden, InvalidEdit, NotJson
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.edit import Committed, Edit, Failed, Outcome, OutOfOrder, OutOfStep, Rejected
from dara.core.persistence.record import Record
from dara.core.persistence.records import Records
from dara.core.persistence.scope import MAX_KEY
from dara.core.persistence.volatile import Seen

logger = logging.getLogger('dara')

RETRY_MS: Final = 1000
RETRY_DOUBLINGS: Final = 4
ENVELOPE_BYTES: Final = 64
WATCH_SECONDS: Final = 5
SUBSCRIBES_AT_ONCE: Final = 16
RECHECK_SECONDS: Final = 40  # so that all are answered within a minute
FAREWELL_SECONDS: Final = 2
DRAIN_SECONDS: Final = 4
_NO_KEY: Final = ('forbidden', f'There is no such place: its name has more than {MAX_KEY} characters, or odd ones.')


class Hub:
    """Connects the tabs of one app to the records of its stores.

    Args:
        shown: what the app's pages consist of. A tab can use what they refer to, and what was made for it.
        build: what tells this version of the app from another.
        guests: whether users may have other names after a restart, though their tabs are the same.
    """

    def __init__(self, shown: Tree, build: str, limits: Limits, *, guests: bool) -> None:
        self._shown = shown
        self._build = build
        self.limits = limits
        self.calls = Calls(shown)
        self._channels = Channels(guests)
        self.presence = Presence(self._channels)
        self._rechecks = Rechecks(self._apply)
        self._connections: dict[str, Connection] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._is_draining = False

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Open every store, and say goodbye at the end. Where nobody runs this, the first page does what is needed.

        Raises:
            DaraError: a store cannot be read, or two do not fit together.
        """
        await self.open_stores()
        try:
            yield
        finally:
            await self.drain()
            if self._watching:
                self._watching.cancel()
            self._rechecks.close()

    async def open_stores(self) -> None:
        """Read every value that everybody shares and that was not read yet.

        Raises:
            DaraError: a store cannot be read, or two do not fit together.
        """
        for store in self._static_stores():
            store.core.open_records()
            if not store.is_personal and store.room_variable is None:
                await store.open()
        self._warn_of_mirrors()

    def _warn_of_mirrors(self) -> None:
        """Two backends that are one hold one value: wanted where both stores were given one object, else a surprise."""
        shared: dict[Record, BoundStore] = {}
        for store in self._static_stores():
            if store.is_personal or store.room_variable is not None or store.core.is_private_memory:
                continue
            other = shared.setdefault(store.record, store)
            if other.core.backend is not store.core.backend:
                logger.warning(
                    '%s and %s show one value, for both keep it in %s. Give each a place of its own, or one '
                    'backend object to both if that is meant.',
                    other,
                    store,
                    store.core.backend.describe(),
                )

    async def drain(self) -> None:
        """Say goodbye to every tab, and finish what is being committed."""
        self._is_draining = True
        connections = list(self._connections.values())
        for connection in connections:
            connection.close('drain', retry_ms=200)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                for connection in connections:
                    await connection.wait_closed()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                for records in self._records():
                    await records.idle()
        except TimeoutError:
            logger.error('A backend has not answered for %s s; what waits for it is given up.', DRAIN_SECONDS)

    @property
    def connections(self) -> int:
        """How many tabs are connected."""
        return len(self._connections)

    @property
    def records(self) -> int:
        """How many records are in memory."""
        return sum(map(len, self._records()))

    def connect(self, hello: Hello, identity: Identity) -> Connection:
        """Start a connection of that user; a socket that the same tab left behind ends.

        Raises:
            ProtocolError: the server is going down.
        """
        if self._is_draining:
            raise ProtocolError('the server is going down')
        left_behind = self._connections.get(hello.client)
        if left_behind:
            if left_behind.identity.user.identity_id != identity.user.identity_id:
                raise ProtocolError('this tab belongs to another user')
            self.disconnect(left_behind)
            left_behind.close('protocol')
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        connection = Connection(hello.client, identity, self.limits, self._resync)
        self._connections[hello.client] = connection
        connection.send(protocol.welcome(self._build, identity.user, self.presence.person(identity.user), self.limits))
        return connection

    def log_out(self, session_id: str) -> None:
        """Close the sockets of a login session that has ended, at once."""
        for connection in list(self._connections.values()):
            if connection.identity.session_id == session_id:
                self.presence.goodbye(connection)
                self.disconnect(connection)
                connection.close('auth')

    def disconnect(self, connection: Connection) -> None:
        """End a connection; what it had asked to commit, or to run, is done all the same."""
        connection.is_disconnected = True
        self.presence.disconnected(connection)
        for subscription in list(connection.subscriptions.values()):
            self._unsubscribe(connection, subscription.id)
        connection.slots.clear()
        self.calls.left(connection)
        if self._connections.get(connection.client) is connection:
            del self._connections[connection.client]

    def receive(self, connection: Connection, message: ClientMessage) -> None:  # noqa: C901  # one case a message
        """Act on a message; answers are queued, now or later.

        Raises:
            ProtocolError: the tab may not say that.
        """
        match message:
            case EditMessage():
                self._start(self._edit(connection, message))
            case Ack():
                connection.acknowledge(message.frames)
            case Ping():
                connection.send(protocol.pong(message.i))
            case Subscribe():
                connection.asked.append(message)
                if len(connection.asked) == 1:
                    self._start(self._subscribe_in_turns(connection))
            case Unsubscribe():
                self._unsubscribe(connection, message.subscription)
            case PresenceMessage() | Visit() | Leave():
                self.presence.receive(connection, message)
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

    async def _subscribe_in_turns(self, connection: Connection) -> None:
        """Begin a few of the subscriptions that a tab asks for at a time, so that others go on between thousands."""
        while connection.asked:
            for message in islice(connection.asked, SUBSCRIBES_AT_ONCE):
                self._start(self._subscribe(connection, message))
            for _ in range(min(SUBSCRIBES_AT_ONCE, len(connection.asked))):
                connection.asked.popleft()
            await asyncio.sleep(0)

    async def _subscribe(self, connection: Connection, message: Subscribe) -> None:
        if connection.is_closing:
            return
        tree = shown_to(connection, message.of, self._shown)
        store = tree.find_store(message.store, message.at) if tree else None
        refusal: tuple[str, str] | None
        if store is None:
            is_no_key = tree is not None and message.at is not None and message.store in tree.open_stores
            refusal = _NO_KEY if is_no_key else ('unknown', f'This page does not show a store {message.store!r}.')
        elif not connection.has_room_for(message.address):
            refusal = ('rate', f'A tab may hold {self.limits.subscriptions} subscriptions.')
        else:
            with connection.entering(message.address):
                refusal = await self._let_in(connection, store, message)
        if refusal:
            connection.send(protocol.refusal(message, *refusal))

    async def _let_in(self, connection: Connection, store: BoundStore, message: Subscribe) -> tuple[str, str] | None:
        """Subscribe the connection, or return why not."""
        try:
            record, rights = await _open_for(connection.identity.user, store)
        except Forbidden:
            return 'forbidden', 'You may not see this.'
        except CheckFailed as error:
            return 'backend', f'{error}.'
        except DaraError as error:
            OUTAGES.failed(f'{store}', connection.identity.user.identity_id, error, is_ours=True)
            return 'backend', 'The server cannot read this value now.'
        OUTAGES.worked(f'{store}', connection.identity.user.identity_id)
        if connection.is_disconnected:
            return None
        subscription = self._subscription(connection, store, message.at, record)
        subscription.is_readonly = None if rights.write is None else not rights.write
        if subscription in subscription.channel.paused:
            self._channels.resume(connection, subscription)
        if rights.is_unknown:
            self._rechecks.ask_again([(connection, subscription)])
        since = message.since
        if since:
            record.start_epoch_if_behind(since.epoch, since.version)
        seen = (since.epoch, since.version) if since else None

        def answer() -> list[str]:
            if subscription in subscription.channel.paused:  # in the meantime; so that it asks again
                return [protocol.refusal(message, 'backend', 'The server cannot check now whether you may see this.')]
            return self._position(connection, subscription, id=message.id, since=since, seen=seen, reason='subscribe')

        connection.send(answer)
        self.presence.subscribed(connection, subscription)
        return None

    def _subscription(self, connection: Connection, store: BoundStore, at: str | None, record: Record) -> Subscription:
        """The connection's subscription to the record through the store; the same when a tab asks again."""
        known = [each for each in connection.subscriptions.values() if each.id.address == (store.uid, at)]
        if known and known[0].channel.record is record:
            return known[0]
        for each in known:
            self._unsubscribe(connection, each.id)
        subscription = self._channels.join(connection, store, at, record)
        if store.core.has_dynamic_access:
            subscription.stop_rechecks = store.access.on_recheck(
                partial(self._rechecks.ask, [(connection, subscription)])
            )
        connection.subscriptions[subscription.id] = subscription
        return subscription

    def _unsubscribe(self, connection: Connection, id: SubscriptionId) -> None:
        subscription = connection.subscriptions.pop(id, None)
        if subscription is not None:
            self._channels.leave(connection, subscription)
            self.presence.unsubscribed(connection, subscription)

    def _apply(self, connection: Connection, subscription: Subscription, rights: Rights) -> None:
        """Let a connection see and change no more, and no less, than it may; what cannot be told is not yes."""
        if connection.subscriptions.get(subscription.id) is not subscription:
            return
        if rights.read is False:
            self._turn_away(connection, subscription)
            return
        if not rights.is_unknown:
            subscription.unknown_checks = 0
        if rights.read is None:
            self._pause(connection, subscription, rights.why)
            return
        was_readonly = subscription.is_readonly
        if rights.write is not None:
            subscription.is_readonly = not rights.write
        is_news = subscription.is_readonly != was_readonly
        if subscription in subscription.channel.paused:
            self._resume(connection, subscription)
        elif is_news:
            self._tell_access(connection, subscription)

    def _pause(self, connection: Connection, subscription: Subscription, why: str) -> None:
        if subscription in subscription.channel.paused:
            return
        self._channels.pause(connection, subscription)
        self.presence.unsubscribed(connection, subscription)
        connection.send(protocol.paused(subscription.id, why))

    def _resume(self, connection: Connection, subscription: Subscription) -> None:
        """Tell what was missed, as after a lost connection."""
        since = self._channels.resume(connection, subscription)
        record = subscription.channel.record
        seen = (since.epoch, since.version) if since else (record.epoch, record.version)
        connection.send(lambda: self._position(connection, subscription, since=since, seen=seen, reason='access'))
        self.presence.subscribed(connection, subscription)

    def _tell_access(self, connection: Connection, subscription: Subscription) -> None:
        record = subscription.channel.record
        seen = (record.epoch, record.version)
        connection.send(lambda: self._position(connection, subscription, seen=seen, reason='access'))

    def _turn_away(self, connection: Connection, subscription: Subscription) -> None:
        self._unsubscribe(connection, subscription.id)
        connection.send(protocol.revoked(subscription.id, 'You may not see this any more.'))

    async def _edit(self, connection: Connection, message: EditMessage) -> None:
        subscription = connection.subscriptions.get(message.subscription)
        if subscription is None:
            connection.send(protocol.reject(message, 0, 'forbidden', 'This tab does not show that store.'))
            return
        wait = connection.edit_rate.take()
        if wait:
            connection.send(protocol.retry(message, 'rate', 'Too many edits at once.', round(wait * 1000) + 1))
            return
        self._answer(connection, subscription, message, await self._commit(connection, subscription, message))

    async def _commit(self, connection: Connection, subscription: Subscription, message: EditMessage) -> Outcome:
        store, writer, author = subscription.store, subscription.writer, subscription.author
        record, user = subscription.channel.record, connection.identity.user
        if store.access.readonly:
            return await record.reject(writer, author, message.n, Rejected('readonly', 'This value is read-only.'))
        rights = await rights_in(store, user, record.key)
        self._apply(connection, subscription, rights)
        if rights.read is False:
            return await record.reject(
                writer, author, message.n, Rejected('forbidden', 'You may not see this any more.')
            )
        if rights.is_unknown:
            self._rechecks.ask_again([(connection, subscription)])
            return Failed(rights.why)
        if not rights.write:
            return await record.reject(writer, author, message.n, Rejected('forbidden', 'You may not change this.'))
        restores = message.restores
        limit = self.limits.edit_bytes if restores is None else self.limits.value_bytes + ENVELOPE_BYTES
        if len(message.ops) > self.limits.edit_ops or _size(message.ops) > limit:
            reason = f'An edit may take {self.limits.edit_bytes} bytes and {self.limits.edit_ops} ops.'
            return await record.reject(writer, author, message.n, Rejected('too_large', reason))
        try:
            ops = parse_ops(message.ops)
        except (InvalidEdit, NotJson) as error:
            return await record.reject(writer, author, message.n, Rejected.invalid(error))
        return await record.edit(
            Edit(
                writer,
                author,
                n=message.n,
                epoch=message.epoch,
                base=message.base,
                ops=ops,
                exact=message.exact or restores is not None,
                check=store.core.check_type,
                threads=store.core.schema.threads,
                restores=None if restores is None else Seen(restores.epoch, restores.version, restores.by),
            )
        )

    def _answer(
        self, connection: Connection, subscription: Subscription, message: EditMessage, outcome: Outcome
    ) -> None:
        subscription.failed_edits = subscription.failed_edits + 1 if isinstance(outcome, Failed) else 0
        match outcome:
            case Committed():
                pass  # the change that everybody gets is the acknowledgement
            case Rejected():
                version = subscription.channel.record.version
                connection.send(protocol.reject(message, version, outcome.code, outcome.message))
            case OutOfStep():
                reason = 'gap' if outcome.reason == 'settled' else outcome.reason
                seen = (message.epoch, message.base)  # and not the message, whose ops may be large
                connection.send(lambda: self._position(connection, subscription, seen=seen, reason=reason))
            case Failed():
                pause = RETRY_MS * 2 ** min(subscription.failed_edits - 1, RETRY_DOUBLINGS)
                connection.send(protocol.retry(message, 'backend', outcome.message, pause))
            case OutOfOrder():
                logger.warning('tab %s broke the protocol: %s', connection.client[:8], outcome.message)
                connection.close('protocol')
            case _:
                assert_never(outcome)

    def _resync(self, connection: Connection, channel_id: int, version: int | None) -> list[str]:
        """Return where the record stands, once for each store through which a slow tab sees it.

        Args:
            version: the version that the tab has; `None` if the versions before the present one tell it nothing.
        """
        channel = self._channels.by_id.get(channel_id)
        if channel is None:
            return []
        for subscription in channel.paused:
            if connection.subscriptions.get(subscription.id) is subscription:
                channel.paused[subscription] = None  # a snapshot, once that may be seen
        epoch = channel.record.epoch
        since = None if version is None else protocol.Since(epoch, version)
        seen = (epoch, channel.record.version if version is None else version)
        return [
            message
            for subscription in channel.subscribers.get(connection, ())
            for message in self._position(connection, subscription, since=since, seen=seen, reason='slow')
        ]

    def _position(
        self,
        connection: Connection,
        subscription: Subscription,
        *,
        seen: tuple[str, int] | None,
        reason: str,
        id: int | None = None,
        since: protocol.Since | None = None,
    ) -> list[str]:
        """Where the record stands: `current` and what was missed, if the log knows it, or else a snapshot.

        Args:
            seen: what the tab had seen when it sent its newest edit; `None` if nothing, so it has not sent any.
            since: what it has seen now; without it, the tab is sent a snapshot.
        """
        if connection.subscriptions.get(subscription.id) is not subscription:
            return []  # it left meanwhile
        channel = subscription.channel
        if subscription in channel.paused:
            channel.paused[subscription] = None  # a snapshot, once that may be seen
            return []
        record = channel.record
        last = record.receipt(subscription.writer, seen)
        # Where no receipt tells the tab what became of its edit, it has to compare with the present value.
        missed = record.changes_since(since.epoch, since.version) if since and last else None
        is_current = since is not None and missed is not None
        position = protocol.position(
            subscription.id,
            id=id,
            epoch=record.epoch,
            version=since.version if since and is_current else record.version,
            last=last,
            author=subscription.author,
            readonly=subscription.is_readonly,
            durability=record.durability,
            written=record.written_by,
            forgot=record.has_forgotten(Seen(since.epoch, since.version)) if since else None,
            reason=None if is_current else reason,
            value_json=None if is_current else record.value_json,
        )
        return [position, *(protocol.change(channel.id, change) for change in missed or [])]

    def _static_stores(self) -> list[BoundStore]:
        return [*self._shown.stores.values(), *self._shown.open_stores.values()]

    def _records(self) -> list[Records]:
        """Those of every backend in use."""
        stores = self._static_stores()
        for connection in self._connections.values():
            for tree in connection.slots.values():
                stores += [*tree.stores.values(), *tree.open_stores.values()]
        opened = [store.core.open_records() for store in stores]
        return list({id(records): records for records in [*opened, *self.calls.memories.values()]}.values())

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            logger.error('A message could not be answered', exc_info=task.exception())

    async def _watch(self) -> None:
        """Close the sockets of tabs that take nothing, ask again who may see what, let go of what nobody uses."""
        last_recheck = time.monotonic()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            for connection in list(self._connections.values()):
                if connection.is_stuck(now):
                    connection.abort()
            try:
                if now - last_recheck >= RECHECK_SECONDS:
                    last_recheck = now
                    self._recheck_all()
                self._forget_idle()
            except Exception:  # the next round has to come
                logger.exception('The hub could not look after itself')

    def _recheck_all(self) -> None:
        connections = self._connections.values()
        self._rechecks.ask(
            (connection, each)
            for connection in connections
            for each in connection.subscriptions.values()
            if each.store.core.has_dynamic_access
        )

    def _forget_idle(self) -> None:
        for records in self._records():
            records.forget_idle()
        self.calls.forget_idle()


async def _open_for(user: UserData, store: BoundStore) -> tuple[Record, Rights]:
    """Open the record that a user has in a store.

    Raises:
        Forbidden: the user may not see it.
        DaraError: that cannot be told now, or it cannot be read.
    """
    key = await store.key_for(user)
    if not await store.access.may_read(user, key):
        raise Forbidden(f'{user.identity_name} may not see {store}.')
    record = await store.open(key)
    await store.core.check_stored(record)
    return record, await right_to_write(store, user, key)


def _size(ops: list[Any]) -> int:
    """How many bytes of JSON ops take; 0 if they are none, which whoever reads them finds out."""
    try:
        return len(orjson.dumps(ops))
    except TypeError:
        return 0
