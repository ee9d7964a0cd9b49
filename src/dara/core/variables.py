"""Variables: the values that components show and change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dara.core._effects import Action, ResetVariable, SyncVariable, ToggleVariable, UpdateVariable, VariableRef
from dara.core._ids import PLACES
from dara.core._json import Json, Path, to_json
from dara.core._stores import PersistenceStore, SharedStore
from dara.core.errors import InvalidDefinition, NotJson

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar('T')


class Variable(Generic[T]):
    """A value that components show and change.

    Without a store it lives in the browser tab: a refresh resets it, and each user has their own.
    With a `BackendStore` it lives on the server, and is shared live with every browser.

    Args:
        default: the value until somebody changes it; anything that `to_json` takes.
        uid: a name that no other variable has. Derived from the place in the code if not given.
        store: where the value lives.

    Raises:
        NotJson: `default` cannot be stored.
    """

    def __init__(
        self, default: T | None = None, *, uid: str | None = None, store: PersistenceStore | None = None
    ) -> None:
        self.uid = uid or PLACES.name(self)
        self.path: Path = ()
        self.store = store
        try:
            self.default: Json = to_json(default)
        except NotJson as error:
            raise NotJson(f'Variable {self.uid}: the default cannot be stored. {error}') from error
        if store is not None:
            store.attach(self.uid, self.default)

    def get(self, *keys: str | int) -> Variable[Any]:
        """Return a view on a nested value: same variable, same store, edits are edits of that path."""
        if not all(type(key) in (str, int) for key in keys):
            raise InvalidDefinition(f'Variable {self.uid}: get() takes member names and indexes, not {keys}')
        nested: Variable[Any] = copy.copy(self)
        nested.path = (*self.path, *keys)
        return nested

    @property
    def ref(self) -> VariableRef:
        return VariableRef(self.uid, self.path)

    def sync(self) -> Action:
        """Return an action that sets the variable to the component's value."""
        return SyncVariable(self.ref)

    def toggle(self) -> Action:
        """Return an action that turns true into false, and back."""
        return ToggleVariable(self.ref)

    def update(self, value: T) -> Action:
        """Return an action that sets the variable to `value`."""
        return UpdateVariable(self.ref, to_json(value))

    def reset(self) -> Action:
        """Return an action that sets the variable back to its default; a shared one for everybody."""
        return ResetVariable(self.ref)

    async def read(self) -> Any:
        """Return a copy of the value in the store, or the default if nothing was written."""
        return await self._shared_store('read').read()

    async def write(self, value: T) -> None:
        """Store `value`, and show it in every browser."""
        await self._shared_store('write').write(value)

    async def write_partial(self, changes: Any) -> None:
        """Store a part: operations of JSON Patch (RFC 6902), or a whole value, of which the difference is published."""
        await self._shared_store('write_partial').write_partial(changes)

    async def modify(self, change: Callable[[Any], Any]) -> Any:
        """Store what `change` makes of the value, atomically; return that."""
        return await self._shared_store('modify').modify(change)

    async def delete(self) -> None:
        """Remove the value from the store; readers and browsers get the default again."""
        await self._shared_store('delete').delete()

    async def get_all(self) -> dict[str, Any]:
        """Return the values of all keys of the store."""
        return await self._shared_store('get_all').get_all()

    def _shared_store(self, method: str) -> SharedStore:
        if self.path:
            raise TypeError(f'{self}.{method}() works on the whole variable; call it on that')
        if not isinstance(self.store, SharedStore):
            raise TypeError(f'{self}.{method}() needs a BackendStore: Variable(..., store=BackendStore())')
        return self.store

    def __repr__(self) -> str:
        nested = ''.join(f'.get({key!r})' for key in self.path)
        return f'<Variable {self.uid}>{nested}'

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(Variable)
