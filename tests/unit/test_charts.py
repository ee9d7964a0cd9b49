"""Tests of the records that a chart's selection includes, and of the data that a chart sends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from dara.components import Chart
from dara.core._tree import render


def sent(chart: Chart) -> dict[str, Any]:
    """Return the data that a chart sends to the tab."""
    node: Any = render([chart], '/:').nodes[0]
    data: dict[str, Any] = node['props']['data']
    return data


FLATS = pd.DataFrame(
    {
        'price': [100, 200, 300],
        'district': ['North', 'South', 'North'],
        'built': pd.to_datetime(['1950-01-01', '1980-06-01', '2001-12-31']),
        'sold': pd.to_datetime(['2026-01-01', '2026-02-01', '2026-03-01']).tz_localize('Europe/Berlin'),
        'day': [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)],
    },
    index=[7, 8, 9],
)


@pytest.mark.parametrize(
    ('selection', 'rows'),
    [
        (None, [7, 8, 9]),
        ({}, [7, 8, 9]),
        ({'price': {'from': 100, 'to': 200}}, [7, 8]),
        ({'district': ['North']}, [7, 9]),
        ({'district': []}, [7, 8, 9]),
        ({'district': ['North'], 'price': {'from': 150, 'to': 900}}, [9]),
        ({'built': {'from': '1980-06-01T00:00:00', 'to': '2001-12-30T00:00:00'}}, [8]),
        ({'sold': {'from': '2026-01-31T23:00:00Z', 'to': '2026-02-28T22:59:59Z'}}, [8]),
        ({'day': {'from': '2026-02-01', 'to': '2026-03-01'}}, [8, 9]),
        ({'price': {'from': 200}}, [8, 9]),
        ({'price': {'to': 200, 'from': None}}, [7, 8]),
        ({'built': {'to': '1960-01-01T00:00:00'}}, [7]),
        ({'elsewhere': ['x']}, [7, 8, 9]),
    ],
)
def test_a_selection_includes_rows(selection: Any, rows: list[int]) -> None:
    """Those within all of its ranges and lists, whatever the type of the column."""
    assert [*Chart.within(FLATS, selection).index] == rows
    records = FLATS.to_dict('records')
    chosen = Chart.within(records, selection)
    assert chosen == [records[row - 7] for row in rows]


def test_the_columns_of_a_chart_can_be_ignored() -> None:
    selection = {'district': ['North'], 'price': {'from': 150, 'to': 900}}
    assert [*Chart.within(FLATS, selection, ignoring=['district']).index] == [8, 9]


def test_records_without_a_value_are_not_selected() -> None:
    records = [{'a': None}, {'a': 1}, {'b': 5}, {'a': datetime(2026, 1, 1, tzinfo=UTC)}]
    assert Chart.within(records[:3], {'a': {'from': 0, 'to': 2}}) == [{'a': 1}]
    moments = {'a': {'from': '2025-12-31T23:00:00', 'to': '2026-01-01T00:00:00'}}
    assert Chart.within([records[0], records[3]], moments) == [records[3]]


def test_a_data_frame_is_sent_by_its_columns() -> None:
    """Only those that the chart draws: a name is sent once, and not in every record."""
    columns = sent(Chart(FLATS, x='built', y='price'))['columns']
    assert columns == {
        'built': ['1950-01-01T00:00:00', '1980-06-01T00:00:00', '2001-12-31T00:00:00'],
        'price': [100, 200, 300],
    }


ROWS = 1_000_000
NUMBERS = pd.DataFrame(
    {
        'number': range(ROWS),
        'group': pd.Categorical.from_codes([row % 3 for row in range(ROWS)], ['a', 'b', 'c']),
        'wave': [row % 100 for row in range(ROWS)],
    }
)


@pytest.mark.parametrize('library', [lambda frame: frame, pl.from_pandas, pa.Table.from_pandas])
def test_a_chart_of_a_million_rows_is_small(library: Any) -> None:
    """The rows are counted and combined on the server; of points there is a sample, and lines keep their extremes."""
    frame = library(NUMBERS)
    histogram = sent(Chart(frame, kind='histogram', x='number', color='group', bins=10))
    assert histogram['binWidth'] == 100_000
    assert sum(histogram['columns']['__dara_count__']) == ROWS
    assert {*histogram['columns']['number']} == {50_000 + 100_000 * at for at in range(10)}

    bars = sent(Chart(frame, kind='bar', x='group', y='number', aggregate='max'))
    assert bars == {
        'columns': {'group': ['a', 'b', 'c'], 'number': [999_999, 999_997, 999_998]},
        'combined': True,
        'missing': 0,
    }
    means = sent(Chart(frame, kind='bar', x='group', y='wave', color='group', aggregate='mean'))
    assert means['columns']['__dara_count__'] == [333_334, 333_333, 333_333]
    assert {*sent(Chart(frame, kind='histogram', x='group', color='group'))['columns']} == {'group', '__dara_count__'}
    counted = sent(Chart(frame, kind='bar', x='group', aggregate='count'))
    assert counted['columns']['__dara_count__'] == [333_334, 333_333, 333_333]

    points = sent(Chart(frame, kind='scatter', x='number', y='wave'))
    assert (points['drawn'], points['rows']) == (20_000, ROWS)
    line = sent(Chart(frame, x='number', y='wave'))
    assert len(line['columns']['wave']) == line['drawn'] <= 20_000
    assert {*line['columns']['wave']} == {0, 99}


def test_rows_without_a_value_are_not_lost() -> None:
    """They are a bar of their own among names, and counted along an axis of numbers."""
    frame = pd.DataFrame({'name': ['a', None] * 5000, 'number': [1.0, None] * 5000, 'weight': 2})
    bars = sent(Chart(frame, kind='bar', x='name', y='weight', aggregate='sum'))
    assert bars['columns'] == {'name': ['a', None], 'weight': [10_000, 10_000]}
    assert sent(Chart(frame, kind='histogram', x='name'))['columns'] == {
        'name': ['a', None],
        '__dara_count__': [5000, 5000],
    }
    assert sent(Chart(frame, kind='histogram', x='number'))['missing'] == 5000
    assert [*Chart.within(frame, {'name': [None]})['name'].isna()] == [True] * 5000


@pytest.mark.parametrize(
    ('values', 'total'),
    [
        ([*range(3000), *range(3000)], 6000),
        ([*(float(each) for each in range(5999)), float('inf')], 5999),
        ([1e308, -1e308] * 3000, 6000),
        (['a', 1] * 3000, 6000),
        (['a', 'b'] * 3000, 6000),
    ],
)
def test_histograms_count_all_values_that_can_be_drawn(values: list[Any], total: int) -> None:
    """Also those of a column named count, infinite ones, and values without an order."""
    drawn = sent(Chart(pd.DataFrame({'count': values}), kind='histogram', x='count'))
    counted = drawn['columns']['__dara_count__']
    assert sum(counted) == total
    assert len(drawn['columns']['count']) == len(counted)
