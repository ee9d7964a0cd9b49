"""Variables: the values that components show and change."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypeVar

from dara.core._edits import ABSENT, at, placed
from dara.core._effects import Action, ResetVariable, Steps, SyncVariable, Target, ToggleVariable, UpdateVariable
from dara.core._ids import content_uid, name_of
from dara.core._json import Json, Path, to_json
from dara.core._operators import SYMBOLS, Operator
from dara.core._stores import BrowserStore, PersistenceStore, SharedStore
from dara.core._strict import Strict
from dara.core.errors import InvalidDefinition, NoBackendStore, NotJson

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar('T')
Key: TypeAlias = 'str | int | AnyVariable[Any]'
_INIT_OVERRIDE: Final[ContextVar[Callable[[dict[str, Any]], dict[str, Any]] | None]] = ContextVar(
    'dara_variable_init_override', default=None
)


class AnyVariable(Strict, Generic[T]):
    """A value that components can show: the browser holds it, computes it, or gets it from the server.

    Comparing a variable gives a `Condition`, for `If` and `SwitchVariable.when`.

    Attributes:
        uid: the unique name of the variable.
        path: the path of this view within the variable's value.
    """

    uid: str
    path: Steps = ()

    def get(self, key: Key, *keys: Key) -> Any:
        """Return a view of a nested value. It is the same variable: edits of the view are edits at that path.

        Args:
            key: a member name or an index; or a variable that holds one, such as `items.list_item.get('id')`.
            keys: the keys within that.
        """
        return self._nested(*checked_keys(self, (key, *keys)))

    __getitem__ = get

    @property
    def list_item(self) -> Any:
        """The present item, inside the renderer of a `For` over this list.

        Its `index`, `is_first` and `is_last` give its position in the list.
        """
        return self._nested(None)

    @property
    def index(self) -> ItemPosition:
        """The index of a `list_item` in its list."""
        return ItemPosition(self, 'index')

    @property
    def is_first(self) -> ItemPosition:
        """True for a `list_item` that is the first of its list."""
        return ItemPosition(self, 'first')

    @property
    def is_last(self) -> ItemPosition:
        """True for a `list_item` that is the last of its list."""
        return ItemPosition(self, 'last')

    def reset(self) -> Action:
        """Return an action that sets the variable back to its default, or computes a derived one anew.

        Raises:
            InvalidDefinition: the browser computes the variable from others.
        """
        raise InvalidDefinition(f'{self!r} is computed from other variables in the browser; reset those')

    @property
    def _static_path(self) -> Path:
        """The path of this view, if it is known on the server.

        Raises:
            InvalidDefinition: the view is an item of a `For` or has a variable as a key, and only the browser knows it.
        """
        known = tuple(step for step in self.path if isinstance(step, (str, int)))
        if len(known) < len(self.path):
            raise InvalidDefinition(
                f'{self!r} is a part that only the browser knows. Give its id or index to the action, and change the '
                'whole.'
            )
        return known

    @property
    def _definition(self) -> dict[str, Json]:
        """The description of the variable for the browser."""
        raise NotImplementedError

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        """The variables that this one needs in the browser."""
        return ()

    def _nested(self, *steps: Key | None) -> Any:
        nested = copy.copy(self)
        nested.path = (*self.path, *steps)
        return nested

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]  # a condition, as the public API wants
        return Condition(Operator.EQUAL, self, other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition(Operator.NOT_EQUAL, self, other)

    def __lt__(self, other: object) -> Condition:
        return Condition(Operator.LESS_THAN, self, other)

    def __le__(self, other: object) -> Condition:
        return Condition(Operator.LESS_EQUAL, self, other)

    def __gt__(self, other: object) -> Condition:
        return Condition(Operator.GREATER_THAN, self, other)

    def __ge__(self, other: object) -> Condition:
        return Condition(Operator.GREATER_EQUAL, self, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise InvalidDefinition(
            f'{self!r} has a value in the browser only, not here; use If(variable, ...), SwitchVariable.when(...), or '
            'the value that an action, a py_component or a DerivedVariable is given'
        )

    def __iter__(self) -> Iterator[Any]:
        raise InvalidDefinition(f'{self!r} has items in the browser only, not here; use For(variable, ...)')

    def __contains__(self, item: object) -> bool:
        raise InvalidDefinition(f'{self!r} has items in the browser only, not here; use a DerivedVariable')

    def __repr__(self) -> str:
        nested = ''.join('.list_item' if step is None else f'.get({step!r})' for step in self.path)
        return f'<{type(self).__name__} {self.uid}>{nested}'

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(AnyVariable)


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
            raise InvalidDefinition(f'Variable: store must be a store such as BackendStore(), not {store!r}')
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
            raise TypeError(f'{self}.{method}() works on the whole variable; call it on that')
        return self._shared_store(method)

    def _shared_store(self, method: str) -> SharedStore:
        if not isinstance(self.store, SharedStore):
            raise NoBackendStore(f'{self}.{method}() needs a BackendStore: Variable(..., store=BackendStore())')
        return self.store


class ItemPosition(AnyVariable[Any]):
    """The position of a `For`'s item in its list: its index, or true if the item is the first or last."""

    def __init__(self, item: AnyVariable[Any], kind: Literal['index', 'first', 'last']) -> None:
        if not item.path or item.path[-1] is not None:
            attribute = kind if kind == 'index' else f'is_{kind}'
            raise InvalidDefinition(f'{item!r} is not an item of a list; use variable.list_item.{attribute}')
        self._item = item
        self._kind = kind
        self.uid = content_uid('position', self._definition)

    @property
    def _definition(self) -> dict[str, Json]:
        return {'kind': 'position', 'of': dump_ref(self._item), 'is': self._kind}

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        return (self._item,)


