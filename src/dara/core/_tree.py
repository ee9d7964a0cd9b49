"""Trees: components serialised for the browser, with the variables, calls and stores that they refer to."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, assert_never, cast

from dara.core._calls import ActionCall, Call, UploadCall, computing
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
from dara.core._uploads import UploadRules
from dara.core.component import Cases, ComponentInstance, EventActions, Reception, check_are_no_parts
from dara.core.derived import dump_interval
from dara.core.errors import ConflictingIds, InvalidDefinition, InvalidProp, NotJson
from dara.core.persistence.bound_store import BoundStore
from dara.core.persistence.stores import store_of
from dara.core.py_components import Rendering
from dara.core.server_variable import ServerVariable
from dara.core.variables import AnyVariable, dump_ref, variables_among
from dara.core.visual.fallbacks import ProgressTracker


@dataclass(slots=True, eq=False)
class Tree:
    """Serialised components, and everything that they refer to.

    Attributes:
        nodes: the components as JSON.
        variables: by uid.
        calls: by the id of their target: a node, an action or a DerivedVariable.
        stores: by uid and room.
        open_stores: the stores whose room a variable chooses, by uid.
        first_call: the id of the first of the actions that are the same call.
    """

    nodes: list[dict[str, Json]] = field(default_factory=list)
    variables: dict[str, AnyVariable[Any]] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    stores: dict[tuple[str, str | None], BoundStore] = field(default_factory=dict)
    open_stores: dict[str, BoundStore] = field(default_factory=dict)
    first_call: dict[Hashable, str] = field(default_factory=dict)
    _enclosing: list[ComponentInstance] = field(default_factory=list)

    @contextmanager
    def entering(self, component: ComponentInstance) -> Iterator[None]:
        """Serialise a component, in the body of the `with`.

        Raises:
            InvalidDefinition: the component contains itself.
        """
        place = next((at for at, each in enumerate(self._enclosing) if each is component), None)
        if place is not None:
            names = ' in '.join(type(each).__name__ for each in reversed([*self._enclosing[place:], component]))
            name = type(component).__name__
            raise InvalidDefinition(f'{name} contains itself: {names}. Was it added to its own children?')
        component._check_place(self._enclosing)
        self._enclosing.append(component)
        yield
        self._enclosing.pop()

    @property
    def component_names(self) -> set[str]:
        """The names of the client's components that draw the nodes."""
        return set(_component_names(self.nodes))

    @property
    def all_stores(self) -> list[BoundStore]:
        """The stores at fixed rooms and those whose room a variable chooses."""
        return [*self.stores.values(), *self.open_stores.values()]

    def find_store(self, uid: str, room: str | None) -> BoundStore | None:
        """Return the store at that room, or `None` if the tree does not refer to it."""
        store = self.stores.get((uid, room))
        if store is not None or room is None or uid not in self.open_stores:
            return store
        try:
            return self.open_stores[uid].enter(room)
        except InvalidDefinition:  # the browser sent a name that is not a valid key
            return None

    def add(self, variable: AnyVariable[Any]) -> None:
        """Add a variable, and the variables that it needs.

        Raises:
            ConflictingIds: another variable has its uid, or another store has its store's uid.
        """
        for step in variable.path:
            if isinstance(step, AnyVariable):
                self.add(step)
        known = self.variables.get(variable.uid)
        if known is not None:
            _check_same(known, variable)
            return
        self.variables[variable.uid] = variable
        store = store_of(variable)
        if store is not None:
            self._add_store(store)
        call = computing(variable)
        if call is not None:
            self.calls[variable.uid] = call
        for needed in variable._dependencies:
            self.add(needed)

    def add_call(self, target: str, call: Call) -> list[Json]:
        """Add a call; return the references to its variables, as JSON."""
        self.calls[target] = call
        for variable in call.variables:
            self.add(variable)
        return [dump_ref(variable) for variable in call.variables]

    def merge(self, other: Tree) -> None:
        """Add everything that `other` refers to.

        Raises:
            ConflictingIds: one uid names different things in the two trees.
        """
        for variable in other.variables.values():
            self.add(variable)
        self.calls.update(other.calls)

    def _add_store(self, store: BoundStore) -> None:
        if not isinstance(store.room, AnyVariable):
            known = self.stores.setdefault((store.uid, store.room), store)
        else:
            known = self.open_stores.setdefault(store.uid, store)
        if known.core is not store.core:
            raise ConflictingIds(
                f'Two different stores have the uid {store.uid!r}. Give each one of its own, '
                'or attach both variables to one store.'
            )


