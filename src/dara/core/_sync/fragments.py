"""Fragments: rendered trees with the current values of their stores."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import orjson

from dara.core._context import Identity
from dara.core._edits import ABSENT, Value, at
from dara.core._json import Json
from dara.core._outages import OUTAGES
from dara.core._stores import PathParamStore
from dara.core._sync.rights import right_to_write
from dara.core._tree import Tree
from dara.core.errors import CheckFailed, DaraError
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.stores import store_of
from dara.core.variables import AnyVariable, Variable

STORE_SECONDS: Final = 3


async def fragment(tree: Tree, identity: Identity) -> dict[str, Any]:
    """Return a tree's nodes and variables, and the values of its stores that the user may read."""
    return {**static_part(tree), 'stores': await stored_values(tree, identity)}


def static_part(tree: Tree) -> dict[str, Any]:
    """Return a tree's nodes and variables, which are the same for all users."""
    return {'nodes': tree.nodes, 'variables': {uid: each._definition for uid, each in tree.variables.items()}}


async def stored_values(
    tree: Tree, identity: Identity, params: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    """Return the values of a tree's stores that the user may read, by the store's uid.

    A value that cannot be read within 3 s is left out: the page does not wait for it, and subscribes to it later.

    Args:
        params: the parameters of the page's address; a store's room may be one of them.
    """
    stores: dict[str, Any] = {}
    at_rooms = _stores_at_rooms(tree, params or {})
    states = await asyncio.gather(*(_state_in_time(store, identity) for store, _ in at_rooms))
    for (store, room), state in zip(at_rooms, states, strict=True):
        positions = stores.setdefault(store.uid, {'positions': {}})['positions']
        if state:
            positions[room or ''] = state
    return stores


async def _state_in_time(store: BoundStore, identity: Identity) -> dict[str, Any] | None:
    try:
        async with asyncio.timeout(STORE_SECONDS):
            return await _state(store, identity)
    except TimeoutError:
        return None


async def shown_value(variable: AnyVariable[Any], identity: Identity) -> Value:
    """Return the value of a variable that the user's page will show first, as far as the server knows it."""
    value: Json = variable.default if isinstance(variable, Variable) else None
    store = store_of(variable)
    if store is not None and store.room_variable is None:
        state = await _state_in_time(store, identity) or {}
        value = orjson.loads(orjson.dumps(state.get('value', value)))
    steps = tuple(step for step in variable.path if isinstance(step, (str, int)))
    return at(value, steps) if len(steps) == len(variable.path) else ABSENT


async def _state(store: BoundStore, identity: Identity) -> dict[str, Any] | None:
    """Return the user's value in a store, with its version; `None` if it cannot or may not be read.

    The tab learns the reason when it subscribes.
    """
    try:
        key = await store.key_for(identity.user)
        if not await store.access.may_read(identity.user, key):
            return None
        record = await store.open(key)
        await record.refresh()
        await store.core.check_stored(record)
        may_write = (await right_to_write(store, identity.user, key)).write
    except CheckFailed:
        return None  # it has been logged
    except DaraError as error:
        OUTAGES.failed(f'{store}', identity.user.identity_id, error, is_ours=True)
        return None
    is_readonly = None if may_write is None else not may_write
    state: dict[str, Any] = {'epoch': record.epoch, 'version': record.version, 'readonly': is_readonly}
    if record.written_by:
        state['written'] = record.written_by
    if record.value_json is not None:
        state['value'] = orjson.Fragment(record.value_json)
    return state


def _stores_at_rooms(tree: Tree, params: Mapping[str, str | None]) -> list[tuple[BoundStore, str | None]]:
    """Return the stores of a tree with their rooms; a store whose room is not known yet is left out."""
    at_rooms: list[tuple[BoundStore, str | None]] = [(store, room) for (_, room), store in tree.stores.items()]
    for uid, open_store in tree.open_stores.items():
        room = _room_in_address(open_store.room, params)
        store = tree.find_store(uid, room) if room else None
        at_rooms += [(store, room)] if store else []
    return at_rooms


def _room_in_address(room: object, params: Mapping[str, str | None]) -> str | None:
    """Return the parameter of the page's address that chooses a room, if one does."""
    if isinstance(room, Variable) and isinstance(room.store, PathParamStore) and not room.path:
        return params.get(room.store.name)
    return None
