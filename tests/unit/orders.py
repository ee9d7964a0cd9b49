"""Orders in two versions, and the stores that keep them, for tests of versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict

from dara.core.persistence import BackendStore, PersistenceBackend

OLD = {'name': 'tea', 'price': '2.50'}
NEW = {'name': 'tea', 'cents': 250}
STORED = {'$version': 2, 'value': NEW}


class Order(BaseModel):
    model_config = ConfigDict(extra='forbid')
    name: str
    cents: int


def in_cents(order: Any) -> Any:
    """Return an order of version 2 for one of version 1."""
    return {'name': order['name'], 'cents': round(float(order['price']) * 100)}


def old_store(backend: PersistenceBackend, **options: Any) -> BackendStore:
    return BackendStore(backend, uid='orders', **options)


def new_store(backend: PersistenceBackend, migrate: Callable[[Any], Any] = in_cents, **options: Any) -> BackendStore:
    return BackendStore(backend, uid='orders', type=Order, version=2, migrate={1: migrate}, **options)
