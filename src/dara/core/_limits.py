"""How much of anything is taken; told to every browser, so that it can keep to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are in bytes of JSON."""

    value_bytes: int = 1024 * 1024
    edit_bytes: int = 256 * 1024
    edit_ops: int = 1000
    frame_bytes: int = 2 * 1024 * 1024
    edits_per_second: int = 60
    edits_at_once: int = 120
    presence_per_second: int = 20
    subscriptions: int = 1000
    outbox_changes: int = 64
    outbox_key_bytes: int = 256 * 1024
    outbox_bytes: int = 1024 * 1024
    answer_bytes: int = 16 * 1024 * 1024
    unconfirmed_frames: int = 512
    blocked_seconds: float = 30
    hello_seconds: float = 10
    heartbeat_ms: int = 10_000


DEFAULT_LIMITS = Limits()
