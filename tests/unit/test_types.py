"""Tests of types of stores: values that do not fit them are rejected."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, model_validator

from dara.core import Variable
from dara.core.errors import (
    CheckFailed,
    InvalidValue,
    StoreCorrupt,
)
from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend


class Order(BaseModel):
    name: str
    count: int = 1


async def test_a_value_that_does_not_fit_the_type_is_rejected_with_the_reason() -> None:
    store = BackendStore(type=Order)
    Variable(default={'name': 'tea'}, store=store)
    with pytest.raises(InvalidValue, match='/count: Input should be a valid integer'):
        await store.write({'name': 'tea', 'count': 'many'})
    with pytest.raises(InvalidValue, match='/name'):
        await store.write_partial([{'op': 'replace', 'path': '/name', 'value': 3}])
    assert await store.read() == {'name': 'tea'}
    await store.write(Order(name='coffee', count=2))
    assert await store.read() == {'name': 'coffee', 'count': 2}
    with pytest.raises(InvalidValue):
        Variable(default='tea', store=BackendStore(type=Order))


async def test_a_stored_value_that_no_longer_fits_is_reported_and_kept(tmp_path: Path) -> None:
    file = tmp_path / 'orders.json'
    file.write_text('{"global": {"title": "old shape"}}')
    store = BackendStore(FileBackend(path=file), uid='orders', type=Order)
    Variable(default={'name': ''}, store=store)
    with pytest.raises(StoreCorrupt, match=r"orders.*the value under 'global' does not fit its type.*left as it is"):
        await store.read()
    assert json.loads(file.read_text()) == {'global': {'title': 'old shape'}}
    await store.write({'name': 'new shape'})
    assert await store.read() == {'name': 'new shape'}


async def test_a_write_that_fails_leaves_others_of_its_group_commit_alone() -> None:
    """Functions of the app may raise anything; other writes of the same group commit are stored."""

    class Odd(BaseModel):
        @model_validator(mode='before')
        @classmethod
        def check(cls, value: Any) -> Any:
            return {'a': 1}['b'] if value == {'odd': True} else value

    backend = InMemoryBackend()
    one, other = BackendStore(backend, type=Odd), BackendStore(backend)
    outcomes = await asyncio.gather(
        one.write({'odd': True}),
        other.modify(lambda value: next(iter([]))),
        other.write({'kept': 1}),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], CheckFailed)
    assert isinstance(outcomes[1], RuntimeError)
    assert outcomes[2] is None
    assert await other.read() == {'kept': 1}
