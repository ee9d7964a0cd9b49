"""Queries of the rows of a table, as a tab sends them. Nothing is converted when they are decoded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import ConfigDict, FailFast, Field

MAX_COLUMNS: Final = 100
"""The number of columns that a query filters or sorts by, and of open groups."""
MAX_VALUES: Final = 1000
_Name: TypeAlias = Annotated[str, Field(max_length=2000)]
_Scalar: TypeAlias = 'str | int | float | bool | None'
Aggregate: TypeAlias = Literal['sum', 'mean', 'min', 'max']
Operator: TypeAlias = Literal['EQ', 'NE', 'CONTAINS', 'GT', 'LT', 'BT', 'IN']


class _Strict:
    """The base of the parts of a query."""

    __slots__ = ()
    __pydantic_config__: ClassVar = ConfigDict(strict=True, extra='ignore')


@dataclass(frozen=True, slots=True)
class Search(_Strict):
    """A text that a row has in one of the columns; in any column if `columns` is `None`."""

    text: Annotated[str, Field(min_length=1, max_length=1000)]
    columns: Annotated[list[_Name], Field(max_length=MAX_COLUMNS)] | None = None


@dataclass(frozen=True, slots=True)
class ColumnFilter(_Strict):
    """The values that a row may have in a column.

    `'BT'` takes two bounds, of which each may be `None`, and `'IN'` a list of values.
    """

    column: _Name
    operator: Operator
    value: _Scalar | Annotated[list[_Scalar], Field(max_length=MAX_VALUES)]


@dataclass(frozen=True, slots=True)
class Order(_Strict):
    """A column by which rows are sorted. Missing values are last in both directions."""

    column: _Name
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Grouping(_Strict):
    """The rows with one value of a column as a group, with an aggregate of each column of numbers.

    Attributes:
        open: the values whose groups show their rows.
    """

    by: _Name
    aggregate: Aggregate = 'sum'
    open: Annotated[list[_Scalar], Field(max_length=MAX_COLUMNS), FailFast()] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RowQuery(_Strict):
    """The rows that a table shows, and their order."""

    search: Search | None = None
    filters: Annotated[list[ColumnFilter], Field(max_length=MAX_COLUMNS), FailFast()] = field(default_factory=list)
    orders: Annotated[list[Order], Field(max_length=MAX_COLUMNS), FailFast()] = field(default_factory=list)
    group: Grouping | None = None

    @property
    def key(self) -> str:
        """A text that is equal for equal queries."""
        return repr(self)


def scalar(value: Any) -> bool | float | str | None:
    """Return a value of a cell in the form in which a query names it."""
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
