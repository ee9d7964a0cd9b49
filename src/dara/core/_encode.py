"""Conversion of Python, numpy, pandas and pydantic objects, and of figures, to plain values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from dara.core._figures import figure_json, kind_of_figure


class Unstorable(Exception):
    """Refusal of a value that has no form in JSON.

    Attributes:
        reason: the predicate of a sentence about the value.
        steps: the path to the value, innermost step first; each container on the way appends its own.
        is_deep: whether the value is nested too deeply to name its whole path.
    """

    def __init__(self, reason: str, *steps: str | int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.steps = list(steps)
        self.is_deep = False


ENCODERS: Final[dict[type, Callable[[Any], Any]]] = {}
"""The encoders of the app's own types. A variable is declared without its app, so the process has one set of them."""


def encode(value: Any) -> Any:
    """Convert an object one step towards JSON; an object of an unknown type is returned as it is.

    Raises:
        Unstorable: the object has no form in JSON.
    """
    serialize = _encoder_of(value) if ENCODERS else None
    return _serialized(serialize, value) if serialize else _encode_known(value)


def _encode_known(value: Any) -> Any:  # noqa: C901  # a case for each type
    if isinstance(value, Enum):
        return value.value
    if type(value).__name__ in _MISSING:
        return None
    if isinstance(value, (Iterator, bytes, bytearray, memoryview)):
        raise _not_a_value(value)
    for plain in (str, int, float):  # numpy's float64 is a float
        if isinstance(value, plain):
            return plain(value)
    if isinstance(value, (Decimal, complex)):
        return _number(value)
    if is_frame(value):
        return records(checked_frame(value))
    to_rows = getattr(value, 'to_dicts', getattr(value, 'to_pylist', None))  # of polars, and of Arrow
    if to_rows:
        return to_rows()
    if hasattr(value, 'tolist'):  # numpy arrays and scalars, pandas.Series
        return _elements(value)
    if hasattr(value, 'isoformat'):
        return value.isoformat()
    if type(value).__name__ in _WRITTEN and type(value).__module__.startswith('pandas'):
        return str(value)
    kind = kind_of_figure(value)
    return _encode_with_pydantic(value) if kind is None else figure_json(value, kind)


def _not_a_value(value: Any) -> Unstorable:
    name = type(value).__name__
    if isinstance(value, Iterator):  # also open files
        return Unstorable(f'is a {name}, which can be read only once; store what it holds: list(...) or file.read()')
    return Unstorable(f'is a {name}, which JSON does not have; store text: value.decode(), or base64 of it')


def is_frame(value: Any) -> bool:
    """Return whether a value is a DataFrame of pandas."""
    return hasattr(value, 'to_dict') and hasattr(value, 'columns') and hasattr(value, 'index')


def _encoder_of(value: Any) -> Callable[[Any], Any] | None:
    return next((ENCODERS[kind] for kind in type(value).__mro__ if kind in ENCODERS), None)


def _serialized(serialize: Callable[[Any], Any], value: Any) -> Any:
    name = type(value).__name__
    try:
        encoded = serialize(value)
    except Exception as error:
        raise Unstorable(f'is a {name}, whose encoder failed ({error!r})') from error
    if type(encoded) is type(value):
        raise Unstorable(f'is a {name}, whose encoder returned another {name} instead of JSON')
    return encoded


# The types of pandas.NaT and pandas.NA.
_MISSING: Final = frozenset({'NaTType', 'NAType'})
# Types of pandas that group rows and are shown as text.
_WRITTEN: Final = frozenset({'Period', 'Interval'})
_MOMENTS: Final = 'M'
_DURATIONS: Final = 'm'
_DOUBLE_BYTES: Final = 8
_PLAIN_CELLS: Final = frozenset({str, bool, int, float, type(None)})


def _number(value: Decimal | complex) -> str:
    if isinstance(value, complex):
        raise Unstorable(f'is the complex number {value}, which JSON does not have; store its two parts')
    if not value.is_finite():
        raise Unstorable(f'is {value}, which JSON does not have; store None instead')
    return str(value)


def checked_frame(frame: Any) -> Any:
    """Return a DataFrame with the names of its rows as columns: an index with a name, or one of more than numbers.

    Raises:
        Unstorable: two columns have one name.
    """
    named = frame.reset_index() if has_row_names(frame.index) else frame
    columns = list(named.columns)
    twice = next((name for index, name in enumerate(columns) if name in columns[:index]), None)
    if twice is not None:
        raise Unstorable(f'is a DataFrame with two columns named {twice!r}; rename one')
    return named


def has_row_names(index: Any) -> bool:
    """Return whether the index of a DataFrame says more than the numbers of its rows."""
    is_named = len(index.names) > 1 or index.names[0] is not None
    return is_named or getattr(getattr(index, 'dtype', None), 'kind', 'i') not in 'iu'


