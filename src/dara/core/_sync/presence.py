"""Presence: the visitors of a page, the cursors in a record, and the viewers of a value.

Only the newest state counts. So updates are sent once per pause, and at most one message about a page or a record waits
in an outbox; its content is made when there is room for it.
"""

from __future__ import annotations

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Final, Generic, TypeVar, assert_never
from weakref import WeakSet

from dara.core._context import UserData
from dara.core._edits import Test, rebase
from dara.core._json import Path, shortened
from dara.core._people import color_of
from dara.core._sync.channel import Channel, Channels, Subscriber, Subscription
from dara.core._sync.connection import Connection
from dara.core._sync.protocol import encode
from dara.core._sync.protocol.encode import Person
from dara.core._sync.protocol.messages import Cursor, Leave, PresenceMessage, Visit
from dara.core.persistence.changelog import Change
from dara.core.persistence.record import Record

PAUSE_SECONDS: Final = 0.1
PAUSE_SECONDS_EACH: Final = 0.0005
"""The additional pause for each recipient: the more recipients, the fewer updates."""
LINGER_SECONDS: Final = 4
"""The time for which a person stays present after the connection is lost, so that a reconnect does not show."""
PEOPLE_NAMED: Final = 50
CURSOR_CHARACTERS: Final = 1000
NAME_CHARACTERS: Final = 100


@dataclass(eq=False, slots=True)
class _Visitor:
    """A tab on a page."""

    connection: Connection


@dataclass(eq=False, slots=True)
class _Typist:
    """A tab whose user types in a record."""

    connection: Connection
    author: int
    cursor: Cursor


_M = TypeVar('_M', _Visitor, _Typist)


class _Group(ABC, Generic[_M]):
    """The tabs that are present on a page or in a record, by client id, and the state that each recipient was sent."""

    def __init__(self, on_empty: Callable[[], None]) -> None:
        self.members: dict[str, _M] = {}
        self._on_empty = on_empty
        self._version = 0
        self._sent: dict[Subscriber, int] = {}  # the version of the state that each recipient has
        self._queued: set[Subscriber] = set()  # the recipients in whose outbox an update waits
        self._timer: asyncio.TimerHandle | None = None

    @abstractmethod
    def _recipients(self) -> Iterable[Subscriber]:
        """Return the tabs that are sent the state."""

    @abstractmethod
    def _refresh(self) -> bool:
        """Compute the state; return whether it has changed."""

    @abstractmethod
    def _message(self, sent: int | None) -> str:
        """Return the update for a tab that has the state of version `sent`."""

    def add(self, client: str, member: _M) -> None:
        self.members[client] = member
        self.schedule()

    def remove(self, client: str) -> None:
        if client in self.members:
            del self.members[client]
            self.schedule()

    def has(self, connection: Connection) -> bool:
        """Return whether the tab is a member through this connection."""
        member = self.members.get(connection.client)
        return member is not None and member.connection is connection

    def forget(self, recipient: Subscriber) -> None:
        """Forget the state that a recipient was sent, because it has left or needs the whole state."""
        self._sent.pop(recipient, None)
        self._queued.discard(recipient)
        self.schedule()

    def schedule(self) -> None:
        """Schedule an update of all recipients."""
        if self._timer is None:
            pause = PAUSE_SECONDS + PAUSE_SECONDS_EACH * len(self._sent)
            self._timer = asyncio.get_running_loop().call_later(pause, self._update)

    def _update(self) -> None:
        self._timer = None
        if self._refresh():
            self._version += 1
        for recipient in self._recipients():
            if self._needs_update(recipient) and recipient not in self._queued:
                self._queued.add(recipient)
                recipient.send(partial(self._make_update, recipient))
        if not self.members:
            self._on_empty()

    def _needs_update(self, recipient: Subscriber) -> bool:
        return self._sent.get(recipient) != self._version

    def _make_update(self, recipient: Subscriber) -> list[str]:
        self._queued.discard(recipient)
        sent = self._sent.get(recipient)
        if recipient.is_disconnected or sent == self._version:
            return []
        self._sent[recipient] = self._version
        return [self._message(sent)]


