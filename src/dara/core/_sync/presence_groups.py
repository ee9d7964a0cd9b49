"""The groups of present people: the visitors of a page, and the cursors in a record."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Final, Generic, TypeAlias, TypeVar

from dara.core._context import UserData
from dara.core._edits import Test, rebase
from dara.core._json import Path
from dara.core._sync.channel import Channel, Subscriber
from dara.core._sync.connection import Connection
from dara.core._sync.protocol import encode
from dara.core._sync.protocol.encode import Person
from dara.core._sync.protocol.messages import Cursor
from dara.core.persistence.changelog import Change

PAUSE_SECONDS: Final = 0.1
PAUSE_SECONDS_EACH: Final = 0.0005
"""The additional pause for each recipient: the more recipients, the fewer updates."""
PEOPLE_NAMED: Final = 50


Place: TypeAlias = str | Channel
"""A place at which people are present: a page, or a value."""


@dataclass(eq=False, slots=True)
class Visitor:
    """A tab at a place; `connection` is `None` for a tab of another server."""

    user: UserData
    connection: Connection | None = None


@dataclass(eq=False, slots=True)
class Typist:
    """A tab whose user types in a record; `connection` is `None` for a tab of another server."""

    user: UserData
    author: int
    cursor: Cursor
    connection: Connection | None = None


_M = TypeVar('_M', Visitor, Typist)


class Group(ABC, Generic[_M]):
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

    def drop_those_elsewhere(self) -> None:
        """Remove the tabs of other servers, because no tab of this one is told of them any more."""
        for client, member in list(self.members.items()):
            if member.connection is None:
                self.remove(client)

    def has(self, connection: Subscriber) -> bool:
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


class Visitors(Group[Visitor]):
    """The people at a place: each user once, in the order in which they came; the first of them with their names.

    Args:
        place: a page, or the channel of a value.
    """

    def __init__(self, place: Place, person: Callable[[UserData], Person], on_empty: Callable[[], None]) -> None:
        super().__init__(on_empty)
        self._channel = place if isinstance(place, Channel) else None
        self._name = place.id if isinstance(place, Channel) else place
        self._person = person
        self._named: dict[str, Person] = {}  # by user id
        self._count = 0
        self._difference = ''
        self._whole: str | None = None

    def _recipients(self) -> Iterable[Subscriber]:
        connections = [each.connection for each in self.members.values() if each.connection]
        return [each for each in connections if not each.is_disconnected and self._may_know(each)]

    def _may_know(self, connection: Connection) -> bool:
        """Return whether a tab may know who is here: of a value, only while it receives the value."""
        return self._channel is None or connection in self._channel.subscribers

    def _refresh(self) -> bool:
        users = {member.user.identity_id: member.user for member in self.members.values()}
        first = islice(users.items(), PEOPLE_NAMED)
        named = {each: self._named.get(each) or self._person(user) for each, user in first}
        came = [person for each, person in named.items() if each not in self._named]
        left = [person['id'] for each, person in self._named.items() if each not in named]
        if not came and not left and len(users) == self._count:
            return False
        self._named, self._count, self._whole = named, len(users), None
        self._difference = encode.visitors(self._name, came, left, self._count)
        return True

    def _message(self, sent: int | None) -> str:
        if sent == self._version - 1:
            return self._difference
        if self._whole is None:
            self._whole = encode.visitors(self._name, list(self._named.values()), None, self._count)
        return self._whole


class Typists(Group[Typist]):
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
        entries = [(each.author, self._person(each.user), each.cursor) for each in newest]
        encoded = encode.presence(self._channel.id, entries)
        has_changed = encoded != self._encoded
        self._encoded = encoded
        return has_changed

    def _message(self, sent: int | None) -> str:
        return self._encoded

    @property
    def address(self) -> str | None:
        """The address of the record."""
        return self._channel.record.address

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
