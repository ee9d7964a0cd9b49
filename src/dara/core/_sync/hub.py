"""The hub: sessions x records. Subscribes, hands on edits, fans out changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, assert_never

import orjson

from dara.core._context import Identity
from dara.core._edits import ABSENT, at, parse_ops
from dara.core._json import fresh
from dara.core._limits import Limits
from dara.core._sync import protocol
from dara.core._sync.calls import run_action
from dara.core._sync.protocol import (
    CallMessage,
    Cancel,
    ClientMessage,
    EditMessage,
    Got,
    Hello,
    Ping,
    StoreInput,
    Subscribe,
    Unsubscribe,
    ValueInput,
)
from dara.core._sync.session import Session
from dara.core.component import Call
from dara.core.errors import DaraError, InvalidEdit, NotJson
from dara.core.persistence.history import Change, Writer
from dara.core.persistence.record import (
    Committed,
    Edit,
    Failed,
    Outcome,
    OutOfOrder,
    OutOfStep,
    Record,
    Rejected,
)
from dara.core.persistence.stores import BackendStore

log = logging.getLogger('dara')

RETRY_MS: Final = 1000
WATCH_SECONDS: Final = 5
FAREWELL_SECONDS: Final = 2
DRAIN_SECONDS: Final = 10
ACTION_THREADS: Final = 32
CALLS_AT_ONCE: Final = 100


class ProtocolError(DaraError):
    """A tab does what the protocol does not allow; its socket is closed."""


@dataclass(slots=True)
class Channel:
    """A record as the sessions see it. `key` names it on the wire, `authors` the tabs that edit it."""

    key: int
    record: Record
    subscribers: dict[Session, set[str]] = field(default_factory=dict)
    authors: dict[Writer, int] = field(default_factory=dict)
    next_author: int = 1
    _encoded: tuple[str, int, bytes | None] | None = None

    def author(self, writer: Writer) -> int:
        """Return the writer's alias, by which it recognises its own edits."""
        if writer not in self.authors:
            self.authors[writer] = self.next_author
            self.next_author += 1
        return self.authors[writer]

    def value_json(self) -> bytes | None:
        """Return the present value, encoded once a version; `None` if it is absent."""
        record = self.record
        if self._encoded is None or self._encoded[:2] != (record.epoch, record.version):
            value_json = None if record.value is ABSENT else orjson.dumps(record.value)
            self._encoded = (record.epoch, record.version, value_json)
        return self._encoded[2]

    def publish(self, change: Change) -> None:
        """Encode a change once, and queue it for everybody."""
        frame = protocol.change(self.key, change, self.authors)
        for session in self.subscribers:
            session.send_change(self.key, frame)


