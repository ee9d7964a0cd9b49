"""A session: one browser tab, its bounded outbox, and the task that empties it.

A change leaves at once, from where it is published, if nothing waits in front of it. The publisher only begins to send:
where the tab's transport has no room, the writer goes on with what was begun, and whatever follows is queued.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from dara.core._context import Identity
from dara.core._limits import Limits
from dara.core._sync import protocol
from dara.core._sync.channel import Subscription
from dara.core._tree import Tree
from dara.core.persistence.stores import BackendStore

Deferred: TypeAlias = Callable[[], list[str]]
"""Makes messages when there is room for them, so that they tell the newest and wait as nothing."""
Place: TypeAlias = tuple[str, str | None]
"""A store's uid and the room."""
Transmit: TypeAlias = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Item:
    channel: int | None
    content: str | Deferred
    base: int = 0
    """The version before a change."""


class Outbox:
    """Messages that wait to be sent to one tab. A channel that is too far behind collapses.

    One message then stands for all that waits of the channel: the changes since the version that the tab has, from the
    log of the record, or a snapshot where the log does not reach back to it.
    """

    __slots__ = (
        '_answer_bytes',
        '_answers',
        '_bytes',
        '_changes',
        '_collapsed',
        '_items',
        '_limits',
        '_resync',
        '_total_bytes',
    )

    def __init__(self, limits: Limits, resync: Callable[[int, int | None], list[str]]) -> None:
        self._limits = limits
        self._resync = resync
        self._items: deque[_Item] = deque()
        self._changes: dict[int, int] = {}  # counts and sizes of what waits, by channel
        self._bytes: dict[int, int] = {}
        self._total_bytes = self._answer_bytes = self._answers = 0
        self._collapsed: dict[int, int | None] = {}  # the version that the tab has, by channel

    def __len__(self) -> int:
        return len(self._items)

    @property
    def is_full(self) -> bool:
        """Whether answers have piled up that cannot be left out."""
        return self._answers > 4 * self._limits.subscriptions or self._answer_bytes > self._limits.answer_bytes

    def put(self, content: str | Deferred) -> None:
        """Queue an answer."""
        self._items.append(_Item(None, content))
        self._answers += 1
        self._answer_bytes += _size(content)

    def put_change(self, channel: int, base: int, frame: str) -> None:
        """Queue a change, or let the channel collapse if it is too far behind."""
        if channel in self._collapsed:
            return
        self._items.append(_Item(channel, frame, base))
        self._changes[channel] = self._changes.get(channel, 0) + 1
        self._bytes[channel] = self._bytes.get(channel, 0) + len(frame)
        self._total_bytes += len(frame)
        if (
            self._changes[channel] > self._limits.outbox_changes
            or self._bytes[channel] > self._limits.outbox_key_bytes
            or self._total_bytes > self._limits.outbox_bytes
        ):
            self._collapse(channel, next(item.base for item in self._items if item.channel == channel))

    def take(self, bytes: int) -> list[str]:
        """Remove and return the oldest messages, about as many as fit into `bytes`."""
        messages: list[str] = []
        size = 0
        while self._items and size < bytes:
            item = self._items.popleft()
            taken = [item.content] if isinstance(item.content, str) else item.content()
            if item.channel is None:
                self._answers -= 1
                self._answer_bytes -= _size(item.content)
            else:
                self._forget(item.channel, taken[0])
            messages += taken
            size += sum(map(len, taken))
        return messages

    def break_off(self, channel: int) -> None:
        """Let a channel collapse to a snapshot: the versions that the tab has are of no use."""
        self._collapse(channel, None)

    def _collapse(self, channel: int, version: int | None) -> None:
        is_queued = channel in self._collapsed
        self._collapsed[channel] = version
        if is_queued:
            return
        self._items = deque(item for item in self._items if item.channel != channel)
        self._total_bytes -= self._bytes.pop(channel, 0)
        self._changes.pop(channel, None)
        self.put(lambda: self._resync(channel, self._collapsed.pop(channel)))

    def _forget(self, channel: int, frame: str) -> None:
        self._total_bytes -= len(frame)
        self._changes[channel] -= 1
        self._bytes[channel] -= len(frame)
        if not self._changes[channel]:
            del self._changes[channel], self._bytes[channel]


