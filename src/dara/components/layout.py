"""Components that arrange other components."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal

from pydantic import field_validator

from dara.components._styled import Container, Dynamic, Flag, Size, StyledComponentInstance, TextProp, Word
from dara.core.component import ComponentInstance
from dara.core.errors import InvalidProp


class Direction(StrEnum):
    """The direction of an arrangement; plain strings work as well."""

    HORIZONTAL = 'horizontal'
    VERTICAL = 'vertical'


class Stack(Container):
    """A vertical or horizontal arrangement of children. Horizontal children wrap where there is little room.

    Args:
        children: text, variables and components.
        direction: `'vertical'` or `'horizontal'`.
        collapsed: hide the children.
        scroll: scroll children that do not fit. With `'end'`, the end is shown at first, and what is added to it while
            the reader is there, as in a chat or a log; a button leads back to it.
        wrap: let horizontal children wrap onto another line.
    """

    direction: Direction | Literal['vertical', 'horizontal'] = 'vertical'
    collapsed: Flag | None = None
    scroll: Literal['end'] | bool | None = None
    wrap: bool | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)
        if self.scroll == 'end' and self.direction != Direction.VERTICAL:
            raise InvalidProp("Stack: scroll='end' needs the direction 'vertical'.")

    @property
    def _drawn_with(self) -> str:
        return 'EndStack' if self.scroll == 'end' else 'Stack'


class Card(Container):
    """A framed box.

    Args:
        children: text, variables and components.
        title: shown above the children.
        subtitle: shown below the title.
        accent: emphasize the card.
    """

    title: TextProp | None = None
    subtitle: TextProp | None = None
    accent: Word | bool | None = None

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)


class Label(Container):
    """A label beside or above a component.

        Label(Input(value=name), value='Your name', direction='horizontal')

    Args:
        children: one component; a field in it takes the label as its name.
        value: text, a variable or a component.
        direction: the label is above the component, or before it.
        label_width: the width of a label before the component.
    """

    _names_fields: ClassVar[bool] = True

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


class Spacer(StyledComponentInstance):
    """Space between two components, with or without a line.

        Stack(Text('above'), Spacer(line=True), Text('below'))

    Args:
        size: the height, in pixels or as CSS.
        line: draw a line in the middle.
        inset: the distance of the line from the two edges, in pixels or as CSS.
    """

    size: Size = '0.75rem'
    line: bool = False
    inset: Size | None = None


@dataclass(frozen=True, slots=True)
class Breakpoints:
    """Numbers by the width of the window; each applies from its width up to the next given one."""

    xs: int | None = None
    sm: int | None = None
    md: int | None = None
    lg: int | None = None
    xl: int | None = None


class Column(Container):
    """A part of a row of a Grid.

    Args:
        children: text, variables and components.
        span: the number of the row's twelve columns; if not given, an equal share of the remaining ones.
        offset: the number of free columns before it.
        direction: the direction of its children.
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
            raise ValueError(f'takes numbers from 0 to 12, not {columns!r}.')
        return columns


class Row(Container):
    """A row of a Grid; columns that do not fit go onto another line.

    Args:
        children: `Grid.Column`s.
        column_gap: the space between the columns, in percent of the row's width.
    """

    column_gap: float | None = None

    def __init__(self, *columns: Any, **props: Any) -> None:
        super().__init__(*columns, **props)

    @property
    def _drawn_with(self) -> str:
        return 'GridRow'


class Grid(Container):
    """Rows of twelve columns, responsive to the width of the window.

        half = Grid.Breakpoints(xs=12, md=6)
        Grid(Grid.Row(Grid.Column(Text('left'), span=half), Grid.Column(Text('right'), span=half)))

    Args:
        children: `Grid.Row`s.
        row_gap: the space between the rows, in pixels or as CSS.
        breakpoints: the widths in pixels from which spans apply, if other than 0, 576, 768, 992 and 1200.
    """

    Row: ClassVar[type[Row]] = Row
    Column: ClassVar[type[Column]] = Column
    Breakpoints: ClassVar[type[Breakpoints]] = Breakpoints

    row_gap: Size = '0.75rem'
    breakpoints: Any | None = None

    def __init__(self, *rows: Any, **props: Any) -> None:
        super().__init__(*rows, **props)
