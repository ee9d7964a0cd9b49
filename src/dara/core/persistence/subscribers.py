"""Subscribers of a record's changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from dara.core.persistence.changelog import Change

Listener: TypeAlias = Callable[[Change], None]


class Subscribers:
    """The functions that a record calls with each of its changes."""

    def __init__(self) -> None:
        self._others: dict[Listener, tuple[Callable[[], None], Callable[[str], None]]] = {}

    def __bool__(self) -> bool:
        return bool(self._others)

    def add(
        self, listener: Listener, on_break: Callable[[], None], on_refusal: Callable[[str], None]
    ) -> Callable[[], None]:
        """Call `listener` with every change; return what unsubscribes all three.

        Args:
            on_break: called when a new epoch starts.
            on_refusal: called with the reason when the stored value cannot be read until further notice.
        """
        self._others[listener] = (on_break, on_refusal)

        def unsubscribe() -> None:
            self._others.pop(listener, None)

        return unsubscribe

    def publish(self, change: Change) -> None:
        """Pass a change to all."""
        for listener in list(self._others):
            listener(change)

    def report_break(self) -> None:
        """Report a new epoch to all."""
        for on_break, _ in list(self._others.values()):
            on_break()

    def report_refusal(self, reason: str) -> None:
        """Report to all that the stored value cannot be read, until a break is reported."""
        for _, on_refusal in list(self._others.values()):
            on_refusal(reason)