class _Visitors(_Group[_Visitor]):
    """The people on a page: each user once, in the order in which they came; the first of them with their names."""

    def __init__(self, page: str, person: Callable[[UserData], Person], on_empty: Callable[[], None]) -> None:
        super().__init__(on_empty)
        self._page = page
        self._person = person
        self._named: dict[str, Person] = {}  # by user id
        self._count = 0
        self._difference = ''
        self._whole: str | None = None

    def _recipients(self) -> Iterable[Subscriber]:
        return [member.connection for member in self.members.values() if not member.connection.is_disconnected]

    def _refresh(self) -> bool:
        present = [member.connection.identity.user for member in self.members.values()]
        users = {user.identity_id: user for user in present}
        first = islice(users.items(), PEOPLE_NAMED)
        named = {each: self._named.get(each) or self._person(user) for each, user in first}
        came = [person for each, person in named.items() if each not in self._named]
        left = [person['id'] for each, person in self._named.items() if each not in named]
        if not came and not left and len(users) == self._count:
            return False
        self._named, self._count, self._whole = named, len(users), None
        self._difference = encode.visitors(self._page, came, left, self._count)
        return True

    def _message(self, sent: int | None) -> str:
        if sent == self._version - 1:
            return self._difference
        if self._whole is None:
            self._whole = encode.visitors(self._page, list(self._named.values()), None, self._count)
        return self._whole


class _Typists(_Group[_Typist]):
    """The people who type in a record, and their cursors; sent to all subscribers of the record."""

    def __init__(self, channel: Channel, person: Callable[[UserData], Person], on_empty: Callable[[], None]) -> None:
        super().__init__(on_empty)
        self._channel = channel
        self._person = person
        self._encoded = ''
        self.close = channel.record.subscribe(self._on_change)

    def _recipients(self) -> Iterable[Subscriber]:
        return self._channel.subscribers

    def _needs_update(self, recipient: Subscriber) -> bool:
        was_sent_nothing = recipient not in self._sent
        is_alone = all(member.connection is recipient for member in self.members.values())
        return super()._needs_update(recipient) and not (was_sent_nothing and is_alone)

    def _refresh(self) -> bool:
        newest = list(self.members.values())[-PEOPLE_NAMED:]
        entries = [(each.author, self._person(each.connection.identity.user), each.cursor) for each in newest]
        encoded = encode.presence(self._channel.id, entries)
        has_changed = encoded != self._encoded
        self._encoded = encoded
        return has_changed

    def _message(self, sent: int | None) -> str:
        return self._encoded

    def rebase(self, author: int, cursor: Cursor) -> Cursor | None:
        """Return a cursor of an older version in the current one; `None` if its path is gone."""
        record = self._channel.record
        if not _may_move(cursor.path) or cursor.version >= record.version:
            return cursor
        for change in record.changes_since(record.epoch, cursor.version) or ():
            moved = _rebased(cursor, author, change)
            if moved is None:
                return None
            cursor = moved
        return cursor

    def _on_change(self, change: Change) -> None:
        """Move the cursors in lists over a change."""
        for client, member in list(self.members.items()):
            if not _may_move(member.cursor.path):
                continue
            moved = _rebased(member.cursor, member.author, change)
            if moved is None:
                self.remove(client)
            elif moved.path != member.cursor.path:
                self.schedule()
            if moved is not None:
                member.cursor = moved


