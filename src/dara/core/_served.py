"""The objects that each app of this process has one of, found from the app's own code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Generic, TypeVar

T = TypeVar('T')


class Served(Generic[T]):
    """Objects of one kind, one for each app that this process serves.

    Args:
        name: the name of the context variable, for debugging.
    """

    def __init__(self, name: str) -> None:
        self._of_running_app: ContextVar[T] = ContextVar(name)
        self.all: tuple[T, ...] = ()

    @contextmanager
    def serving(self, each: T) -> Iterator[None]:
        """Count an app as served while the body runs."""
        self.all = (*self.all, each)
        try:
            yield
        finally:
            self.all = tuple(other for other in self.all if other is not each)

    def enter(self, each: T) -> Token[T]:
        """Run code of an app in this context from now on; return the token for `leave`."""
        return self._of_running_app.set(each)

    def leave(self, token: Token[T]) -> None:
        """Restore the context from before the `enter` that returned `token`."""
        self._of_running_app.reset(token)

    @property
    def running(self) -> T | None:
        """That of the app whose code runs; of a thread that the app has started itself, this is not known."""
        return self._of_running_app.get(None)

    @property
    def current(self) -> T | None:
        """That of the app whose code runs, else of the first one that is served."""
        return self.running or next(iter(self.all), None)
