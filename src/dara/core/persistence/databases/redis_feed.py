"""`Feed`: the commits that Redis publishes, as one server hears them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterable
from typing import Any, Final

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from dara.core.persistence.databases.redis_link import (
    CALL_SECONDS,
    CONNECT_SECONDS,
    Address,
    connect,
    next_answer,
    pack,
    send,
)
from dara.core.persistence.databases.redis_scripts import Names
from dara.core.persistence.rows import parse_update
from dara.core.persistence.shared import OnLoss, OnMessage, OnUpdate

PROBE_SECONDS: Final = 2.5
SILENT_SECONDS: Final = 6
PAUSE_SECONDS: Final = (0.1, 5)
CHANNELS_AT_ONCE: Final = 1000
logger = logging.getLogger('dara')


class Feed:
    """The channels of the records that one server serves, on a connection of its own.

    Args:
        place: the place of the database, for messages.
    """

    def __init__(self, address: Address, names: Names, place: str) -> None:
        self._address = address
        self._names = names
        self._place = place
        self._on_update: OnUpdate = lambda *_: None
        self._on_loss: OnLoss = lambda _: None
        self._on_message: OnMessage | None = None
        self._served: set[str] = set()
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

    async def close(self) -> None:
        """Report nothing any more."""
        self._on_update, self._on_loss, self._on_message = lambda *_: None, lambda _: None, None
        task, self._task = self._task, None
        if task and task.get_loop() is asyncio.get_running_loop():
            task.cancel()
            await asyncio.wait([task])

    def _start(self) -> None:
        """Start to follow on this event loop, if that has not been done."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._served, self._waiting, self._connection = set(), {}, None
            self._hurry, self._is_behind = asyncio.Event(), False
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
                raise TimeoutError(f'{self._place}: no answer within {CALL_SECONDS} s')
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
            case [b'message', channel, content]:
                self._report(self._names.key(channel), content)
            case [b'subscribe', channel, _]:
                waiting = self._waiting.pop(channel, None)
                if waiting and not waiting.done():
                    waiting.set_result(None)
            case [b'pong', _] | b'PONG' if self._is_behind:
                self._is_behind = False
                self._on_loss(None)

    def _report(self, key: str, content: bytes) -> None:
        if key not in self._served:
            return
        try:
            update = parse_update(content)
        except Exception:  # whatever Python raises for content that is no update
            logger.warning('%s: a message about %r is not one of Dara', self._place, key)
            self._on_loss([key])
        else:
            self._on_update(key, update)

    def _channels(self) -> list[bytes]:
        records = [self._names.record(key) for key in self._served]
        return [*records, self._names.messages] if self._on_message else records

    async def _send(self, command: bytes, channels: Iterable[bytes]) -> None:
        """Send a command about channels, if there is a connection; else its task does that later."""
        all_channels = list(channels)
        for start in range(0, len(all_channels), CHANNELS_AT_ONCE):
            connection = self._connection
            if connection:
                await send(connection, pack([(command, *all_channels[start : start + CHANNELS_AT_ONCE])]))

    def _fail(self, error: Exception) -> None:
        """Tell those who wait for their subscription why it is not there yet."""
        logger.info('%s: the feed was lost: %s', self._place, error)
        waiting, self._waiting = self._waiting, {}
        for each in waiting.values():
            if not each.done():
                each.set_exception(ConnectionError(f'{self._place}: {error}'))
                each.exception()  # retrieved, in case that nobody waits any more
