"""`Feed`: the commits that Redis publishes, as one server hears them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from dara.core.persistence.changelog import Update
from dara.core.persistence.databases.redis_link import (
    CALL_SECONDS,
    CONNECT_SECONDS,
    Address,
    Command,
    connect,
    next_answer,
    pack,
    send,
)
from dara.core.persistence.databases.redis_scripts import Names
from dara.core.persistence.rows import parse_update
from dara.core.persistence.shared import OnLoss, OnMessage, OnOutside, OnUpdate

PROBE_SECONDS: Final = 2.5
SILENT_SECONDS: Final = 6
PAUSE_SECONDS: Final = (0.1, 5)
CHANNELS_AT_ONCE: Final = 1000
OUTSIDE_AT_ONCE: Final = 1000
logger = logging.getLogger('dara')


class Feed:
    """The channels of the records that one server serves, on a connection of its own.

    Args:
        place: the place of the database, for messages.
        call: runs commands in the database.
    """

    def __init__(
        self,
        address: Address,
        names: Names,
        place: str,
        call: Callable[[Sequence[Command]], Awaitable[list[Any]]],
    ) -> None:
        self._address = address
        self._names = names
        self._place = place
        self._call = call
        self._on_update: OnUpdate = lambda *_: None
        self._on_loss: OnLoss = lambda _: None
        self._on_message: OnMessage | None = None
        self._on_outside: OnOutside | None = None
        self._outside_seen = b''
        """The place in the stream of the commits past the stores up to which they have been reported."""
        self._has_outside = asyncio.Event()
        self._served: set[str] = set()
        self._made: dict[bytes, Update] = {}
        """The commits of this server that are not answered yet, by their tips."""
        self._waiting: dict[bytes, asyncio.Future[None]] = {}
        self._connection: AbstractConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._heard_at = 0.0
        self._is_behind = False

    async def watch(self, on_update: OnUpdate, on_loss: OnLoss) -> None:
        """Report commits to these callbacks, on this event loop."""
        self._start()
        self._on_update, self._on_loss = on_update, on_loss

    async def serve(self, added: Collection[str], dropped: Collection[str]) -> None:
        """Change the set of the keys whose commits are reported. Raises as `_subscribe` does."""
        self._start()
        new = [key for key in added if key not in self._served]
        self._served = (self._served | set(added)) - set(dropped)
        await self._send(b'UNSUBSCRIBE', map(self._names.record, dropped))
        await self._subscribe(map(self._names.record, new))

    async def receive(self, on_message: OnMessage) -> None:
        """Report messages of other servers to a callback. Raises as `_subscribe` does."""
        self._start()
        self._on_message = on_message
        await self._subscribe([self._names.messages])

    async def watch_outside(self, on_outside: OnOutside) -> None:
        """Report the commits past the stores to a callback. Raises as `_subscribe` does."""
        self._start()
        if self._on_outside is None:
            (latest,) = await self._call([('XREVRANGE', self._names.outside, '+', '-', 'COUNT', 1)])
            if isinstance(latest, Exception):
                raise latest
            self._outside_seen = latest[0][0] if latest else b'0-0'
        self._on_outside = on_outside
        await self._subscribe([self._names.outside])

    @contextmanager
    def making(self, updates: Iterable[Update]) -> Iterator[None]:
        """Make these commits in the body. What is heard of them meanwhile need not be parsed."""
        made = {update.tip.encode(): update for update in updates}
        self._made.update(made)
        try:
            yield
        finally:
            for tip in made:
                del self._made[tip]

    async def close(self) -> None:
        """Report nothing any more."""
        self._on_update, self._on_loss = lambda *_: None, lambda _: None
        self._on_message = self._on_outside = None
        task, self._task = self._task, None
        if task and task.get_loop() is asyncio.get_running_loop():
            task.cancel()
            await asyncio.wait([task])

    def _start(self) -> None:
        """Start to follow on this event loop, if that has not been done."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._served, self._waiting, self._connection = set(), {}, None
            self._hurry, self._has_outside, self._is_behind = asyncio.Event(), asyncio.Event(), False
            self._task = loop.create_task(self._run())

    async def _subscribe(self, channels: Iterable[bytes]) -> None:
        """Subscribe to channels, and wait until that is done.

        Raises:
            OSError: Redis cannot be reached now. It is tried again.
        """
        loop = asyncio.get_running_loop()
        waiting = {channel: self._waiting.setdefault(channel, loop.create_future()) for channel in channels}
        await self._send(b'SUBSCRIBE', waiting)
        self._hurry.set()
        if waiting:
            done, missing = await asyncio.wait(waiting.values(), timeout=CALL_SECONDS)
            if missing:
                raise TimeoutError(f'no answer within {CALL_SECONDS} s')
            for each in done:
                each.result()

    async def _run(self) -> None:
        pause, longest = PAUSE_SECONDS
        while True:
            self._hurry.clear()
            try:
                await self._follow()
            except* (OSError, RedisError) as errors:
                if self._heard_at:
                    pause = PAUSE_SECONDS[0]
                self._fail(errors.exceptions[0])
            try:
                async with asyncio.timeout(pause):
                    await self._hurry.wait()
            except TimeoutError:
                pause = min(pause * 2, longest)

    async def _follow(self) -> None:
        """Connect, and report what is published until the connection is lost."""
        self._heard_at = 0
        connection = self._address.connection()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connect(connection)
            self._connection, self._heard_at = connection, time.monotonic()
            await self._send(b'SUBSCRIBE', self._channels())
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._probe(connection))
                tasks.create_task(self._read(connection))
                tasks.create_task(self._look_outside())
        finally:
            self._connection, self._is_behind = None, True
            await connection.disconnect(nowait=True)

    async def _read(self, connection: AbstractConnection) -> None:
        while True:
            answer = await next_answer(connection)
            self._heard_at = time.monotonic()
            if isinstance(answer, Exception):
                raise answer
            try:
                self._take(answer)
            except Exception:  # of a callback, or for content that is not Dara's
                logger.exception('%s: a message could not be handled', self._place)

    async def _look_outside(self) -> None:
        """Report the commits past the stores, each time that there are some."""
        while await self._has_outside.wait():
            self._has_outside.clear()
            try:
                while found := await self._next_outside():
                    for self._outside_seen, (record, tip) in found:
                        if self._on_outside:
                            self._on_outside(self._names.key(record), tip.decode())
            except Exception as error:
                logger.info('%s: what others write is reported later: %s', self._place, error)
                await asyncio.sleep(PAUSE_SECONDS[1])
                self._has_outside.set()

    async def _next_outside(self) -> list[Any]:
        start = b'(' + self._outside_seen
        (found,) = await self._call([('XRANGE', self._names.outside, start, '+', 'COUNT', OUTSIDE_AT_ONCE)])
        if isinstance(found, Exception):
            raise found
        entries: list[Any] = found
        return entries

    async def _probe(self, connection: AbstractConnection) -> None:
        """Ask regularly whether the connection is alive. The first answer comes after all subscriptions."""
        while time.monotonic() - self._heard_at < SILENT_SECONDS:
            await send(connection, pack([('PING',)]))
            await asyncio.sleep(PROBE_SECONDS)
        raise ConnectionError(f'nothing heard for {SILENT_SECONDS} s')

    def _take(self, answer: Any) -> None:
        match answer:
            case [b'message', self._names.messages, content]:
                if self._on_message:
                    self._on_message(content.decode())
            case [b'message', self._names.outside, _]:
                self._has_outside.set()
            case [b'message', channel, content]:
                self._report(self._names.key(channel), content)
            case [b'subscribe', channel, _]:
                if channel == self._names.outside:
                    self._has_outside.set()
                waiting = self._waiting.pop(channel, None)
                if waiting and not waiting.done():
                    waiting.set_result(None)
            case [b'pong', _] | b'PONG' if self._is_behind:
                self._is_behind = False
                logger.info('%s: the feed is back', self._place)
                self._on_loss(None)

    def _report(self, key: str, content: bytes) -> None:
        if key not in self._served:
            return
        try:
            update = self._made.get(_tip_of(content)) or parse_update(content)
        except Exception:  # whatever Python raises for content that is no update
            logger.warning('%s: a message about %r is not one of Dara', self._place, key)
            self._on_loss([key])
        else:
            self._on_update(key, update)

    def _channels(self) -> list[bytes]:
        records = [self._names.record(key) for key in self._served]
        others = {self._names.messages: self._on_message, self._names.outside: self._on_outside}
        return [*records, *(channel for channel, callback in others.items() if callback)]

    async def _send(self, command: bytes, channels: Iterable[bytes]) -> None:
        """Send a command about channels, if there is a connection; else its task does that later."""
        all_channels = list(channels)
        for start in range(0, len(all_channels), CHANNELS_AT_ONCE):
            connection = self._connection
            if connection:
                await send(connection, pack([(command, *all_channels[start : start + CHANNELS_AT_ONCE])]))

    def _fail(self, error: Exception) -> None:
        """Tell those who wait for their subscription why it is not there yet."""
        reason = str(error) or type(error).__name__
        level = logging.WARNING if self._heard_at else logging.DEBUG  # once, and not at each attempt to have it back
        logger.log(level, '%s: the feed was lost: %s', self._place, reason)
        waiting, self._waiting = self._waiting, {}
        for each in waiting.values():
            if not each.done():
                each.set_exception(ConnectionError(reason))
                each.exception()  # retrieved, in case that nobody waits any more


def _tip_of(content: bytes) -> bytes:
    """Return the tip of an encoded update, which is not parsed for that; see `rows.dump_update`."""
    parts = content.split(b'"', 4)
    return parts[3] if len(parts) > 3 else b''
