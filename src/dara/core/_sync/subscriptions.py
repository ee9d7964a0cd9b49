"""The subscriptions of tabs to records: begun, checked, paused, ended, and brought up to date."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from weakref import WeakKeyDictionary

from dara.core import _messages as messages
from dara.core._context import UserData
from dara.core._outages import OUTAGES
from dara.core._sync.capabilities import Capabilities
from dara.core._sync.channel import Channels, Subscriber, Subscription
from dara.core._sync.connection import Connection
from dara.core._sync.presence import Presence
from dara.core._sync.protocol import encode
from dara.core._sync.protocol.messages import RecordVersion, StoreAddress, Subscribe
from dara.core._sync.rights import Rechecks, Rights, right_to_write, rights_in
from dara.core._sync.tasks import Tasks
from dara.core.errors import CheckFailed, DaraError, Forbidden, WrongVersion
from dara.core.persistence.bound_store import BoundStore, parse_uid
from dara.core.persistence.changelog import Writer
from dara.core.persistence.record import Record
from dara.core.persistence.volatile import Seen

SUBSCRIBES_AT_ONCE: Final = 16
MAX_REFUSED: Final = 1000
"""The number of values per tab that it may wait to be granted."""


class _Denied(Exception):
    """The reason why a tab is not subscribed: a code of the protocol, and a message to the user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class _Requests:
    """The requests of one tab to subscribe: those in the queue, and the number of those that are being checked."""

    queue: deque[Subscribe] = field(default_factory=deque)
    pending: Counter[StoreAddress] = field(default_factory=Counter)

    @contextmanager
    def counted(self, address: StoreAddress) -> Iterator[None]:
        """Count a request as pending while the body runs."""
        self.pending[address] += 1
        try:
            yield
        finally:
            self.pending[address] -= 1
            if not self.pending[address]:
                del self.pending[address]


