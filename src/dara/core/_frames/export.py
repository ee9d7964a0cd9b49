"""Files with the rows of a view, as CSV or as an Excel workbook."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import orjson

from dara.core._frames.csv_files import Cancelled, chunks, write_csv
from dara.core._frames.frame import Frame, has_days_only
from dara.core._frames.views import View
from dara.core._json import Json
from dara.core.errors import InvalidConfig

STEP_ROWS: Final = 2000
"""The number of rows that are converted at once."""
WIDTH: Final = 16
MAX_SHEET_ROWS: Final = 1_048_575
_DATES: Final = frozenset({'date', 'datetime'})

ExportFormat: TypeAlias = Literal['csv', 'xlsx']


def export(
    frame: Frame,
    view: View,
    columns: Sequence[tuple[str, str]],
    format: ExportFormat,
    path: Path,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Write the rows of a view to a new file. Runs in a thread.

    Args:
        columns: the names and the headings of the columns, from left to right.
        is_cancelled: returns true when nobody waits for the file any more.

    Raises:
        InvalidConfig: XlsxWriter is not installed, or a sheet cannot hold as many rows.
        Cancelled: `is_cancelled` has returned true.
    """
    known = [(column, heading) for column, heading in columns if column in frame.kinds]
    days = _days(frame, view, known)
    if format == 'csv':
        write_csv(path, frame, view, known, days, is_cancelled)
    else:
        _write_xlsx(path, frame, view, known, days, is_cancelled)


def _write_xlsx(
    path: Path,
    frame: Frame,
    view: View,
    columns: Sequence[tuple[str, str]],
    days: set[str],
    is_cancelled: Callable[[], bool],
) -> None:
    if view.count > MAX_SHEET_ROWS:
        raise InvalidConfig(f'A sheet of Excel has at most {MAX_SHEET_ROWS:,} rows, and {view.count:,} are found.')
    kinds = ['date' if column in days else frame.kinds[column] for column, _ in columns]
    with _workbook(path) as book:
        sheet, bold = book.add_worksheet('Data'), book.add_format({'bold': True})
        formats = {'date': book.add_format({'num_format': 14}), 'datetime': book.add_format({'num_format': 22})}
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(columns) - 1), WIDTH)
        for at, (_, heading) in enumerate(columns):
            sheet.write_string(0, at, heading, bold)
        for line, row in enumerate(_rows(frame, view, columns), 1):
            if line % STEP_ROWS == 0 and is_cancelled():
                raise Cancelled
            for at, (cell, kind) in enumerate(zip(row, kinds, strict=True)):
                moment = _moment(cell) if kind in _DATES else None
                if moment is not None:
                    sheet.write_datetime(line, at, moment, formats[kind])
                elif cell is not None:
                    sheet.write(line, at, cell if isinstance(cell, (bool, int, float, str)) else _text(cell))


def _days(frame: Frame, view: View, columns: Sequence[tuple[str, str]]) -> set[str]:
    """Return the columns whose moments are all midnights without a time zone: pandas writes days so."""
    moments = [name for name, _ in columns if frame.kinds[name] == 'datetime']
    return {name for name in moments if all(has_days_only(chunk[name]) for chunk in chunks(frame, view, [name]))}


def _workbook(path: Path) -> Any:
    try:
        from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no annotations
    except ModuleNotFoundError:
        raise InvalidConfig("Excel files of large tables need: pip install 'dara-live[excel]'") from None
    options = {'constant_memory': True, 'remove_timezone': True, 'strings_to_formulas': False, 'strings_to_urls': False}
    return Workbook(str(path), options)


def _rows(frame: Frame, view: View, columns: Sequence[tuple[str, str]]) -> Iterator[list[Json]]:
    places = [[column.name for column in frame.columns].index(name) for name, _ in columns]
    for start in range(0, view.count, STEP_ROWS):
        for cells in frame.cells(view.between(start, start + STEP_ROWS)):
            yield [cells[place] for place in places]


def _moment(cell: Json) -> datetime.datetime | None:
    """Return a moment that Excel's calendar has; `None` for any other value."""
    try:
        moment = datetime.datetime.fromisoformat(cell) if isinstance(cell, str) else None
    except ValueError:
        return None
    return moment if moment and moment.year > 1900 else None


def _text(cell: Json) -> str:
    return orjson.dumps(cell).decode()
