"""The channels of records: their subscribers, and the subscriptions of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from dara.core._context import Identity
from dara.core._sync.outbox import Deferred
from dara.core._sync.protocol import encode
from dara.core._sync.protocol.messages import RecordVersion, SubscriptionId
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.changelog import Change, Writer
from dara.core.persistence.record import Record


class Subscriber(Protocol):
    """The receiver of a channel's messages: the connection of a tab."""

    @property
    def client(self) -> str: ...

    @property
    def identity(self) -> Identity: ...

    @property
    def is_disconnected(self) -> bool: ...

    @property
    def subscriptions(self) -> dict[SubscriptionId, Subscription]: ...

    def send(self, content: str | Deferred) -> None: ...

    def send_change(self, channel: int, base: int, message: str) -> None: ...

    def send_snapshot(self, channel: int) -> None: ...


@dataclass(eq=False, slots=True)
class Subscription:
    """One tab's interest in a record, through a store: at a room, or at the key of the tab's user.

    Attributes:
        is_readonly: `None` if the right to write is unknown.
        stop_rechecks: ends the rechecks of the rights that the app asks for.
        unknown_checks: the number of checks in a row after which a right was unknown.
        is_recheck_scheduled: whether a timer for the next check of an unknown right runs.
        failed_edits: the number of edits in a row that could not be stored or checked.
    """

    subscriber: Subscriber
    store: BoundStore
    at: str | None
    channel: Channel
    writer: Writer
    author: int
    is_readonly: bool | None = False
    stop_rechecks: Callable[[], None] | None = None
    unknown_checks: int = 0
    is_recheck_scheduled: bool = False
    failed_edits: int = 0

    @property
    def id(self) -> SubscriptionId:
        """The name of the subscription on the wire, unique among those of a tab."""
        return SubscriptionId(self.channel.id, self.store.uid, self.at)

    @property
    def key(self) -> str:
        """The store's own key of the record."""
        return self.store.core.key_of(self.channel.record)

    @property
    def has_ended(self) -> bool:
        """True once the tab has unsubscribed, lost the right to read, or disconnected."""
        return self.subscriber.subscriptions.get(self.id) is not self

    @property
    def is_paused(self) -> bool:
        """True while nothing is sent, because the right to read is unknown."""
        return self in self.channel.paused


@dataclass(eq=False, slots=True)
class Channel:
    """The subscribers of one record; `id` names it on the wire.

    Attributes:
        subscribers: the tabs, and the subscriptions of each that are not paused.
        paused: the paused subscriptions, and the version up to which each was sent the changes; `None` if only a
            snapshot can follow.
    """

    id: int
    record: Record
    subscribers: dict[Subscriber, tuple[Subscription, ...]] = field(default_factory=dict)
    paused: dict[Subscription, RecordVersion | None] = field(default_factory=dict)

    @property
    def version(self) -> RecordVersion:
        """The current version of the record."""
        return RecordVersion(self.record.epoch, self.record.version)

    def publish(self, change: Change) -> None:
        """Encode a change once, and send it to every subscriber."""
        message = encode.change(self.id, change)
        for subscriber in self.subscribers:
            subscriber.send_change(self.id, change.base, message)

    def publish_snapshot(self) -> None:
        """Queue a snapshot for every subscriber."""
        for subscriber in self.subscribers:
            subscriber.send_snapshot(self.id)

    def publish_refusal(self, reason: str) -> None:
        """Tell every subscriber that the value cannot be read, until the next snapshot."""
        for subscriber, subscriptions in self.subscribers.items():
            for subscription in subscriptions:
                subscriber.send(encode.paused(subscription.id, reason))


@dataclass(slots=True)
class Channels:
    """The channels of all records that have subscribers.

    Args:
        guests: whether users are guests, whose ids change when the server restarts; edits are then recognized by
            the tab alone.
    """

    guests: bool
    by_id: dict[int, Channel] = field(default_factory=dict)
    _by_record: dict[Record, tuple[Channel, Callable[[], None]]] = field(default_factory=dict)
    _next_id: int = 1

    def join(self, subscriber: Subscriber, store: BoundStore, at: str | None, record: Record) -> Subscription:
        """Subscribe a tab to the changes of a record."""
        if record not in self._by_record:
            channel = self.by_id[self._next_id] = Channel(self._next_id, record)
            self._by_record[record] = (
                channel,
                record.subscribe(channel.publish, channel.publish_snapshot, channel.publish_refusal),
            )
            self._next_id += 1
        channel = self._by_record[record][0]
        writer = self.writer(subscriber, store, at)
        subscription = Subscription(subscriber, store, at, channel, writer, writer.author)
        subscriber.subscriptions[subscription.id] = subscription
        _add(subscription)
        return subscription

    def writer(self, subscriber: Subscriber, store: BoundStore, at: str | None) -> Writer:
        """Return the writer of a tab's edits in a store."""
        user = '' if self.guests else subscriber.identity.user.identity_id
        return Writer(user, subscriber.client, store.uid, at)

    def of(self, record: Record) -> Channel | None:
        """Return the channel of a record, if it has one."""
        known = self._by_record.get(record)
        return known[0] if known else None

    def at(self, address: str) -> Channel | None:
        """Return the channel of the record of that address, if it has one."""
        return next((each for each in self.by_id.values() if each.record.address == address), None)

    def subscriptions(self) -> Iterator[Subscription]:
        """Yield all subscriptions, paused ones too."""
        for channel in self.by_id.values():
            yield from chain(*channel.subscribers.values(), channel.paused)

    def pause(self, subscription: Subscription) -> None:
        """Send nothing through a subscription until it is resumed."""
        channel = subscription.channel
        channel.paused[subscription] = channel.version
        _remove(subscription)

    def resume(self, subscription: Subscription) -> RecordVersion | None:
        """Resume a paused subscription; return the version up to which it was sent the changes, if it is known."""
        _add(subscription)
        return subscription.channel.paused.pop(subscription)

    def leave(self, subscription: Subscription) -> None:
        """End a subscription; a record without subscriptions may be evicted."""
        del subscription.subscriber.subscriptions[subscription.id]
        if subscription.stop_rechecks:
            subscription.stop_rechecks()
        channel = subscription.channel
        channel.paused.pop(subscription, None)
        _remove(subscription)
        if not channel.subscribers and not channel.paused and channel.record in self._by_record:
            _, stop = self._by_record.pop(channel.record)
            stop()
            channel.record.touch()
            del self.by_id[channel.id]


def _add(subscription: Subscription) -> None:
    subscribers, subscriber = subscription.channel.subscribers, subscription.subscriber
    subscribers[subscriber] = (*subscribers.get(subscriber, ()), subscription)


def _remove(subscription: Subscription) -> None:
    subscribers, subscriber = subscription.channel.subscribers, subscription.subscriber
    remaining = tuple(each for each in subscribers.pop(subscriber, ()) if each is not subscription)
    if remaining:
        subscribers[subscriber] = remaining
