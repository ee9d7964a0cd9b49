"""Variables: the values that components show and change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from dara.core._any_variable import (
    AnyVariable,
    Condition,
    ItemPosition,
    Key,
    T,
    checked_keys,
    dump_operand,
    dump_ref,
    variables_among,
)
from dara.core._awaited import awaited_methods
from dara.core._edits import ABSENT, at, placed
from dara.core._effects import Action, ResetVariable, SyncVariable, ToggleVariable, UpdateVariable
from dara.core._ids import name_of
from dara.core._json import Json, to_json
from dara.core._stores import BrowserStore, PersistenceStore, SharedStore
from dara.core.errors import InvalidDefinition, NoBackendStore, NotJson

__all__ = [
    'AnyVariable',
    'Condition',
    'ItemPosition',
    'Key',
    'Variable',
    'checked_keys',
    'dump_operand',
    'dump_ref',
    'variables_among',
]

_INIT_OVERRIDE: Final[ContextVar[Callable[[dict[str, Any]], dict[str, Any]] | None]] = ContextVar(
    'dara_variable_init_override', default=None
)


@awaited_methods
class Variable(AnyVariable[T]):
    """A value that components show and change.

    Without a store it lives in the browser tab: a refresh resets it, and each user has their own.
    With a `BackendStore` it lives on the server, and is shared live with every browser.

    Args:
        default: the value until it is changed: anything that JSON can hold, or a variable to follow until then.
        persist_value: keep the value in the browser: an older spelling of `store=BrowserStore()`.
        uid: a name that no other variable has. Derived from the position in the code if not given.
        store: the store that keeps the value.
        nested: the keys of a nested value, for a view of it as by `get`.

    Raises:
        NotJson: `default` cannot be stored.
    """

    store: PersistenceStore | None
    default: Json

    def __init__(
        self,
        default: T | AnyVariable[T] | None = None,
        persist_value: bool | None = False,
        uid: str | None = None,
        store: PersistenceStore | None = None,
        nested: Sequence[Key] | None = None,
    ) -> None:
        override = _INIT_OVERRIDE.get()
        if override is not None:
            given = override({'default': default, 'uid': uid, 'store': store, 'nested': nested})
            default, uid, store, nested = (given.get(name) for name in ('default', 'uid', 'store', 'nested'))
        if persist_value and store is not None:
            raise InvalidDefinition('Variable: persist_value=True means store=BrowserStore(); give one of both')
        if store is not None and not isinstance(store, PersistenceStore):
            raise InvalidDefinition(
                f'Variable: store takes a store, not {store!r}. Write store=BackendStore(), or to keep the value in '
                "a file, store=BackendStore(backend=FileBackend(path='value.json'))"
            )
        self.uid = uid or name_of(self)
        self.store = BrowserStore() if persist_value else store
        self.path = checked_keys(self, nested or ())
        self._initial = default if isinstance(default, AnyVariable) else None
        if self._initial is not None and self.store is not None:
            raise InvalidDefinition(f'Variable {self.uid}: a variable as the default cannot go with a store')
        try:
            self.default = to_json(None if self._initial is not None else default)
        except NotJson as error:
            raise NotJson(f'Variable {self.uid}: the default cannot be stored. {error}') from error
        if self.store is not None:
            self.store._attach(self.uid, self.default)

    @classmethod
    def create_from_derived(cls, other: AnyVariable[T]) -> Variable[T]:
        """Return a variable of the tab that shows the value of `other` until the user changes it."""
        return cls(other, uid=f'{other.uid}:copy')

    @staticmethod
    @contextmanager
    def init_override(override: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[None]:
        """Change the arguments of all variables that are created in the body of the `with`.

        Args:
            override: gets the arguments `default`, `uid`, `store` and `nested` by name, and returns others.
        """
        token = _INIT_OVERRIDE.set(override)
        try:
            yield
        finally:
            _INIT_OVERRIDE.reset(token)

    @property
    def _definition(self) -> dict[str, Json]:
        if self.store is not None:
            return {'default': self.default, **self.store._definition}
        initial = {} if self._initial is None else {'initial': dump_operand(self._initial)}
        return {'kind': 'tab', 'default': self.default, **initial}

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        needed = [self._initial, self.store._room_variable if self.store else None]
        return tuple(variable for variable in needed if isinstance(variable, AnyVariable))

    def sync(self) -> Action:
        """Return an action that sets the variable to the component's value."""
        return SyncVariable(self)

    def toggle(self) -> Action:
        """Return an action that turns true into false, and back."""
        return ToggleVariable(self)

    def update(self, value: T) -> Action:
        """Return an action that sets the variable to `value`."""
        return UpdateVariable(self, to_json(value))

    def reset(self) -> Action:
        """Return an action that sets the variable back to its default; a shared one for everybody."""
        return ResetVariable(self)

    async def read(self) -> Any:
        """Return a copy of the value in the store, or the default if nothing was written."""
        value = at(await self._shared_store('read').read(), self._static_path)
        return None if value is ABSENT else value

    async def write(self, value: T, notify: bool = True, ignore_channel: str | None = None) -> None:
        """Store `value`, and show it in every browser. On a view of a nested value, nothing else changes.

        Args:
            value: anything that JSON can hold.
            notify: accepted and ignored, as in the other methods: a browser never shows an outdated value.
            ignore_channel: accepted and ignored for the same reason.
        """
        store = self._shared_store('write')
        if self.path:
            path = self._static_path
            stored = to_json(value, path)
            await store.modify(lambda whole: placed(whole, path, stored))
        else:
            await store.write(value)

    async def write_partial(self, data: Any, notify: bool = True, in_place: bool = False) -> Any:
        """Store a part of the value, and return a copy of the new value; see `BackendStore.write_partial`."""
        return await self._whole('write_partial').write_partial(data)

    async def modify(self, change: Callable[[Any], Any]) -> Any:
        """Store the result of `change(value)`, atomically; return that."""
        return await self._whole('modify').modify(change)

    async def delete(self, notify: bool = True) -> None:
        """Remove the value from the store; readers and browsers get the default again."""
        await self._whole('delete').delete()

    async def get_all(self) -> dict[str, Any]:
        """Return the values of all keys of the store."""
        return await self._whole('get_all').get_all()

    def _whole(self, method: str) -> SharedStore:
        if self.path:
            raise TypeError(f'{self!r}.{method}() works on the whole variable; call it on that')
        return self._shared_store(method)

    def _shared_store(self, method: str) -> SharedStore:
        if not isinstance(self.store, SharedStore):
            raise NoBackendStore(f'{self!r}.{method}() needs a BackendStore: Variable(..., store=BackendStore())')
        return self.store
