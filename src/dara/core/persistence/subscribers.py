"""Subscribers of a record's changes."""

from __future__ import annotations

from collections.abc import Callable

from dara.core.persistence.changelog import Change


class Subscribers:
    """The functions that a record calls with each of its changes."""

    def __init__(self) -> None:
        self._on_break: dict[Callable[[Change], None], Callable[[], None]] = {}

    def __bool__(self) -> bool:
        return bool(self._on_break)

    def add(self, listener: Callable[[Change], None], on_break: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` with every change, and `on_break` when a new epoch starts; return what unsubscribes both."""
        self._on_break[listener] = on_break

        def unsubscribe() -> None:
            self._on_break.pop(listener, None)

        return unsubscribe

    def publish(self, change: Change) -> None:
        """Pass a change to all."""
        for listener in list(self._on_break):
            listener(change)

    def report_break(self) -> None:
        """Report a new epoch to all."""
        for on_break in list(self._on_break.values()):
            on_break()
