"""Conditional and repeated components, evaluated in the browser: `If`, `Match`, `For`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeAlias

from dara.core._json import member_name
from dara.core.component import Cases, ComponentInstance, children_of
from dara.core.errors import InvalidDefinition
from dara.core.persistence.stores import store_of
from dara.core.py_components import PyComponent
from dara.core.variables import AnyVariable, Condition

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


class For(ComponentInstance):
    """A component for each item of a list.

        For(todos, renderer=Input(value=todos.list_item.get('text')), key_accessor='id')

    Inside `renderer`, `variable.list_item` is the present item, which an `Input` can edit.

    Args:
        items: a variable that holds a list.
        renderer: the component for one item. It cannot contain a py_component, which would call the server for each
            item.
        placeholder: shown while the list is empty.
        key_accessor: the member that identifies an item, such as `'id'`. If it is not given, the member that the
            store's `keys` declare for the list, or else the item's index.
    """

    _shows_one_of: ClassVar[bool] = True
    _not_yet: ClassVar[frozenset[str]] = frozenset({'virtualization'})

    items: AnyVariable[Any]
    renderer: ComponentInstance
    placeholder: ComponentInstance | None = None
    key_accessor: str | None = None

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


def _is_plain(condition: object) -> bool:
    return isinstance(condition, AnyVariable) and not isinstance(condition, Condition)


def _holds_py_component(component: ComponentInstance) -> bool:
    return isinstance(component, PyComponent) or any(map(_holds_py_component, children_of(component)))