class Condition(AnyVariable[bool]):
    """The result of comparing a variable; the browser computes it. Made by comparing a variable.

    Numbers compare with numbers and strings with strings; between others `<` and `>` are false.

    Args:
        operator: a `Condition.Operator`.
        variable: the left side.
        other: the right side, a value or a variable; not used by `TRUTHY`.
    """

    Operator: TypeAlias = Operator

    operator: Operator
    variable: object
    other: object

    def __init__(self, operator: Operator | str, variable: object, other: object = None) -> None:
        try:
            self.operator = Operator(operator)
        except ValueError:
            known = ', '.join(Operator)
            raise InvalidDefinition(f'Condition: operator is one of {known}, not {operator!r}') from None
        self.variable = variable
        self.other = other
        self.uid = content_uid('condition', self._definition)

    @property
    def _definition(self) -> dict[str, Json]:
        return {
            'kind': 'condition',
            'operator': SYMBOLS[self.operator],
            'left': dump_operand(self.variable),
            'right': dump_operand(self.other),
        }

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        return variables_among(self.variable, self.other)

    __hash__ = object.__hash__


def checked_keys(variable: AnyVariable[Any], keys: Sequence[Any]) -> tuple[Key, ...]:
    """Return the keys of a view.

    Raises:
        InvalidDefinition: one is neither a member name, nor an index, nor a variable.
    """
    if not all(type(key) in (str, int) or isinstance(key, AnyVariable) for key in keys):
        raise InvalidDefinition(
            f'{variable!r}: get() takes member names, indexes, and variables that hold one, not {tuple(keys)}'
        )
    return tuple(keys)


def dump_ref(variable: Target) -> dict[str, Json]:
    """Return a reference to a variable, or to a nested value of one, for the browser."""
    return {'variable': variable.uid, 'path': [_dump_step(step) for step in variable.path]}


def _dump_step(step: str | int | Target | None) -> Json:
    return step if step is None or isinstance(step, (str, int)) else dump_ref(step)


def dump_operand(value: object) -> dict[str, Json]:
    """Return a variable's reference or a plain value for the browser."""
    return dump_ref(value) if isinstance(value, AnyVariable) else {'value': to_json(value)}


def variables_among(*values: object) -> tuple[AnyVariable[Any], ...]:
    """Return those of the values that are variables."""
    return tuple(value for value in values if isinstance(value, AnyVariable))
