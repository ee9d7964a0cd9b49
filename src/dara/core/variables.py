"""Variables: the values that components show and change."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

import orjson

from dara.core._edits import ABSENT, at, placed
from dara.core._effects import Action, ResetVariable, Steps, SyncVariable, Target, ToggleVariable, UpdateVariable
from dara.core._ids import name_of
from dara.core._json import Json, Path, to_json
from dara.core._stores import BrowserStore, PersistenceStore, SharedStore
from dara.core._strict import Strict
from dara.core.errors import InvalidDefinition, NoBackendStore, NotJson

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar('T')
Operator: TypeAlias = Literal['==', '!=', '<', '<=', '>', '>=', 'truthy']


class AnyVariable(Strict, Generic[T]):
    """A value that components can show: the browser holds it, computes it, or gets it from the server.

    Comparing a variable gives a `Condition`, for `If` and `SwitchVariable.when`.

    Attributes:
        uid: the unique name of the variable.
        path: the path of this view within the variable's value.
    """

    uid: str
    path: Steps = ()

    def get(self, *keys: str | int) -> Any:
        """Return a view of a nested value. It is the same variable: edits of the view are edits at that path."""
        if not all(type(key) in (str, int) for key in keys):
            raise InvalidDefinition(f'{self!r}: get() takes member names and indexes, not {keys}')
        return self._nested(*keys)

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

    @property
    def _definition(self) -> dict[str, Json]:
        """The description of the variable for the browser."""
        raise NotImplementedError

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        """The variables that this one needs in the browser."""
        return ()

    def _nested(self, *steps: str | int | None) -> Any:
        nested = copy.copy(self)
        nested.path = (*self.path, *steps)
        return nested

    def __eq__(self, other: object) -> Condition:  # type: ignore[override]  # a condition, as the public API wants
        return Condition('==', self, other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override]
        return Condition('!=', self, other)

    def __lt__(self, other: object) -> Condition:
        return Condition('<', self, other)

    def __le__(self, other: object) -> Condition:
        return Condition('<=', self, other)

    def __gt__(self, other: object) -> Condition:
        return Condition('>', self, other)

    def __ge__(self, other: object) -> Condition:
        return Condition('>=', self, other)

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
        default: the value until it is changed; anything that JSON can hold.
        uid: a name that no other variable has. Derived from the position in the code if not given.
        store: the store that keeps the value.
        persist_value: keep the value in the browser: an older spelling of `store=BrowserStore()`.

    Raises:
        NotJson: `default` cannot be stored.
    """

    store: PersistenceStore | None
    default: Json

    def __init__(
        self,
        default: T | None = None,
        *,
        uid: str | None = None,
        store: PersistenceStore | None = None,
        persist_value: bool = False,
    ) -> None:
        if persist_value and store is not None:
            raise InvalidDefinition('Variable: persist_value=True means store=BrowserStore(); give one of both')
        if store is not None and not isinstance(store, PersistenceStore):
            raise InvalidDefinition(f'Variable: store must be a store such as BackendStore(), not {store!r}')
        self.uid = uid or name_of(self)
        self.store = BrowserStore() if persist_value else store
        self._initial: AnyVariable[Any] | None = None
        try:
            self.default = to_json(default)
        except NotJson as error:
            raise NotJson(f'Variable {self.uid}: the default cannot be stored. {error}') from error
        if self.store is not None:
            self.store._attach(self.uid, self.default)

    @classmethod
    def create_from_derived(cls, derived: AnyVariable[T]) -> Variable[T]:
        """Return a variable of the tab that shows the value of `derived` until the user changes it."""
        variable: Variable[T] = cls(uid=f'{derived.uid}:copy')
        variable._initial = derived
        return variable

    @property
    def _definition(self) -> dict[str, Json]:
        if self.store is not None:
            return {'default': self.default, **self.store._definition}
        initial = {} if self._initial is None else {'initial': dump_ref(self._initial)}
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

    @property
    def _static_path(self) -> Path:
        """The path of this view, if it is known on the server.

        Raises:
            InvalidDefinition: the view is an item of a `For`, and only the browser knows which.
        """
        if None in self.path:
            raise InvalidDefinition(
                f'{self!r} is an item of a For, and only the browser knows which. Give its id or index to the action, '
                'and change the list.'
            )
        return tuple(step for step in self.path if step is not None)

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
        self.uid = _content_uid('position', self._definition)

    @property
    def _definition(self) -> dict[str, Json]:
        return {'kind': 'position', 'of': dump_ref(self._item), 'is': self._kind}

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        return (self._item,)


