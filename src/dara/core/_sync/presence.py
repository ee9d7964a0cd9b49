"""Presence: the people on a page or of a value, the cursors in a record, and the viewers of a value.

Only the newest state counts. So updates are sent once per pause, and at most one message about a page or a record waits
in an outbox; its content is made when there is room for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, assert_never
from weakref import WeakSet

from dara.core._context import UserData
from dara.core._json import shortened
from dara.core._people import color_of
from dara.core._sync.channel import Channel, Channels, Subscriber, Subscription
from dara.core._sync.connection import Connection
from dara.core._sync.presence_groups import Place, Typist, Typists, Visitor, Visitors
from dara.core._sync.protocol.encode import Person
from dara.core._sync.protocol.messages import Attend, Cursor, Leave, PresenceMessage, Visit
from dara.core.persistence.record import Record

LINGER_SECONDS: Final = 4
"""The time for which a person stays present after the connection is lost, so that a reconnect does not show."""
CURSOR_CHARACTERS: Final = 1000
NAME_CHARACTERS: Final = 100


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The presence of a tab, as other servers hear of it.

    Attributes:
        typing: the address of a record, the author, and the cursor.
        viewing: the addresses of the records that the tab shows.
        attending: those of them of which it shows the people.
    """

    user: UserData
    page: str | None
    typing: tuple[str, int, Cursor] | None
    viewing: frozenset[str]
    attending: frozenset[str]

    @property
    def are_none(self) -> bool:
        """True if the tab is not present anywhere."""
        return self.page is None and self.typing is None and not self.viewing