class Presence:
    """The presence of all tabs of one app.

    Args:
        channels: the channels of the records that tabs view.
    """

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._secret = secrets.token_bytes(16)
        self._pages: dict[str, _Visitors] = {}
        self._records: dict[Channel, _Typists] = {}
        self._visits: dict[str, _Visitors] = {}  # by client
        self._typing: dict[str, _Typists] = {}  # by client
        self._lost: dict[str, tuple[UserData, set[Record]]] = {}  # viewers whose connection is lost, by client
        self._leaving: WeakSet[Connection] = WeakSet()  # connections of tabs that have said that they leave

    def person(self, user: UserData) -> Person:
        """Return the data of a user that others may see; its id cannot be traced to the user's."""
        alias = blake2b(user.identity_id.encode(errors='surrogatepass'), key=self._secret, digest_size=8).hexdigest()
        name = shortened(user.identity_name.strip() or 'Somebody', NAME_CHARACTERS)
        return {'id': alias, 'name': name, 'color': color_of(user.identity_id)}

    def receive(self, connection: Connection, message: PresenceMessage | Visit | Leave) -> None:
        """Handle a message of a tab about its presence; drop a message that is too early or not allowed."""
        match message:
            case PresenceMessage():
                self._move_cursor(connection, message)
            case Visit():
                self._visit(connection, message.page)
            case Leave():
                self.leave(connection)
            case _:
                assert_never(message)

    def leave(self, connection: Connection) -> None:
        """Remove a tab at once: it is being closed, or its session has ended."""
        self._leaving.add(connection)
        self._visit(connection, None)
        self._stop_typing(connection.client)

    def disconnect(self, connection: Connection) -> None:
        """Remove a tab whose socket is closed: after some seconds, in which it may reconnect, unless it has left."""
        if connection not in self._leaving:
            self._keep_as_viewer(connection)
        for group in (self._visits.get(connection.client), self._typing.get(connection.client)):
            if group and group.has(connection):
                group.forget(connection)
                asyncio.get_running_loop().call_later(LINGER_SECONDS, self._expire, connection)

    def subscribed(self, subscription: Subscription) -> None:
        """Update presence after a tab has subscribed to a record."""
        subscription.store.core.open_records().viewers.add(self)
        typists = self._records.get(subscription.channel)
        if typists:
            typists.forget(subscription.subscriber)

    def unsubscribed(self, subscription: Subscription) -> None:
        """Update presence after a tab has ended one of its subscriptions to a record."""
        subscriber, channel = subscription.subscriber, subscription.channel
        if not subscriber.is_disconnected:  # else it may reconnect
            self._stop_typing(subscriber.client, subscription)
        typists = self._records.get(channel)
        if typists and subscriber not in channel.subscribers:
            typists.forget(subscriber)

    def looking_at(self, record: Record) -> list[UserData]:
        """Return the users whose tabs view the record, each once."""
        channel = self._channels.of(record)
        users = [subscriber.identity.user for subscriber in channel.subscribers] if channel else []
        users += [user for user, records in self._lost.values() if record in records]
        return list({user.identity_id: user for user in users}.values())

    def _visit(self, connection: Connection, page: str | None) -> None:
        """Move a tab to a page; `None` is none."""
        if connection.is_disconnected or (page is not None and connection.presence_rate.take()):
            return
        client = connection.client
        before = self._visits.pop(client, None)
        if before and (page is None or before is not self._pages.get(page)):
            before.remove(client)
            before.forget(connection)
        if page is None:
            return
        self._leaving.discard(connection)
        if page not in self._pages:
            self._pages[page] = _Visitors(page, self.person, lambda: self._close_page(page))
        self._visits[client] = self._pages[page]
        self._pages[page].add(client, _Visitor(connection))

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
        channel, author, client = subscription.channel, subscription.author, connection.client
        if channel not in self._records:
            self._records[channel] = _Typists(channel, self.person, lambda: self._close_record(channel))
        typists = self._records[channel]
        before = self._typing.pop(client, None)
        rebased = typists.rebase(author, cursor)
        if before and (before is not typists or rebased is None):
            before.remove(client)
        if rebased is None:
            typists.schedule()
            return
        self._typing[client] = typists
        typists.add(client, _Typist(connection, author, rebased))

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

        asyncio.get_running_loop().call_later(LINGER_SECONDS, end)

    def _expire(self, connection: Connection) -> None:
        """Remove a tab that has not reconnected."""
        client = connection.client
        for groups in (self._visits, self._typing):
            group = groups.get(client)
            if group and group.has(connection):
                del groups[client]
                group.remove(client)

    def _close_page(self, page: str) -> None:
        del self._pages[page]

    def _close_record(self, channel: Channel) -> None:
        self._records.pop(channel).close()


def _may_move(path: Iterable[str | int]) -> bool:
    """Return whether a path leads through a list, in which changes before it move it."""
    return any(isinstance(step, int) for step in path)


def _rebased(cursor: Cursor, author: int, change: Change) -> Cursor | None:
    """Return a cursor after a change; it is already after the edits of its own author."""
    path: Path = tuple(cursor.path)
    for entry in change.entries:
        if entry.author == author:
            continue
        left = rebase((Test(path, None),), entry.ops)
        if not left:
            return None
        path = left[0].path
    return replace(cursor, path=list(path), version=change.version)
