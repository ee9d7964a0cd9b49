"""Components: what a page is made of, and how a tree of them becomes JSON."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Generic, Literal, ParamSpec, TypeAlias, assert_never, overload

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError
from pydantic_core import ErrorDetails

from dara.core._effects import (
    Action,
    CallAction,
    RedoVariable,
    ResetVariable,
    SyncVariable,
    Target,
    ToggleVariable,
    TriggerVariable,
    UndoVariable,
    UpdateVariable,
)
from dara.core._json import Json, json_equal, to_json
from dara.core.derived import Computation, DerivedVariable
from dara.core.errors import ConflictingIds, InvalidDefinition, InvalidProp, NotJson
from dara.core.persistence.stores import BackendStore
from dara.core.variables import AnyVariable, Variable, dump_ref

P = ParamSpec('P')


def _to_actions(value: Any) -> tuple[Action, ...]:
    actions = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for action in actions:
        if not isinstance(action, Action):
            raise ValueError(f'takes an action such as variable.update(1), or a list of them, not {action!r}')
    return actions


Actions: TypeAlias = Annotated[Any, PlainValidator(_to_actions)]


class ComponentInstance(BaseModel):
    """One component of a page. Subclass it to declare the props of another.

    Args:
        id_: the `id` of its element in the page.

    Raises:
        InvalidProp: an unknown prop, or a value that the prop does not take.
    """

    model_config = ConfigDict(extra='forbid', strict=True, arbitrary_types_allowed=True, defer_build=True)

    part_of: ClassVar[str | None] = None
    shows_one_of: ClassVar[bool] = False

    id_: str | None = None

    def __init__(self, **props: Any) -> None:
        try:
            super().__init__(**props)
        except ValidationError as error:
            raise InvalidProp(_explain(type(self), error)) from None
        if not self.shows_one_of:
            _check_parts(self)

    @property
    def drawn_with(self) -> str:
        """The client's component that draws this: a subclass is drawn as what it is made from."""
        ours = [each.__name__ for each in type(self).__mro__ if each.__module__.startswith('dara.')]
        return ours[0] if ours[0] not in _NEVER_DRAWN else type(self).__name__


@dataclass(frozen=True)
class Cases:
    """Components of which the browser shows one, by the JSON text of the value that they stand for."""

    components: dict[str, ComponentInstance]


_NEVER_DRAWN = frozenset({'ComponentInstance', 'Container', 'Field', 'StyledComponent'})


def _check_parts(parent: ComponentInstance) -> None:
    kinds = {kind.__name__ for kind in type(parent).__mro__}
    for part in _parts([getattr(parent, name) for name in type(parent).model_fields]):
        if part.part_of is not None and part.part_of not in kinds:
            raise InvalidProp(f'{type(parent).__name__}: {_misplaced(part)}')


def _parts(value: Any) -> Iterator[ComponentInstance]:
    """The components that are drawn directly in whatever has the value as a prop."""
    if isinstance(value, ComponentInstance):
        if value.shows_one_of:
            yield from _parts([getattr(value, name) for name in type(value).model_fields])
        else:
            yield value
    elif isinstance(value, list):
        for each in value:
            yield from _parts(each)
    elif isinstance(value, Cases):
        yield from _parts(list(value.components.values()))


def _misplaced(part: ComponentInstance) -> str:
    return f'{type(part).__name__} can only stand in {part.part_of}, not here.'


@dataclass(frozen=True)
class Rendering:
    """What a py_component is drawn from: a function of the app, and its arguments."""

    call: Call
    polling_interval: float | None


class PyComponent(ComponentInstance):
    """A component that a function of the app makes on the server, whenever its arguments change."""

    rendering: Rendering
    fallback: ComponentInstance | None = None


class PlainText(ComponentInstance):
    """What a py_component shows that returned a text or a number."""

    text: str

    @property
    def drawn_with(self) -> str:
        return 'Text'


class Renderer(Generic[P]):
    """A function of the app that makes components: what `py_component` returns. Call it to place one on a page."""

    def __init__(
        self, function: Callable[P, Any], fallback: ComponentInstance | None, polling_interval: float | None
    ) -> None:
        if not callable(function):
            raise InvalidDefinition(f'@py_component goes above a function; it was given {function!r}')
        self._function = function
        self._fallback = fallback
        self._polling_interval = polling_interval
        functools.update_wrapper(self, function)

    def __call__(self, *arguments: Any, **keywords: Any) -> ComponentInstance:
        """Return the component, with arguments of any type; of variables the function gets the values."""
        name = f'@py_component {getattr(self._function, "__name__", self._function)}'
        try:
            inspect.signature(self._function).bind(*arguments, **keywords)
        except TypeError as error:
            raise InvalidDefinition(f'{name}: {error}') from None
        call = Call('render', self._function, arguments, tuple(keywords.items()), name)
        return PyComponent(rendering=Rendering(call, self._polling_interval), fallback=self._fallback)

    def __get__(self, instance: object, owner: type | None = None) -> Renderer[Any]:
        if instance is None:
            return self
        bound = self._function.__get__(instance, owner)
        return Renderer(bound, self._fallback, self._polling_interval)


