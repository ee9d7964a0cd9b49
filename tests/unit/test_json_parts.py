"""Tests of the JSON of large results: in parts, and the same as at once."""

from __future__ import annotations

import datetime
import random
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
import pytest

from dara.core._json import to_json
from dara.core._json_parts import PART_BYTES, is_small, joined, json_parts
from dara.core.errors import NotJson

np: Any = pytest.importorskip('numpy')
pd: Any = pytest.importorskip('pandas')
ROWS = 60


class Colour(Enum):
    RED = 'red'


def repeated(*cells: Any) -> list[Any]:
    return [*cells] * (ROWS // len(cells))


COLUMNS: dict[str, Any] = {
    'integers': np.arange(ROWS),
    'small integers': np.arange(ROWS, dtype='i1'),
    'unsigned': np.arange(ROWS, dtype='u8'),
    'doubles': np.linspace(0, 1, ROWS),
    'floats': np.linspace(0, 1, ROWS).astype('f4'),
    'long doubles': np.linspace(0, 1, ROWS).astype('longdouble'),
    'booleans': np.arange(ROWS) % 2 == 0,
    'texts': [f'é{i}' for i in range(ROWS)],
    'the text null': repeated('null', None),
    'missing numbers': repeated(1.5, None, 2),
    'moments': pd.date_range('2026-01-01', periods=ROWS, freq='7ns'),
    'moments somewhere': pd.date_range('2026-01-01', periods=ROWS, tz='Europe/London'),
    'missing moments': pd.to_datetime(repeated(None, '2026-01-01')),
    'days': np.array(repeated('2026-01-01', 'NaT'), dtype='M8[s]'),
    'durations': pd.timedelta_range('1s', periods=ROWS),
    'categories': pd.Categorical(repeated('a', 'b', None)),
    'Int64': pd.array(repeated(1, None), dtype='Int64'),
    'Float64': pd.array(repeated(1.5, None), dtype='Float64'),
    'boolean': pd.array(repeated(True, None), dtype='boolean'),
    'string': pd.array(repeated('a', None), dtype='string'),
    'periods': pd.period_range('2026-01', periods=ROWS),
    'intervals': pd.interval_range(0, ROWS),
    'sparse': pd.arrays.SparseArray(repeated(0, 1)),
    'mixed': repeated(1, 'a', None, 2.5, True),
    'of numpy': repeated(np.int64(3), np.float32(0.1), np.datetime64('2026-01-01T00:00:00.123456789'), np.bool_(True)),
    'decimals': repeated(Decimal('1.5'), Decimal('NaN')),
    'lists and objects': repeated([1, 2.0], {'a': None}, (1, (2,))),
    'dates': repeated(datetime.date(2026, 1, 1), None),
    'datetimes': repeated(datetime.datetime(2026, 1, 1, 1, 2, 3, 4), pd.NaT),
    'enums': repeated(Colour.RED),
    'NaN among objects': np.array(repeated(float('nan'), 1.0), dtype=object),
}
WRONG: dict[str, Any] = {
    'infinite': [*[1.0] * (ROWS - 1), np.inf],
    'too large': [*[1] * (ROWS - 1), 2**60],
    'complex': [1j] * ROWS,
    'null characters': [*['a'] * (ROWS - 1), '\0'],
    '__proto__': [1] * ROWS,
}


def at_once(value: Any) -> bytes | str:
    """Return the JSON of a value, or the error."""
    try:
        return orjson.dumps(to_json(value))
    except NotJson as error:
        return str(error)


def in_parts(value: Any) -> bytes | str:
    try:
        return joined(json_parts(value))
    except NotJson as error:
        return str(error)


@pytest.mark.parametrize('name', [*COLUMNS, *WRONG])
def test_a_column_is_the_same_json(name: str) -> None:
    column = {**COLUMNS, **WRONG}[name]
    frame = pd.DataFrame({name: column})
    for value in (frame, frame.set_index(pd.Index(range(ROWS), name='row'))):
        assert in_parts(value) == at_once(value)
        assert isinstance(in_parts(value), str) == (name in WRONG)
    rows = [{name: cell} for cell in column]
    assert in_parts(rows) == at_once(rows)


def test_many_columns_are_the_same_json() -> None:
    chosen = random.Random(1)
    for _ in range(100):
        names = chosen.sample([*COLUMNS], 4)
        frame = pd.DataFrame({name: COLUMNS[name] for name in names})
        assert in_parts(frame) == at_once(frame)


DEEP: Any = 1
for _ in range(64):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    'value',
    [
        [],
        (),
        {},
        None,
        'text',
        pd.DataFrame(),
        pd.DataFrame({'a': []}),
        pd.DataFrame({1: [1], 'b': [2]}),
        pd.DataFrame([[1, 2]], columns=['a', 'a']),
        [1.5] * 50_000,
        [*[1] * 50_000, float('nan')],
        [*[{'a': 1}] * 5000, {'b': {'c': object()}}],
        [{'a': (1, UUID(int=5))}] * 5000,
        [{1: 2, '1': 3}],
        [{'constructor': 1}] * 3,
        [{'text': '"constructor":'}] * 50,
        {'a': [1, float('inf')]},
        DEEP,
        [DEEP, 1],
        ['[[' * 100] * 50,
        np.arange(5000),
        pd.Series([1, None]),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_value_is_the_same_json(value: Any) -> None:
    assert in_parts(value) == at_once(value)


def test_parts_are_small() -> None:
    """However large the elements are."""
    for value in (
        np.arange(500_000),
        [{'text': 'x' * 50}] * 50_000,
        [[*range(1000)] for _ in range(1000)],
        [1] * 500_000,
    ):
        sizes = [len(part) for part in json_parts(value)]
        assert len(sizes) > 5
        assert max(sizes) < 2 * PART_BYTES
        assert sum(sizes) == len(at_once(value)) + len(sizes) - 1


def test_small_values_are_plain_and_small() -> None:
    assert all(map(is_small, (None, 1, 'text', [1, {'a': (2, 'b')}], [0] * 1999)))
    assert not any(
        map(is_small, ('x' * 2001, [0] * 2001, [[0] * 100] * 100, pd.DataFrame(), object(), {'a': object()}))
    )
