"""Windows of tables whose rows a function of the app finds: a backend of a ServerVariable, or a `filter_resolver`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from dara.core._app_code import is_async
from dara.core._context import Identity, running_for
from dara.core._encode import has_row_names
from dara.core._frames.frame import Column, Frame
from dara.core._frames.query import ColumnFilter, RowQuery
from dara.core._frames.windows import dumped, numbered
from dara.core._json import Json
from dara.core._sync.encoded import Encoded
from dara.core._sync.protocol.messages import Window
from dara.core._threads import Threads
from dara.core.errors import InvalidValue
from dara.core.filtering import ClauseQuery, FilterQuery, Pagination, QueryCombinator, QueryOperator, ValueQuery
from dara.core.server_variable import INDEX

Resolve: TypeAlias = Callable[[FilterQuery | None, Pagination | None], Awaitable[tuple[Any, int]]]
MAX_KNOWN: Final = 1000
SAMPLE_ROWS: Final = 100
"""The number of rows that decide the kinds of columns."""
_LAST_MOMENT: Final = 'T23:59:59.999999'
_SEARCHED: Final = frozenset({'text', 'category'})


@dataclass(frozen=True, slots=True)
class _Known:
    """The columns of a version of a table, and the number of its rows."""

    columns: tuple[Column, ...]
    total: int


class ResolvedRows:
    """Windows of rows that functions of the app find. Nothing but columns and numbers is kept."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def finding(self, function: Callable[..., Any], value: Any, identity: Identity) -> Resolve:
        """Return a function that finds rows of a value by a function of the app, which is sync or async."""

        async def find(filters: FilterQuery | None, pagination: Pagination | None) -> tuple[Any, int]:
            with running_for(identity):
                found = function if is_async(function) else partial(self._threads.run_for, function, function)
                return _checked(await found(value, filters, pagination))

        return find

    async def window(self, version: str, owner: str, window: Window, resolve: Resolve) -> Encoded:
        """Return the rows of a window, with the name of their version.

        Args:
            owner: the user for whom `resolve` finds rows.

        Raises:
            InvalidValue: the function returned something else than a DataFrame and a number.
        """
        known = await self._learn(f'{version} {owner}', resolve)
        query = window.query
        order = next(
            (each for each in query.orders if any(each.column == column.name for column in known.columns)), None
        )
        order_by = None if order is None else f'{"-" if order.descending else ""}{order.column}'
        pagination = Pagination(offset=window.start, limit=max(window.count, 1), orderBy=order_by)
        native, found = await resolve(filters_of(query, known.columns), pagination)
        header: dict[str, Json] = {'version': version, 'total': known.total, 'start': window.start}
        header |= {'count': found, 'found': found}
        if window.version != version:
            header['columns'] = [[*column] for column in known.columns]
        return await self._threads.run(_encode, header, native, known.columns, window)

    async def _learn(self, key: str, resolve: Resolve) -> _Known:
        known = self._known.get(key)
        if known is None:
            native, total = await resolve(None, Pagination(offset=0, limit=SAMPLE_ROWS))
            frame = await self._threads.run(Frame, native)
            known = _Known(tuple(column for column in frame.columns if column.name != INDEX), total)
            self._known[key] = known
            if len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return known


def is_plain(window: Window) -> bool:
    """Return whether a window asks for rows as they are, without groups, distinct values and files."""
    is_of_rows = window.export is None and window.values_of is None and window.query.group is None
    return is_of_rows and not window.path


def filters_of(query: RowQuery, columns: tuple[Column, ...]) -> FilterQuery | None:
    """Return the condition of a query in the documented form; `None` for all rows. Unknown columns are left out."""
    kinds = {column.name: column.kind for column in columns}
    clauses = [_filter(given, kinds[given.column]) for given in query.filters if given.column in kinds]
    if query.search is not None:
        within = query.search.columns
        names = [name for name, kind in kinds.items() if (kind in _SEARCHED if within is None else name in within)]
        text = query.search.text
        clauses.append(_any_of(*(_value(name, QueryOperator.CONTAINS, text) for name in names)))
    return clauses[0] if len(clauses) == 1 else _all_of(clauses) if clauses else None


def _filter(given: ColumnFilter, kind: str) -> FilterQuery:
    name, value = given.column, given.value
    match given.operator:
        case 'IN':
            return _value(name, QueryOperator.EQ, value)
        case 'BT' if isinstance(value, list) and len(value) == 2:
            least, greatest = value
            if kind == 'datetime' and isinstance(greatest, str) and 'T' not in greatest:
                greatest += _LAST_MOMENT
            if None not in (least, greatest):
                return _value(name, QueryOperator.BT, [least, greatest])
            if least is None and greatest is None:
                return _value(name, QueryOperator.NE, None)
            operator, bound = (QueryOperator.LT, greatest) if least is None else (QueryOperator.GT, least)
            return _any_of(_value(name, operator, bound), _value(name, QueryOperator.EQ, bound))
        case operator:
            return _value(name, QueryOperator(operator), value)


def _value(column: str, operator: QueryOperator, value: Any) -> ValueQuery:
    return ValueQuery(column=column, operator=operator, value=value)


def _any_of(*clauses: FilterQuery) -> ClauseQuery:
    return ClauseQuery(combinator=QueryCombinator.OR, clauses=[*clauses])


def _all_of(clauses: list[FilterQuery]) -> ClauseQuery:
    return ClauseQuery(combinator=QueryCombinator.AND, clauses=clauses)


def _checked(result: Any) -> tuple[Any, int]:
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], int):
        return result
    raise InvalidValue(f'The rows of a table are a DataFrame and the number of all that are found, not {result!r:.200}')


def _encode(header: dict[str, Json], native: Any, columns: tuple[Column, ...], window: Window) -> Encoded:
    frame = Frame(native)
    rows = frame.cells(slice(0, window.count))
    places = {column.name: at for at, column in enumerate(frame.columns)}
    cells = [[row[places[column.name]] if column.name in places else None for column in columns] for row in rows]
    indexes = _indexes(native, frame, rows, window)
    return Encoded.of([dumped({**header, 'rows': numbered(indexes, cells)})])


def _indexes(native: Any, frame: Frame, rows: list[list[Json]], window: Window) -> list[int]:
    """Return the indexes of rows in the data, as far as they are known; else their positions."""
    places = [at for at, column in enumerate(frame.columns) if column.name == INDEX and column.kind == 'integer']
    if places:
        return [int(str(row[places[0]])) for row in rows]
    if hasattr(native, 'iloc') and not has_row_names(native.index) and not _is_new(native.index):
        return [int(each) for each in native.index[: len(rows)]]
    return [*range(window.start, window.start + len(rows))]


def _is_new(index: Any) -> bool:
    """Return whether pandas has numbered the rows of a new DataFrame, which are not part of another one."""
    return type(index).__name__ == 'RangeIndex' and (index.start, index.step) == (0, 1)
