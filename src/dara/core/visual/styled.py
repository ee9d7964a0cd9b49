"""The styling props, which most components share."""

from __future__ import annotations

from typing import Any, TypeAlias

from dara.core.component import ComponentInstance
from dara.core.variables import AnyVariable

Dynamic: TypeAlias = AnyVariable[Any]
Flag: TypeAlias = bool | Dynamic
Size: TypeAlias = float | str | Dynamic
Factor: TypeAlias = float | bool | str | Dynamic
Word: TypeAlias = str | Dynamic


class StyledComponentInstance(ComponentInstance):
    """The base class with the styling props. Numbers are pixels; each prop may be a variable."""

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
    shrink: Factor | None = None
    underline: Flag | None = None
    width: Size | None = None

    def __init__(self, **props: Any) -> None:
        super().__init__(**props)


__all__ = ['StyledComponentInstance']
