"""Views of a table's data: the rows that a query finds, in its order, and groups of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from dara.core._frames.filters import Unfit, condition, found_by
from dara.core._frames.frame import Frame
from dara.core._frames.query import ColumnFilter, Grouping, Order, RowQuery

if TYPE_CHECKING:
    import narwhals as nw

ROW: Final = '__dara_row__'
COUNT: Final = '__dara_count__'
ROW_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class View:
    """The rows that a query finds, by their index in the data; `rows` is `None` for all of them in their order."""

    rows: nw.Series[Any] | None
    count: int

    @property
    def size(self) -> int:
        """The size in memory in bytes, about."""
        return 0 if self.rows is None else ROW_BYTES * self.count

    def between(self, start: int, end: int) -> list[int]:
        """Return the indexes of the rows from one position to before another."""
        stop = min(end, self.count)
        return [*range(start, stop)] if self.rows is None else self.rows[start:stop].to_list()


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of rows with one value of a column, in their order.

    Attributes:
        data: the value, the number of rows and the aggregates of each group.
        count: the number of groups.
        rows: the number of rows in all groups.
    """

    data: nw.DataFrame[Any]
    count: int
    rows: int

    @property
    def size(self) -> int:
        """The size in memory in bytes, about."""
        return int(self.data.estimated_size())


def find(frame: Frame, query: RowQuery, also: nw.Expr | None = None) -> View:
    """Return the rows that a query finds. This may take a second for a million rows, so it runs in a thread.

    Args:
        also: a further condition, on any columns.
    """
    import narwhals as nw

    try:
        where = where_of(frame, query)
    except Unfit:
        return View(None, 0)
    if also is not None:
        where = also if where is None else where & also
    orders = [order for order in query.orders if order.column in frame.kinds and frame.has_order(order.column)]
    if where is None and not orders:
        return View(None, frame.count)
    names = _names_of(frame, query) if also is None else [*frame.kinds]
    data = frame.working(names).with_row_index(ROW)
    if where is not None:
        data = data.filter(where)
    if orders:
        data = in_order(data.select(ROW, *(_sort_key(frame, order, at) for at, order in enumerate(orders))), orders)
    rows = data[ROW].cast(nw.UInt32)
    return View(rows, len(rows))


def group(frame: Frame, query: RowQuery, grouping: Grouping) -> Groups:
    """Return the groups of the rows that a query finds; it takes as long as `find`."""
    import narwhals as nw

    by = grouping.by
    numbers = [each.name for each in frame.columns if each.kind in ('integer', 'decimal') and each.name != by]
    data = frame.working([*dict.fromkeys([*_names_of(frame, query), by, *numbers])])
    data = data.with_columns(*(frame.column(name) for name in (by, *numbers)))
    try:
        where = where_of(frame, query)
        data = data if where is None else data.filter(where)
    except Unfit:
        data = data.head(0)
    if frame.kinds[by] in ('category', 'other'):
        data = data.with_columns(nw.col(by).cast(nw.String))
    aggregates = [getattr(nw.col(name), grouping.aggregate)() for name in numbers]
    groups = data.group_by(by, drop_null_keys=False).agg(nw.len().alias(COUNT), *aggregates)
    orders = [order for order in query.orders if order.column in (by, *numbers)] or [Order(by)]
    names = [order.column for order in orders]
    groups = groups.sort(*names, descending=[order.descending for order in orders], nulls_last=True)
    return Groups(groups, len(groups), len(data))


def where_of(frame: Frame, query: RowQuery) -> nw.Expr | None:
    """Return the condition of a query; `None` if it finds all rows.

    Raises:
        Unfit: a value cannot be compared with those of its column, so there are no such rows.
    """
    import narwhals as nw

    conditions = [each for each in (condition(frame, given) for given in query.filters) if each is not None]
    if query.search is not None:
        conditions.append(found_by(frame, query.search))
    return nw.all_horizontal(*conditions, ignore_nulls=False) if conditions else None


def within(query: RowQuery, grouping: Grouping, value: Any) -> RowQuery:
    """Return the query of the rows in one group."""
    return replace(query, filters=[*query.filters, ColumnFilter(grouping.by, 'EQ', value)], group=None)


def in_order(data: nw.DataFrame[Any], orders: list[Order]) -> nw.DataFrame[Any]:
    """Sort rows by their keys `0`, `1` ..."""
    keys = [str(at) for at in range(len(orders))]
    return data.sort(*keys, descending=[order.descending for order in orders], nulls_last=True)


def _sort_key(frame: Frame, order: Order, at: int) -> nw.Expr:
    import narwhals as nw

    column = frame.column(order.column)
    match frame.kinds[order.column]:
        case 'text':
            column = column.str.to_lowercase()
        case 'category' | 'other':
            column = column.cast(nw.String)
    return column.alias(str(at))


def _names_of(frame: Frame, query: RowQuery) -> list[str]:
    """Return the columns that a query works with; one for a query of none, because the rows have to be counted."""
    names = {order.column for order in query.orders} | {given.column for given in query.filters}
    if query.search is not None:
        names |= {*frame.kinds} if query.search.columns is None else {*query.search.columns}
    return [name for name in frame.kinds if name in names]
