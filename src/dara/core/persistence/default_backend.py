"""The default backend of an app: it keeps the values of the stores that were made without one."""

from __future__ import annotations

from typing import Final

from dara.core._served import Served
from dara.core.errors import InvalidDefinition
from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.records import OPEN_BACKENDS, Records


class DefaultBackend:
    """The default backend of one app.

    Args:
        backend: `None` if each store has private memory.

    Attributes:
        records: the records of the backend, in which each store has keys of its own.
        memories: the records of the stores with private memory that code of the app has used, by uid.

    Raises:
        ConflictingIds: a store has the backend as its own.
    """

    def __init__(self, backend: PersistenceBackend | None) -> None:
        self.records: Final = None if backend is None else OPEN_BACKENDS.records(backend, backend.identity)
        if self.records is not None:
            self.records.divide()
        self.memories: dict[str, Records] = {}

    @property
    def all_records(self) -> list[Records]:
        """The records of the backend, if there is one, and then those in private memory."""
        own = [] if self.records is None else [self.records]
        return [*own, *self.memories.values()]

    def forget_empty_memories(self) -> None:
        """Release the private memory of the stores in which nothing was stored."""
        self.memories = {uid: records for uid, records in self.memories.items() if not records.is_empty}


class DefaultBackends(Served[DefaultBackend]):
    """The default backends of the apps that this process serves."""

    def are_served(self, records: Records) -> bool:
        """Return whether an app with these records is served."""
        return any(each.records is records for each in self.all)

    def find(self, known: DefaultBackend | None, store: object) -> DefaultBackend | None:
        """Return the default backend of the app whose code runs, else `known`; `None` if there is none.

        A thread that the app has started itself does not tell its app: then it is the one that is served.

        Raises:
            InvalidDefinition: several apps with different default backends are served.
        """
        default = self.running
        if default is None and known is None and self.all:
            default = self.all[0]
            if any(each.records is not default.records for each in self.all):
                raise InvalidDefinition(
                    f'{store} has no backend, and is used in a thread that belongs to none of the apps of this process,'
                    ' which have different ones in config.backend. Give the store a backend of its own.'
                )
        return known if default is None or default.records is None else default


DEFAULT_BACKENDS: Final = DefaultBackends('dara_default_backend')
