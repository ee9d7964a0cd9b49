"""Types of props, and children, which the components share."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ValidationError

from dara.core._json import to_json
from dara.core.component import Children, ComponentInstance, as_component, as_list, check_parts, explain
from dara.core.errors import InvalidProp
from dara.core.variables import AnyVariable
from dara.core.visual.styled import Dynamic, Factor, Flag, Size, StyledComponentInstance, Word

TextProp: TypeAlias = str | int | float | bool | Dynamic


def _known_zone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if known and name not in known:  # empty on systems without a list of time zones
        raise ValueError(f"has no time zone {name!r}; use a name such as 'Europe/Berlin' or 'UTC'.")
    return name


TimeZone: TypeAlias = Annotated[str, AfterValidator(_known_zone)]


def _to_numbers(given: Any) -> Any:
    """Convert numbers of NumPy and pandas, and arrays of them, to those of Python."""
    return given if given is None or isinstance(given, AnyVariable) else to_json(given)


Number: TypeAlias = Annotated[float, BeforeValidator(_to_numbers)]
Numbers: TypeAlias = Annotated[list[float], BeforeValidator(_to_numbers)]


class Container(StyledComponentInstance):
    """A component with children, given by position: components, strings, numbers and variables; `None` is left out."""

    children: Children

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(children=[*children, *as_list(props.pop('children', None))], **props)

    def append(self, component: Any) -> None:
        """Add a child after the others: a component, a string, a number or a variable.

        Raises:
            InvalidProp: it cannot be a child of this component.
        """
        append(self, 'children', component)

    def pop(self) -> ComponentInstance:
        """Remove the last child, and return it.

        Raises:
            IndexError: there is none.
        """
        return pop(self, 'children')


def append(parent: ComponentInstance, prop: str, component: Any) -> None:
    """Add a component to a prop that is a list of components.

    Raises:
        InvalidProp: the prop does not take it.
    """
    try:
        child = as_component(component)
    except ValueError as error:
        raise InvalidProp(f'{type(parent).__name__}: {prop}: {error}') from None
    check_parts(parent, [child])
    try:
        parent.__pydantic_validator__.validate_assignment(parent, prop, [*getattr(parent, prop), child])
    except ValidationError as error:
        raise InvalidProp(explain(type(parent), error)) from None


def pop(parent: ComponentInstance, prop: str) -> ComponentInstance:
    """Remove the last component of a prop that is a list of components, and return it.

    Raises:
        IndexError: the list is empty.
    """
    components: list[ComponentInstance] = getattr(parent, prop)
    if not components:
        raise IndexError(f'{type(parent).__name__} is empty')
    return components.pop()


__all__ = [
    'Container',
    'Dynamic',
    'Factor',
    'Flag',
    'Number',
    'Numbers',
    'Size',
    'StyledComponentInstance',
    'TextProp',
    'TimeZone',
    'Word',
    'append',
    'pop',
]
