"""`CommitListeners`: those that are told of all commits in a backend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from dara.core.persistence.listeners import is_listener

if TYPE_CHECKING:
    from dara.core.persistence.record import Record

LISTENER_SECONDS: Final = 0.5
CommitListener: TypeAlias = 'Callable[[Record], asyncio.Future[None] | None]'
"""A function that never blocks. It returns a future if it is known when the app's own code has seen the commit."""


class CommitListeners:
    """The functions that are called after every commit in a backend, each for the keys that it wants."""

    def __init__(self) -> None:
        self._listeners: dict[CommitListener, Callable[[str], bool]] = {}
        self._notifying: set[asyncio.Future[None]] = set()

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def add(self, listener: CommitListener, wants: Callable[[str], bool]) -> Callable[[], None]:
        """Call `listener` after every commit of a key that it wants; return a function that unsubscribes it."""
        self._listeners[listener] = wants
        return lambda: self._listeners.pop(listener, None) and None

    def want(self, key: str) -> bool:
        """Return whether any of them wants to be told of commits of a key."""
        return any(wants(key) for wants in self._listeners.values())

    def notify(self, record: Record) -> None:
        """Tell of a commit."""
        for listener, wants in list(self._listeners.items()):
            notifying = listener(record) if wants(record.key) else None
            if notifying is not None:
                self._notifying.add(notifying)
                notifying.add_done_callback(self._notifying.discard)

    async def wait(self) -> None:
        """Wait until the sync listeners have seen the commits made here, for `LISTENER_SECONDS` at most."""
        loop = asyncio.get_running_loop()
        notifying = {each for each in self._notifying if each.get_loop() is loop}
        if notifying and not is_listener():
            await asyncio.wait(notifying, timeout=LISTENER_SECONDS)
