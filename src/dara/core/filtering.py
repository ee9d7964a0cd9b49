"""Filters of DataFrames, as data: `FilterQuery` and `Pagination`."""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, ClassVar, Final, TypeAlias, TypeVar, cast

from pydantic import BaseModel, ConfigDict, field_validator

from dara.core._frames.filters import Unfit, compare
from dara.core._frames.frame import Frame
from dara.core._frames.query import Operator, Order, RowQuery
from dara.core._frames.views import View, find

__all__ = [
    'ClauseQuery',
    'ColumnType',
    'FilterQuery',
    'Pagination',
    'QueryCombinator',
    'QueryOperator',
    'ValueQuery',
    'apply_filters',
    'clean_column_name',
    'coerce_to_filter_query',
    'infer_column_type',
    'parseISO',
]

T = TypeVar('T')
_PREFIX: Final = re.compile(r'^__(?:col|index)__\d+__')
_INDEX: Final = ('index', '__index__')


class QueryCombinator(StrEnum):
    """The combinators of the clauses of a query."""

    AND = 'AND'
    OR = 'OR'


class QueryOperator(StrEnum):
    """The comparisons of a column with a value. `BT` takes a list of two bounds, which are included."""

    EQ = 'EQ'
    CONTAINS = 'CONTAINS'
    GT = 'GT'
    LT = 'LT'
    BT = 'BT'
    NE = 'NE'


class ColumnType(Enum):
    """The kinds of columns that filters tell apart."""

    CATEGORICAL = 'categorical'
    DATETIME = 'datetime'
    NUMERICAL = 'numerical'


class Pagination(BaseModel):
    """The part of the rows that is asked for, and their order.

    Args:
        offset: the number of rows to skip.
        limit: the greatest number of rows.
        orderBy: the column to sort by; in descending order with a `-` before it.
        index: the number of the one row that is asked for, in place of all this.
    """

    model_config: ClassVar = ConfigDict(defer_build=True)

    offset: int | None = None
    limit: int | None = None
    orderBy: str | None = None  # noqa: N815  # the documented name
    index: str | None = None

    @field_validator('orderBy', mode='before')
    @classmethod
    def _clean(cls, order_by: Any) -> Any:
        if not isinstance(order_by, str):
            return order_by
        sign = '-' if order_by.startswith('-') else ''
        return sign + clean_column_name(order_by.removeprefix('-'))


class ValueQuery(BaseModel):
    """The comparison of a column with a value; a list of values for `EQ` means any of them."""

    model_config: ClassVar = ConfigDict(defer_build=True)

    column: str
    operator: QueryOperator = QueryOperator.EQ
    value: Any


class ClauseQuery(BaseModel):
    """Queries of which all or any have to be true."""

    model_config: ClassVar = ConfigDict(defer_build=True)

    combinator: QueryCombinator
    clauses: list[ClauseQuery | ValueQuery]


FilterQuery: TypeAlias = ClauseQuery | ValueQuery


def coerce_to_filter_query(filters: ClauseQuery | ValueQuery | dict[str, Any] | None) -> FilterQuery | None:
    """Return a query that is given as an object or as its dict.

    Raises:
        ValueError: it is neither.
    """
    if not isinstance(filters, dict):
        return filters
    return (ClauseQuery if 'combinator' in filters else ValueQuery).model_validate(filters)


def clean_column_name(col: str) -> str:
    """Return the name of a column without a prefix such as `__col__0__`, which older clients add."""
    return _PREFIX.sub('', col)


def infer_column_type(series: Any) -> ColumnType:
    """Return the kind of a column of pandas."""
    kind = getattr(series.dtype, 'kind', 'O')
    if kind in 'iufc':
        return ColumnType.NUMERICAL
    return ColumnType.DATETIME if kind == 'M' else ColumnType.CATEGORICAL


def parseISO(date: str) -> Any:  # noqa: N802  # the documented name
    """Return a moment in ISO 8601 as a datetime64 of numpy, in UTC."""
    import numpy

    moment = datetime.fromisoformat(date)
    offset = moment.utcoffset()
    return numpy.datetime64((moment - offset if offset else moment).replace(tzinfo=None))


def apply_filters(data: T, filters: FilterQuery | None = None, pagination: Pagination | None = None) -> tuple[T, int]:
    """Return the rows that pass the filters, and their number before the pagination.

    A filter whose value cannot be compared with those of its column is left out.

    Args:
        data: a DataFrame of pandas or polars, an Arrow table, or `None`.
    """
    if data is None:
        return data, 0
    frame = Frame(data)
    where = None if filters is None else _where(frame, filters)
    order_by = None if pagination is None else pagination.orderBy
    rows = _rows(frame, where, order_by)
    if pagination is not None and pagination.index is not None:
        row = int(pagination.index)
        return _native(data, [*range(frame.count)][row : row + 1]), rows.count
    start = (pagination.offset if pagination else None) or 0
    end = rows.count if pagination is None or pagination.limit is None else start + pagination.limit
    if rows.rows is None and (start, end) == (0, rows.count):
        return data, rows.count
    return _native(data, rows.between(start, end)), rows.count


def _rows(frame: Frame, where: Any, order_by: str | None) -> View:
    column = (order_by or '').removeprefix('-')
    is_descending = (order_by or '').startswith('-')
    if column in _INDEX and column not in frame.kinds:
        column = frame.columns[0].name if frame.columns and frame.columns[0].is_index else ''
    orders = [Order(column, is_descending)] if column else []
    return find(frame, RowQuery(orders=orders), where)


def _native(data: T, rows: list[int]) -> T:
    import narwhals

    return cast('T', narwhals.from_native(data, eager_only=True)[rows].to_native())  # type: ignore[call-overload]


def _where(frame: Frame, query: FilterQuery) -> Any:
    """Return the condition of a query; `None` if it filters nothing."""
    if isinstance(query, ClauseQuery):
        conditions = [each for each in (_where(frame, clause) for clause in query.clauses) if each is not None]
        if not conditions:
            return None
        whole = conditions[0]
        for each in conditions[1:]:
            whole = whole & each if query.combinator is QueryCombinator.AND else whole | each
        return whole
    column = clean_column_name(query.column)
    if column not in frame.kinds:
        raise KeyError(column)
    is_choice = isinstance(query.value, list) and query.operator is QueryOperator.EQ
    operator: Operator = 'IN' if is_choice else query.operator.value
    try:
        return compare(frame, column, operator, query.value)
    except Unfit:
        return None
