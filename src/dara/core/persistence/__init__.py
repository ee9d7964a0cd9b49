"""Stores, and the backends that keep their values."""

from typing import TYPE_CHECKING

from dara.core._absent import import_when_used
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
    'PostgresBackend',
    'QueryParamStore',
    'RedisBackend',
    'SQLiteBackend',
]

if TYPE_CHECKING:
    from dara.core.persistence.databases.postgres import PostgresBackend
    from dara.core.persistence.databases.redis import RedisBackend
    from dara.core.persistence.databases.sqlite import SQLiteBackend
else:  # a backend over a database is imported when it is used
    __getattr__ = import_when_used(
        __name__,
        {
            'dara.core.persistence.databases.postgres': 'PostgresBackend',
            'dara.core.persistence.databases.redis': 'RedisBackend',
            'dara.core.persistence.databases.sqlite': 'SQLiteBackend',
        },
    )