def _size(answer: str | Deferred) -> int:
    return len(answer) if isinstance(answer, str) else 0


class TokenBucket:
    """Lets `at_once` through, and then `per_second`."""

    __slots__ = ('_at', '_at_once', '_per_second', '_tokens')

    def __init__(self, per_second: int, at_once: int) -> None:
        self._per_second = per_second
        self._at_once = at_once
        self._tokens = float(at_once)
        self._at = time.monotonic()

    def wait(self) -> float:
        """Take a token and return 0, or return how many seconds it takes until there is one."""
        now = time.monotonic()
        self._tokens = min(self._at_once, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self._per_second
        self._tokens -= 1
        return 0


class _Begun(Generator[Any, None, None]):
    """What is left of something that was begun outside a task: it waits for what that waits for, and goes on."""

    __slots__ = ('_steps', '_waits_for')

    def __init__(self, steps: Generator[Any, None, Any], waits_for: Any) -> None:
        self._steps = steps
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, None, None]:
        return self

    def send(self, value: None) -> Any:
        if self._waits_for is None:
            return self._steps.send(value)
        waits_for, self._waits_for = self._waits_for, None
        return waits_for

    def throw(self, *error: Any) -> Any:
        return self._steps.throw(*error)


class _Failed:
    """What is left of something that raised outside a task: it raises where it is awaited."""

    __slots__ = ('_error',)

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __await__(self) -> Generator[Any, None, None]:
        raise self._error
        yield


def _begin(work: Awaitable[None]) -> Awaitable[None] | None:
    """Run `work` as far as it goes without waiting; return what is left of it."""
    steps = work.__await__()
    try:
        waits_for = next(steps)
    except StopIteration:
        return None
    except (Exception, asyncio.CancelledError) as error:  # the server's or a middleware's, not the publisher's
        return _Failed(error)
    return _Begun(steps, waits_for)


