"""A table's data: a DataFrame of any library, with its columns and cells as tabs get them."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from dara.core._encode import has_row_names
from dara.core._json import Json, to_json
from dara.core.errors import NotJson

if TYPE_CHECKING:
    import narwhals as nw

Kind: TypeAlias = Literal[
    'integer', 'decimal', 'text', 'boolean', 'date', 'datetime', 'time', 'duration', 'category', 'other'
]
EXACT: Final = 2**53
"""The integers from which on JavaScript rounds; they are sent as text."""
_LIBRARIES: Final = frozenset({'pandas', 'polars', 'pyarrow'})
_CLASSES: Final = frozenset({'DataFrame', 'Table'})
_KINDS: Final[dict[str, Kind]] = {
    'Boolean': 'boolean',
    'Categorical': 'category',
    'Date': 'date',
    'Datetime': 'datetime',
    'Decimal': 'decimal',
    'Duration': 'duration',
    'Enum': 'category',
    'Float32': 'decimal',
    'Float64': 'decimal',
    'String': 'text',
    'Time': 'time',
}


class Column(NamedTuple):
    """A column of a table, or a level of the index of a pandas DataFrame."""

    name: str
    kind: Kind
    is_index: bool = False


def is_tabular(value: object) -> bool:
    """Return whether a value is a DataFrame of pandas or polars, or an Arrow table. Imports none of them."""
    return any(
        kind.__name__ in _CLASSES and kind.__module__.partition('.')[0] in _LIBRARIES for kind in type(value).__mro__
    )


class Frame:
    """A DataFrame of pandas or polars, or an Arrow table.

    Its data is shared, not copied. The index of pandas is in the first columns, if it says more than row numbers.

    Args:
        native: the DataFrame.

    Attributes:
        data: the columns with the levels of the index, as narwhals reads them.
        columns: their names and kinds.

    Raises:
        NotJson: two columns have one name.
    """

    def __init__(self, native: Any) -> None:
        import narwhals  # with the library of the data, when there is data

        index_levels = 0
        if hasattr(native, 'index') and hasattr(native, 'iloc'):
            native, index_levels = _with_index_as_columns(native)
        self.data: nw.DataFrame[Any] = narwhals.from_native(native, eager_only=True)
        kinds = ((name, _kind_of(self.data[name], dtype)) for name, dtype in self.data.schema.items())
        self.columns: Final = tuple(
            Column(name, kind, is_index=at < index_levels) for at, (name, kind) in enumerate(kinds)
        )

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(self.data)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The kinds of the columns, by name."""
        return {column.name: column.kind for column in self.columns}

    @cached_property
    def display_columns(self) -> tuple[Column, ...]:
        """The columns with the kinds that tabs show: moments that are all midnights are dates, as pandas holds them.

        Without rows, a column of decimals may be of anything: pandas makes them of no values.
        """
        return tuple(column._replace(kind=self._display_kind(column)) for column in self.columns)

    def _display_kind(self, column: Column) -> Kind:
        if column.kind == 'datetime' and has_days_only(self.data[column.name]):
            return 'date'
        is_unknown = column.kind == 'decimal' and self.count == 0 and self.data.implementation.is_pandas()
        return 'other' if is_unknown else column.kind

    @cached_property
    def size(self) -> int:
        """The size in memory in bytes, about."""
        return int(self.data.estimated_size())

    def has_text(self, name: str) -> bool:
        """Return whether the values of a column can be compared as texts: lists and durations cannot."""
        kind = self.kinds[name]
        return kind != 'duration' and (kind != 'other' or self.data.implementation.is_pandas())

    def has_order(self, name: str) -> bool:
        """Return whether rows can be sorted by a column."""
        return self.kinds[name] == 'duration' or self.has_text(name)

    def column(self, name: str) -> nw.Expr:
        """Return a column for a query. Its NaN are missing values, as they are in pandas."""
        import narwhals

        column = narwhals.col(name)
        is_float = type(self.data.schema[name]).__name__.startswith('Float')
        return column.fill_nan(None) if is_float and not self.data.implementation.is_pandas() else column

    def cells(self, rows: list[int] | slice) -> list[list[Json]]:
        """Return the cells of some rows, a list for each row."""
        chosen = self.data[rows]
        columns = [cells_of(chosen[column.name], column.kind) for column in self.columns]
        return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(len(chosen))]

    def working(self, names: list[str]) -> nw.DataFrame[Any]:
        """Return some columns for queries: as Arrow, if the data is of pandas and pyarrow is installed.

        Arrow takes numbers as they are, and is faster with texts. It lets other threads run meanwhile.
        """
        import narwhals

        chosen = self.data.select(names)
        if self.data.implementation.is_pandas() and names and importlib.util.find_spec('pyarrow'):
            try:
                return narwhals.from_native(chosen.to_arrow(), eager_only=True)
            except Exception:  # Arrow has no type for objects of several kinds
                return chosen
        return chosen


