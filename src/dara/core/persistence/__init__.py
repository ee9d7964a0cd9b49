"""Stores, and the backends that keep their values."""

from typing import TYPE_CHECKING

from dara.core._absent import explain_absence
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

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
