"""Windows of a view: some of its rows, as a tab gets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from dara.core._frames.frame import Frame, cells_of
from dara.core._frames.query import Grouping, scalar
from dara.core._frames.views import COUNT, Groups, View
from dara.core._json import Json

WHOLE_ROWS: Final = 1000
WHOLE_CELLS: Final = 20_000
"""A table of fewer rows and cells is sent as a whole: the tab sorts and searches it at once."""
MAX_DISTINCT: Final = 500
"""The number of distinct values of a column from which a user can choose."""


def is_large(native: Any) -> bool:
    """Return whether a DataFrame is so large that tabs get windows of its rows."""
    return len(native) > WHOLE_ROWS or len(native) * len(native.columns) > WHOLE_CELLS


def rows_between(frame: Frame, view: View, start: int, count: int) -> dict[str, Json]:
    """Return the rows at some positions, each with its index in the data before its cells."""
    rows = view.between(start, start + count)
    indexes: list[int] | slice = rows
    if view.rows is None:
        indexes = slice(start, start + len(rows))
    return {'start': start, 'count': view.count, 'found': view.count, 'rows': numbered(rows, frame.cells(indexes))}


def numbered(indexes: list[int], cells: list[list[Json]]) -> list[Json]:
    """Return rows, each with its index in the data first."""
    return [[index, *row] for index, row in zip(indexes, cells, strict=True)]


def grouped_rows(
    frame: Frame, groups: Groups, grouping: Grouping, views: Mapping[Any, View], start: int, count: int
) -> dict[str, Json]:
    """Return the groups at some positions, and the rows of those that are open.

    Args:
        views: the rows of each open group, by its value.
    """
    places = _open_places(groups, grouping, views)
    end = start + count
    found: list[Json] = []
    position, following = 0, 0  # a position among groups and rows, and the group that comes there
    for place, view in [*places, (groups.count - 1, View(None, 0))]:
        # the groups before the rows of an open one, and then these
        closed = place + 1 - following
        found += _groups(groups, grouping, following, max(start - position, 0), min(end - position, closed))
        position += closed
        first, last = max(start - position, 0), min(end - position, view.count)
        if first < last:
            rows = view.between(first, last)
            found += numbered(rows, frame.cells(rows))
        position += view.count
        following = place + 1
    return {'start': start, 'count': position, 'found': groups.rows, 'rows': found}


def dumped(answer: dict[str, Any]) -> bytes:
    """Encode an answer as JSON, with a replacement character for each half of a surrogate pair."""
    try:
        return orjson.dumps(answer)
    except TypeError:
        return orjson.dumps(_unicode(answer))


def _unicode(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')
    if isinstance(value, dict):
        return {_unicode(name): _unicode(each) for name, each in value.items()}
    return [_unicode(each) for each in value] if isinstance(value, (list, tuple)) else value


def distinct(frame: Frame, name: str | None) -> list[Json]:
    """Return the distinct values of a column, at most `MAX_DISTINCT`, in their order."""
    if name is None or name not in frame.kinds or not frame.has_order(name):
        return []
    import narwhals as nw

    column = frame.column(name)
    if frame.kinds[name] in ('category', 'other'):
        column = column.cast(nw.String)
    values = frame.working([name]).select(column.alias(name).unique()).sort(name, nulls_last=True)
    return cells_of(values[name].head(MAX_DISTINCT), frame.kinds[name])


def _open_places(groups: Groups, grouping: Grouping, views: Mapping[Any, View]) -> list[tuple[int, View]]:
    """Return the places of the open groups among all groups, in order, with their rows."""
    if not views:
        return []
    values = cells_of(groups.data[grouping.by], 'other')
    places = {_comparable(value): place for place, value in enumerate(values)}
    found = ((places.get(_comparable(value)), view) for value, view in views.items())
    return sorted(((place, view) for place, view in found if place is not None), key=lambda each: each[0])


def _groups(groups: Groups, grouping: Grouping, following: int, first: int, last: int) -> list[Json]:
    if first >= last:
        return []
    chosen = groups.data[following + first : following + last]
    columns = {name: cells_of(chosen[name], 'decimal') for name in chosen.columns if name not in (COUNT, grouping.by)}
    values, counts = cells_of(chosen[grouping.by], 'other'), chosen[COUNT].to_list()
    return [
        {'group': scalar(value), 'rows': rows, 'values': {name: cells[at] for name, cells in columns.items()}}
        for at, (value, rows) in enumerate(zip(values, counts, strict=True))
    ]


def _comparable(value: Any) -> str:
    return '' if value is None else f'{value}'
