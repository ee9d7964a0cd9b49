"""Presence: who is on a page, where in a record somebody types, and who looks at a value.

Only the newest counts, so it is told at most once a pause, and at most one message about a page or a record waits in
an outbox: what is in it is found out when there is room for it.
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
from dara.core._sync import protocol
from dara.core._sync.channel import Channel, Channels, Subscriber, Subscription
from dara.core._sync.connection import Connection
from dara.core._sync.protocol import Cursor, Leave, Person, PresenceMessage, Visit
from dara.core.persistence.changelog import Change
from dara.core.persistence.record import Record

PAUSE_SECONDS: Final = 0.1
PAUSE_SECONDS_EACH: Final = 0.0005
"""More for each who is told: what a thousand do reaches a thousand less often."""
LINGER_SECONDS: Final = 4
"""How long somebody stays whose connection was lost, so that who comes back at once was never gone."""
NAMED: Final = 50
SPOT_CHARACTERS: Final = 1000
NAME_CHARACTERS: Final = 100


@dataclass(eq=False, slots=True)
class _Visitor:
    """A tab on a page."""

    connection: Connection


@dataclass(eq=False, slots=True)
class _Typist:
    """A tab that types somewhere in a record."""

    connection: Connection
    author: int
    spot: Cursor


_M = TypeVar('_M', _Visitor, _Typist)


class _Crowd(ABC, Generic[_M]):
    """Tabs that are somewhere, by their client ids, and the connections that are told of it."""

    def __init__(self, on_empty: Callable[[], None]) -> None:
        self.members: dict[str, _M] = {}
        self._on_empty = on_empty
        self._told: dict[Subscriber, int] = {}
        self._waiting: set[Subscriber] = set()
        self._version = 0
        self._timer: asyncio.TimerHandle | None = None

    @abstractmethod
    def _listeners(self) -> Iterable[Subscriber]:
        """Return who is told."""

    @abstractmethod
    def _has_changed(self) -> bool:
        """Find out how things stand; return whether that is news."""

    @abstractmethod
    def _message(self, told: int | None) -> str:
        """Return how things stand, for a connection that was told of that version."""

    def enter(self, client: str, member: _M) -> None:
        self.members[client] = member
        self.touch()

    def leave(self, client: str, member: _M | None = None) -> None:
        """Take a tab out, unless it has come back since it was that member."""
        if client in self.members and (member is None or self.members[client] is member):
            del self.members[client]
            self.touch()

    def forget(self, connection: Subscriber) -> None:
        """The connection has left, or does not know any more what it was told."""
        self._told.pop(connection, None)
        self._waiting.discard(connection)
        self.touch()

    def touch(self) -> None:
        """Tell everybody soon."""
        if self._timer is None:
            pause = PAUSE_SECONDS + PAUSE_SECONDS_EACH * len(self._told)
            self._timer = asyncio.get_running_loop().call_later(pause, self._tell_all)

    def _tell_all(self) -> None:
        self._timer = None
        if self._has_changed():
            self._version += 1
        for connection in self._listeners():
            if self._is_news_for(connection) and connection not in self._waiting:
                self._waiting.add(connection)
                connection.send(partial(self._told_now, connection))
        if not self.members:
            self._on_empty()

    def _is_news_for(self, connection: Subscriber) -> bool:
        return self._told.get(connection) != self._version

    def _told_now(self, connection: Subscriber) -> list[str]:
        self._waiting.discard(connection)
        told = self._told.get(connection)
        if connection.is_disconnected or told == self._version:
            return []
        self._told[connection] = self._version
        return [self._message(told)]


class _Visitors(_Crowd[_Visitor]):
    """Who is on a page: each user once, in the order in which they came; the first of them by name."""

    def __init__(self, page: str, person: Callable[[UserData], Person], on_empty: Callable[[], None]) -> None:
        super().__init__(on_empty)
        self._page = page
        self._person = person
        self._named: dict[str, Person] = {}
        self._count = 0
        self._news = ''
        self._whole: str | None = None

    def _listeners(self) -> Iterable[Subscriber]:
        return [member.connection for member in self.members.values() if not member.connection.is_disconnected]

    def _has_changed(self) -> bool:
        present = [member.connection.identity.user for member in self.members.values()]
        users = {user.identity_id: user for user in present}
        named = {each: self._named.get(each) or self._person(user) for each, user in islice(users.items(), NAMED)}
        came = [person for each, person in named.items() if each not in self._named]
        left = [person['id'] for each, person in self._named.items() if each not in named]
        if not came and not left and len(users) == self._count:
            return False
        self._named, self._count, self._whole = named, len(users), None
        self._news = protocol.visitors(self._page, came, left, self._count)
        return True

    def _message(self, told: int | None) -> str:
        if told == self._version - 1:
            return self._news
        if self._whole is None:
            self._whole = protocol.visitors(self._page, list(self._named.values()), None, self._count)
        return self._whole


class _Typists(_Crowd[_Typist]):
    """Who types in a record, and where: everybody who sees the record is told."""

    def __init__(self, channel: Channel, person: Callable[[UserData], Person], on_empty: Callable[[], None]) -> None:
        super().__init__(on_empty)
        self._channel = channel
        self._person = person
        self._encoded = ''
        self.stop = channel.record.subscribe(self._follow)

    def _listeners(self) -> Iterable[Subscriber]:
        return self._channel.subscribers

    def _is_news_for(self, connection: Subscriber) -> bool:
        knows_of_nobody = connection not in self._told
        is_alone = all(member.connection is connection for member in self.members.values())
        return super()._is_news_for(connection) and not (knows_of_nobody and is_alone)

    def _has_changed(self) -> bool:
        newest = list(self.members.values())[-NAMED:]
        entries = [(each.author, self._person(each.connection.identity.user), each.spot) for each in newest]
        encoded = protocol.presence(self._channel.id, entries)
        is_news = encoded != self._encoded
        self._encoded = encoded
        return is_news

    def _message(self, told: int | None) -> str:
        return self._encoded

    def place(self, author: int, spot: Cursor) -> Cursor | None:
        """Return where a spot of an older version is now; `None` if it is gone."""
        record = self._channel.record
        if _is_fixed(spot.path) or spot.version >= record.version:
            return spot
        for change in record.changes_since(record.epoch, spot.version) or ():
            moved = _moved(spot, author, change)
            if moved is None:
                return None
            spot = moved
        return spot

    def _follow(self, change: Change) -> None:
        """What is inserted before the item that somebody types in moves them, too."""
        for client, member in list(self.members.items()):
            if _is_fixed(member.spot.path):
                continue
            moved = _moved(member.spot, member.author, change)
            if moved is None:
                self.leave(client)
            elif moved.path != member.spot.path:
                self.touch()
            if moved is not None:
                member.spot = moved


class Presence:
    """Who is where, of the tabs of one app; `channels` are the records that they see."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._secret = secrets.token_bytes(16)
        self._pages: dict[str, _Visitors] = {}
        self._records: dict[Channel, _Typists] = {}
        self._visits: dict[str, _Visitors] = {}  # by client
        self._typing: dict[str, _Typists] = {}
        self._cut_off: dict[str, tuple[UserData, set[Record]]] = {}
        self._leaving: WeakSet[Connection] = WeakSet()

    def person(self, user: UserData) -> Person:
        """Return what others are told of a user: their id says nothing of the one that the app knows."""
        alias = blake2b(user.identity_id.encode(errors='surrogatepass'), key=self._secret, digest_size=8).hexdigest()
        name = shortened(user.identity_name.strip() or 'Somebody', NAME_CHARACTERS)
        return {'id': alias, 'name': name, 'color': color_of(user.identity_id)}

    def receive(self, connection: Connection, message: PresenceMessage | Visit | Leave) -> None:
        """Take what a tab says of itself; what comes too fast, or from where it is not, is nothing."""
        match message:
            case PresenceMessage():
                self.type(connection, message)
            case Visit():
                self.visit(connection, message.page)
            case Leave():
                self.goodbye(connection)
            case _:
                assert_never(message)

    def visit(self, connection: Connection, page: str | None) -> None:
        """The tab shows who is on that page, and so is there itself; `None`: nowhere."""
        if connection.is_disconnected or (page is not None and connection.presence_rate.take()):
            return
        before = self._visits.pop(connection.client, None)
        if before and (page is None or before is not self._pages.get(page)):
            before.leave(connection.client)
            before.forget(connection)
        if page is None:
            return
        self._leaving.discard(connection)
        if page not in self._pages:
            self._pages[page] = _Visitors(page, self.person, lambda: self._close_page(page))
        self._visits[connection.client] = self._pages[page]
        self._pages[page].enter(connection.client, _Visitor(connection))

    def type(self, connection: Connection, message: PresenceMessage) -> None:
        """The tab's user is in a field for a part of a record that it sees, or no longer."""
        subscription = connection.subscriptions.get(message.subscription)
        if connection.is_disconnected or subscription is None:
            return
        if message.data is None:
            self._stop_typing(connection.client, subscription)
        elif message.data.characters <= SPOT_CHARACTERS and not connection.presence_rate.take():
            self._leaving.discard(connection)
            self._type(connection, subscription, message.data)

    def _type(self, connection: Connection, subscription: Subscription, spot: Cursor) -> None:
        channel, author = subscription.channel, subscription.author
        if channel not in self._records:
            self._records[channel] = _Typists(channel, self.person, lambda: self._close_record(channel))
        typists = self._records[channel]
        before = self._typing.pop(connection.client, None)
        placed = typists.place(author, spot)
        if before and (before is not typists or placed is None):
            before.leave(connection.client)
        if placed is None:
            typists.touch()
            return
        self._typing[connection.client] = typists
        typists.enter(connection.client, _Typist(connection, author, placed))

    def subscribed(self, connection: Connection, subscription: Subscription) -> None:
        """The connection has begun to see a record, or sees it anew."""
        subscription.store.core.open_records().onlookers.add(self)
        typists = self._records.get(subscription.channel)
        if typists:
            typists.forget(connection)

    def unsubscribed(self, connection: Connection, subscription: Subscription) -> None:
        """The connection does not see the record any more through that store."""
        if not connection.is_disconnected:  # else it may come back in a moment
            self._stop_typing(connection.client, subscription)
        typists = self._records.get(subscription.channel)
        if typists and connection not in subscription.channel.subscribers:
            typists.forget(connection)

    def goodbye(self, connection: Connection) -> None:
        """The tab goes, or has to: it is nowhere at once."""
        self._leaving.add(connection)
        self.visit(connection, None)
        self._stop_typing(connection.client)

    def disconnected(self, connection: Connection) -> None:
        """The socket is closed. A tab that has not said goodbye may come back, and stays for some seconds."""
        client = connection.client
        if connection not in self._leaving:
            self._stay(client, connection)
        for crowd in (self._visits.get(client), self._typing.get(client)):
            if crowd and crowd.members.get(client) and crowd.members[client].connection is connection:
                crowd.forget(connection)
                wait = asyncio.get_running_loop().call_later
                wait(LINGER_SECONDS, self._expire, client, connection)

    def looking_at(self, record: Record) -> list[UserData]:
        """Return whose tabs show the record, each user once."""
        channel = self._channels.of(record)
        users = [connection.identity.user for connection in channel.subscribers] if channel else []
        users += [user for user, records in self._cut_off.values() if record in records]
        return list({user.identity_id: user for user in users}.values())

    def _stay(self, client: str, connection: Connection) -> None:
        records = {subscription.channel.record for subscription in connection.subscriptions.values()}
        if not records:
            return
        stay = self._cut_off[client] = (connection.identity.user, records)

        def end() -> None:
            if self._cut_off.get(client) is stay:
                del self._cut_off[client]

        asyncio.get_running_loop().call_later(LINGER_SECONDS, end)

    def _expire(self, client: str, connection: Connection) -> None:
        """Take a tab out that has not come back."""
        for crowds in (self._visits, self._typing):
            crowd = crowds.get(client)
            if crowd and crowd.members.get(client) and crowd.members[client].connection is connection:
                del crowds[client]
                crowd.leave(client)

    def _stop_typing(self, client: str, seen: Subscription | None = None) -> None:
        """End what a tab types: anywhere, or in what it sees by that subscription."""
        typists = self._typing.get(client)
        member = typists.members.get(client) if typists else None
        is_there = seen is None or (
            typists is self._records.get(seen.channel) and member and member.author == seen.author
        )
        if typists and is_there:
            del self._typing[client]
            typists.leave(client)

    def _close_page(self, page: str) -> None:
        del self._pages[page]

    def _close_record(self, channel: Channel) -> None:
        self._records.pop(channel).stop()


def _is_fixed(path: Iterable[str | int]) -> bool:
    """Whether it leads through no list, where what is before it could move it."""
    return not any(isinstance(step, int) for step in path)


def _moved(spot: Cursor, author: int, change: Change) -> Cursor | None:
    """Return where a spot is after a change; what its own author did is in it already."""
    path: Path = tuple(spot.path)
    for entry in change.entries:
        if entry.author == author:
            continue
        left = rebase((Test(path, None),), entry.ops)
        if not left:
            return None
        path = left[0].path
    return replace(spot, path=list(path), version=change.version)
