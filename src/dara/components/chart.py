"""A chart of records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, PlainValidator

from dara.components._styled import Dynamic, StyledComponentInstance, Word
from dara.core._frames.filters import rows_where
from dara.core._frames.frame import Frame, is_tabular
from dara.core._frames.plots import Plot, plotted
from dara.core._frames.query import ColumnFilter
from dara.core._json import to_json
from dara.core.component import Actions
from dara.core.derived import DerivedVariable
from dara.core.errors import InvalidProp
from dara.core.server_variable import ServerVariable
from dara.core.variables import AnyVariable


def _to_data(data: Any) -> Any:
    """Return a variable as it is, and anything else as records, or as columns of equal length."""
    if isinstance(data, AnyVariable):
        return data
    if isinstance(data, Mapping):
        columns = {str(name): list(column) for name, column in data.items()}
        lengths = {name: len(column) for name, column in columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f'takes columns of one length, not of {lengths}.')
        return to_json(columns)
    records = to_json(data)
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise ValueError(f'takes a DataFrame, a list of dicts, or a variable that holds one, not {data!r}.')
    return records


def _to_names(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


ChartData: TypeAlias = Annotated[Any, PlainValidator(_to_data)]
Names: TypeAlias = Annotated[list[str] | Dynamic, BeforeValidator(_to_names)]


class Chart(StyledComponentInstance):
    """Records as lines, bars, areas, points, or the distribution of one column.

        Chart(sales, x='month', y=['income', 'costs'])
        Chart(sales, kind='bar', x='region', y='income', aggregate='sum')
        Chart(flats, kind='scatter', x='area', y='price', color='district', selection=brush)
        Chart(flats, kind='histogram', x='price', selection=brush)

    The kind of the horizontal axis follows from the values: numbers, dates, or names. Ctrl and the wheel, two fingers
    and the chart's buttons zoom along an axis of numbers or dates.

    With `selection`, the user selects a range by dragging, or a name by a click. The variable holds an object with a
    member for each column that is selected in: `{'price': {'from': 100, 'to': 200}, 'district': ['North']}`. Charts
    that share the variable show each other's ranges and keep their own, and `Chart.within` returns the selected
    records. In a store, the selection is the same for everybody.

    Args:
        data: a DataFrame, a list of dicts, a dict of lists of equal length, or a variable that holds one.
        kind: `'line'`, `'bar'`, `'area'`, `'scatter'` or `'histogram'`.
        x: the column of the horizontal axis.
        y: the column, or columns, of the vertical axis; all columns of numbers if not given. A histogram counts.
        color: the column whose values are drawn in a colour each. There is one series for each.
        aggregate: `'sum'`, `'mean'`, `'min'`, `'max'` or `'count'`, of the records with the same `x`.
        stack: stack the series of bars or areas.
        bins: the number of bars of a histogram.
        x_label: the name of the horizontal axis; the column's if not given.
        y_label: the name of the vertical axis.
        label: the name of the chart for screen readers.
        selection: a variable that holds the selection.
        onclick: the actions when a point or bar is clicked; `ctx.input` is an object with its `x`, `y` and `color`,
            by the names of their columns; the y of a histogram is its `count`.

    Raises:
        InvalidProp: a column does not exist, or the props do not fit each other.
    """

    data: ChartData
    kind: Literal['line', 'bar', 'area', 'scatter', 'histogram'] = 'line'
    x: str | Dynamic
    y: Names | None = None
    color: Word | None = None
    aggregate: Literal['sum', 'mean', 'min', 'max', 'count'] | None = None
    stack: bool | None = None
    bins: int | Dynamic | None = None
    x_label: Word | None = None
    y_label: Word | None = None
    label: Word | None = None
    selection: Dynamic | None = None
    onclick: Actions | None = None

    def __init__(self, data: Any, **props: Any) -> None:
        is_frame = is_tabular(data)
        super().__init__(data=[] if is_frame else data, **props)
        self._check_props()
        if is_frame:
            frame = Frame(data)
            self._check_columns(frame.kinds)
            self.data = plotted(frame, self._plot(*self._columns))
        elif isinstance(data, (DerivedVariable, ServerVariable)):
            self.data = self._drawn(data)
        elif not isinstance(data, AnyVariable):
            rows = [self.data] if isinstance(self.data, dict) else self.data
            self._check_columns({name for row in rows for name in row})

    @staticmethod
    def within(data: Any, selection: Any, ignoring: Collection[str] = ()) -> Any:
        """Return the records that a selection includes, as an object of the type of `data`.

            DerivedVariable(lambda brush: Chart.within(flats, brush), variables=[brush])

        Columns of the selection that `data` does not have are ignored, and so is a selection of None.

        Args:
            data: a DataFrame of pandas or polars, or a list of dicts.
            selection: the value of the variable `selection`.
            ignoring: the columns in which everything is included: those of the chart that shows the result, so that
                it keeps what is not selected in it.
        """
        chosen = {name: each for name, each in (selection or {}).items() if each and name not in ignoring}
        if isinstance(data, list):
            known = [name for name in chosen if any(name in record for record in data)]
            return [record for record in data if all(_includes(chosen[name], record.get(name)) for name in known)]
        return rows_where(data, [_filter(name, each) for name, each in chosen.items()])

    def _check_props(self) -> None:
        if self.kind == 'histogram' and (self.y or self.aggregate):
            raise InvalidProp("Chart: a histogram counts the values of `x`, and takes neither 'y' nor 'aggregate'.")
        if self.color is not None and isinstance(self.y, list) and len(self.y) > 1:
            raise InvalidProp(f"Chart: 'color' divides one column of 'y' into series, not {len(self.y)} columns.")

    def _check_columns(self, known: Collection[str]) -> None:
        for prop, given in (('x', [self.x]), ('y', [] if self.y is None else self.y), ('color', [self.color])):
            names = [] if isinstance(given, AnyVariable) else [name for name in given if isinstance(name, str)]
            unknown = [name for name in names if name not in known]
            if known and unknown:
                raise InvalidProp(f'Chart: {prop}: there is no column {unknown[0]!r}, only {sorted(known)}.')

    @property
    def _columns(self) -> tuple[Any, ...]:
        """The props that name columns, and the number of bins; each may be a variable."""
        return self.x, self.y, self.color, self.bins

    def _plot(self, x: str, y: Sequence[str] | None, color: str | None, bins: int | None) -> Plot:
        return Plot(self.kind, x, None if y is None else tuple(y), color, self.aggregate, bins)

    def _drawn(self, data: AnyVariable[Any]) -> DerivedVariable[Any]:
        """Return a variable with the drawn part of a value on the server, a DataFrame or records."""
        given = self._columns
        variables = [each for each in given if isinstance(each, AnyVariable)]

        def drawn(value: Any, *values: Any) -> Any:
            if not is_tabular(value):
                return value
            rest = iter(values)
            columns = (next(rest) if isinstance(each, AnyVariable) else each for each in given)
            return plotted(Frame(value), self._plot(*columns))

        return DerivedVariable(drawn, variables=[data, *variables])


def _includes(chosen: Any, value: Any) -> bool:
    """Return whether an element of a record is selected."""
    shown = to_json(value)
    if not isinstance(chosen, dict):
        return shown in chosen
    low, high = chosen.get('from'), chosen.get('to')
    if isinstance(shown, str):
        at = _moment(shown)
        return (low is None or _moment(low) <= at) and (high is None or at <= _moment(high))
    return isinstance(shown, (int, float)) and (low is None or low <= shown) and (high is None or shown <= high)


def _filter(name: str, chosen: Any) -> ColumnFilter:
    if isinstance(chosen, dict):
        return ColumnFilter(name, 'BT', [chosen.get('from'), chosen.get('to')])
    return ColumnFilter(name, 'IN', chosen)


def _moment(text: Any) -> datetime:
    """Parse ISO text; a moment without a time zone is one of UTC, as it is in the chart."""
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