def _with_index_as_columns(frame: Any) -> tuple[Any, int]:
    """Return a DataFrame of pandas whose index is row numbers, and the number of levels that its index had."""
    index = frame.index
    levels = index.nlevels if has_row_names(index) else 0
    frame = frame.copy(deep=False)
    frame.columns = [_name(name) for name in frame.columns]
    frame = frame.reset_index(drop=levels == 0)
    names = [str(name) for name in frame.columns]
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise NotJson(f'The DataFrame has two columns named {twice!r}; rename one.')
    frame.columns = names
    return frame, levels


def _name(name: Any) -> str:
    return '_'.join(map(str, name)).strip() if isinstance(name, tuple) else str(name)


def _kind_of(column: nw.Series[Any], dtype: nw.dtypes.DType) -> Kind:
    if dtype.is_integer():
        return 'integer'
    kind = _KINDS.get(type(dtype).__name__, 'other')
    return 'other' if kind == 'text' and not _is_all_text(column.to_native()) else kind


def has_days_only(moments: nw.Series[Any]) -> bool:
    """Return whether all moments of a column are midnights without a time zone; also if there are none."""
    if getattr(moments.dtype, 'time_zone', None) is not None:
        return False
    present = moments.drop_nulls()
    return bool((present == present.dt.truncate('1d')).all())


def _is_all_text(native: Any) -> bool:
    """Return false for a column of pandas that begins with texts, and has other objects further down."""
    if str(getattr(native, 'dtype', '')) != 'object':
        return True
    from pandas.api.types import infer_dtype  # type: ignore[import-untyped]

    return infer_dtype(native, skipna=True) in ('string', 'empty')


def cells_of(column: nw.Series[Any], kind: Kind) -> list[Json]:
    """Return values of a column as JSON."""
    to_cell = _TO_CELL.get(kind, _other)
    missing = column.is_null().to_list()
    return [None if absent else to_cell(value) for value, absent in zip(column.to_list(), missing, strict=True)]


def _plain(value: Any) -> Json:
    plain: Json = value
    return plain


def _integer(value: int) -> Json:
    return value if -EXACT < value < EXACT else str(value)


def _decimal(value: Any) -> Json:
    if isinstance(value, int):
        return _integer(value)
    if value != value:
        return None
    return value if isinstance(value, float) and abs(value) != float('inf') else str(value)


def _iso(value: Any) -> Json:
    return str(value.isoformat())


def _other(value: Any) -> Json:
    try:
        return to_json(value)
    except NotJson:
        return str(value)


_TO_CELL: Final[dict[Kind, Callable[[Any], Json]]] = {
    'text': _plain,
    'boolean': _plain,
    'category': _plain,
    'integer': _integer,
    'decimal': _decimal,
    'date': _iso,
    'datetime': _iso,
    'time': _iso,
}
