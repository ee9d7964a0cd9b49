"""A table of records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import BeforeValidator, PlainValidator

from dara.components._styled import Dynamic, StyledComponentInstance
from dara.core._json import to_json
from dara.core.component import Actions, warn_unknown
from dara.core.errors import InvalidProp
from dara.core.variables import AnyVariable


class TableFormatterType(StrEnum):
    """The formatters of columns; plain strings work as well."""

    ADAPTIVE_PRECISION = 'adaptive_precision'
    BADGE = 'badge'
    CODE = 'code'
    COMPARE = 'compare'
    DATETIME = 'datetime'
    FORMATTED_TEXT = 'formatted_text'
    LINK = 'link'
    NUMBER = 'number'
    NUMBER_INTL = 'number_intl'
    PERCENT = 'percent'
    THRESHOLD = 'threshold'


class TableFilter(StrEnum):
    """The filters of columns; they are not here yet, and ignored."""

    CATEGORICAL = 'categorical'
    DATETIME = 'datetime'
    NUMERIC = 'numeric'
    TEXT = 'text'


COLUMNS_NOT_YET: Final = frozenset({'filter', 'type', 'unique_items'})
NEEDED: Final[dict[str, str]] = {'badge': 'badges', 'compare': 'target', 'threshold': 'thresholds'}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a Table, created by `Table.column`.

    Args:
        col_id: the shown member of each record.
        label: the heading; `col_id` if not given.
        formatter: the formatter of the values, `{'type': ..., ...}`:
            `'number'` and `'percent'` (of a fraction: 0.5 is 50%) with `precision`, `'adaptive_precision'`,
            `'number_intl'` with `locales` and `options` as JavaScript's `Intl.NumberFormat` takes them,
            `'datetime'` with `format` such as `'dd/MM/yyyy HH:mm'`,
            `'badge'` with `badges={value: {'label': ..., 'color': ...}}`, `'threshold'` with
            `thresholds=[{'bounds': (0, 10), 'color': ...}]`, `'compare'` with `target`,
            `'link'` to the record's member `href`, `'code'`, `'formatted_text'`.
        width: in pixels or as CSS; derived from the values if not given.
        align: `'left'`, `'center'` or `'right'`; numbers are on the right if not given.
        sticky: `'left'` or `'right'`; the column stays visible while the others scroll.
        tooltip: an explanation of the heading.
    """

    col_id: str
    label: str | None = None
    formatter: dict[str, Any] | None = None
    width: float | str | None = None
    align: Literal['left', 'center', 'right'] | None = None
    sticky: Literal['left', 'right'] | None = None
    tooltip: str | None = None

    def __post_init__(self) -> None:
        if self.formatter is None:
            return
        kind = self.formatter.get('type')
        known = [*map(str, TableFormatterType)]
        if kind not in known:
            raise InvalidProp(f'Table.column {self.col_id!r}: formatter: type is {kind!r}, not one of {known}.')
        if kind in NEEDED and NEEDED[kind] not in self.formatter:
            raise InvalidProp(f'Table.column {self.col_id!r}: the formatter {kind!r} needs {NEEDED[kind]!r}.')


def _to_columns(given: Any) -> Any:
    return [_to_column(column) for column in given] if isinstance(given, (list, tuple)) else given


def _to_column(column: Any) -> dict[str, Any]:
    if isinstance(column, str):
        return {'col_id': column}
    if isinstance(column, Mapping):
        column = Table.column(**column)
    if not isinstance(column, TableColumn):
        raise ValueError(f"takes names, or columns such as Table.column('name', label='Name'), not {column!r}.")
    given = {field.name: getattr(column, field.name) for field in fields(column)}
    return {name: value for name, value in given.items() if value is not None}


def _to_records(data: Any) -> Any:
    if isinstance(data, AnyVariable):
        return data
    records = to_json(data)
    if not isinstance(records, list):
        raise ValueError(f'takes a list of dicts, a variable that holds one, or a DataFrame, not {data!r}.')
    return records


Columns: TypeAlias = Annotated[list[Any] | Dynamic, BeforeValidator(_to_columns)]
Records: TypeAlias = Annotated[Any, PlainValidator(_to_records)]


class Table(StyledComponentInstance):
    """Records as rows. Only visible rows are drawn, so that ten thousand scroll as smoothly as ten.

        Table(data=[{'name': 'Ann', 'score': 9.5}, {'name': 'Ben', 'score': 7}])
        Table(data=people, columns=['name', Table.column('share', label='Share', formatter={'type': 'percent'})])

    A click on a heading sorts the rows for this user alone.

    Args:
        data: a list of dicts, a variable that holds one, or a pandas DataFrame.
        columns: names or `Table.column(...)`, from left to right; all members of the records if not given.
        max_rows: the height in rows; the others are reached by scrolling.
        row_height: the height of each row in pixels.
        searchable: show a field that filters the rows by a string.
        search_columns: the searched columns; all if not given.
        onclick_row: the actions when a row is clicked; `ctx.input` is a list with its record.
        selected_indices: a variable that holds the list of the selected rows' indexes in `data`; a click selects.
        multi_select: several rows can be selected.
        label: the name of the table for screen readers.
    """

    TableFilter: ClassVar[type[TableFilter]] = TableFilter
    TableFormatterType: ClassVar[type[TableFormatterType]] = TableFormatterType
    _not_yet: ClassVar[frozenset[str]] = frozenset(
        {
            'actions',
            'include_index',
            'on_action',
            'onselect_row',
            'row_data_id_column',
            'show_checkboxes',
            'suppress_click_events_for_selection',
        }
    )

    data: Records
    columns: Columns | None = None
    max_rows: int | None = None
    row_height: int | None = None
    searchable: bool | None = None
    search_columns: list[str] | None = None
    onclick_row: Actions | None = None
    selected_indices: list[int] | Dynamic | None = None
    multi_select: bool | None = None
    label: str | None = None

    @staticmethod
    def column(col_id: str, **options: Any) -> TableColumn:
        """Return a column; its options are those of `TableColumn`."""
        known = [field.name for field in fields(TableColumn)]
        for name in options:
            if name not in known:
                warn_unknown(f'Table.column {col_id!r}', name, known, COLUMNS_NOT_YET, None)
        return TableColumn(col_id, **{name: value for name, value in options.items() if name in known})
