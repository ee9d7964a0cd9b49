"""What all components share: styling props, and children."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator

from dara.core.component import ComponentInstance
from dara.core.errors import InvalidProp
from dara.core.variables import AnyVariable

Dynamic: TypeAlias = AnyVariable[Any]
Text: TypeAlias = str | int | float | bool | Dynamic
Flag: TypeAlias = bool | Dynamic
Size: TypeAlias = float | str | Dynamic
Factor: TypeAlias = float | bool | str | Dynamic
Word: TypeAlias = str | Dynamic


def _known_zone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if known and name not in known:  # none where the system brings no list
        raise ValueError(f"knows no time zone {name!r}; use a name such as 'Europe/Berlin' or 'UTC'.")
    return name


TimeZone: TypeAlias = Annotated[str, AfterValidator(_known_zone)]


class StyledComponent(ComponentInstance):
    """A component with the styling props that all have. Numbers are pixels; each but `raw_css` may be a variable."""

    align: Word | None = None
    background: Word | None = None
    basis: Size | bool | None = None
    bold: Flag | None = None
    border: Word | None = None
    border_radius: Size | None = None
    color: Word | None = None
    font: Word | None = None
    font_size: Size | None = None
    gap: Size | None = None
    grow: Factor | None = None
    height: Size | None = None
    hug: Flag | None = None
    italic: Flag | None = None
    justify: Word | None = None
    margin: Size | None = None
    max_height: Size | None = None
    max_width: Size | None = None
    min_height: Size | None = None
    min_width: Size | None = None
    overflow: Word | None = None
    padding: Size | None = None
    position: Word | None = None
    raw_css: dict[str, str | int | float] | str | None = None
    shrink: Factor | None = None
    underline: Flag | None = None
    width: Size | None = None

    def __init__(self, **props: Any) -> None:
        super().__init__(**props)


class Container(StyledComponent):
    """A component with children, given by position. Text among them becomes a `Text`; None is left out."""

    children: list[ComponentInstance]

    def __init__(self, *children: Any, **props: Any) -> None:
        given = [*children, *(props.pop('children', None) or [])]
        super().__init__(children=[as_component(child, of=type(self)) for child in given if child is not None], **props)


def as_component(child: Any, *, of: type[ComponentInstance]) -> ComponentInstance:
    """Return what an author gave as a child of a component: itself, or a `Text` of it.

    Raises:
        InvalidProp: it is neither a component nor text.
    """
    from dara.components.text import Text

    if isinstance(child, ComponentInstance):
        return child
    if isinstance(child, (str, int, float, AnyVariable)):
        return Text(child)
    raise InvalidProp(f'{of.__name__}: a child must be a component or text, not {child!r}')
