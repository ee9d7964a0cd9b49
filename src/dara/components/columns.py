"""The columns of a Table, checked where they are declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Literal, TypeAlias, get_args

from dara.components.formatters import TableFormatterType, checked_formatter
from dara.core.component import warn_unknown
from dara.core.errors import InvalidProp


class TableFilter(StrEnum):
    """The filters of columns: a choice of values, a range of numbers or of days, or a text."""

    CATEGORICAL = 'categorical'
    DATETIME = 'datetime'
    NUMERIC = 'numeric'
    TEXT = 'text'


ColumnType: TypeAlias = Literal[
    'number', 'string', 'boolean', 'date', 'datetime', 'datetime64[ns]', 'datetime64[ms]', 'datetime64[s]'
]
Align: TypeAlias = Literal['left', 'center', 'right']
Sticky: TypeAlias = Literal['left', 'right']


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a Table, created by `Table.column`.

    Args:
        col_id: the shown member of each record.
        label: the heading; `col_id` if not given.
        formatter: the formatter of the values, by its name or as `{'type': ..., ...}`:
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
        type: the type of the values, which otherwise follows from them: `'number'`, `'string'`, `'boolean'`, `'date'`
            or `'datetime'`.
        filter: the filter in the heading, one of `Table.TableFilter`: `'categorical'` is a choice of values,
            `'numeric'` and `'datetime'` are ranges, `'text'` is a text that the values contain. The columns of large
            tables have one that fits their type.
        unique_items: the values that a cell can have, from which a user of the filter `'categorical'` chooses.
        editable: people can edit the cells; the table's own `editable` if not given.

    Raises:
        InvalidProp: an option does not take its value.
    """

    col_id: str
    label: str | None = None
    formatter: dict[str, Any] | str | None = None
    width: float | str | None = None
    align: Align | None = None
    sticky: Sticky | None = None
    tooltip: str | None = None
    type: ColumnType | None = None
    unique_items: list[Any] | None = None
    editable: bool | None = None
    filter: TableFilter | str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.col_id, str):
            raise InvalidProp(f'Table.column: col_id is the name of a member of each record, not {self.col_id!r}.')
        self._check_choice('align', get_args(Align))
        self._check_choice('sticky', get_args(Sticky))
        self._check_choice('type', get_args(ColumnType))
        self._check_choice('filter', tuple(map(str, TableFilter)))
        for name in ('label', 'tooltip'):
            self._check(name, (str,), 'a string')
        self._check('width', (int, float, str), "pixels such as 120, or CSS such as '12rem'")
        self._check('unique_items', (list, tuple), "a list of values such as ['open', 'done']")
        self._check_choice('editable', (True, False))
        if self.formatter is not None:
            object.__setattr__(self, 'formatter', self._checked_formatter())

    def to_props(self) -> dict[str, Any]:
        """Return the given options."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in given.items() if value is not None}

    def _checked_formatter(self) -> dict[str, Any]:
        try:
            return checked_formatter(self.formatter)
        except InvalidProp:
            raise
        except ValueError as error:
            kind = self.formatter.get('type') if isinstance(self.formatter, Mapping) else self.formatter
            name = f'formatter {str(kind)!r}' if kind in [*map(str, TableFormatterType)] else 'formatter'
            raise InvalidProp(f'Table.column {self.col_id!r}: {name}: {error}') from None

    def _check_choice(self, name: str, choices: tuple[Any, ...]) -> None:
        given = getattr(self, name)
        if given is not None and given not in choices:
            readable = ', '.join(map(repr, choices))
            raise InvalidProp(f'Table.column {self.col_id!r}: {name}: takes one of {readable}, not {given!r}.')

    def _check(self, name: str, types: tuple[Any, ...], wanted: str) -> None:
        given = getattr(self, name)
        if given is not None and (isinstance(given, bool) or not isinstance(given, types)):
            raise InvalidProp(f'Table.column {self.col_id!r}: {name}: takes {wanted}, not {given!r}.')


def column_of(col_id: str, options: Mapping[str, Any]) -> Column:
    """Return a column; an unknown option is logged.

    Raises:
        InvalidProp: an option is misspelt, or does not take its value.
    """
    known = [field.name for field in fields(Column)]
    for name in options:
        if name not in known:
            warn_unknown(f'Table.column {col_id!r}', name, known, frozenset(), None)
    return Column(col_id, **{name: value for name, value in options.items() if name in known})


def as_column(given: Any) -> Column:
    """Return a column as it is, or the one that a name or a dict of options declares.

    Raises:
        ValueError: `given` is none of these.
    """
    if isinstance(given, Column):
        return given
    if isinstance(given, str):
        return Column(given)
    if isinstance(given, Mapping) and 'col_id' in given:
        return column_of(given['col_id'], {name: value for name, value in given.items() if name != 'col_id'})
    raise ValueError(f"takes names, or columns such as Table.column('name', label='Name'), not {given!r}.")