def row_name_columns(frame: Any) -> list[str]:
    """Return the names of the columns that hold the names of the rows of a DataFrame when it is encoded."""
    index = frame.index
    return (
        [str(name) for name in frame.iloc[:0].reset_index().columns[: len(index.names)]] if has_row_names(index) else []
    )


def records(frame: Any) -> Any:
    """Return the rows of a DataFrame with null for missing values."""
    return frame.astype(object).where(frame.notna(), None).to_dict(orient='records')


def rows_between(frame: Any) -> Callable[[int, int], list[Any]]:
    """Return a function that returns some rows as `records` does, faster where cells are plain."""
    names = frame.columns.tolist()
    columns = [_cells_between(frame.iloc[:, index]) for index in range(len(names))]
    is_plain = bool(names) and all(type(name) is str for name in names)

    def rows(start: int, stop: int) -> list[Any]:
        cells = [column(start, stop) for column in columns] if is_plain else [None]
        if None in cells:
            converted: list[Any] = records(frame.iloc[start:stop])
            return converted
        return [dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True)]

    return rows


def _cells_between(column: Any) -> Callable[[int, int], list[Any] | None]:
    """Return a function that returns some cells of a column as plain values, or `None` if some are of another kind."""
    dtype = column.dtype
    is_numpy = type(dtype).__module__.partition('.')[0] == 'numpy'
    array: Any = column.to_numpy() if is_numpy else None
    if is_numpy and dtype.kind in 'biu':
        return lambda start, stop: array[start:stop].tolist()
    if is_numpy and dtype.kind == 'f' and dtype.itemsize <= _DOUBLE_BYTES:
        return lambda start, stop: [None if cell != cell else cell for cell in array[start:stop].tolist()]
    return lambda start, stop: _plain_cells(column.iloc[start:stop])


def _plain_cells(column: Any) -> list[Any] | None:
    cells, missing = column.tolist(), column.isna().tolist()
    if True in missing:
        cells = [None if is_missing else cell for cell, is_missing in zip(cells, missing, strict=True)]
    if column.dtype.kind == _MOMENTS:
        return [None if cell is None else cell.isoformat() for cell in cells]
    return cells if set(map(type, cells)) <= _PLAIN_CELLS else None


def _elements(value: Any) -> Any:
    """Return the elements of an array or a Series with null for missing ones, or the Python form of a numpy scalar."""
    kind = getattr(getattr(value, 'dtype', None), 'kind', '')
    if getattr(value, 'ndim', 1) > 0:
        if kind in (_MOMENTS, _DURATIONS) and not hasattr(value, 'array'):  # numpy's own arrays; pandas has Timestamps
            return list(value)
        return _present(value.tolist())
    if kind == _MOMENTS:
        return _moment(value)
    if kind == _DURATIONS:
        return _duration(value)
    plain = value.tolist()
    return float(value) if type(plain) is type(value) and kind == 'f' else plain  # a longdouble is its own Python form


def _present(element: Any) -> Any:
    if isinstance(element, (list, tuple)):
        return [_present(each) for each in element]
    if isinstance(element, Decimal):
        return None if element.is_nan() else element
    is_number = isinstance(element, float) or getattr(getattr(element, 'dtype', None), 'kind', '') == 'f'
    return None if is_number and math.isnan(element) else element


def _moment(value: Any) -> Any:
    plain = value.tolist()
    if not isinstance(plain, int):  # a date, a datetime, None
        return plain
    # Python has no nanoseconds. Trailing zeros are dropped, as in other moments.
    whole, _, fraction = str(value).partition('.')
    fraction = fraction.rstrip('0')
    return f'{whole}.{fraction}' if fraction else whole


def _duration(value: Any) -> Any:
    plain = value.tolist()
    if not isinstance(plain, int):  # a timedelta, None
        return plain
    exact = value.astype('timedelta64[us]') if _is_of_seconds(value) else None
    if exact is None or exact != value:
        raise Unstorable(f'is a duration of {value}, which has no form in JSON; store a number')
    return exact.tolist()


def _is_of_seconds(value: Any) -> bool:
    """Return whether a duration has a fixed length in seconds, unlike months and years."""
    return str(value.dtype) not in ('timedelta64[Y]', 'timedelta64[M]', 'timedelta64')


def _encode_with_pydantic(value: Any) -> Any:
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(value, fallback=_encode_member if ENCODERS else None)
    except (PydanticSerializationError, ValueError) as error:
        raise Unstorable(
            f'is a {type(value).__name__}, which is not JSON ({error}); store dicts, lists, text and numbers, such as '
            'vars(...) or list(...) of it, or declare its type with config.add_encoder'
        ) from error


def _encode_member(value: Any) -> Any:
    """Encode a member of a pydantic model or a dataclass that pydantic does not know."""
    serialize = _encoder_of(value)
    if serialize is None:
        raise ValueError(f'it holds a {type(value).__name__}')
    return _serialized(serialize, value)