class Hub:
    """Connects the tabs of one app to the records of its stores.

    Args:
        stores: what the app's pages show, by uid; nothing else can be subscribed to.
        calls: the server actions of the app's pages, by id; nothing else can be called.
        build: what tells this version of the app from another.
    """

    def __init__(
        self, stores: Mapping[str, BackendStore], calls: Mapping[str, Call], build: str, limits: Limits
    ) -> None:
        self._stores = stores
        self._calls = calls
        self._build = build
        self.limits = limits
        self._channels: dict[int, Channel] = {}
        self._keys: dict[Record, int] = {}
        self._sessions: dict[str, Session] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._threads = ThreadPoolExecutor(ACTION_THREADS, thread_name_prefix='dara-action')
        self._is_draining = False

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Open every store, and say goodbye at the end. Where nobody runs this, the first page does what is needed.

        Raises:
            DaraError: a store cannot be read.
        """
        await self.open_stores()
        try:
            yield
        finally:
            await self.drain()
            if self._watching:
                self._watching.cancel()
            self._threads.shutdown(wait=False)

    async def open_stores(self) -> None:
        """Read every store that was not read yet, so that a page has its values.

        Raises:
            DaraError: a store cannot be read.
        """
        for store in self._stores.values():
            self._channel(await store.open())

    async def drain(self) -> None:
        """Say goodbye to every tab, and finish what is being committed."""
        self._is_draining = True
        sessions = list(self._sessions.values())
        for session in sessions:
            session.close('drain', retry_ms=200)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                for session in sessions:
                    await session.ended.wait()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                for channel in self._channels.values():
                    await channel.record.idle()
        except TimeoutError:
            log.error('A backend has not answered for %s s; what waits for it is given up.', DRAIN_SECONDS)

    @property
    def sessions(self) -> int:
        return len(self._sessions)

    def positions(self, stores: Mapping[str, BackendStore]) -> dict[str, dict[str, Any]]:
        """Return where the stores stand, for a page's HTML: epoch, version and value, if there is one."""
        positions = {}
        for uid, store in stores.items():
            record = store.record
            value_json = self._channel(record).value_json()
            positions[uid] = {'epoch': record.epoch, 'version': record.version, 'readonly': store.readonly}
            if value_json is not None:
                positions[uid]['value'] = orjson.Fragment(value_json)
        return positions

    def connect(self, hello: Hello, identity: Identity) -> Session:
        """Start a session of that user; a socket that the same tab left behind ends.

        Raises:
            ProtocolError: the server is going down.
        """
        if self._is_draining:
            raise ProtocolError('the server is going down')
        left_behind = self._sessions.get(hello.client)
        if left_behind:
            self.disconnect(left_behind)
            left_behind.close('protocol')
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._watch())
        session = Session(hello.client, identity, self.limits, self._resync)
        self._sessions[hello.client] = session
        session.send(protocol.welcome(self._build, self.limits))
        return session

    def log_out(self, session_id: str) -> None:
        """Close the sockets of a login session that has ended, at once."""
        for session in list(self._sessions.values()):
            if session.identity.session_id == session_id:
                self.disconnect(session)
                session.close('auth')

    def disconnect(self, session: Session) -> None:
        """End a session; what it had asked to commit, or to run, is done all the same."""
        for key, store in list(session.subscriptions):
            self._unsubscribe(session, key, store)
        if self._sessions.get(session.client) is session:
            del self._sessions[session.client]

    def receive(self, session: Session, message: ClientMessage) -> None:
        """Act on a message; answers are queued, now or later.

        Raises:
            ProtocolError: the tab may not say that.
        """
        match message:
            case EditMessage():
                self._start(self._edit(session, message))
            case Got():
                session.confirm(message.frames)
            case Ping():
                session.send(protocol.pong(message.i))
            case Subscribe():
                self._start(self._subscribe(session, message))
            case Unsubscribe():
                self._unsubscribe(session, message.key, message.store)
            case CallMessage():
                self._call(session, message)
            case Cancel():
                if message.id in session.calls:
                    session.calls[message.id].cancel()
            case Hello():
                raise ProtocolError('a second hello')
            case _:
                assert_never(message)

    async def _subscribe(self, session: Session, message: Subscribe) -> None:
        store = self._stores.get(message.store)
        if store is None:
            reason = f'No page of this app shows a store {message.store!r}.'
            session.send(protocol.refusal(message, 'unknown', reason))
            return
        if len(session.subscriptions) >= self.limits.subscriptions:
            reason = f'A tab may hold {self.limits.subscriptions} subscriptions.'
            session.send(protocol.refusal(message, 'rate', reason))
            return
        try:
            channel = self._channel(await store.open())
        except DaraError as error:
            log.error('%s', error)
            session.send(protocol.refusal(message, 'backend', 'The server cannot read this value now.'))
            return
        if self._sessions.get(session.client) is not session:
            return  # left meanwhile
        writer = Writer(session.client, store.uid)
        channel.author(writer)
        channel.subscribers.setdefault(session, set()).add(store.uid)
        session.subscriptions.add((channel.key, store.uid))
        since = message.since
        known = since.epoch if since else None
        session.send(
            lambda: self._position(
                session, channel, writer, id=message.id, since=since, known=known, reason='subscribe'
            )
        )

    def _unsubscribe(self, session: Session, key: int, store: str) -> None:
        if (key, store) not in session.subscriptions:
            return
        session.subscriptions.discard((key, store))
        channel = self._channels[key]
        channel.authors.pop(Writer(session.client, store), None)
        channel.subscribers[session].discard(store)
        if not channel.subscribers[session]:
            del channel.subscribers[session]

    async def _edit(self, session: Session, message: EditMessage) -> None:
        if (message.key, message.store) not in session.subscriptions:
            session.send(protocol.reject(message, 0, 'forbidden', 'This tab does not show that store.'))
            return
        wait = session.edits.wait()
        if wait:
            session.send(protocol.retry(message, 'rate', 'Too many edits at once.', round(wait * 1000) + 1))
            return
        channel = self._channels[message.key]
        writer = Writer(session.client, message.store)
        outcome = await self._commit(channel.record, writer, message)
        self._answer(session, channel, writer, message, outcome)

    async def _commit(self, record: Record, writer: Writer, message: EditMessage) -> Outcome:
        if self._stores[message.store].readonly:
            return record.reject(writer, message.n, Rejected('readonly', 'This value is read-only.'))
        try:
            ops = parse_ops(message.ops)
        except (InvalidEdit, NotJson) as error:
            return record.reject(writer, message.n, Rejected('invalid', str(error)))
        size = len(orjson.dumps(message.ops))
        if size > self.limits.edit_bytes or len(ops) > self.limits.edit_ops:
            reason = f'An edit may take {self.limits.edit_bytes} bytes and {self.limits.edit_ops} ops.'
            return record.reject(writer, message.n, Rejected('too_large', reason))
        return await record.edit(Edit(writer, message.n, message.epoch, message.base, ops))

    def _answer(
        self, session: Session, channel: Channel, writer: Writer, message: EditMessage, outcome: Outcome
    ) -> None:
        match outcome:
            case Committed():
                pass  # the change that everybody gets is the acknowledgement
            case Rejected():
                session.send(protocol.reject(message, channel.record.version, outcome.code, outcome.message))
            case OutOfStep():
                reason = 'gap' if outcome.reason == 'settled' else outcome.reason
                known = message.epoch
                session.send(
                    lambda: self._position(session, channel, writer, id=None, since=None, known=known, reason=reason)
                )
            case Failed():
                session.send(protocol.retry(message, 'backend', outcome.message, RETRY_MS))
            case OutOfOrder():
                log.warning('tab %s broke the protocol: %s', session.client[:8], outcome.message)
                session.close('protocol')
            case _:
                assert_never(outcome)

    def _call(self, session: Session, message: CallMessage) -> None:
        if message.target not in self._calls:
            session.send(protocol.error(message.id, 'unknown', 'No page of this app has that action.'))
            return
        if message.id in session.calls:
            raise ProtocolError('two calls with one id')
        if len(session.calls) >= CALLS_AT_ONCE:
            session.send(
                protocol.error(message.id, 'rate', 'Too many actions at once; try again when some have ended.')
            )
            return
        task = self._start(self._run_call(session, message))
        session.calls[message.id] = task
        task.add_done_callback(lambda _: session.calls.pop(message.id, None))

    async def _run_call(self, session: Session, message: CallMessage) -> None:
        call = self._calls[message.target]
        try:
            component_value, *values = [await self._value_of(each) for each in message.inputs]
            if len(values) != len(call.variables):
                raise InvalidEdit(f'the action takes {len(call.variables)} variables, not {len(values)}')
            await run_action(
                call,
                component_value,
                values,
                lambda effect: session.send(protocol.effect(message.id, effect)),
                self._threads,
            )
        except Exception as error:  # of the app's own code: its traceback goes to the log, a notice to the page
            log.exception('An action failed')
            reason = str(error) if isinstance(error, DaraError) else 'The action failed; the server log tells why.'
            session.send(protocol.error(message.id, 'failed', reason))
        else:
            session.send(protocol.result(message.id, None))

    async def _value_of(self, input: StoreInput | ValueInput) -> Any:
        if isinstance(input, ValueInput):
            return input.value
        store = self._stores.get(input.store)
        if store is None:
            raise InvalidEdit(f'no page of this app shows a store {input.store!r}')
        record = await store.open()
        value = at(store.default if record.value is ABSENT else record.value, tuple(input.path))
        return None if value is ABSENT else fresh(value)

    def _resync(self, session: Session, key: int) -> list[str]:
        """A snapshot for each store through which a tab that was too slow sees the record."""
        channel = self._channels[key]
        writers = [Writer(session.client, store) for store in channel.subscribers.get(session, ())]
        epoch = channel.record.epoch
        return [
            message
            for writer in writers
            for message in self._position(session, channel, writer, id=None, since=None, known=epoch, reason='slow')
        ]

    def _position(
        self,
        session: Session,
        channel: Channel,
        writer: Writer,
        *,
        id: int | None,
        since: protocol.Since | None,
        known: str | None,
        reason: str,
    ) -> list[str]:
        """Where the record stands: `current` and what was missed, if the log knows it, or else a snapshot."""
        if writer.store not in channel.subscribers.get(session, ()):
            return []  # it left meanwhile
        record = channel.record
        missed = record.changes_since(since.epoch, since.version) if since else None
        is_current = since is not None and missed is not None
        position = protocol.position(
            channel.key,
            writer.store,
            id=id,
            epoch=record.epoch,
            version=since.version if since and is_current else record.version,
            last=record.settled(writer, known),
            author=channel.author(writer),
            readonly=self._stores[writer.store].readonly,
            durability=record.durability,
            reason=None if is_current else reason,
            value_json=None if is_current else channel.value_json(),
        )
        return [position, *(protocol.change(channel.key, change, channel.authors) for change in missed or [])]

    def _channel(self, record: Record) -> Channel:
        if record not in self._keys:
            key = len(self._keys) + 1
            channel = self._channels[key] = Channel(key, record)
            self._keys[record] = key
            record.subscribe(channel.publish)
        return self._channels[self._keys[record]]

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.error('A message could not be answered', exc_info=task.exception())

    async def _watch(self) -> None:
        """Close the sockets of tabs that have taken nothing for too long."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            for session in list(self._sessions.values()):
                if session.is_stuck(now):
                    session.abort()
