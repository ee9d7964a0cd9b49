"""A record as the sessions see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dara.core._sync import protocol
from dara.core._sync.protocol import Since
from dara.core.persistence.changelog import Change, Writer
from dara.core.persistence.record import Record
from dara.core.persistence.stores import BackendStore

if TYPE_CHECKING:
    from dara.core._sync.connection import Connection


@dataclass(eq=False, slots=True)
class Subscription:
    """What a session sees a record through: a store, at a room or at the key that its user has there."""

    store: BackendStore
    at: str | None
    channel: Channel
    writer: Writer
    author: int
    is_readonly: bool | None = False
    """`None`: that could not be told yet."""
    stop_rechecks: Callable[[], None] | None = None
    doubts: int = 0
    """How often in a row it could not be told what the user may."""
    is_asked_again: bool = False
    """Whether a timer for that runs."""
    failures: int = 0
    """How many edits in a row could not be stored, or checked."""

    @property
    def place(self) -> tuple[int, str, str | None]:
        """What the tab names it by: the channel's key, the store and the room."""
        return (self.channel.id, self.store.uid, self.at)


@dataclass(eq=False, slots=True)
class Channel:
    """A record that somebody has subscribed to. `id` names it on the wire.

    Attributes:
        paused: subscriptions that are told nothing, as it is not known whether they may be, and the position up to
            which they were told; `None` if that is not known.
    """

    id: int
    record: Record
    subscribers: dict[Connection, tuple[Subscription, ...]] = field(default_factory=dict)
    paused: dict[Subscription, Since | None] = field(default_factory=dict)

    def publish(self, change: Change) -> None:
        """Encode a change once, and send it to everybody."""
        frame = protocol.change(self.id, change)
        for session in self.subscribers:
            session.send_change(self.id, change.base, frame)

    def resync(self) -> None:
        """Queue a snapshot for everybody."""
        for session in self.subscribers:
            session.resync(self.id)


@dataclass(slots=True)
class Channels:
    """The records that somebody has subscribed to. Where there are `guests`, no user has a name that lasts."""

    guests: bool
    by_id: dict[int, Channel] = field(default_factory=dict)
    _by_record: dict[Record, tuple[Channel, Callable[[], None]]] = field(default_factory=dict)
    _next_key: int = 1

    def join(self, session: Connection, store: BackendStore, at: str | None, record: Record) -> Subscription:
        """Let a session hear of a record's changes from now on."""
        if record not in self._by_record:
            channel = self.by_id[self._next_key] = Channel(self._next_key, record)
            self._by_record[record] = (channel, record.subscribe(channel.publish, channel.resync))
            self._next_key += 1
        channel = self._by_record[record][0]
        user = '' if self.guests else session.identity.user.identity_id  # a guest's tab is known by itself
        writer = Writer(user, session.client, store.uid, at)
        subscription = Subscription(store, at, channel, writer, record.author(writer))
        channel.subscribers[session] = (*channel.subscribers.get(session, ()), subscription)
        return subscription

    def of(self, record: Record) -> Channel | None:
        """Return the channel of a record, if somebody has subscribed to it."""
        known = self._by_record.get(record)
        return known[0] if known else None

    def pause(self, session: Connection, subscription: Subscription) -> None:
        """Let a session hear no more through a subscription, which stays."""
        channel, record = subscription.channel, subscription.channel.record
        channel.paused[subscription] = Since(record.epoch, record.version)
        self._remove(session, subscription)

    def resume(self, session: Connection, subscription: Subscription) -> Since | None:
        """Let it hear again; return up to where it has heard, if that is known."""
        channel = subscription.channel
        channel.subscribers[session] = (*channel.subscribers.get(session, ()), subscription)
        return channel.paused.pop(subscription)

    def leave(self, session: Connection, subscription: Subscription) -> None:
        """Let it hear no more; a record that nobody hears of may leave memory."""
        channel = subscription.channel
        if subscription.stop_rechecks:
            subscription.stop_rechecks()
        channel.paused.pop(subscription, None)
        self._remove(session, subscription)
        if not channel.subscribers and not channel.paused and channel.record in self._by_record:
            _, stop = self._by_record.pop(channel.record)
            stop()
            channel.record.touch()
            del self.by_id[channel.id]

    def _remove(self, session: Connection, subscription: Subscription) -> None:
        subscribers = subscription.channel.subscribers
        seen_through = tuple(each for each in subscribers.pop(session, ()) if each is not subscription)
        if seen_through:
            subscribers[session] = seen_through
