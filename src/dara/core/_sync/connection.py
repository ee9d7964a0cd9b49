"""A connection: one browser tab, its outbox, and the task that empties it.

A change is sent from where it is published, without any task, if nothing is queued in front of it. The publisher never
waits: where the transport of a tab has no room, the writer task of that tab finishes the frame, and the messages after
it are queued. A writer exists only while there is something for it to do.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from dara.core._context import Identity
from dara.core._limits import Limits
from dara.core._metrics import METRICS
from dara.core._sync.channel import Subscription
from dara.core._sync.outbox import Deferred, Outbox
from dara.core._sync.protocol import encode
from dara.core._sync.protocol.messages import SubscriptionId
from dara.core._sync.token_bucket import TokenBucket

Transmit: TypeAlias = Callable[[str], Awaitable[None] | None]
"""A function that sends a frame as far as there is room; returns the rest, to be awaited, or `None` if there is none.

An error is raised where the rest is awaited.
"""
logger = logging.getLogger('dara')


class Connection:
    """One browser tab, from `hello` until its socket closes.

    Args:
        client: the id of the tab, the same when it reconnects.
        resync: makes the messages that bring a tab up to date in a channel; see `outbox.Resync`.

    Attributes:
        is_disconnected: whether the socket is closed, or another connection of the tab has replaced this one.
    """

    __slots__ = (
        '__weakref__',
        '_acknowledged',
        '_blocked_since',
        '_farewell',
        '_on_over',
        '_outbox',
        '_resync',
        '_sent',
        '_started',
        '_transmit',
        '_writer',
        'client',
        'edit_rate',
        'identity',
        'is_disconnected',
        'limits',
        'presence_rate',
        'subscriptions',
    )

    def __init__(
        self,
        client: str,
        identity: Identity,
        limits: Limits,
        resync: Callable[[Connection, int, int | None], list[str]],
    ) -> None:
        self.client = client
        self.identity = identity
        self.limits = limits
        self.subscriptions: dict[SubscriptionId, Subscription] = {}
        self.edit_rate = TokenBucket(limits.edits_per_second, limits.edits_at_once)
        self.presence_rate = TokenBucket(limits.presence_per_second, limits.presence_per_second)
        self.is_disconnected = False
        self._resync = resync
        self._outbox: Outbox | None = None  # `None` while nothing is queued
        self._transmit: Transmit | None = None
        self._on_over: Callable[[], None] | None = None
        self._started: Awaitable[None] | None = None  # the rest of a transmission that was started eagerly
        self._sent = self._acknowledged = 0  # frames
        self._blocked_since: float | None = None
        self._farewell: str | None = None
        self._writer: asyncio.Task[bool] | None = None

    def open(self, transmit: Transmit, on_over: Callable[[], None]) -> None:
        """Send the queued messages, and those that follow, until the connection is closed.

        Args:
            transmit: sends a frame, in the writer or in a publisher.
            on_over: called when `bye` is sent, or nothing can be sent any more.
        """
        self._transmit, self._on_over = transmit, on_over
        self._wake()

    def send(self, content: str | Deferred) -> None:
        """Queue an answer to this tab alone; close the connection if too many are queued."""
        if self.is_closing:
            return
        outbox = self._queue()
        outbox.put(content)
        if outbox.is_full:
            self.close('slow')

    def send_change(self, channel: int, base: int, message: str) -> None:
        """Send a change from version `base`: at once if nothing is queued and there is room, else queue it."""
        if self._farewell is not None:
            return
        if self._transmit and self._writer is None and self._outbox is None and not self._lacks_acks:
            self._send_now(self._transmit, message)
        else:
            self._queue().put_change(channel, base, message)

    def send_snapshot(self, channel: int) -> None:
        """Queue a snapshot of a channel; it replaces all changes of the channel until it is sent."""
        if self.is_closing:
            return
        self._queue().put_snapshot(channel)

    def acknowledge(self, frames: int) -> None:
        """Note that the tab has read `frames` frames in all."""
        self._acknowledged = min(max(frames, self._acknowledged), self._sent)
        self._note_sent()
        self._wake()

    def close(self, reason: str, retry_ms: int = 1000) -> None:
        """Have the writer send `bye` and end; nothing else is sent any more."""
        if self._farewell is None:
            METRICS.closed.add((reason,))
            self._farewell = encode.bye(1000 if reason == 'drain' else 4000, reason, retry_ms)
        self._wake()

    def abort(self) -> None:
        """End at once, without waiting for a tab that reads nothing."""
        self.close('slow')
        if self._writer:
            self._writer.cancel()

    @property
    def is_closing(self) -> bool:
        """True once nothing but `bye` is sent."""
        return self._farewell is not None

    def is_stuck(self, now: float) -> bool:
        """Return whether the tab has read nothing for too long."""
        return self._blocked_since is not None and now - self._blocked_since > self.limits.blocked_seconds

    async def wait_closed(self) -> None:
        """Wait until `bye` is sent, or cannot be sent."""
        if self._writer:
            await asyncio.wait({self._writer})

    async def stop(self) -> None:
        """Send nothing any more, because the tab has left."""
        self._transmit = self._on_over = None
        if self._writer:
            self._writer.cancel()
            await asyncio.wait({self._writer})

    def _wake(self) -> None:
        """Start the writer, if there is something for it to do."""
        if self._writer is None and self._transmit and self._has_work:
            self._writer = asyncio.create_task(self._write(self._transmit))
            self._writer.add_done_callback(self._note_end)

    @property
    def _has_work(self) -> bool:
        """True if something can be sent, or finished."""
        queued = self._outbox is not None and not self._lacks_acks
        return queued or self._started is not None or self._farewell is not None

    async def _write(self, transmit: Transmit) -> bool:
        """Send what is queued; the one task that waits for this tab.

        Returns:
            Whether `bye` was sent.
        """
        while True:
            if self._started:
                started, self._started = self._started, None
                await started
                self._note_sent()
            elif self._farewell is not None:
                await _finish(transmit(self._farewell))
                return True
            elif self._outbox is None or self._lacks_acks:
                self._writer = None
                return False
            else:
                await self._send_queued(transmit, self._outbox)

    def _note_end(self, writer: asyncio.Task[bool]) -> None:
        """Report the end of the writer, unless another one is started when there is something to send."""
        error = None if writer.cancelled() else writer.exception()
        if error and not isinstance(error, OSError):  # otherwise, the peer is gone
            logger.error('A message could not be sent', exc_info=error)
        is_over = writer.cancelled() or error is not None or writer.result()
        if is_over and self._on_over:
            self._on_over()

    async def _send_queued(self, transmit: Transmit, outbox: Outbox) -> None:
        messages = outbox.take(self.limits.outbox_channel_bytes)
        if not len(outbox):
            self._outbox = None
        if messages:
            self._blocked_since = time.monotonic()
            self._sent += 1
            await _finish(transmit(encode.frame(messages)))
            self._note_sent()

    def _send_now(self, transmit: Transmit, message: str) -> None:
        """Send past the outbox, in which nothing is queued."""
        self._sent += 1
        self._started = transmit(message)
        if self._started:
            self._wake()
        if self._started or self._lacks_acks:
            self._blocked_since = time.monotonic()

    def _note_sent(self) -> None:
        if not self._lacks_acks:
            self._blocked_since = None

    def _queue(self) -> Outbox:
        """Return the outbox, and wake the writer, which empties it."""
        if self._outbox is None:
            self._outbox = Outbox(self.limits, lambda channel, version: self._resync(self, channel, version))
        self._wake()
        return self._outbox

    @property
    def _lacks_acks(self) -> bool:
        """True while no frame may be sent before the tab acknowledges some."""
        return self._sent - self._acknowledged >= self.limits.unacknowledged_frames


async def _finish(rest: Awaitable[None] | None) -> None:
    if rest is not None:
        await rest