def render(components: Iterable[ComponentInstance], prefix: str) -> Tree:
    """Return the tree of `components`.

    Args:
        prefix: the beginning of the nodes' ids; it distinguishes them from those of other pages and slots.

    Raises:
        InvalidProp: a prop's value is not JSON, or a component is not where it belongs.
        ConflictingIds: two different variables or stores have one uid.
    """
    components = list(components)
    check_are_no_parts(components)
    tree = Tree()
    tree.nodes = [_node(component, f'{prefix}{index}', tree) for index, component in enumerate(components)]
    return tree


def dump_actions(actions: Iterable[Action], id: str, tree: Tree, takes: UploadRules | None = None) -> list[Json]:
    """Return actions as JSON, with ids below `id`; add what they call and refer to to `tree`.

    Args:
        takes: the rules of the uploads that are the input of the actions, if they are.
    """
    return [_dump_action(action, f'{id}.{index}', tree, takes) for index, action in enumerate(actions)]


def _component_names(nodes: Any) -> Iterator[str]:
    for node in nodes:
        yield node['component']
        for children in node['slots'].values():
            yield from _component_names(children)


def _check_same(known: AnyVariable[Any], variable: AnyVariable[Any]) -> None:
    is_same = json_equal(known._definition, variable._definition) and _in_same_store(known, variable)
    call, other = computing(variable), computing(known)
    if call is not None and other is not None:
        is_same = is_same and call.computation is other.computation
    if not is_same:
        raise ConflictingIds(f'Two different variables have the uid {variable.uid!r}; give each one of its own.')


def _in_same_store(known: AnyVariable[Any], variable: AnyVariable[Any]) -> bool:
    store, other = store_of(variable), store_of(known)
    return store is None or other is None or store.core is other.core


def _node(component: ComponentInstance, id: str, tree: Tree) -> dict[str, Json]:
    with tree.entering(component):
        return _dump_component(component, id, tree)


def _dump_component(component: ComponentInstance, id: str, tree: Tree) -> dict[str, Json]:
    props: dict[str, Json] = {}
    variables: dict[str, Json] = {}
    actions: dict[str, Json] = {}
    slots: dict[str, Json] = {}
    node: dict[str, Json] = {
        'component': component._drawn_with,
        'id': id,
        'props': props,
        'variables': variables,
        'actions': actions,
        'slots': slots,
    }
    for name, prop in _props_of(component):
        match prop:
            case AnyVariable() as variable:
                tree.add(variable)
                references = node.setdefault('tables', {}) if _is_table(component, name, variable) else variables
                cast('dict[str, Json]', references)[name] = dump_ref(variable)
            case tuple() as value if all(isinstance(each, Action) for each in value):
                actions[name] = dump_actions(value, f'{id}.{name}', tree)
            case ComponentInstance() as child:
                slots[name] = _nodes([child], f'{id}.{name}', tree)
            case list() as children if children and all(isinstance(each, ComponentInstance) for each in children):
                slots[name] = _nodes(children, f'{id}.{name}', tree)
            case Cases(components):
                slots |= _by_case(components, name, id, tree)
            case EventActions(by_event):
                actions |= _by_event(by_event, name, id, tree)
            case Rendering() as rendering:
                node['render'] = _dump_rendering(rendering, id, tree)
            case Reception() as reception:
                actions['on_drop'] = _dump_reception(reception, type(component).__name__, id, tree)
            case value:
                props[name] = _prop(component, name, value)
    return node