@overload
def py_component(function: Callable[P, Any]) -> Renderer[P]: ...
@overload
def py_component(
    *, fallback: ComponentInstance | None = ..., polling_interval: float | None = ...
) -> Callable[[Callable[P, Any]], Renderer[P]]: ...
def py_component(
    function: Callable[..., Any] | None = None,
    *,
    fallback: ComponentInstance | None = None,
    polling_interval: float | None = None,
) -> Any:
    """Make components with a function on the server, anew whenever its arguments change.

        @py_component
        async def greeting(name: str) -> ComponentInstance:
            return Text(f'Hello {name}, there are {await visits.read()} of you')

        Stack(Input(value=name), greeting(name))

    It may be sync (and then runs in a thread) or async, a function or a method. It gets the values of arguments
    that are variables, and other arguments as they are. It returns a component, a text, a number, a list of these,
    or `None` for nothing.

    Args:
        fallback: shown until the first result is there.
        polling_interval: make it anew after that many seconds, while it is shown.
    """
    if function is not None:
        return Renderer(function, fallback, polling_interval)
    return lambda function: Renderer(function, fallback, polling_interval)


def components_of(result: Any, where: str) -> list[ComponentInstance]:
    """Return what a function of the app returned as components.

    Raises:
        InvalidDefinition: it is nothing that can be shown.
    """
    if result is None:
        return []
    if isinstance(result, ComponentInstance):
        return [result]
    if isinstance(result, (str, int, float)):
        return [PlainText(text=str(result))]
    if isinstance(result, (list, tuple)):
        return [component for each in result for component in components_of(each, where)]
    raise InvalidDefinition(f'{where}: returns a component, text, number, None or a list of these, not {result!r}')


@dataclass(frozen=True, eq=False)
class Call:
    """What the browser may ask the server to run: an action, a py_component, or a DerivedVariable's function.

    Attributes:
        arguments: values, and the variables whose values the browser says, or says where to find.
        places: of which variables, in the order in which the browser sends them.
        computation: what tells results of the same function from others.
        name: what the log calls it.
    """

    kind: Literal['action', 'render', 'derive']
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...]
    name: str
    computation: Computation | None = None

    @property
    def variables(self) -> tuple[AnyVariable[Any], ...]:
        """The arguments that are variables, in the order in which the browser sends their values."""
        values = (*self.arguments, *(value for _, value in self.keywords))
        return tuple(value for value in values if isinstance(value, AnyVariable))


@dataclass(slots=True)
class Tree:
    """A page's components as JSON, and what they refer to.

    Attributes:
        stores: by uid and room, those that its variables live in.
        open_stores: by uid, those of which the browser chooses the room.
    """

    nodes: list[dict[str, Json]] = field(default_factory=list)
    variables: dict[str, AnyVariable[Any]] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    stores: dict[tuple[str, str | None], BackendStore] = field(default_factory=dict)
    open_stores: dict[str, BackendStore] = field(default_factory=dict)

    def find_store(self, uid: str, room: str | None) -> BackendStore | None:
        """Return the store at that room, if the tree shows it."""
        store = self.stores.get((uid, room))
        if store is not None or room is None or uid not in self.open_stores:
            return store
        try:
            return self.open_stores[uid].enter(room)
        except InvalidDefinition:  # the browser named what is no key
            return None

    def add(self, variable: AnyVariable[Any]) -> None:
        """Add a variable, and what it is computed from.

        Raises:
            ConflictingIds: another one has its uid, or its store's.
        """
        known = self.variables.get(variable.uid)
        if known is not None:
            _check_same(known, variable)
            return
        self.variables[variable.uid] = variable
        if isinstance(variable, Variable) and isinstance(variable.store, BackendStore):
            self._add_store(variable.store)
        if isinstance(variable, DerivedVariable):
            self.calls[variable.uid] = Call(
                'derive', variable.func, variable.variables, (), repr(variable), variable.computation
            )
        for needed in variable.needs:
            self.add(needed)

    def merge(self, other: Tree) -> None:
        """Add what `other` refers to.

        Raises:
            ConflictingIds: the two use one uid for different things.
        """
        for variable in other.variables.values():
            self.add(variable)
        self.calls.update(other.calls)

    def _add_store(self, store: BackendStore) -> None:
        if not isinstance(store.room, AnyVariable):
            known = self.stores.setdefault((store.uid, store.room), store)
        else:
            known = self.open_stores.setdefault(store.uid, store)
        if not known.is_same_as(store):
            raise ConflictingIds(
                f'Two different stores have the uid {store.uid!r}. Give each one of its own, '
                'or attach both variables to one store.'
            )


