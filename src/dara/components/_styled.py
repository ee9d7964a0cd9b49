"""Styling props and children, which the components share."""

from __future__ import annotations

import zoneinfo
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator

from dara.core.component import Children, ComponentInstance, as_list
from dara.core.variables import AnyVariable

Dynamic: TypeAlias = AnyVariable[Any]
TextProp: TypeAlias = str | int | float | bool | Dynamic
Flag: TypeAlias = bool | Dynamic
Size: TypeAlias = float | str | Dynamic
Factor: TypeAlias = float | bool | str | Dynamic
Word: TypeAlias = str | Dynamic


def _known_zone(name: str) -> str:
    known = zoneinfo.available_timezones()
    if known and name not in known:  # empty on systems without a list of time zones
        raise ValueError(f"has no time zone {name!r}; use a name such as 'Europe/Berlin' or 'UTC'.")
    return name


TimeZone: TypeAlias = Annotated[str, AfterValidator(_known_zone)]


class StyledComponent(ComponentInstance):
    """The base class with the styling props. Numbers are pixels; each prop but `raw_css` may be a variable."""

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
    """A component with children, given by position: components, strings, numbers and variables; `None` is left out."""

    children: Children

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(children=[*children, *as_list(props.pop('children', None))], **props)