def _props_of(component: ComponentInstance) -> Iterator[tuple[str, Any]]:
    """Yield the names and values of the props that are set; with `track_progress`, the fallback shows the progress."""
    for name in type(component).model_fields:
        value = ProgressTracker() if name == 'fallback' and component.track_progress else getattr(component, name)
        if value is not None and name != 'track_progress':
            yield name, value


def _is_table(component: ComponentInstance, name: str, variable: AnyVariable[Any]) -> bool:
    """Return whether the component fetches the rows of a variable by itself, from the server.

    Raises:
        InvalidProp: the prop shows the whole value, which stays on the server.
    """
    if name in component._tabular and computing(variable) is not None:
        return True
    if isinstance(variable, ServerVariable):
        raise InvalidProp(
            f'{type(component).__name__}: {name}: the value of {variable!r} stays on the server. Show a table of it, '
            'or give it to a DerivedVariable or a py_component.'
        )
    return False


def _nodes(components: Iterable[ComponentInstance], id: str, tree: Tree) -> list[Json]:
    return [_node(component, f'{id}.{index}', tree) for index, component in enumerate(components)]


def _by_case(components: Mapping[str, ComponentInstance], name: str, id: str, tree: Tree) -> dict[str, Json]:
    return {f'{name}:{case}': [_node(each, f'{id}.{name}:{case}', tree)] for case, each in components.items()}


def _by_event(actions: Mapping[str, tuple[Action, ...]], name: str, id: str, tree: Tree) -> dict[str, Json]:
    return {f'{name}:{event}': dump_actions(each, f'{id}.{name}:{event}', tree) for event, each in actions.items()}


def _dump_rendering(rendering: Rendering, id: str, tree: Tree) -> Json:
    inputs = tree.add_call(id, rendering.call)
    for variable in variables_among(rendering.polling_interval):
        tree.add(variable)
    return {'target': id, 'inputs': inputs, 'polling': dump_interval(rendering.polling_interval)}


def _dump_reception(reception: Reception, name: str, id: str, tree: Tree) -> list[Json]:
    tree.add_call(id, UploadCall.of(reception.rules, name))
    if reception.target is not None:
        tree.add(reception.target)
    return dump_actions(reception.actions, f'{id}.on_drop', tree, reception.rules)


def _prop(component: ComponentInstance, name: str, value: Any) -> Json:
    try:
        return to_json(value)
    except NotJson as error:
        raise InvalidProp(f'{type(component).__name__}: {name}: {error}') from error


def _dump_action(action: Action, id: str, tree: Tree, takes: UploadRules | None) -> dict[str, Json]:
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
            return {'kind': 'trigger', 'target': _dump_target(action.target, tree), 'force': action.force}
        case CallAction():
            call = ActionCall(
                action.function,
                action.arguments,
                action.keywords,
                action.name,
                action.takes_ctx,
                action.check,
                takes,
            )
            first = tree.first_call.setdefault(_key_of(action), id)
            same = {} if first == id else {'same': first}
            return {'kind': 'call', 'target': id, 'inputs': tree.add_call(id, call), **same}
        case _:
            assert_never(action)


def _key_of(action: CallAction) -> Hashable:
    """Return a key that calls of one function with the same arguments share."""
    function = getattr(action.function, '__func__', action.function)
    owner = getattr(action.function, '__self__', None)
    keywords = [(name, _identity(value)) for name, value in action.keywords]
    return id(function), id(owner), tuple(map(_identity, action.arguments)), tuple(keywords)


def _identity(argument: object) -> Hashable:
    if isinstance(argument, AnyVariable):
        return str(dump_ref(argument))
    return (type(argument), argument) if isinstance(argument, (str, int, float)) else id(argument)


def _dump_target(target: Target, tree: Tree) -> Json:
    if isinstance(target, AnyVariable):
        tree.add(target)
    return dump_ref(target)
