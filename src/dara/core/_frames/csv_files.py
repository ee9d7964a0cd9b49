"""CSV files of the rows of a view, written in chunks of columns."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from dara.core._frames.frame import Frame, Kind, cells_of
from dara.core._frames.views import View
from dara.core._json import Json

if TYPE_CHECKING:
    import narwhals as nw

STEP_ROWS: Final = 5000
"""The number of rows that are converted together, column by column."""
SLICE_ROWS: Final = 1000
"""The number of cells, or of rows, that are handled in one step: it holds the interpreter's lock for milliseconds."""
REST_SECONDS: Final = 0.0003
"""The time after which the event loop surely has the interpreter's lock, if it waits for the lock."""
DAY_CHARACTERS: Final = len('2026-01-02')
_FORMULA: Final = re.compile(r'[=+\-@\t\r]')
_SPECIAL: Final = re.compile(r'[",\r\n]')
_ANY_SPECIAL: Final = re.compile(r'[",\r\n]|\0[=+\-@\t\r]')
_ENCODED: Final[frozenset[Kind]] = frozenset({'integer', 'decimal', 'boolean', 'date', 'datetime'})
"""The kinds of which JSON has no commas, and no quotes but those around a value."""
_INFINITE: Final = (float('inf'), float('-inf'))


class Cancelled(Exception):
    """End of a file for which nobody waits any more."""


def write_csv(
    path: Path,
    frame: Frame,
    view: View,
    columns: Sequence[tuple[str, str]],
    days: set[str],
    is_cancelled: Callable[[], bool],
) -> None:
    """Write the rows of a view to a new file, with bounded memory, and rests for other threads.

    Args:
        columns: the names and the headings of the columns, from left to right.
        days: the columns of moments that are written as dates.

    Raises:
        Cancelled: `is_cancelled` has returned true.
    """
    names = [name for name, _ in columns]
    with path.open('w', encoding='utf-8', errors='replace', newline='') as file:
        file.write(','.join(_text(heading) for _, heading in columns) + '\r\n')
        for chunk in chunks(frame, view, names):
            if is_cancelled():
                raise Cancelled
            texts = [_texts(chunk[name], frame.kinds[name], is_day=name in days) for name in names]
            rows = zip(*texts, strict=True)
            while written := [*islice(rows, SLICE_ROWS)]:
                file.write('\r\n'.join(map(','.join, written)) + '\r\n')
                time.sleep(REST_SECONDS)


def chunks(frame: Frame, view: View, names: list[str]) -> Iterator[nw.DataFrame[Any]]:
    """Yield some columns of the rows of a view, `STEP_ROWS` at a time."""
    data = frame.data.select(names)
    for start in range(0, view.count, STEP_ROWS):
        stop = min(start + STEP_ROWS, view.count)
        yield data[start:stop] if view.rows is None else data[view.between(start, stop)]


def _texts(column: nw.Series[Any], kind: Kind, *, is_day: bool) -> list[str]:
    encoded = _encoded(column, kind)
    if encoded is None:
        parts = (column[start : start + SLICE_ROWS] for start in range(0, len(column), SLICE_ROWS))
        cells = [cell for part in parts for cell in cells_of(part, kind)]
        has_formulas = kind not in _ENCODED
        plain = [cell for cell in cells if isinstance(cell, str)]
        if has_formulas and len(plain) == len(cells) and not _ANY_SPECIAL.search('\0'.join(['', *plain])):
            return plain
        texts = [_text(cell, has_formulas=has_formulas) for cell in cells]
    else:
        texts = encoded.replace('"', '').split(',')
        texts = ['' if text == 'null' else text for text in texts] if 'null' in encoded else texts
    return [text[:DAY_CHARACTERS] for text in texts] if is_day else texts


def _encoded(column: nw.Series[Any], kind: Kind) -> str | None:
    """Return the values as JSON with commas between them; `None` if they have to be converted one by one."""
    if kind not in _ENCODED:
        return None
    is_of_pandas = column.implementation.is_pandas()
    if kind == 'datetime' and is_of_pandas:
        if getattr(column.dtype, 'time_zone', None) is not None or column.null_count():
            return None
        values: Any = column.to_native().to_numpy()
        if (values.astype('datetime64[us]').astype(values.dtype) != values).any():
            return None  # there are nanoseconds
    else:
        values = _numbers(column) if kind in ('integer', 'decimal') else None
        values = column.to_list() if values is None else values
    if kind == 'decimal' and any(each in values for each in _INFINITE):
        return None  # JSON has no infinity
    try:
        return orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode()
    except TypeError:
        return None


def _numbers(column: nw.Series[Any]) -> Any:
    """Return the values as an array, which takes less time; `None` if some are missing, or JSON has them otherwise."""
    values = None if column.null_count() else column.to_numpy()
    return values.copy() if values is not None and (values.dtype.kind in 'iu' or values.dtype == 'float64') else None


def _text(cell: Json, *, has_formulas: bool = True) -> str:
    if cell is None:
        return ''
    text = cell if isinstance(cell, str) else orjson.dumps(cell).decode()
    # A spreadsheet would take a text with such a beginning for a formula.
    if has_formulas and isinstance(cell, str) and _FORMULA.match(text):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
