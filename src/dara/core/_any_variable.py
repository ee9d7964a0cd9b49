"""The common part of all variables: views of nested values, comparisons, and the description for the browser."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

from dara.core._effects import Action, Steps, Target
from dara.core._ids import content_uid
from dara.core._json import Json, Path, to_json
from dara.core._operators import LOGICAL, SYMBOLS, Operator
from dara.core._strict import Strict
from dara.core._valueless import Valueless
from dara.core.errors import InvalidDefinition

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar('T')
Key: TypeAlias = 'str | int | AnyVariable[Any]'


class AnyVariable(Valueless, Strict, Generic[T]):
    """A value that components can show: the browser holds it, computes it, or gets it from the server.

    Comparing a variable gives a `Condition`, for `If`, `For` and `SwitchVariable.when`. `&`, `|` and `~` combine
    conditions, and variables that Python counts as true or false.

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

    def __and__(self, other: object) -> Condition:
        return Condition(Operator.AND, self, other)

    def __rand__(self, other: object) -> Condition:
        return Condition(Operator.AND, other, self)

    def __or__(self, other: object) -> Condition:
        return Condition(Operator.OR, self, other)

    def __ror__(self, other: object) -> Condition:
        return Condition(Operator.OR, other, self)

    def __invert__(self) -> Condition:
        return Condition(Operator.NOT, self)

    def __repr__(self) -> str:
        nested = ''.join('.list_item' if step is None else f'.get({step!r})' for step in self.path)
        return f'<{type(self).__name__} {self.uid}>{nested}'

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(AnyVariable)


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
    """The result of comparing variables; the browser computes it.

    Made by comparing a variable, and by `&`, `|` and `~` of conditions: `(show == 'open') & ~item.get('done')`.
    Numbers compare with numbers and strings with strings; between others `<` and `>` are false.

    Args:
        operator: a `Condition.Operator`.
        variable: the left side.
        other: the right side, a value or a variable; not used by `TRUTHY` and `NOT`.

    Raises:
        InvalidDefinition: the operator is unknown, or joins something that is neither a variable nor a boolean.
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
        if self.operator in LOGICAL:
            _check_joined(variable, other)
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

    def __repr__(self) -> str:
        if self.operator is Operator.TRUTHY:
            return f'<Condition {self.variable!r}>'
        if self.operator is Operator.NOT:
            return f'<Condition ~{self.variable!r}>'
        return f'<Condition {self.variable!r} {SYMBOLS[self.operator]} {self.other!r}>'


def _check_joined(*sides: object) -> None:
    for side in sides:
        if not isinstance(side, (AnyVariable, bool, type(None))):
            raise InvalidDefinition(
                f'& and | join conditions, not {side!r}. Python evaluates them before == and <, so each comparison '
                'needs parentheses: (a == 1) & (b < 2)'
            )


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
    return {'variable': variable.uid, 'path': dump_path(variable)}


def dump_path(variable: Target) -> list[Json]:
    """Return the path of a nested value for the browser, with references for steps that are variables."""
    return [_dump_step(step) for step in variable.path]


def _dump_step(step: str | int | Target | None) -> Json:
    return step if step is None or isinstance(step, (str, int)) else dump_ref(step)


def dump_operand(value: object) -> dict[str, Json]:
    """Return a variable's reference or a plain value for the browser."""
    return dump_ref(value) if isinstance(value, AnyVariable) else {'value': to_json(value)}


def variables_among(*values: object) -> tuple[AnyVariable[Any], ...]:
    """Return those of the values that are variables."""
    return tuple(value for value in values if isinstance(value, AnyVariable))
