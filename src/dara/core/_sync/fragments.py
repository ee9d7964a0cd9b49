"""A tree as it travels: with the present values of the stores that it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import orjson

from dara.core._context import Identity
from dara.core._outages import OUTAGES
from dara.core._stores import PathParamStore
from dara.core._sync.rights import right_to_write
from dara.core._tree import Tree
from dara.core.errors import CheckFailed, DaraError
from dara.core.persistence.bound_store import BoundStore
from dara.core.variables import Variable

PATIENCE_SECONDS: Final = 3


async def fragment(tree: Tree, identity: Identity, params: Mapping[str, str | None] | None = None) -> dict[str, Any]:
    """Return a tree's nodes and variables, and of its stores the values that this user may read.

    Args:
        params: the parameters of the page's address, which may say at which room a store is.
    """
    stores: dict[str, Any] = {}
    rooms = _rooms(tree, params or {})
    for (store, at), position in zip(
        rooms, await asyncio.gather(*(_position_in_time(store, identity) for store, _ in rooms)), strict=True
    ):
        positions = stores.setdefault(store.uid, {'positions': {}})['positions']
        if position:
            positions[at or ''] = position
    variables = {uid: variable.definition for uid, variable in tree.variables.items()}
    return {'nodes': tree.nodes, 'variables': variables, 'stores': stores}


async def _position_in_time(store: BoundStore, identity: Identity) -> dict[str, Any] | None:
    """Where the value is, unless that takes so long that the rest of the page is not to wait for it."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await _position(store, identity)
    except TimeoutError:
        return None


async def _position(store: BoundStore, identity: Identity) -> dict[str, Any] | None:
    """Where the user's value in a store is; `None` if it cannot or may not be read: subscribing tells why."""
    try:
        key = await store.key_for(identity.user)
        if not await store.access.may_read(identity.user, key):
            return None
        record = await store.open(key)
        await record.refresh()
        await store.core.check_stored(record)
        may_write = (await right_to_write(store, identity.user, key)).write
    except CheckFailed:
        return None  # the log has it
    except DaraError as error:
        OUTAGES.failed(f'{store}', identity.user.identity_id, error, is_ours=True)
        return None
    is_readonly = None if may_write is None else not may_write
    position: dict[str, Any] = {'epoch': record.epoch, 'version': record.version, 'readonly': is_readonly}
    if record.written_by:
        position['written'] = record.written_by
    if record.value_json is not None:
        position['value'] = orjson.Fragment(record.value_json)
    return position


def _rooms(tree: Tree, params: Mapping[str, str | None]) -> list[tuple[BoundStore, str | None]]:
    """The stores that a tree shows, at the rooms that are known."""
    rooms: list[tuple[BoundStore, str | None]] = [(store, at) for (_, at), store in tree.stores.items()]
    for uid, follows in tree.open_stores.items():
        at = _param(follows.room, params)
        store = tree.find_store(uid, at) if at else None
        rooms += [(store, at)] if store else []
    return rooms


def _param(room: object, params: Mapping[str, str | None]) -> str | None:
    """The parameter of the address that a room follows, if it follows one."""
    if isinstance(room, Variable) and isinstance(room.store, PathParamStore) and not room.path:
        return params.get(room.store.name)
    return None
