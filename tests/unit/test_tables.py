"""Tests of tables: the views of large ones, queries that do not fit their columns, and formatters of texts."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pytest

from dara.components import Text
from dara.core._frames.frame import Frame
from dara.core._frames.query import ColumnFilter, Operator, Order, RowQuery, Search
from dara.core._frames.views import find
from dara.core._frames.windows import distinct, rows_between
from dara.core._sync.protocol.messages import Window
from dara.core._sync.tables import MAX_VIEWS, Table, Tables
from dara.core.errors import InvalidProp

MANY = 2000


async def ask(tables: Tables, table: Table, query: RowQuery) -> dict[str, Any]:
    async def send_file(path: Path, is_temporary: bool) -> None:
        raise AssertionError

    encoded = await tables.window(table, Window(0, 2, query), send_file)
    answer: dict[str, Any] = orjson.loads(encoded.content)
    return answer


def searching(text: str) -> RowQuery:
    return RowQuery(search=Search(text))


async def test_searches_that_find_nothing_are_not_kept_for_ever() -> None:
    tables, table = Tables(), Table(Frame(pd.DataFrame({'a': ['x'] * MANY})), 1)
    for number in range(2 * MAX_VIEWS):
        await ask(tables, table, searching(f'{number}'))
    assert len(table.jobs) <= MAX_VIEWS


async def test_who_asks_for_what_another_tab_no_longer_wants_gets_it() -> None:
    """Also at the very moment at which that is cancelled."""
    tables, table = Tables(), Table(Frame(pd.DataFrame({'a': ['x', 'y'] * MANY})), 1)
    first = asyncio.create_task(ask(tables, table, searching('y')))
    while not table.jobs and not first.done():
        await asyncio.sleep(0)
    first.cancel()
    second = asyncio.create_task(ask(tables, table, searching('y')))
    assert (await second)['found'] == MANY


OF_SEVERAL_KINDS = pd.DataFrame({'a': ['x'] * MANY + [Decimal(1), {1, 2}, 'y']})
NESTED = pl.DataFrame({'a': [[1, 2]] * MANY})


@pytest.mark.parametrize('native', [OF_SEVERAL_KINDS, NESTED])
def test_columns_with_odd_values_can_be_shown_and_queried(native: Any) -> None:
    """A column of texts may have other values far below; lists cannot be compared."""
    frame = Frame(native)
    queries = [
        RowQuery(orders=[Order('a')]),
        RowQuery(filters=[ColumnFilter('a', 'EQ', 'x')]),
        RowQuery(filters=[ColumnFilter('a', 'IN', ['x', None])]),
        RowQuery(filters=[ColumnFilter('a', 'NE', None)]),
        searching('y'),
    ]
    for query in [RowQuery(), *queries]:
        view = find(frame, query)
        assert orjson.dumps(rows_between(frame, view, max(0, view.count - 10), 10))
    assert orjson.dumps(distinct(frame, 'a'))


NUMBERS = pd.DataFrame({'i': range(MANY), 'f': [float(each) for each in range(MANY)]})
DAYS = pd.DataFrame({'d': pd.date_range('2020-01-01', periods=MANY)})


@pytest.mark.parametrize(
    ('native', 'column', 'operator', 'value', 'found'),
    [
        (NUMBERS, 'i', 'BT', [10, 10**20], MANY - 10),
        (NUMBERS, 'i', 'LT', 10**30, MANY),
        (NUMBERS, 'i', 'IN', [5, 10**20], 1),
        (NUMBERS, 'f', 'EQ', 10**30, 0),
        (NUMBERS, 'f', 'EQ', '9' * 400, 0),
        (NUMBERS, 'i', 'EQ', True, 1),
        (DAYS, 'd', 'BT', ['2020-01-02', '9999-12-31'], MANY - 1),
    ],
)
def test_bounds_beyond_all_values_are_bounds(
    native: Any, column: str, operator: Operator, value: Any, found: int
) -> None:
    query = RowQuery(filters=[ColumnFilter(column, operator, value)])
    assert find(Frame(native), query).count == found


def test_a_text_has_the_formatters_of_numbers_and_moments() -> None:
    """The others are for cells."""
    with pytest.raises(
        InvalidProp, match=r"formatter: takes one of 'adaptive_precision', .*, not 'link', which is for tables"
    ):
        Text('a', formatter='link')
    with pytest.raises(InvalidProp, match=r"there is no formatter 'date'\. Did you mean 'datetime'"):
        Text('a', formatter='date')
