"""The default backend of an app: it keeps the values of the stores that were made without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Final

from dara.core.errors import InvalidDefinition
from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.records import OPEN_BACKENDS, Records


class DefaultBackend:
    """The default backend of one app.

    Args:
        backend: `None` if each store has private memory.

    Attributes:
        records: the records of the backend, in which each store has keys of its own.

    Raises:
        ConflictingIds: a store has the backend as its own.
    """

    def __init__(self, backend: PersistenceBackend | None) -> None:
        self.records: Final = None if backend is None else OPEN_BACKENDS.records(backend, backend.identity)
        if self.records is not None:
            self.records.divide()

    def enter(self) -> Token[DefaultBackend]:
        """Run code of the app in this context from now on; return the token for `leave`."""
        return _OF_RUNNING_APP.set(self)

    def leave(self, token: Token[DefaultBackend]) -> None:
        """Restore the context from before the `enter` that returned `token`."""
        _OF_RUNNING_APP.reset(token)


class DefaultBackends:
    """The default backends of the apps that this process serves."""

    def __init__(self) -> None:
        self._served: tuple[DefaultBackend, ...] = ()

    @contextmanager
    def serving(self, default: DefaultBackend) -> Iterator[None]:
        """Count an app as served while the body runs."""
        self._served = (*self._served, default)
        try:
            yield
        finally:
            self._served = tuple(each for each in self._served if each is not default)

    def are_served(self, records: Records) -> bool:
        """Return whether an app with these records is served."""
        return any(each.records is records for each in self._served)

    def find(self, known: DefaultBackend | None, store: object) -> DefaultBackend | None:
        """Return the default backend of the app whose code runs, else `known`; `None` if there is none.

        A thread that the app has started itself does not tell its app: then it is the one that is served.

        Raises:
            InvalidDefinition: several apps with different default backends are served.
        """
        default = _OF_RUNNING_APP.get(None)
        if default is None and known is None and self._served:
            default = self._served[0]
            if any(each.records is not default.records for each in self._served):
                raise InvalidDefinition(
                    f'{store} has no backend, and is used in a thread that belongs to none of the apps of this process,'
                    ' which have different ones in config.backend. Give the store a backend of its own.'
                )
        return known if default is None or default.records is None else default


_OF_RUNNING_APP: Final[ContextVar[DefaultBackend]] = ContextVar('dara_default_backend')
DEFAULT_BACKENDS: Final = DefaultBackends()