class Presence:
    """The presence of all tabs of one app.

    Args:
        channels: the channels of the records that tabs view.
        secret: the key of the ids by which others know the users.

    Attributes:
        on_change: called with the connection of a tab whose presence has changed.
    """

    def __init__(self, channels: Channels, secret: bytes) -> None:
        self.on_change: Callable[[Subscriber], None] = lambda _: None
        self._channels = channels
        self._secret = secret
        self._elsewhere: dict[str, Whereabouts] = {}  # of the tabs of other servers, by client
        self._places: dict[Place, Visitors] = {}
        self._records: dict[Channel, Typists] = {}
        self._visits: dict[str, dict[Place, Visitors]] = {}  # by client
        self._typing: dict[str, Typists] = {}  # by client
        self._lost: dict[str, tuple[UserData, set[Record]]] = {}  # viewers whose connection is lost, by client
        self._leaving: WeakSet[Connection] = WeakSet()  # connections of tabs that have said that they leave

    def person(self, user: UserData) -> Person:
        """Return the data of a user that others may see; its id cannot be traced to the user's."""
        alias = blake2b(user.identity_id.encode(errors='surrogatepass'), key=self._secret, digest_size=8).hexdigest()
        name = shortened(user.identity_name.strip() or 'Somebody', NAME_CHARACTERS)
        return {'id': alias, 'name': name, 'color': color_of(user.identity_id)}

    def receive(self, connection: Connection, message: PresenceMessage | Visit | Attend | Leave) -> None:
        """Handle a message of a tab about its presence; drop a message that is too early or not allowed."""
        match message:
            case PresenceMessage():
                self._move_cursor(connection, message)
            case Visit():
                self._visit(connection, message.page)
            case Attend():
                self._attend(connection, message)
            case Leave():
                self.leave(connection)
            case _:
                assert_never(message)

    def leave(self, connection: Connection) -> None:
        """Remove a tab at once: it is being closed, or its session has ended."""
        self._leaving.add(connection)
        for place in list(self._visits.get(connection.client, ())):
            self._go(connection, place)
        self.on_change(connection)
        self._stop_typing(connection.client)

    def disconnect(self, connection: Connection) -> None:
        """Remove a tab whose socket is closed: after some seconds, in which it may reconnect, unless it has left."""
        if connection not in self._leaving:
            self._keep_as_viewer(connection)
        typists = self._typing.get(connection.client)
        for group in (*self._visits.get(connection.client, {}).values(), *([typists] if typists else ())):
            if group.has(connection):
                group.forget(connection)
                asyncio.get_running_loop().call_later(LINGER_SECONDS, self._expire, connection)

    def move_away(self, connection: Subscriber) -> None:
        """Remove a tab at once whose connection is lost, because it is connected to another server."""
        self._lost.pop(connection.client, None)
        self._expire(connection)

    def subscribed(self, subscription: Subscription) -> None:
        """Update presence after a tab has subscribed to a record."""
        subscription.store.core.open_records().viewers.add(self)
        channel = subscription.channel
        for client, whereabouts in self._elsewhere.items():
            if whereabouts.typing and whereabouts.typing[0] == channel.record.address:
                self._place_typist(client, whereabouts, channel)
        for group in (self._records.get(channel), self._places.get(channel)):
            if group:
                group.forget(subscription.subscriber)
        self.on_change(subscription.subscriber)

    def unsubscribed(self, subscription: Subscription) -> None:
        """Update presence after a tab has ended one of its subscriptions to a record."""
        subscriber, channel = subscription.subscriber, subscription.channel
        if not subscriber.is_disconnected:  # else it may reconnect
            self._stop_typing(subscriber.client, subscription)
            if subscriber not in channel.subscribers and not subscription.is_paused:
                self._go(subscriber, channel)
        typists = self._records.get(channel)
        if typists and subscriber not in channel.subscribers:
            typists.forget(subscriber)
        if typists and not channel.subscribers:
            typists.drop_those_elsewhere()
        self.on_change(subscriber)

    def looking_at(self, record: Record) -> list[UserData]:
        """Return the users whose tabs view the record, each once."""
        channel = self._channels.of(record)
        users = [subscriber.identity.user for subscriber in channel.subscribers] if channel else []
        users += [user for user, records in self._lost.values() if record in records]
        users += [each.user for each in self._elsewhere.values() if record.address in each.viewing]
        return list({user.identity_id: user for user in users}.values())

    def whereabouts(self, connection: Subscriber) -> Whereabouts:
        """Return the presence of a tab, for other servers."""
        client = connection.client
        visits, typists = self._visits.get(client, {}), self._typing.get(client)
        typist = typists.members.get(client) if typists else None
        address = typists.address if typists else None
        records = {subscription.channel.record for subscription in connection.subscriptions.values()}
        if connection.is_disconnected:
            records = self._lost[client][1] if client in self._lost else set()
        return Whereabouts(
            connection.identity.user,
            next((place for place in visits if isinstance(place, str)), None),
            (address, typist.author, typist.cursor) if typist and address else None,
            frozenset(record.address for record in records if record.address),
            frozenset(each.record.address for each in visits if isinstance(each, Channel) and each.record.address),
        )

    def place(self, client: str, whereabouts: Whereabouts | None) -> None:
        """Place a tab of another server; `None` removes it."""
        before = self._elsewhere.pop(client, None)
        groups = self._groups_of(whereabouts) if whereabouts else []
        for group in self._groups_of(before) if before else ():
            if group not in groups:
                group.remove(client)
        typing = whereabouts.typing if whereabouts else None
        if before and before.typing and (typing is None or typing[0] != before.typing[0]):
            for typists in [each for each in self._records.values() if each.address == before.typing[0]]:
                typists.remove(client)
        if whereabouts is None:
            return
        self._elsewhere[client] = whereabouts
        for group in groups:
            group.add(client, Visitor(whereabouts.user))
        channel = self._channels.at(typing[0]) if typing else None
        if channel:
            self._place_typist(client, whereabouts, channel)

    def _place_typist(self, client: str, whereabouts: Whereabouts, channel: Channel) -> None:
        assert whereabouts.typing
        _, author, cursor = whereabouts.typing
        typists = self._typists(channel)
        rebased = typists.rebase(author, cursor)
        if rebased:
            typists.add(client, Typist(whereabouts.user, author, rebased))
        else:
            typists.remove(client)

    def _groups_of(self, whereabouts: Whereabouts) -> list[Visitors]:
        """Return the people at the places of a tab of another server: its page, and values attended here."""
        page = [] if whereabouts.page is None else [self._group(whereabouts.page)]
        channels = (self._channels.at(address) for address in whereabouts.attending)
        return page + [self._places[channel] for channel in channels if channel and channel in self._places]

    def _group(self, place: Place) -> Visitors:
        if place not in self._places:
            group = self._places[place] = Visitors(place, self.person, lambda: self._close_place(place))
            address = place.record.address if isinstance(place, Channel) else None
            for client, whereabouts in self._elsewhere.items():
                if address in whereabouts.attending:
                    group.add(client, Visitor(whereabouts.user))
        return self._places[place]

    def _typists(self, channel: Channel) -> Typists:
        if channel not in self._records:
            self._records[channel] = Typists(channel, self.person, lambda: self._close_record(channel))
        return self._records[channel]

    def _visit(self, connection: Connection, page: str | None) -> None:
        """Move a tab to a page; `None` is none."""
        if connection.is_disconnected or (page is not None and connection.presence_rate.take()):
            return
        for place in list(self._visits.get(connection.client, ())):
            if isinstance(place, str) and place != page:
                self._go(connection, place)
        if page is not None:
            self._come(connection, page)
        self.on_change(connection)

    def _attend(self, connection: Connection, message: Attend) -> None:
        subscription = connection.subscriptions.get(message.subscription)
        if connection.is_disconnected or subscription is None:
            return
        if not message.present:
            self._go(connection, subscription.channel)
        elif not connection.presence_rate.take():
            self._come(connection, subscription.channel)
        self.on_change(connection)

    def _come(self, connection: Connection, place: Place) -> None:
        self._leaving.discard(connection)
        group = self._visits.setdefault(connection.client, {})[place] = self._group(place)
        group.add(connection.client, Visitor(connection.identity.user, connection))

    def _go(self, connection: Subscriber, place: Place) -> None:
        visits = self._visits.get(connection.client, {})
        group = visits.pop(place, None)
        if not visits:
            self._visits.pop(connection.client, None)
        if group:
            group.remove(connection.client)
            group.forget(connection)
            if isinstance(place, Channel) and not any(each.connection for each in group.members.values()):
                group.drop_those_elsewhere()

    def _move_cursor(self, connection: Connection, message: PresenceMessage) -> None:
        subscription = connection.subscriptions.get(message.subscription)
        if connection.is_disconnected or subscription is None:
            return
        if message.data is None:
            self._stop_typing(connection.client, subscription)
        elif message.data.characters <= CURSOR_CHARACTERS and not connection.presence_rate.take():
            self._leaving.discard(connection)
            self._type(connection, subscription, message.data)

    def _type(self, connection: Connection, subscription: Subscription, cursor: Cursor) -> None:
        author, client = subscription.author, connection.client
        typists = self._typists(subscription.channel)
        before = self._typing.pop(client, None)
        rebased = typists.rebase(author, cursor)
        if before and (before is not typists or rebased is None):
            before.remove(client)
        if rebased is None:
            typists.schedule()
            return
        self._typing[client] = typists
        typists.add(client, Typist(connection.identity.user, author, rebased, connection))
        self.on_change(connection)

    def _stop_typing(self, client: str, subscription: Subscription | None = None) -> None:
        """Remove the cursor of a tab: wherever it is, or if it is in the record of that subscription."""
        typists = self._typing.get(client)
        if not typists:
            return
        member = typists.members.get(client)
        if subscription is None or (
            typists is self._records.get(subscription.channel) and member and member.author == subscription.author
        ):
            del self._typing[client]
            typists.remove(client)
            if member and member.connection:
                self.on_change(member.connection)

    def _keep_as_viewer(self, connection: Connection) -> None:
        """Count a tab among the viewers of its records for some seconds more."""
        records = {subscription.channel.record for subscription in connection.subscriptions.values()}
        if not records:
            return
        client = connection.client
        kept = self._lost[client] = (connection.identity.user, records)

        def end() -> None:
            if self._lost.get(client) is kept:
                del self._lost[client]
                self.on_change(connection)

        asyncio.get_running_loop().call_later(LINGER_SECONDS, end)

    def _expire(self, connection: Subscriber) -> None:
        """Remove a tab that has not reconnected."""
        client = connection.client
        for place, group in list(self._visits.get(client, {}).items()):
            if group.has(connection):
                self._go(connection, place)
        typists = self._typing.get(client)
        if typists and typists.has(connection):
            del self._typing[client]
            typists.remove(client)
        self.on_change(connection)

    def _close_place(self, place: Place) -> None:
        del self._places[place]

    def _close_record(self, channel: Channel) -> None:
        self._records.pop(channel).close()
