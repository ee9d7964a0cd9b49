"""Components: what a page is made of, and how a tree of them becomes JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeAlias, assert_never

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from dara.core._effects import (
    Action,
    CallAction,
    ResetVariable,
    SyncVariable,
    ToggleVariable,
    UpdateVariable,
    VariableRef,
)
from dara.core._json import Json, json_equal, to_json
from dara.core.errors import ConflictingIds, InvalidProp, NotJson
from dara.core.variables import Variable


def _to_actions(value: Any) -> tuple[Action, ...]:
    actions = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for action in actions:
        if not isinstance(action, Action):
            raise ValueError(f'takes an action such as variable.update(1), or a list of them, not {action!r}')
    return actions


Actions: TypeAlias = Annotated[Any, PlainValidator(_to_actions)]


class ComponentInstance(BaseModel):
    """One component of a page. Subclass it to declare the props of another.

    Raises:
        InvalidProp: an unknown prop, or a value that the prop does not take.
    """

    model_config = ConfigDict(extra='forbid', strict=True, arbitrary_types_allowed=True, defer_build=True)

    id_: str | None = None

    def __init__(self, **props: Any) -> None:
        try:
            super().__init__(**props)
        except ValidationError as error:
            raise InvalidProp(_explain(type(self), error)) from None

    @property
    def drawn_with(self) -> str:
        """The client's component that draws this."""
        return type(self).__name__


@dataclass(frozen=True, slots=True)
class Call:
    """A server action of a page: what to run, and which of its arguments the browser sends."""

    action: CallAction
    variables: tuple[Variable[Any], ...]


@dataclass(slots=True)
class Tree:
    """A page's components as JSON, and what they refer to."""

    nodes: list[dict[str, Json]] = field(default_factory=list)
    variables: dict[str, Variable[Any]] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)


def render(components: Iterable[ComponentInstance], prefix: str) -> Tree:
    """Return the tree of `components`; `prefix` tells the ids of this page's calls from those of others.

    Raises:
        InvalidProp: a prop's value is not JSON.
        ConflictingIds: two different variables have one uid.
    """
    tree = Tree()
    tree.nodes = [_node(component, f'{prefix}{index}', tree) for index, component in enumerate(components)]
    return tree


def add_variable(variables: dict[str, Variable[Any]], variable: Variable[Any]) -> None:
    """Add a variable by its uid.

    Raises:
        ConflictingIds: another one has it.
    """
    known = variables.setdefault(variable.uid, variable)
    if known.store is not variable.store or not json_equal(known.default, variable.default):
        raise ConflictingIds(f'Two different variables have the uid {variable.uid!r}; give each one of its own.')


def _node(component: ComponentInstance, position: str, tree: Tree) -> dict[str, Json]:
    props: dict[str, Json] = {}
    variables: dict[str, Json] = {}
    actions: dict[str, Json] = {}
    slots: dict[str, Json] = {}
    for name in type(component).model_fields:
        value = getattr(component, name)
        if value is None:
            continue
        if isinstance(value, Variable):
            add_variable(tree.variables, value)
            variables[name] = _dump_ref(value.ref)
        elif isinstance(value, tuple) and all(isinstance(each, Action) for each in value):
            actions[name] = [_dump_action(each, f'{position}.{name}.{index}', tree) for index, each in enumerate(value)]
        elif isinstance(value, ComponentInstance) or _are_components(value):
            children = [value] if isinstance(value, ComponentInstance) else value
            slots[name] = [_node(child, f'{position}.{name}.{index}', tree) for index, child in enumerate(children)]
        else:
            props[name] = _prop(component, name, value)
    return {
        'component': component.drawn_with,
        'id': position,
        'props': props,
        'variables': variables,
        'actions': actions,
        'slots': slots,
    }


def _are_components(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(each, ComponentInstance) for each in value)


def _prop(component: ComponentInstance, name: str, value: Any) -> Json:
    try:
        return to_json(value)
    except NotJson as error:
        raise InvalidProp(f'{type(component).__name__}: {name}: {error}') from error


def _dump_ref(ref: VariableRef) -> dict[str, Json]:
    return {'variable': ref.variable, 'path': [*ref.path]}


def _dump_action(action: Action, id: str, tree: Tree) -> dict[str, Json]:
    match action:
        case UpdateVariable():
            return {'kind': 'update', 'target': _dump_ref(action.target), 'value': action.value}
        case SyncVariable():
            return {'kind': 'sync', 'target': _dump_ref(action.target)}
        case ToggleVariable():
            return {'kind': 'toggle', 'target': _dump_ref(action.target)}
        case ResetVariable():
            return {'kind': 'reset', 'target': _dump_ref(action.target)}
        case CallAction():
            return _dump_call(action, id, tree)
        case _:
            assert_never(action)


def _dump_call(action: CallAction, id: str, tree: Tree) -> dict[str, Json]:
    arguments = (*action.arguments, *(value for _, value in action.keywords))
    variables = tuple(argument for argument in arguments if isinstance(argument, Variable))
    for variable in variables:
        add_variable(tree.variables, variable)
    tree.calls[id] = Call(action, variables)
    return {'kind': 'call', 'target': id, 'inputs': [_dump_ref(variable.ref) for variable in variables]}


def _explain(component: type[ComponentInstance], error: ValidationError) -> str:
    """Name the component, the prop, what was wrong and the nearest valid prop."""
    first = error.errors()[0]
    prop = str(first['loc'][0]) if first['loc'] else ''
    if first['type'] == 'extra_forbidden':
        return _explain_unknown(component, prop)
    if first['type'] == 'missing':
        return f'{component.__name__}: the prop {prop!r} is missing.'
    return f'{component.__name__}: {prop}: {_reason(component, prop, first)}'


def _explain_unknown(component: type[ComponentInstance], prop: str) -> str:
    known = list(component.model_fields)
    nearest = difflib.get_close_matches(prop, known, n=1, cutoff=0.5)
    hint = f'Did you mean {nearest[0]!r}?' if nearest else f'It has: {", ".join(sorted(known))}.'
    return f'{component.__name__} has no prop {prop!r}. {hint}'


def _reason(component: type[ComponentInstance], prop: str, first: ErrorDetails) -> str:
    if first['type'] == 'value_error':
        return str(first['ctx']['error'])
    annotation = component.model_fields[prop].annotation
    expected = getattr(annotation, '__name__', None) if isinstance(annotation, type) else str(annotation)
    readable = str(expected).replace('typing.', '').replace('dara.core.variables.', '').replace(' | None', '')
    return f'takes {readable}, not {first["input"]!r}.'
