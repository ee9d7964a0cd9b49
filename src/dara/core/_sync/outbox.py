"""The outbox: the bounded queue of messages to one tab."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from dara.core._limits import Limits

Deferred: TypeAlias = Callable[[], list[str]]
"""A function that makes messages when there is room for them: they are then up to date, and no memory was held."""
Resync: TypeAlias = Callable[[int, int | None], list[str]]
"""A function of a channel and the version that the tab has there: makes the messages that bring the tab up to date.

The version is `None` where only a snapshot does.
"""


@dataclass(frozen=True, slots=True)
class _Item:
    """A queued message; `channel` and `base`, the version before it, are those of a change."""

    content: str | Deferred
    channel: int | None = None
    base: int = 0


class Outbox:
    """Messages that wait to be sent to one tab.

    A channel with too many or too large changes collapses: one deferred message replaces all its changes. It sends the
    changes since the version that the tab has, or a snapshot where the change log does not reach back to that version.
    """

    __slots__ = (
        '_answer_bytes',
        '_answers',
        '_change_bytes',
        '_change_counts',
        '_collapsed',
        '_items',
        '_limits',
        '_resync',
        '_total_bytes',
    )

    def __init__(self, limits: Limits, resync: Resync) -> None:
        self._limits = limits
        self._resync = resync
        self._items: deque[_Item] = deque()
        self._change_counts: dict[int, int] = {}  # by channel
        self._change_bytes: dict[int, int] = {}  # by channel
        self._total_bytes = self._answer_bytes = self._answers = 0
        self._collapsed: dict[int, int | None] = {}  # the version that the tab has, by channel

    def __len__(self) -> int:
        return len(self._items)

    @property
    def is_full(self) -> bool:
        """True if the answers have exceeded their bounds; answers cannot be left out."""
        return self._answers > 4 * self._limits.subscriptions or self._answer_bytes > self._limits.answer_bytes

    def put(self, content: str | Deferred) -> None:
        """Queue an answer."""
        self._items.append(_Item(content))
        self._answers += 1
        self._answer_bytes += _size(content)

    def put_change(self, channel: int, base: int, message: str) -> None:
        """Queue a change from version `base`, or collapse the channel if it exceeds a bound."""
        if channel in self._collapsed:
            return
        self._items.append(_Item(message, channel, base))
        self._change_counts[channel] = self._change_counts.get(channel, 0) + 1
        self._change_bytes[channel] = self._change_bytes.get(channel, 0) + len(message)
        self._total_bytes += len(message)
        if (
            self._change_counts[channel] > self._limits.outbox_changes
            or self._change_bytes[channel] > self._limits.outbox_channel_bytes
            or self._total_bytes > self._limits.outbox_bytes
        ):
            self._collapse(channel, next(item.base for item in self._items if item.channel == channel))

    def put_snapshot(self, channel: int) -> None:
        """Collapse a channel to a snapshot, because the tab's version of it has become meaningless."""
        self._collapse(channel, None)

    def take(self, size: int) -> list[str]:
        """Remove and return the oldest messages, about as many as fit into `size` bytes."""
        messages: list[str] = []
        taken_bytes = 0
        while self._items and taken_bytes < size:
            item = self._items.popleft()
            taken = [item.content] if isinstance(item.content, str) else item.content()
            if item.channel is None:
                self._answers -= 1
                self._answer_bytes -= _size(item.content)
            else:
                self._uncount(item.channel, taken[0])
            messages += taken
            taken_bytes += sum(map(len, taken))
        return messages

    def _collapse(self, channel: int, version: int | None) -> None:
        is_collapsed = channel in self._collapsed
        self._collapsed[channel] = version
        if is_collapsed:
            return
        self._items = deque(item for item in self._items if item.channel != channel)
        self._total_bytes -= self._change_bytes.pop(channel, 0)
        self._change_counts.pop(channel, None)
        self.put(lambda: self._resync(channel, self._collapsed.pop(channel)))

    def _uncount(self, channel: int, message: str) -> None:
        self._total_bytes -= len(message)
        self._change_counts[channel] -= 1
        self._change_bytes[channel] -= len(message)
        if not self._change_counts[channel]:
            del self._change_counts[channel], self._change_bytes[channel]


def _size(answer: str | Deferred) -> int:
    return len(answer) if isinstance(answer, str) else 0
