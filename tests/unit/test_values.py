"""Tests of values: many can be stored, others are rejected with a reason."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import math
import uuid
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from dara.core._json import fresh, json_equal, to_json
from dara.core.errors import NotJson


class Color(enum.Enum):
    RED = 'red'


class Level(enum.IntEnum):
    HIGH = 3


class Person(BaseModel):
    name: str
    born: dt.date


@dataclasses.dataclass
class Point:
    x: int
    y: float


class Array:
    """An object like a numpy array."""

    def tolist(self) -> list[int]:
        return [1, 2]


class Frame:
    """An object like a pandas DataFrame with a missing second value."""

    columns = ('a',)
    index = SimpleNamespace(names=[None])

    def __init__(self, *values: float | None) -> None:
        self.values = values or (1, math.nan)

    def astype(self, _: type) -> Frame:
        return self

    def notna(self) -> list[bool]:
        return [value == value for value in self.values]

    def where(self, keep: list[bool], other: None) -> Frame:
        return Frame(*(value if kept else other for value, kept in zip(self.values, keep, strict=True)))

    def to_dict(self, orient: str) -> list[dict[str, float | None]]:
        return [{'a': value} for value in self.values] if orient == 'records' else []


@pytest.mark.parametrize(
    ('value', 'stored'),
    [
        (Color.RED, 'red'),
        (Level.HIGH, 3),
        (Person(name='Ann', born=dt.date(2000, 1, 2)), {'name': 'Ann', 'born': '2000-01-02'}),
        (Point(1, 2.5), {'x': 1, 'y': 2.5}),
        (dt.datetime(2026, 1, 2, 3, 4), '2026-01-02T03:04:00'),
        (uuid.UUID(int=1), '00000000-0000-0000-0000-000000000001'),
        ({1}, [1]),
        ((1, 'a'), [1, 'a']),
        ({1: 'one'}, {'1': 'one'}),
        (Array(), [1, 2]),
        (Frame(), [{'a': 1}, {'a': None}]),
        ({'nested': [Color.RED]}, {'nested': ['red']}),
    ],
)
def test_common_python_values_become_json(value: Any, stored: Any) -> None:
    assert to_json(value) == stored


@pytest.mark.parametrize(
    ('value', 'place', 'why'),
    [
        (object(), 'The value is a object', 'not JSON'),
        ({'a': [1, object()]}, '/a/1', 'not JSON'),
        ({'a/b': {'c~d': float('nan')}}, '/a~1b/c~0d', 'nan'),
        ([float('inf')], '/0', 'inf'),
        ([2**53 + 1], '/0', 'store it as text'),
        (['\ud83d'], '/0', 'surrogate'),
        (['a\0'], '/0', 'null character'),
        ({'x': {'__proto__': 1}}, '/x', '__proto__'),
        ({(1, 2): 3}, 'The value', 'tuple'),
        ({1: 'a', '1': 'b'}, 'The value', "two members named '1'"),
        ([lambda: 0], '/0', 'function'),
    ],
)
def test_a_value_that_cannot_be_stored_is_named_with_its_place(value: Any, place: str, why: str) -> None:
    with pytest.raises(NotJson) as caught:
        to_json(value)
    assert place in str(caught.value)
    assert why in str(caught.value)


def test_missing_values_become_null() -> None:
    """In an array, a Series, an Index or a DataFrame; so do pandas' and numpy's own missing values."""
    np, pd = pytest.importorskip('numpy'), pytest.importorskip('pandas')
    missing = [pd.NaT, pd.NA, np.datetime64('NaT'), np.datetime64('NaT', 'ns'), np.timedelta64('NaT')]
    assert to_json(missing) == [None] * 5
    assert to_json(np.array([[1.5, np.nan], [np.nan, 2]])) == [[1.5, None], [None, 2]]
    assert to_json(np.array([0.5, np.nan], dtype='float32')) == [0.5, None]
    assert to_json(np.array([0.5, np.nan], dtype=np.longdouble)) == [0.5, None]
    assert to_json(np.array(['2026-01-01', 'NaT'], dtype='datetime64[ns]')) == ['2026-01-01T00:00:00', None]
    assert to_json(np.array([1, None, pd.NaT, np.nan, Decimal('sNaN')], dtype=object)) == [1, None, None, None, None]
    assert to_json(pd.Series([1, None])) == [1, None]
    assert to_json(pd.Series([1, None], dtype='Int64')) == [1, None]
    assert to_json(pd.Series(pd.to_datetime(['2026-01-01', None]))) == ['2026-01-01T00:00:00', None]
    assert to_json(pd.Index([1, np.nan])) == [1, None]
    assert to_json(pd.MultiIndex.from_tuples([(1, np.nan)])) == [[1, None]]
    frame = pd.DataFrame({'a': [1, None], 'd': [Decimal('NaN'), Decimal(1)], 't': pd.to_datetime([None, '2026-01-01'])})
    assert to_json(frame) == [{'a': 1, 'd': None, 't': None}, {'a': None, 'd': '1', 't': '2026-01-01T00:00:00'}]


def test_numbers_that_json_cannot_hold_are_rejected() -> None:
    """They are results of a failed calculation, and never become text."""
    np, pd = pytest.importorskip('numpy'), pytest.importorskip('pandas')
    numbers = [math.nan, math.inf, np.float64('nan'), np.float32('nan'), np.longdouble('nan'), np.array(math.nan)]
    numbers += [Decimal('NaN'), Decimal('sNaN'), Decimal('-Infinity'), 1j, np.complex64(1), np.array([1j])]
    numbers += [np.array([np.inf]), pd.DataFrame({'a': [-np.inf]}), {'a': [math.nan]}]
    for number in numbers:
        with pytest.raises(NotJson):
            to_json(number)


def test_dates_and_durations_become_text() -> None:
    np, pd = pytest.importorskip('numpy'), pytest.importorskip('pandas')
    assert to_json(np.datetime64('2026-07-15T12:00:00', 'ns')) == '2026-07-15T12:00:00'
    assert to_json(np.datetime64('2026-07-15T12:00:00.5', 'ns')) == '2026-07-15T12:00:00.5'
    assert to_json(np.datetime64('2026-07-15')) == '2026-07-15'
    assert to_json(pd.Timestamp('2026-07-15T12:00', tz='UTC')) == '2026-07-15T12:00:00+00:00'
    assert to_json(pd.Period('2026-07')) == '2026-07'
    assert to_json(pd.Interval(0, 1)) == '(0, 1]'
    assert to_json(np.timedelta64(90, 's')) == 'PT1M30S'
    for span in (np.timedelta64(1, 'ns'), np.timedelta64(1, 'M'), np.timedelta64(1)):
        with pytest.raises(NotJson, match='duration'):
            to_json(span)


def test_two_columns_with_one_name_are_rejected() -> None:
    """One of them would be lost."""
    pd = pytest.importorskip('pandas')
    with pytest.raises(NotJson, match="two columns named 'a'"):
        to_json(pd.DataFrame([[1, 2]], columns=['a', 'a']))


def test_depth_is_bounded() -> None:
    """64 levels are stored, 65 are not, and neither is a value that contains itself."""
    nested: list[Any] = []
    for _ in range(63):
        nested = [nested]
    assert to_json(nested) == nested
    with pytest.raises(NotJson, match='nested deeper'):
        to_json([nested])
    nested.append(nested)
    with pytest.raises(NotJson, match='nested deeper'):
        to_json(nested)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=['Cs'], exclude_characters='\0')),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('abc', max_size=2), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(json_values)
def test_json_is_stored_unchanged_and_copied(value: Any) -> None:
    """A change of a value that was read or written changes nothing that is stored."""
    for copy in (to_json(value), fresh(value)):
        assert json_equal(copy, value)
        if isinstance(copy, (list, dict)):
            assert copy is not value
            copy.clear()
    assert json_equal(value, value)


def test_equality_is_that_of_json() -> None:
    assert json_equal([1, {'a': 0}], [1.0, {'a': 0.0}])
    assert not json_equal(True, 1)
    assert not json_equal([False], [0])
    assert not json_equal({'a': None}, {})
    assert not json_equal('1', 1)
