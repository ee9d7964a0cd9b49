"""Limits of what the server accepts and queues; `welcome` sends those that a browser keeps to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one app. Sizes are in bytes of JSON.

    Attributes:
        subscriptions: of one tab; it may also fill as many slots.
        outbox_changes: of one channel in an outbox; more collapse to one message.
        outbox_channel_bytes: of the changes of one channel in an outbox.
        outbox_bytes: of all changes in an outbox.
        answer_bytes: of one answer, and of all answers in an outbox.
        unacknowledged_frames: sent before the tab has to acknowledge some.
        blocked_seconds: until a connection ends whose tab reads nothing.
        hello_seconds: until a socket is closed that sends no `hello`.
    """

    value_bytes: int = 1024 * 1024
    edit_bytes: int = 256 * 1024
    edit_ops: int = 1000
    frame_bytes: int = 2 * 1024 * 1024
    edits_per_second: int = 60
    edits_at_once: int = 120
    presence_per_second: int = 20
    subscriptions: int = 1000
    outbox_changes: int = 64
    outbox_channel_bytes: int = 256 * 1024
    outbox_bytes: int = 1024 * 1024
    answer_bytes: int = 16 * 1024 * 1024
    unacknowledged_frames: int = 512
    blocked_seconds: float = 30
    hello_seconds: float = 10
    heartbeat_ms: int = 10_000


DEFAULT_LIMITS = Limits()