class Subscriptions:
    """The subscriptions of all tabs."""

    def __init__(self, channels: Channels, capabilities: Capabilities, presence: Presence) -> None:
        self._channels = channels
        self._capabilities = capabilities
        self._presence = presence
        self._rechecks = Rechecks(self.apply)
        self._requests: WeakKeyDictionary[Connection, _Requests] = WeakKeyDictionary()
        self._refused: dict[Subscriber, dict[StoreAddress, Callable[[], None]]] = {}
        self._tasks = Tasks('A message could not be answered')

    def close(self) -> None:
        """Cancel all checks of rights."""
        self._rechecks.close()

    def subscribe(self, connection: Connection, message: Subscribe) -> None:
        """Subscribe a tab; the answer is queued when there is one."""
        queue = self._requests.setdefault(connection, _Requests()).queue
        queue.append(message)
        if len(queue) == 1:
            self._tasks.start(self._process(connection, queue))

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription."""
        self._channels.leave(subscription)
        self._presence.unsubscribed(subscription)

    def disconnect(self, connection: Connection) -> None:
        """End all subscriptions of a tab."""
        for subscription in list(connection.subscriptions.values()):
            self.unsubscribe(subscription)
        for stop in self._refused.pop(connection, {}).values():
            stop()

    def recheck(self) -> None:
        """Check the rights of all subscriptions whose rights may change, and have the refused ones asked for again."""
        for subscriber, addresses in list(self._refused.items()):
            for address in list(addresses):
                self._invite(subscriber, address)
        self._rechecks.check(each for each in self._channels.subscriptions() if each.store.core.has_dynamic_access)

    async def check_rights(self, subscription: Subscription) -> Rights:
        """Check the rights of a subscription now, and apply them; check unknown rights again later."""
        user, key = subscription.subscriber.identity.user, subscription.key
        rights = await rights_in(subscription.store, user, key)
        self.apply(subscription, rights)
        if rights.is_unknown:
            self._rechecks.check_later([subscription])
        return rights

    def apply(self, subscription: Subscription, rights: Rights) -> None:
        """Revoke, pause or resume a subscription as its rights demand, and notify the tab of its right to write."""
        if subscription.has_ended:
            return
        if rights.read is False:
            self._revoke(subscription)
            return
        if not rights.is_unknown:
            subscription.unknown_checks = 0
        if rights.read is None:
            self._pause(subscription, rights.why)
            return
        was_readonly = subscription.is_readonly
        if rights.write is not None:
            subscription.is_readonly = not rights.write
        if subscription.is_paused:
            self._resume(subscription)
        elif subscription.is_readonly != was_readonly:
            self.send_snapshot(subscription, 'access', subscription.channel.version)

    def resync(self, connection: Connection, channel_id: int, version: int | None) -> list[str]:
        """Return the messages that bring a slow tab up to date in a channel, through each of its subscriptions.

        Args:
            version: the version that the tab has; `None` if only a snapshot can follow.
        """
        channel = self._channels.by_id.get(channel_id)
        if channel is None:
            return []
        for paused in channel.paused:
            if paused.subscriber is connection:
                channel.paused[paused] = None
        current = channel.version
        since = None if version is None else RecordVersion(current.epoch, version)
        return [
            message
            for subscription in channel.subscribers.get(connection, ())
            for message in self._catch_up(subscription, 'slow', since or current, since=since)
        ]

    def send_snapshot(self, subscription: Subscription, reason: str, seen: RecordVersion) -> None:
        """Send a snapshot to a tab.

        Args:
            seen: the version that the tab had seen when it sent its latest edit.
        """
        subscription.subscriber.send(lambda: self._catch_up(subscription, reason, seen))

    async def _process(self, connection: Connection, queue: deque[Subscribe]) -> None:
        """Start a few of the queued requests in each turn of the event loop, so that thousands delay no other tab."""
        while queue:
            for _ in range(min(SUBSCRIBES_AT_ONCE, len(queue))):
                self._tasks.start(self._subscribe(connection, queue.popleft()))
            await asyncio.sleep(0)

    async def _subscribe(self, connection: Connection, message: Subscribe) -> None:
        if connection.is_closing:
            return
        store = None
        try:
            store = self._find_store(connection, message)
            with self._requests[connection].counted(message.address):
                writer = self._channels.writer(connection, store, message.at)
                record, rights = await _open(store, connection.identity.user, message.since, writer)
        except _Denied as denied:
            if store and denied.code == 'forbidden':
                self._refuse(connection, store, message.at)
            connection.send(encode.subscribe_error(message, denied.code, denied.message))
            return
        if connection.is_disconnected:
            return
        subscription = self._join(connection, store, message.at, record)
        subscription.is_readonly = None if rights.write is None else not rights.write
        if subscription.is_paused:
            self._channels.resume(subscription)
        if rights.is_unknown:
            self._rechecks.check_later([subscription])
        connection.send(lambda: self._answer(subscription, message))
        self._presence.subscribed(subscription)

    def _find_store(self, connection: Connection, message: Subscribe) -> BoundStore:
        tree = self._capabilities.of(connection, message.of)
        store = tree.find_store(message.store, message.at) if tree else None
        if store is None:
            if tree is not None and message.at is not None and message.store in tree.open_stores:
                raise _Denied('forbidden', messages.INVALID_ROOM)
            uid, version = parse_uid(message.store)
            for other in tree.all_stores if tree else ():
                present = other.core.versions.version
                if other.core.uid == uid and present != version:
                    raise _Denied('version', messages.made_for_other_version(version, present))
            raise _Denied('unknown', messages.store_unknown(message.store))
        if not self._has_room_for(connection, message.address):
            raise _Denied('rate', messages.too_many_subscriptions(connection.limits.subscriptions))
        return store

    def _has_room_for(self, connection: Connection, address: StoreAddress) -> bool:
        """Return whether the tab may subscribe there, besides its subscriptions and pending requests."""
        pending = self._requests[connection].pending
        if len(connection.subscriptions) + len(pending) < connection.limits.subscriptions:
            return True
        return address in pending or any(each.address == address for each in connection.subscriptions)

    def _join(self, connection: Connection, store: BoundStore, at: str | None, record: Record) -> Subscription:
        """Return the tab's subscription to a record: the existing one if the tab has subscribed before."""
        address = StoreAddress(store.uid, at)
        for known in [each for name, each in connection.subscriptions.items() if name.address == address]:
            if known.channel.record is record:
                return known
            self.unsubscribe(known)
        subscription = self._channels.join(connection, store, at, record)
        if store.core.has_dynamic_access:
            subscription.stop_rechecks = store.access.on_recheck(partial(self._rechecks.check, [subscription]))
        return subscription

    def _answer(self, subscription: Subscription, message: Subscribe) -> list[str]:
        if subscription.is_paused:  # since the check; the tab subscribes again later
            reason = f'{messages.READ_CHECK_FAILED}.'
            return [encode.subscribe_error(message, 'backend', reason)]
        return self._catch_up(subscription, 'subscribe', message.since, since=message.since, request=message.id)

    def _revoke(self, subscription: Subscription) -> None:
        self.unsubscribe(subscription)
        self._refuse(subscription.subscriber, subscription.store, subscription.at)
        subscription.subscriber.send(encode.revoked(subscription.id, messages.MAY_NOT_READ_ANY_MORE))

    def _refuse(self, subscriber: Subscriber, store: BoundStore, at: str | None) -> None:
        """Note that a tab waits for the right to read a value; it asks again when rights are checked anew."""
        if subscriber.is_disconnected:
            return
        refused = self._refused.setdefault(subscriber, {})
        address = StoreAddress(store.uid, at)
        if address in refused or len(refused) >= MAX_REFUSED:
            return

        async def invite() -> None:
            self._invite(subscriber, address)

        refused[address] = store.access.on_recheck(invite)

    def _invite(self, subscriber: Subscriber, address: StoreAddress) -> None:
        stop = self._refused.get(subscriber, {}).pop(address, None)
        if stop:
            stop()
            subscriber.send(encode.ask_again(address))

    def _pause(self, subscription: Subscription, why: str) -> None:
        if subscription.is_paused:
            return
        self._channels.pause(subscription)
        self._presence.unsubscribed(subscription)
        subscription.subscriber.send(encode.paused(subscription.id, why))

    def _resume(self, subscription: Subscription) -> None:
        """Resume a subscription, and send what was missed, as after a lost connection."""
        since = self._channels.resume(subscription)
        seen = since or subscription.channel.version
        subscription.subscriber.send(lambda: self._catch_up(subscription, 'access', seen, since=since))
        self._presence.subscribed(subscription)

    def _catch_up(
        self,
        subscription: Subscription,
        reason: str,
        seen: RecordVersion | None,
        *,
        since: RecordVersion | None = None,
        request: int | None = None,
    ) -> list[str]:
        """Return the messages that bring a tab up to date: `current` and the missed changes, or a snapshot.

        Args:
            reason: the reason for a snapshot.
            seen: the version that the tab had seen when it sent its latest edit; `None` if it has sent none.
            since: the version that the tab has; without it, a snapshot is sent.
            request: the id of the `subscribe` that the messages answer.
        """
        if subscription.has_ended:
            return []
        channel, record = subscription.channel, subscription.channel.record
        if subscription.is_paused:
            channel.paused[subscription] = None
            return []
        receipt = record.receipt(subscription.writer, (seen.epoch, seen.version) if seen else None)
        if since and receipt:  # without a receipt the tab compares its edit in flight with the current value
            missed = record.changes_since(since.epoch, since.version)
            if missed is not None:
                current = encode.current(subscription, record, receipt, since.version, request=request)
                return [current, *(encode.change(channel.id, change) for change in missed)]
        forgot = record.has_forgotten(Seen(since.epoch, since.version)) if since else None
        return [encode.snapshot(subscription, record, receipt, reason, request=request, forgot=forgot)]


async def _open(store: BoundStore, user: UserData, seen: RecordVersion | None, writer: Writer) -> tuple[Record, Rights]:
    """Return the record of a user in a store, and the user's rights.

    Args:
        seen: the version that the tab of `writer` has.
    """
    try:
        key = await store.key_for(user)
        if not await store.access.may_read(user, key):
            raise Forbidden(f'{user.identity_name} may not see {store}.')
        record = await store.open(key)
        at = seen or RecordVersion(record.epoch, record.version)
        await record.catch_up_to(at.epoch, at.version, writer)
        await store.core.check_stored(record)
        rights = await right_to_write(store, user, key)
    except Forbidden:
        raise _Denied('forbidden', messages.MAY_NOT_READ) from None
    except CheckFailed as error:
        raise _Denied('backend', f'{error}.') from error
    except DaraError as error:
        OUTAGES.failed(f'{store}', user.identity_id, error, is_ours=True)
        reason = error.reason if isinstance(error, WrongVersion) else messages.READ_FAILED
        raise _Denied('backend', reason) from error
    OUTAGES.worked(f'{store}', user.identity_id)
    return record, rights