class Condition(AnyVariable[bool]):
    """The result of comparing a variable; the browser computes it. Made by comparing a variable.

    Numbers compare with numbers and strings with strings; between others `<` and `>` are false.
    """

    def __init__(self, operator: Operator, left: object, right: object = None) -> None:
        self._operator = operator
        self._left = left
        self._right = right
        self.uid = _content_uid('condition', self._definition)

    @property
    def _definition(self) -> dict[str, Json]:
        return {
            'kind': 'condition',
            'operator': self._operator,
            'left': dump_operand(self._left),
            'right': dump_operand(self._right),
        }

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        return _variables_in(self._left, self._right)

    __hash__ = object.__hash__


class SwitchVariable(AnyVariable[Any]):
    """A value that depends on another, computed in the browser: `SwitchVariable.when(...)`, `.match(...)`.

    Args:
        value: a variable or condition.
        mapping: the results by value; or a variable that holds an object with the results.
        default: the result for other values.
    """

    value: object
    mapping: Mapping[Any, Any] | AnyVariable[Any]
    default: object

    def __init__(self, value: object, mapping: Mapping[Any, Any] | AnyVariable[Any], default: object = None) -> None:
        self.value = value
        self.mapping = mapping
        self.default = default
        self.uid = _content_uid('switch', self._definition)

    @staticmethod
    def when(
        condition: AnyVariable[Any] | bool, true_value: object, false_value: object, uid: str | None = None
    ) -> SwitchVariable:
        """Return `true_value` while `condition` holds (is truthy in Python's sense), else `false_value`."""
        test = condition if isinstance(condition, Condition) else Condition('truthy', condition)
        return SwitchVariable(test, {True: true_value, False: false_value})

    @staticmethod
    def match(
        value: object,
        mapping: Mapping[Any, Any] | AnyVariable[Any],
        default: object = None,
        uid: str | None = None,
    ) -> SwitchVariable:
        """Return the entry of `mapping` for `value`, else `default`. Numbers and booleans match by their JSON text."""
        return SwitchVariable(value, mapping, default)

    @property
    def _definition(self) -> dict[str, Json]:
        return {
            'kind': 'switch',
            'value': dump_operand(self.value),
            'mapping': self._dump_mapping(),
            'default': dump_operand(self.default),
        }

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        mapped = (self.mapping,) if isinstance(self.mapping, AnyVariable) else tuple(self.mapping.values())
        return _variables_in(self.value, self.default, *mapped)

    def _dump_mapping(self) -> Json:
        if isinstance(self.mapping, AnyVariable):
            return dump_ref(self.mapping)
        return {'value': {member_name(key): dump_operand(value) for key, value in self.mapping.items()}}


def dump_ref(variable: Target) -> dict[str, Json]:
    """Return a reference to a variable, or to a nested value of one, for the browser."""
    return {'variable': variable.uid, 'path': [*variable.path]}


def dump_operand(value: object) -> dict[str, Json]:
    """Return a variable's reference or a plain value for the browser."""
    return dump_ref(value) if isinstance(value, AnyVariable) else {'value': to_json(value)}


def _variables_in(*values: object) -> tuple[AnyVariable[Any], ...]:
    return tuple(value for value in values if isinstance(value, AnyVariable))


def _content_uid(kind: str, definition: dict[str, Json]) -> str:
    """Return a uid that depends on the definition alone: variables of equal definitions are the same one."""
    return f'{kind}:{hashlib.sha256(orjson.dumps(definition, option=orjson.OPT_SORT_KEYS)).hexdigest()[:20]}'


def member_name(key: object) -> str:
    """Return the name of an object's member for a value: a string itself, the JSON text of other values."""
    value = to_json(key)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # as the browser writes it
    return value if isinstance(value, str) else orjson.dumps(value).decode()
