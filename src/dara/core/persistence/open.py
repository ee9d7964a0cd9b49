"""Which backends are in use in this process, and their records."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final
from weakref import WeakValueDictionary

from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.record import Record


class Records:
    """The records of one backend."""

    def __init__(self, backend: PersistenceBackend) -> None:
        self.backend = backend
        self._records: dict[str, Record] = {}

    def get(self, key: str) -> Record:
        """Return the record of `key`, always the same."""
        if key not in self._records:
            self._records[key] = Record(self.backend, key)
        return self._records[key]


class OpenBackends:
    """Which backends are in use in this process: two of one identity share their records."""

    def __init__(self) -> None:
        self._records: WeakValueDictionary[Hashable, Records] = WeakValueDictionary()

    def records(self, backend: PersistenceBackend, identity: Hashable) -> Records:
        """Return the records of the backend of that identity, as long as somebody holds them."""
        return self._records.setdefault(identity, Records(backend))


OPEN_BACKENDS: Final = OpenBackends()
