"""Conditional and repeated components, evaluated in the browser: `If`, `Match`, `For`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, PlainValidator

from dara.core._ids import place_of
from dara.core._json import member_name
from dara.core._switch import SwitchVariable
from dara.core.component import Cases, ComponentInstance, children_of, log_once
from dara.core.errors import InvalidDefinition
from dara.core.persistence.stores import store_of
from dara.core.py_components import PyComponent
from dara.core.variables import AnyVariable, Condition, ItemPosition, Variable, variables_among

Branch: TypeAlias = ComponentInstance | list[ComponentInstance]


class If(ComponentInstance):
    """A choice between two components by a condition.

        If(count > 10, Text('Many'), Text('Few'))

    Args:
        condition: a comparison such as `variable == 1`, or a variable; it holds if Python counts the value as true.
        true_children: a component or a list of them.
        false_children: the same; nothing if not given.
    """

    _shows_one_of: ClassVar[bool] = True

    condition: AnyVariable[Any]
    true_children: Branch
    false_children: Branch | None = None

    def __init__(self, condition: Any, true_children: Any, false_children: Any = None, **props: Any) -> None:
        test = Condition('truthy', condition) if _is_plain(condition) else condition
        super().__init__(condition=test, true_children=true_children, false_children=false_children, **props)


class Match(ComponentInstance):
    """A choice among components by a variable's value.

        Match(status, when={'OK': Text('Fine'), 'ERROR': Text('Broken')}, default=Text('Unknown'))

    Args:
        value: the variable.
        when: components by value; numbers, booleans and enums may be keys.
        default: shown for any other value; nothing if not given.
    """

    _shows_one_of: ClassVar[bool] = True

    value: AnyVariable[Any]
    when: Cases
    default: ComponentInstance | None = None

    def __init__(
        self, value: Any, when: Mapping[Any, ComponentInstance], default: ComponentInstance | None = None, **props: Any
    ) -> None:
        for case, component in when.items():
            if not isinstance(component, ComponentInstance):
                raise InvalidDefinition(f'Match: when[{case!r}] takes a component, not {component!r}')
        cases = Cases({member_name(case): component for case, component in when.items()})
        super().__init__(value=value, when=cases, default=default, **props)


class VirtualizationConfig(BaseModel):
    """The settings of a `For` that draws only the items in view.

    Args:
        size: the height of an item in pixels, or the member of an item that has it. If it is not given, the drawn items
            are measured.
        direction: `vertical`, or `horizontal`: then the size is the width.
    """

    model_config = ConfigDict(extra='forbid')

    size: float | str | None = None
    direction: Literal['vertical', 'horizontal'] = 'vertical'


def _to_condition(given: Any) -> Condition | None:
    if given is None or isinstance(given, Condition):
        return given
    if isinstance(given, AnyVariable):
        return Condition('truthy', given)
    raise ValueError(f"takes a condition such as items.list_item.get('done') == False, not {given!r}")


def _to_virtualization(given: Any) -> VirtualizationConfig | None:
    return None if given is None else VirtualizationConfig.model_validate(given)


def _to_order(given: Any) -> Any:
    names = [given] if isinstance(given, str) else given
    is_list = isinstance(names, (list, tuple)) and all(isinstance(each, str) and each.strip('-') for each in names)
    if given is None or (isinstance(given, AnyVariable) and all(step is not None for step in given.path)):
        return given
    if is_list:
        return list(names)
    raise ValueError(
        "takes a member of the items such as 'date', or '-date' for descending, a list of these, or a variable that "
        f'holds one, not {given!r}'
    )


class For(ComponentInstance):
    """A component for each item of a list.

        For(todos, renderer=Input(value=todos.list_item.get('text')), key_accessor='id')
        For(todos, renderer=..., where=todos.list_item.get('done') == False, order_by=['-urgent', 'date'])

    Inside `renderer`, `variable.list_item` is the present item, which an `Input` can edit, also in a filtered and
    sorted list. An item stays where it is while the focus is in a text field of it.

    Args:
        items: a variable that holds a list.
        renderer: the component for one item. It cannot contain a py_component, which would call the server for each
            item.
        placeholder: shown while the list is empty, or `where` leaves no item.
        key_accessor: the member that identifies an item, such as `'id'`. If it is not given, the member that the
            store's `keys` declare for the list, or else the item's index.
        where: a condition that an item has to meet, over `variable.list_item` and other variables, also as
            `found.get(variable.list_item.get('id'))`.
        order_by: the member by which the items are sorted, as `'date'`, or `'-date'` for descending; a list of several,
            the most important first; or a variable that holds one of these. Items without the member come last.
        reorderable: the user moves the items, by a handle beside each, or with the arrow keys on it; not with
            `order_by`.
        virtualization: draws only the items in view, for long lists: a dict such as `{'size': 40}`. `size` is the
            height of an item in pixels, or the member of an item that has it; without it, items are measured. With
            `'direction': 'horizontal'`, it is the width.

    Raises:
        InvalidDefinition: `renderer` contains a py_component, `where` needs the server for each item, or the list
            cannot be reordered.
    """

    _shows_one_of: ClassVar[bool] = True

    items: AnyVariable[Any]
    renderer: ComponentInstance
    placeholder: ComponentInstance | None = None
    key_accessor: str | None = None
    where: Annotated[Any, PlainValidator(_to_condition)] = None
    order_by: Annotated[Any, PlainValidator(_to_order)] = None
    reorderable: bool = False
    virtualization: Annotated[Any, PlainValidator(_to_virtualization)] = None

    def __init__(
        self,
        items: Any,
        renderer: Any,
        placeholder: ComponentInstance | None = None,
        key_accessor: str | None = None,
        **props: Any,
    ) -> None:
        store = store_of(items)
        if key_accessor is None and store is not None:
            key_accessor = store.core.schema.item_key_at(items.path)
        super().__init__(items=items, renderer=renderer, placeholder=placeholder, key_accessor=key_accessor, **props)
        if _holds_py_component(self.renderer):
            raise InvalidDefinition(
                'For: renderer contains a py_component, which would call the server for every item. Compute the items '
                'with a DerivedVariable instead.'
            )
        if self.where is not None:
            _check_where(self.where, self.items)
        if isinstance(self.order_by, AnyVariable) and _depends_on_item(self.order_by, self.items):
            raise InvalidDefinition(
                f'For: order_by is the same for all items, but {self.order_by!r} depends on the item. Give the name of '
                'a member of the items'
            )
        if self.reorderable:
            self._check_reorderable()
        if not isinstance(self.items, Variable) and _has_field(self.renderer, self.items):
            log_once(
                'For: the items are computed, so their fields are read-only. To filter or sort a list that can be '
                'edited, use where= and order_by=.',
                place_of(self),
            )

    @property
    def _drawn_with(self) -> str:
        if self.virtualization is not None:
            return 'VirtualFor'
        is_arranged = self.where is not None or self.order_by is not None or self.reorderable
        return 'ArrangedFor' if is_arranged else 'For'

    def _check_reorderable(self) -> None:
        if self.order_by is not None:
            raise InvalidDefinition(
                'For: order_by and reorderable=True exclude each other, since order_by would put a moved item back. '
                'Leave out order_by for a list in the order of its users, or reorderable for a sorted one.'
            )
        if not isinstance(self.items, Variable):
            raise InvalidDefinition(
                f'For: {self.items!r} is computed, so its items cannot be moved. Give the Variable that holds the '
                'list, and filter it with where='
            )
        if self.key_accessor is None:
            raise InvalidDefinition("For: reorderable needs key_accessor, such as 'id', which tells the items apart")


def _is_plain(condition: object) -> bool:
    return isinstance(condition, AnyVariable) and not isinstance(condition, Condition)


def _holds_py_component(component: ComponentInstance) -> bool:
    return isinstance(component, PyComponent) or any(map(_holds_py_component, children_of(component)))


def _has_field(component: ComponentInstance, items: AnyVariable[Any]) -> bool:
    """Return whether a component has a field for an item, or for a part of one."""
    value = getattr(component, 'value', None) if 'onchange' in type(component).model_fields else None
    is_field = isinstance(value, AnyVariable) and value.uid == items.uid and any(step is None for step in value.path)
    return is_field or any(_has_field(child, items) for child in children_of(component))


def _check_where(needed: AnyVariable[Any], items: AnyVariable[Any]) -> None:
    """Check that the browser can evaluate a condition for each item.

    Raises:
        InvalidDefinition: it depends on a variable that the server computes for each item.
    """
    is_local = isinstance(needed, (Condition, ItemPosition, SwitchVariable))
    if not is_local and any(_depends_on_item(each, items) for each in needed._dependencies):
        raise InvalidDefinition(
            f'For: where: {needed!r} depends on the item, and the server would compute it for each item. Compare '
            'members of the item, or compute a member of the items instead.'
        )
    for each in (*needed._dependencies, *variables_among(*needed.path)):
        _check_where(each, items)


def _depends_on_item(variable: AnyVariable[Any], items: AnyVariable[Any]) -> bool:
    depth = len(items.path) + 1
    if variable.uid == items.uid and len(variable.path) >= depth and variable.path[depth - 1] is None:
        return True
    needed = (*variable._dependencies, *variables_among(*variable.path))
    return any(_depends_on_item(each, items) for each in needed)