def render(components: Iterable[ComponentInstance], prefix: str) -> Tree:
    """Return the tree of `components`; `prefix` tells the ids of this page's calls from those of others.

    Raises:
        InvalidProp: a prop's value is not JSON, or a component is not where it belongs.
        ConflictingIds: two different variables or stores have one uid.
    """
    components = list(components)
    for part in _parts(components):
        if part.part_of is not None:
            raise InvalidProp(f'A page or a py_component: {_misplaced(part)}')
    tree = Tree()
    tree.nodes = [_node(component, f'{prefix}{index}', tree) for index, component in enumerate(components)]
    return tree


def dump_actions(actions: Iterable[Action], position: str, tree: Tree) -> list[Json]:
    """Return actions as they travel; what they call and refer to is added to `tree`."""
    return [_dump_action(action, f'{position}.{index}', tree) for index, action in enumerate(actions)]


def _check_same(known: AnyVariable[Any], variable: AnyVariable[Any]) -> None:
    is_same = json_equal(known.definition, variable.definition) and _in_same_store(known, variable)
    if isinstance(known, DerivedVariable) and isinstance(variable, DerivedVariable):
        is_same = is_same and known.computation is variable.computation
    if not is_same:
        raise ConflictingIds(f'Two different variables have the uid {variable.uid!r}; give each one of its own.')


def _in_same_store(known: AnyVariable[Any], variable: AnyVariable[Any]) -> bool:
    store = variable.store if isinstance(variable, Variable) else None
    other = known.store if isinstance(known, Variable) else None
    return not (isinstance(store, BackendStore) and isinstance(other, BackendStore)) or store.is_same_as(other)


def _node(component: ComponentInstance, position: str, tree: Tree) -> dict[str, Json]:
    props: dict[str, Json] = {}
    variables: dict[str, Json] = {}
    actions: dict[str, Json] = {}
    slots: dict[str, Json] = {}
    for name in type(component).model_fields:
        value = getattr(component, name)
        if value is None:
            continue
        if isinstance(value, AnyVariable):
            tree.add(value)
            variables[name] = dump_ref(value.ref)
        elif isinstance(value, tuple) and all(isinstance(each, Action) for each in value):
            actions[name] = dump_actions(value, f'{position}.{name}', tree)
        elif _are_components(value):
            children = [value] if isinstance(value, ComponentInstance) else value
            slots[name] = [_node(child, f'{position}.{name}.{index}', tree) for index, child in enumerate(children)]
        elif isinstance(value, Cases):
            for case, child in value.components.items():
                slots[f'{name}:{case}'] = [_node(child, f'{position}.{name}:{case}', tree)]
        elif isinstance(value, Rendering):
            continue
        else:
            props[name] = _prop(component, name, value)
    node: dict[str, Json] = {
        'component': component.drawn_with,
        'id': position,
        'props': props,
        'variables': variables,
        'actions': actions,
        'slots': slots,
    }
    if isinstance(component, PyComponent):
        node['render'] = _dump_rendering(component.rendering, position, tree)
    return node


def _dump_rendering(rendering: Rendering, position: str, tree: Tree) -> Json:
    call = rendering.call
    tree.calls[position] = call
    for variable in call.variables:
        tree.add(variable)
    inputs: list[Json] = [dump_ref(variable.ref) for variable in call.variables]
    return {'target': position, 'inputs': inputs, 'polling': rendering.polling_interval}


def _are_components(value: Any) -> bool:
    if isinstance(value, ComponentInstance):
        return True
    return isinstance(value, list) and len(value) > 0 and all(isinstance(each, ComponentInstance) for each in value)


def _prop(component: ComponentInstance, name: str, value: Any) -> Json:
    try:
        return to_json(value)
    except NotJson as error:
        raise InvalidProp(f'{type(component).__name__}: {name}: {error}') from error


def _dump_action(action: Action, id: str, tree: Tree) -> dict[str, Json]:
    match action:
        case UpdateVariable():
            return {'kind': 'update', 'target': _dump_target(action.target, tree), 'value': action.value}
        case SyncVariable():
            return {'kind': 'sync', 'target': _dump_target(action.target, tree)}
        case ToggleVariable():
            return {'kind': 'toggle', 'target': _dump_target(action.target, tree)}
        case ResetVariable():
            return {'kind': 'reset', 'target': _dump_target(action.target, tree)}
        case UndoVariable():
            return {'kind': 'undo', 'target': _dump_target(action.target, tree)}
        case RedoVariable():
            return {'kind': 'redo', 'target': _dump_target(action.target, tree)}
        case TriggerVariable():
            return {'kind': 'trigger', 'target': _dump_target(action.target, tree)}
        case CallAction():
            return _dump_call(action, id, tree)
        case _:
            assert_never(action)


def _dump_target(target: Target, tree: Tree) -> Json:
    if isinstance(target, AnyVariable):
        tree.add(target)
    return dump_ref(target.ref)


def _dump_call(action: CallAction, id: str, tree: Tree) -> dict[str, Json]:
    call = Call('action', action.function, action.arguments, action.keywords, action.name)
    tree.calls[id] = call
    for variable in call.variables:
        tree.add(variable)
    inputs: list[Json] = [dump_ref(variable.ref) for variable in call.variables]
    return {'kind': 'call', 'target': id, 'inputs': inputs}


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
