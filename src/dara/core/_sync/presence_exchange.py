"""The exchange of presence between the servers of one app."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from hashlib import blake2b
from typing import Any, Final, TypeAlias

import orjson
from pydantic import TypeAdapter

from dara.core._context import UserData
from dara.core._sync.channel import Subscriber
from dara.core._sync.presence import Presence, Whereabouts
from dara.core._sync.protocol.messages import Cursor
from dara.core._sync.tasks import Tasks
from dara.core.persistence.shared import MESSAGE_BYTES, SharedBackend

PAUSE_SECONDS: Final = 0.1
REPEAT_SECONDS: Final = 10
EXPIRY_SECONDS: Final = 25
"""The time after which a tab of another server is gone if that server has not repeated its presence."""
MAX_VIEWED: Final = 100
"""The number of records per tab of which other servers hear that it shows them."""
_Dumped: TypeAlias = tuple[UserData, str | None, tuple[str, int, Cursor] | None, frozenset[str], frozenset[str]]
_MESSAGE: Final = TypeAdapter(tuple[str, dict[str, _Dumped | None]])
logger = logging.getLogger('dara')


class PresenceExchange:
    """The link to the presence on other servers: it tells them of this one's tabs, and places theirs here.

    Messages may be lost. Everything is repeated after some seconds, and expires without a repetition.
    """

    def __init__(self, presence: Presence, backend: SharedBackend) -> None:
        self._presence = presence
        self._backend = backend
        self._changed: dict[str, Subscriber] = {}
        self._told: dict[str, Subscriber] = {}  # the present tabs of which others have heard
        self._elsewhere: dict[str, tuple[str, float]] = {}  # the server of each tab of others, and when it expires
        self._timer: asyncio.TimerHandle | None = None
        self._repeating: asyncio.Task[None] | None = None
        self._is_failing = False
        self._tasks = Tasks('The presence of users could not be told to other servers')

    async def start(self) -> None:
        """Begin to tell and to listen."""
        await self._backend.receive(self._receive)
        self._presence.on_change = self._note
        self._repeating = asyncio.create_task(self._repeat())

    def stop(self) -> None:
        """End both."""
        self._presence.on_change = lambda _: None
        self._tasks.cancel()
        if self._repeating:
            self._repeating.cancel()
        if self._timer:
            self._timer.cancel()

    def _note(self, connection: Subscriber) -> None:
        tab = _name_of(connection)
        if connection.is_disconnected and (tab in self._elsewhere or self._here(tab) not in (None, connection)):
            return  # it has moved
        self._changed[tab] = connection
        self._elsewhere.pop(tab, None)
        self._presence.place(tab, None)  # it has moved here
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._tell)

    def _here(self, tab: str) -> Subscriber | None:
        """Return the connection of a tab to this server, perhaps a lost one."""
        return self._changed.get(tab) or self._told.get(tab)

    def _tell(self) -> None:
        """Send the presence of all tabs that have changed."""
        self._timer = None
        changed, self._changed = self._changed, {}
        tabs: dict[str, Any] = {}
        for tab, connection in changed.items():
            whereabouts = self._presence.whereabouts(connection)
            if not whereabouts.are_none:
                self._told[tab] = connection
                tabs[tab] = _dumped(whereabouts)
            elif self._told.pop(tab, None):
                tabs[tab] = None
        for message in self._messages(tabs):
            self._tasks.start(self._send(message))

    async def _send(self, message: str) -> None:
        try:
            await self._backend.send(message)
        except Exception as error:  # whatever the driver of the database raises
            if not self._is_failing:
                reason = str(error) or type(error).__name__
                logger.warning('%s: other servers do not hear who is present: %s', self._backend.describe(), reason)
            self._is_failing = True
        else:
            self._is_failing = False

    def _messages(self, tabs: dict[str, Any]) -> Iterator[str]:
        """Encode tabs in messages of limited size; a tab that does not fit into one is left out."""
        server = self._backend.writer.client
        room = MESSAGE_BYTES - len(orjson.dumps([server, {}]))
        for some in _within(room, tabs.items()):
            yield orjson.dumps([server, some]).decode()

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(REPEAT_SECONDS)
            for connection in [each for each in self._told.values() if not each.is_disconnected]:
                self._note(connection)
            now = time.monotonic()
            for tab in [tab for tab, (_, expires) in self._elsewhere.items() if expires < now]:
                del self._elsewhere[tab]
                self._presence.place(tab, None)

    def _receive(self, message: str) -> None:
        try:
            server, tabs = _MESSAGE.validate_json(message)
        except (ValueError, TypeError) as error:  # of a server of another version
            logger.debug('A message of another server was ignored: %s', error)
            return
        if server == self._backend.writer.client:
            return
        for tab, dumped in tabs.items():
            if dumped:
                self._place(tab, server, Whereabouts(*dumped))
            elif self._elsewhere.get(tab, ('',))[0] == server:  # else it has moved since
                del self._elsewhere[tab]
                self._presence.place(tab, None)

    def _place(self, tab: str, server: str, whereabouts: Whereabouts) -> None:
        """Place a tab of another server, unless it is connected here."""
        here = self._here(tab)
        if here and not here.is_disconnected:
            return
        self._elsewhere[tab] = (server, time.monotonic() + EXPIRY_SECONDS)
        if here:
            self._changed.pop(tab, None)
            self._told.pop(tab, None)
            self._presence.move_away(here)
        self._presence.place(tab, whereabouts)


def _name_of(connection: Subscriber) -> str:
    """Return the name of a tab among servers; its id stays here, since whoever knows it can pass for the tab."""
    return blake2b(connection.client.encode(), digest_size=12).hexdigest()


def _dumped(whereabouts: Whereabouts) -> list[Any]:
    typing = whereabouts.typing
    return [
        whereabouts.user.model_dump(mode='json'),
        whereabouts.page,
        typing and [*typing[:2], asdict(typing[2])],
        sorted(whereabouts.viewing)[:MAX_VIEWED],
        sorted(whereabouts.attending)[:MAX_VIEWED],
    ]


def _within(room: int, items: Iterable[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the items in dicts that take `room` bytes at most."""
    some: dict[str, Any] = {}
    used = 0
    for name, item in items:
        size = len(orjson.dumps({name: item}))
        if size > room:
            continue
        if some and used + size > room:
            yield some
            some, used = {}, 0
        some[name] = item
        used += size
    if some:
        yield some
