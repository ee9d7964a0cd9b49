"""Stores, and the backends that keep their values."""

from dara.core._stores import BrowserStore, PersistenceStore, QueryParamStore
from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.file import FileBackend
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.stores import BackendStore

__all__ = [
    'BackendStore',
    'BrowserStore',
    'FileBackend',
    'InMemoryBackend',
    'PersistenceBackend',
    'PersistenceStore',
    'QueryParamStore',
]