class Connection:
    """One browser tab, from `hello` until its socket closes.

    Attributes:
        has_left: whether its socket is closed, or another has taken its place.
        asked: subscriptions that the tab has asked for and that were not begun yet.
        slots: what its py_components were last drawn to, by where the tab shows them.
    """

    __slots__ = (
        '__weakref__',
        '_begun',
        '_blocked_since',
        '_confirmed',
        '_entering',
        '_farewell',
        '_outbox',
        '_resting',
        '_resync',
        '_sent',
        '_transmit',
        '_writing',
        'asked',
        'calls',
        'client',
        'edits',
        'has_left',
        'identity',
        'limits',
        'presence',
        'rendering',
        'slots',
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
        self.subscriptions: dict[tuple[int, str, str | None], Subscription] = {}
        self._entering: Counter[Place] = Counter()
        self.slots: dict[str, Tree] = {}
        self.asked: deque[protocol.Subscribe] = deque()
        self.edits = TokenBucket(limits.edits_per_second, limits.edits_at_once)
        self.presence = TokenBucket(limits.presence_per_second, limits.presence_per_second)
        self.calls: dict[int, asyncio.Task[None]] = {}
        self.rendering: dict[str, asyncio.Task[None]] = {}
        self.limits = limits
        self.has_left = False
        self._resync = resync
        self._outbox: Outbox | None = None  # while something waits
        self._resting: asyncio.Future[None] | None = None  # while the writer has nothing to do, and so nothing waits
        self._transmit: Transmit | None = None
        self._begun: Awaitable[None] | None = None
        self._sent = self._confirmed = 0
        self._blocked_since: float | None = None
        self._farewell: str | None = None
        self._writing: asyncio.Task[None] | None = None

    def send(self, content: str | Deferred) -> None:
        """Queue an answer to this tab alone."""
        if self.is_closing:
            return
        outbox = self._queue()
        outbox.put(content)
        if outbox.is_full:
            self.close('slow')

    def send_change(self, channel: int, base: int, frame: str) -> None:
        """Send a change that everybody gets: at once if nothing waits and there is room for it, or else queue it."""
        if self._farewell is not None:
            return
        if self._resting and self._transmit and not self._is_unconfirmed():
            self._pass(self._transmit, frame)
        else:
            self._queue().put_change(channel, base, frame)

    def resync(self, channel: int) -> None:
        """Queue a snapshot, which stands for all that waits and for all that comes until it is made."""
        if self.is_closing:
            return
        self._queue().break_off(channel)

    def has_room_for(self, place: Place) -> bool:
        """Whether the tab may subscribe there, together with what it has asked for and not been let into yet."""
        if len(self.subscriptions) + len(self._entering) < self.limits.subscriptions:
            return True
        return place in self._entering or any(each.place[1:] == place for each in self.subscriptions.values())

    @contextmanager
    def entering(self, place: Place) -> Iterator[None]:
        """Count a subscription that is being looked into."""
        self._entering[place] += 1
        try:
            yield
        finally:
            self._entering[place] -= 1
            if not self._entering[place]:
                del self._entering[place]

    async def may_read(self, store: BackendStore, key: str) -> bool:
        """Whether this session's user may have the value of `key`."""
        return await store.may_read(self.identity.user, key)

    def confirm(self, frames: int) -> None:
        """The tab has read that many frames."""
        self._confirmed = min(max(frames, self._confirmed), self._sent)
        self._has_sent()
        if self._outbox is not None:
            self._wake()

    def close(self, reason: str, retry_ms: int = 1000) -> None:
        """Say goodbye, and let the writer end."""
        self._farewell = self._farewell or protocol.bye(1000 if reason == 'drain' else 4000, reason, retry_ms)
        self._wake()

    def abort(self) -> None:
        """End without waiting for a tab that takes nothing."""
        self.close('slow')
        if self._writing:
            self._writing.cancel()

    @property
    def is_closing(self) -> bool:
        """Whether nothing but a goodbye is sent any more."""
        return self._farewell is not None

    def is_stuck(self, now: float) -> bool:
        """Whether the tab has taken nothing for too long."""
        return self._blocked_since is not None and now - self._blocked_since > self.limits.blocked_seconds

    async def write(self, transmit: Transmit) -> None:
        """Send what is queued, until the session is closed. The one task that waits for this tab.

        Args:
            transmit: sends a frame. Whoever publishes a change may begin it, too.
        """
        self._writing = asyncio.current_task()
        self._transmit = transmit
        while self._begun or self._farewell is None:
            if self._begun:
                begun, self._begun = self._begun, None
                await begun
                self._has_sent()
            elif self._outbox is None or self._is_unconfirmed():
                await self._rest()
            else:
                await self._send_queued(transmit, self._outbox)
        await transmit(self._farewell)

    async def until_written(self) -> None:
        """Wait until the goodbye is sent, or cannot be."""
        if self._writing:
            await asyncio.wait({self._writing})

    async def _send_queued(self, transmit: Transmit, outbox: Outbox) -> None:
        messages = outbox.take(self.limits.outbox_key_bytes)
        if not len(outbox):
            self._outbox = None
        if messages:
            self._blocked_since = time.monotonic()
            self._sent += 1
            await transmit(protocol.join(messages))
            self._has_sent()

    def _pass(self, transmit: Transmit, frame: str) -> None:
        """Send past the outbox, in which nothing waits."""
        self._sent += 1
        self._begun = _begin(transmit(frame))
        if self._begun:
            self._wake()
        if self._begun or self._is_unconfirmed():
            self._blocked_since = time.monotonic()

    def _has_sent(self) -> None:
        if not self._is_unconfirmed():
            self._blocked_since = None

    def _queue(self) -> Outbox:
        """The outbox, into which the writer will look."""
        if self._outbox is None:
            self._outbox = Outbox(self.limits, lambda channel, version: self._resync(self, channel, version))
        self._wake()
        return self._outbox

    async def _rest(self) -> None:
        self._resting = asyncio.get_running_loop().create_future()
        try:
            await self._resting
        finally:
            self._resting = None

    def _wake(self) -> None:
        resting, self._resting = self._resting, None
        if resting and not resting.done():
            resting.set_result(None)

    def _is_unconfirmed(self) -> bool:
        return self._sent - self._confirmed >= self.limits.unconfirmed_frames
