"""A table of records."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, PlainValidator

from dara.components._styled import Dynamic, StyledComponentInstance
from dara.components.columns import Column, TableFilter, as_column, column_of
from dara.components.formatters import TableFormatterType
from dara.core._encode import is_frame, row_name_columns
from dara.core._frames.frame import is_tabular
from dara.core._frames.windows import is_large
from dara.core._ids import place_of
from dara.core._json import to_json
from dara.core._shown_columns import ShownColumns, members_of
from dara.core.component import Actions, as_list, internal_prop
from dara.core.derived import DerivedVariable
from dara.core.errors import InvalidProp
from dara.core.server_variable import ConstantTable, ServerVariable
from dara.core.variables import AnyVariable, Variable


def _to_columns(given: Any) -> Any:
    return [as_column(column).to_props() for column in given] if isinstance(given, (list, tuple)) else given


def _to_records(data: Any) -> Any:
    if isinstance(data, AnyVariable):
        return data
    if is_tabular(data) and is_large(data):
        return ConstantTable(data)
    records = to_json(data)
    if not isinstance(records, list):
        raise ValueError(f'takes a list of dicts, a variable that holds one, or a DataFrame, not {data!r}.')
    return records


@dataclass(frozen=True, slots=True)
class TableAction:
    """A button in each row of a Table.

    Args:
        icon_name: the name of its icon, such as `'trash'`.
        label: what it does, for its tooltip and for screen readers.
        id: the name by which `on_action` tells it from others.
    """

    icon_name: str
    label: str
    id: str


def _to_row_actions(given: Any) -> list[dict[str, str]]:
    members = {'icon_name', 'label', 'id'}
    actions = [
        TableAction(**each) if isinstance(each, dict) and {*each} == members else each for each in as_list(given)
    ]
    if not all(isinstance(each, TableAction) for each in actions):
        raise ValueError(f"takes a list of TableAction(icon_name='trash', label='Delete', id='delete'), not {given!r}.")
    return [asdict(each) for each in actions]


RowActions: TypeAlias = Annotated[Any, PlainValidator(_to_row_actions)]
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
        onclick_row: the actions when a row is clicked; `ctx.input` is a list with its record, or with `multi_select`
            of all selected ones.
        clicked_row: a variable that holds the record that was clicked last.
        selected_indices: a variable that holds the list of the selected rows' indexes in `data`; a click selects, also
            with Shift a range of rows, and so does the Space key.
        selected_ids: a variable that holds the ids of the selected rows, which stay when rows are added or removed.
        row_data_id_column: the column with the ids of the rows; an id in several columns is joined by `_`.
        multi_select: several rows can be selected.
        show_checkboxes: show a box in each row; by default if rows can be selected.
        onselect_row: the actions when rows are selected by their boxes; `ctx.input` is the list of their records.
        suppress_click_events_for_selection: do not run `onclick_row` for clicks on boxes.
        actions: buttons in each row.
        on_action: the actions when one of these is pressed; `ctx.input` is `{'action_id': ..., 'data': record}`.
        editable: people edit the cells in place, and add and delete rows; `data` is a Variable with a list of dicts. A
            column may say otherwise.
        new_row: the members of an added row; empty values if not given, and a new id in `row_data_id_column`.
        export: show buttons that save the rows that the user sees as files: `True`, or a list of `'csv'` and `'xlsx'`.
        include_index: show the names of the rows, which the index of a DataFrame holds, unless `columns` are given.
        label: the name of the table for screen readers.
    """

    TableFilter: ClassVar[type[TableFilter]] = TableFilter
    TableFormatterType: ClassVar[type[TableFormatterType]] = TableFormatterType
    _tabular: ClassVar[frozenset[str]] = frozenset({'data'})

    data: Records
    columns: Columns | None = None
    max_rows: int | None = None
    row_height: int | None = None
    searchable: bool | None = None
    search_columns: list[str] | None = None
    onclick_row: Actions | None = None
    clicked_row: Dynamic | None = None
    selected_indices: list[int] | Dynamic | None = None
    selected_ids: list[Any] | Dynamic | None = None
    row_data_id_column: str | list[str] | None = None
    show_checkboxes: bool | None = None
    onselect_row: Actions | None = None
    suppress_click_events_for_selection: bool | None = None
    actions: RowActions | None = None
    on_action: Actions | None = None
    multi_select: bool | None = None
    editable: bool | Dynamic | None = None
    new_row: dict[str, Any] | None = None
    export: bool | list[Literal['csv', 'xlsx']] | None = None
    include_index: bool | None = None
    label: str | None = None
    index_columns: list[str] | None = internal_prop()

    def __init__(self, **props: Any) -> None:
        if is_frame(props.get('data')):
            props['index_columns'] = row_name_columns(props['data'])
        super().__init__(**props)
        self._check()
        self._note_columns()

    def _check(self) -> None:
        if self.selected_ids is not None and self.row_data_id_column is None:
            raise InvalidProp("Table: selected_ids: needs row_data_id_column, such as row_data_id_column='id'.")
        if self.actions and self.on_action is None:
            raise InvalidProp('Table: actions: needs on_action, the action that runs when a button is pressed.')
        columns = self.columns if isinstance(self.columns, list) else []
        is_editable = not (self.editable is None or self.editable is False) or any(
            column.get('editable') for column in columns
        )
        if is_editable and not isinstance(self.data, Variable):
            raise InvalidProp(
                'Table: editable: needs a Variable as data, such as Variable([...], store=BackendStore()).'
            )

    def _note_columns(self) -> None:
        """Have a warning logged if the data does not have a declared column."""
        if not isinstance(self.columns, list) or not self.columns:
            return
        path = self.data.path if isinstance(self.data, AnyVariable) else ()
        shown = ShownColumns(tuple(column['col_id'] for column in self.columns), path, place_of(self))
        if isinstance(self.data, list) and (known := members_of(self.data)):
            shown.check(known)
        elif isinstance(self.data, (DerivedVariable, ServerVariable)):
            self.data._computation.note_shown(shown)

    def add_column(self, col: str | dict[str, Any] | Column) -> None:
        """Add a column on the right.

        Raises:
            InvalidProp: the columns are not a list, or `col` declares no column.
        """
        if not isinstance(self.columns, list):
            raise InvalidProp("Table: add_column: needs a list of columns, such as Table(columns=['name'], ...).")
        try:
            self.columns.append(as_column(col).to_props())
        except ValueError as error:
            raise InvalidProp(f'Table: add_column: {error}') from None

    @staticmethod
    def column(col_id: str, **options: Any) -> Column:
        """Return a column; its options are those of `dara.components.common.table.Column`."""
        return column_of(col_id, options)
