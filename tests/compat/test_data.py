"""Server variables and filters of DataFrames as documented."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy
import pandas  # type: ignore[import-untyped]
import polars
import pyarrow  # type: ignore[import-untyped]
import pytest

from dara.components import Table, Text
from dara.core import (
    AnyDataVariable,
    DataVariable,
    DerivedDataVariable,
    DerivedVariable,
    NonTabularDataError,
    ServerVariable,
    Variable,
)
from dara.core.auth import USER, UserData
from dara.core.errors import InvalidDefinition, NoUserInContext
from dara.core.interactivity.filtering import (
    ClauseQuery,
    ColumnType,
    FilterQuery,
    Pagination,
    QueryCombinator,
    QueryOperator,
    ValueQuery,
    apply_filters,
    clean_column_name,
    coerce_to_filter_query,
    infer_column_type,
    parseISO,
)
from dara.core.interactivity.server_variable import (
    DataResponse,
    MemoryBackend,
    ServerBackend,
    append_index,
    build_data_response,
)

CELLS = {
    'n': [3, 1, 2, 4],
    'x': [0.5, None, 2.5, 1.5],
    'name': ['Ben', 'ann', None, 'Cleo'],
    'day': pandas.to_datetime(['2026-01-03', '2026-01-01', None, '2026-01-02T12:00'], format='ISO8601'),
}


def frames() -> Iterator[Any]:
    """Yield the same rows in all libraries."""
    frame = pandas.DataFrame(CELLS)
    yield frame
    yield frame.convert_dtypes()
    yield polars.from_pandas(frame)
    yield pyarrow.Table.from_pandas(frame)


def numbers(frame: Any) -> list[int]:
    column: Any = frame['n']
    return [int(number) for number in (column.to_pylist() if hasattr(column, 'to_pylist') else column.to_list())]


def value(column: str, operator: str, wanted: Any) -> dict[str, Any]:
    return {'column': column, 'operator': operator, 'value': wanted}


@pytest.mark.parametrize('frame', [*frames()], ids=['numpy types', 'own types', 'polars', 'arrow'])
@pytest.mark.parametrize(
    ('query', 'found'),
    [
        (value('n', 'EQ', 2), [2]),
        (value('n', 'EQ', '2'), [2]),
        (value('__col__0__n', 'NE', 2), [3, 1, 4]),
        (value('n', 'GT', 2), [3, 4]),
        (value('x', 'LT', 2), [3, 4]),
        (value('x', 'BT', [0.5, 1.5]), [3, 4]),
        (value('n', 'EQ', [1, 4]), [1, 4]),
        (value('name', 'CONTAINS', 'N'), [3, 1]),
        (value('name', 'EQ', 'Cleo'), [4]),
        (value('day', 'GT', '2026-01-02T00:00:00Z'), [3, 4]),
        (value('day', 'BT', ['2026-01-01', '2026-01-02']), [1, 4]),
        (value('n', 'GT', 'many'), [3, 1, 2, 4]),
        ({'combinator': 'OR', 'clauses': [value('n', 'EQ', 1), value('name', 'CONTAINS', 'l')]}, [1, 4]),
        ({'combinator': 'AND', 'clauses': [value('n', 'GT', 1), value('x', 'GT', 1)]}, [2, 4]),
    ],
    ids=str,
)
def test_filters(frame: Any, query: dict[str, Any], found: list[int]) -> None:
    """Alike in all libraries; missing values pass no filter."""
    rows, count = apply_filters(frame, coerce_to_filter_query(query))
    assert (numbers(rows), count) == (found, len(found))
    assert type(rows) is type(frame)


@pytest.mark.parametrize('frame', [*frames()], ids=['numpy types', 'own types', 'polars', 'arrow'])
def test_pagination(frame: Any) -> None:
    """The count is that before the pagination. Texts are sorted in any case, missing values last."""
    above = ValueQuery(column='n', operator=QueryOperator.GT, value=1)
    assert numbers(apply_filters(frame, None, Pagination(orderBy='name'))[0]) == [1, 3, 4, 2]
    assert numbers(apply_filters(frame, None, Pagination(orderBy='-__col__1__x'))[0]) == [2, 4, 3, 1]
    rows, count = apply_filters(frame, above, Pagination(orderBy='n', offset=1, limit=1))
    assert (numbers(rows), count) == ([3], 3)
    assert numbers(apply_filters(frame, None, Pagination(index='2'))[0]) == [2]


def test_the_rows_of_pandas_keep_their_names() -> None:
    frame = pandas.DataFrame({'n': [3, 1, 2]}, index=['c', 'a', 'b'])
    assert list(apply_filters(frame, None, Pagination(orderBy='-index'))[0].index) == ['c', 'b', 'a']
    assert apply_filters(None) == (None, 0)


def test_parts_of_filters() -> None:
    both = ClauseQuery(combinator=QueryCombinator.AND, clauses=[ValueQuery(column='n', value=1)])
    assert coerce_to_filter_query(both.model_dump()) == both
    assert coerce_to_filter_query(None) is None
    assert clean_column_name('__index__0__day') == 'day'
    frame = pandas.DataFrame(CELLS)
    kinds = [ColumnType.NUMERICAL, ColumnType.NUMERICAL, ColumnType.CATEGORICAL, ColumnType.DATETIME]
    assert [infer_column_type(frame[name]) for name in frame] == kinds
    assert parseISO('2026-01-01T02:00:00+02:00') == numpy.datetime64('2026-01-01')
    assert list(append_index(frame)['__index__']) == [0, 1, 2, 3]
    response: DataResponse = build_data_response(frame, 9)
    assert response['count'] == 9


async def test_a_filter_resolver_finds_the_rows() -> None:
    """In place of the result itself, which here is the name of the rows."""

    async def find(data: Any, filters: FilterQuery | None = None, pagination: Pagination | None = None) -> Any:
        return pandas.DataFrame({'name': [data]}), 1

    rows = DerivedVariable[Any](lambda: 'Ada', variables=[], filter_resolver=find)
    assert rows.filter_resolver is find
    with pytest.raises(InvalidDefinition, match='filter_resolver must be a function'):
        DerivedVariable(lambda: 'Ada', variables=[], filter_resolver='find')  # type: ignore[arg-type]


async def test_a_server_variable_keeps_any_object() -> None:
    """Everybody's, or one of each user."""
    model = ServerVariable[Any](object())
    assert await model.read() is model.default
    await model.write('another')
    assert await model.read() == 'another'
    with pytest.raises(NonTabularDataError):
        await model.read_filtered()
    own = ServerVariable[Any](scope='user')
    with pytest.raises(NoUserInContext):
        await own.read()
    USER.set(UserData('ann', 'Ann'))
    await own.write('of Ann')
    assert await own.read() == 'of Ann'
    USER.set(UserData('ben', 'Ben'))
    assert await own.read() is None
    with pytest.raises(InvalidDefinition, match='a default is for all users'):
        ServerVariable(1, scope='user')


async def test_a_table_of_a_server_variable_is_read_in_parts() -> None:
    data = DataVariable(pandas.DataFrame(CELLS))
    rows, count = await data.read_filtered(value('n', 'GT', 1), Pagination(limit=2))
    assert (numbers(rows), count) == ([3, 2], 3)
    large = data.filter(value('n', 'GT', 3))
    assert isinstance(large, DerivedDataVariable)
    assert isinstance(data, AnyDataVariable)
    assert isinstance(data.backend, MemoryBackend)
    assert isinstance(data.backend, ServerBackend)
    assert await data.backend.get_sequence_number(data.key) == 0


def test_only_a_table_shows_a_server_variable() -> None:
    from dara.core._tree import render

    render([Table(data=ServerVariable(pandas.DataFrame(CELLS)))], 'page')
    with pytest.raises(InvalidDefinition, match=r'Text: text: the value of .* stays on the server'):
        render([Text(ServerVariable('secret'))], 'page')
    assert Variable(1).uid
