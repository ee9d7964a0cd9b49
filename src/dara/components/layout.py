"""Components that arrange others."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal

from pydantic import field_validator

from dara.components._styled import Container, Dynamic, Flag, Size, StyledComponent, TextProp, Word
from dara.core.component import ComponentInstance


class Direction(StrEnum):
    """Which way a component's parts go; the plain strings will do, too."""

    HORIZONTAL = 'horizontal'
    VERTICAL = 'vertical'


class Stack(Container):
    """Puts its children below one another, or side by side; side by side they wrap where it is narrow.

    Args:
        children: text, variables and components.
        direction: `'vertical'` or `'horizontal'`.
        collapsed: hide the children.
        scroll: scroll what does not fit.
        wrap: let horizontal children wrap onto another line.
    """

    direction: Direction | Literal['vertical', 'horizontal'] = 'vertical'
    collapsed: Flag | None = None
    scroll: bool | None = None
    wrap: bool | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)


class Card(Container):
    """A framed box.

    Args:
        children: text, variables and components.
        title: shown above the children.
        subtitle: shown below the title.
        accent: set it off from the others.
    """

    title: TextProp | None = None
    subtitle: TextProp | None = None
    accent: Word | bool | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)


class Label(Container):
    """Names the component beside or below it.

        Label(Input(value=name), value='Your name', direction='horizontal')

    Args:
        children: one component; a field in it takes the label as its name.
        value: text, a variable or a component.
        direction: the label stands above the component, or before it.
        label_width: how wide the label is when it stands before.
    """

    value: str | int | float | ComponentInstance | Dynamic
    direction: Direction | Literal['vertical', 'horizontal'] = 'vertical'
    label_width: Size | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)

    @field_validator('children')
    @classmethod
    def _is_one(cls, children: list[ComponentInstance]) -> list[ComponentInstance]:
        if len(children) != 1:
            raise ValueError(f'takes one component, not {len(children)}; put several into a Stack.')
        return children


class Spacer(StyledComponent):
    """Room between two components, with or without a line.

        Stack(Text('above'), Spacer(line=True), Text('below'))

    Args:
        size: how much room, in pixels or as CSS.
        line: draw a line in the middle of it.
        inset: how far the line stays away from the two edges, in pixels or as CSS.
    """

    size: Size = '0.75rem'
    line: bool = False
    inset: Size | None = None


@dataclass(frozen=True, slots=True)
class Breakpoints:
    """A number for each width of the window: it holds from that width up to the next one that is given."""

    xs: int | None = None
    sm: int | None = None
    md: int | None = None
    lg: int | None = None
    xl: int | None = None


class Column(Container):
    """A part of a row of a Grid.

    Args:
        children: what is in it.
        span: how many of the row's twelve columns it takes; without it, it shares what the others leave.
        offset: how many it leaves free before it.
        direction: whether its children go side by side or below one another.
    """

    span: int | Breakpoints | None = None
    offset: int | Breakpoints | None = None
    direction: Direction | Literal['vertical', 'horizontal'] = 'horizontal'

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)

    @property
    def _drawn_with(self) -> str:
        return 'GridColumn'

    @field_validator('span', 'offset')
    @classmethod
    def _fits_into_a_row(cls, columns: int | Breakpoints | None) -> int | Breakpoints | None:
        given = astuple(columns) if isinstance(columns, Breakpoints) else (columns,)
        if not all(each is None or 0 <= each <= 12 for each in given):
            raise ValueError(f'takes numbers from 0 to 12, of which a row has twelve, not {columns!r}.')
        return columns


class Row(Container):
    """A row of a Grid; columns that do not fit go onto another line.

    Args:
        children: `Grid.Column`s.
        column_gap: the room between its columns, in percent of its width.
    """

    column_gap: float | None = None

    def __init__(self, *columns: Any, **props: Any) -> None:
        super().__init__(*columns, **props)

    @property
    def _drawn_with(self) -> str:
        return 'GridRow'


class Grid(Container):
    """Rows of twelve columns, which can change with the width of the window.

        half = Grid.Breakpoints(xs=12, md=6)
        Grid(Grid.Row(Grid.Column(Text('left'), span=half), Grid.Column(Text('right'), span=half)))

    Args:
        children: `Grid.Row`s.
        row_gap: the room between its rows, in pixels or as CSS.
        breakpoints: the widths in pixels from which its spans hold, where they are not 0, 576, 768, 992 and 1200.
    """

    Row: ClassVar[type[Row]] = Row
    Column: ClassVar[type[Column]] = Column
    Breakpoints: ClassVar[type[Breakpoints]] = Breakpoints

    row_gap: Size = '0.75rem'
    breakpoints: Any | None = None

    def __init__(self, *rows: Any, **props: Any) -> None:
        super().__init__(*rows, **props)
