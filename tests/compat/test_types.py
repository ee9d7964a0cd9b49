"""Types by annotation: functions of the app get what their parameters are annotated with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Tab, connected

POINT = {'x': 1, 'y': 2}
GIVEN = [
    ('model', {'x': 1, 'when': '2026-05-17'}, ['Point', 1, '2026-05-17']),
    ('models', [POINT, POINT], 'list(Point, Point)'),
    ('named', {'a': POINT}, 'dict(a=Point)'),
    ('maybe', POINT, 'Point'),
    ('maybe', None, 'NoneType'),
    ('either', POINT, 'Point'),
    ('either', 'here', 'str'),
    ('pair', [1, POINT], 'tuple(int, Point)'),
    ('several', [1, 1, 2], 'set(int, int)'),
    ('record', {'width': 3, 'corner': POINT}, ['Size', 3.0, 'Point']),
    ('array', [1, 2, 3], 'ndarray'),
    ('numbers', [[1, 2], [3, 4]], ['ndarray', 'int64']),
    ('numbers', [1, None], ['ndarray', 'float64']),
    ('numbers', ['a', None], ['ndarray', 'object']),
    ('floats', [1, None], ['ndarray', 'float32']),
    ('small', 5, 'int8'),
    ('real', 5, 'float64'),
    ('any_number', 0.5, 'float64'),
    ('moment64', '2026-05-17T10:00:00', 'datetime64'),
    ('frame', [{'a': 1, 'b': 2}, {'a': 3, 'b': 4}], ['DataFrame', ['a', 'b'], 2]),
    ('frame', {'a': {'0': 1, '1': 2}}, ['DataFrame', ['a'], 2]),
    ('series', [1, 2], ['Series', 3]),
    ('index', ['a', 'b'], 'Index'),
    ('times', ['2026-05-17T00:00:00'], ['DatetimeIndex', '2026-05-17']),
    ('stamp', '2026-05-17T10:00:00', ['Timestamp', 2026]),
    ('moment', '2026-05-17T10:00:00', ['datetime', '2026-05-17T10:00:00']),
    ('day', '2026-05-17', ['date', '2026-05-17']),
    ('span', 'PT90S', ['timedelta', 90.0]),
    ('exact', '1.10', ['Decimal', '1.10']),
    ('unique', '00000000-0000-0000-0000-000000000001', 'UUID'),
    ('color', 'red', 'Color'),
    ('whole', '5', ['int', 5]),
    ('whole', 5.0, ['int', 5]),
    ('fraction', '1.5', ['float', 1.5]),
    ('fraction', 2, ['float', 2.0]),
    ('text', 5, ['str', '5']),
    ('identity', '7', 'int'),
    ('noted', POINT, 'Point'),
    ('rest', POINT, 'tuple(Point)'),
    ('default', POINT, 'Point'),
    ('untyped', POINT, 'dict(x=int, y=int)'),
    ('unknown', POINT, 'dict(x=int, y=int)'),
    ('literal', 'b', 'str'),
    ('thing', 5, 'int'),
    ('money', {'cents': 3}, ['Money', 3]),
    ('wallet', [{'cents': 3}], 'list(Money)'),
    ('awaited_frame', [{'a': 1}] * 5000, ['DataFrame', 5000]),
    ('method', POINT, 'Point'),
    ('callable', POINT, 'Point'),
]
MISFITS = [
    ('model', {'x': 'no'}, 'Point', 'x: Input should be a valid integer'),
    ('models', POINT, 'list[app.Point]', 'it is not a list but an object'),
    ('models', [POINT, 1], 'list[app.Point]', 'Input should be'),
    ('pair', [1], 'tuple[int, app.Point]', 'it has 1 elements, not 2'),
    ('numbers', [[1], [2, 3]], 'ndarray', 'inhomogeneous'),
    ('small', 1.5, 'int8', '1.5'),
    ('frame', 'a,b', 'DataFrame', 'it is not a list or an object'),
    ('stamp', 5, 'Timestamp', 'it is not text'),
    ('day', 'tomorrow', 'date', 'valid date'),
    ('day', 5, 'date', 'it is not text but a number'),
    ('color', 'blue', 'Color', "'blue' is not a valid Color"),
    ('whole', 1.5, 'int', 'fractional part'),
    ('text', [1], 'str', 'it is not text but a list'),
    ('money', {}, 'Money', 'cents'),
]


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('compat_typed')


@pytest_asyncio.fixture
async def tab(server: AppServer) -> AsyncIterator[Tab]:
    async with connected(server.socket_url) as tab:
        yield tab


def value(it: Any) -> dict[str, Any]:
    return {'value': it}


async def test_a_function_gets_the_type_that_its_parameter_is_annotated_with(tab: Tab) -> None:
    for function, given, seen in GIVEN:
        answer = await tab.call(function, value(given))
        assert answer.get('value') == seen, (function, given, answer)


async def test_a_value_for_an_async_function_is_converted_in_a_thread_if_it_may_be_large(tab: Tab) -> None:
    assert (await tab.call('awaited', value(POINT)))['value'] == ['Point', 'MainThread']
    large = await tab.call('awaited_wallet', value([{'cents': 1}]))
    assert large['value'] == ['list(Money)', 'dara-app']


async def test_what_one_function_passes_to_another_keeps_its_type(tab: Tab) -> None:
    inputs: dict[str, Any] = {'inputs': [], 'path': []}
    for function, seen in (
        ('made_frame', 'DataFrame'),
        ('made_thing', 'Thing'),
        ('made_tuple', 'tuple(int, int)'),
        ('made_points', 'list(Point)'),
        ('made_money', ['Money', 7]),
    ):
        assert (await tab.call(function, inputs))['value'] == seen, function


async def test_a_type_of_ones_own_is_encoded_wherever_a_value_becomes_json(server: AppServer, tab: Tab) -> None:
    assert (await tab.call('coin'))['value'] == {'cents': 7}
    level = next(each for each in server.page()['levels'].values() if 'price' in each['variables'])
    assert level['variables']['price']['default'] == {'cents': 5}


async def test_a_value_that_does_not_fit_is_a_clear_error_and_one_line_of_the_log(server: AppServer, tab: Tab) -> None:
    for function, given, expected, reason in MISFITS:
        answer = await tab.call(function, value(given))
        assert answer.get('code') == 'failed', (function, given, answer)
        message = answer['message']
        assert f"{function}() takes {expected} for 'it'" in message
        assert reason in message
        assert message in server.log
    assert 'Traceback' not in server.log


async def test_the_parameters_of_a_py_component_are_converted_and_plain_arguments_are_not(
    server: AppServer, tab: Tab
) -> None:
    node = next(each for each in server.content()[0]['slots']['children'] if 'render' in each)
    answer = await tab.call(node['render']['target'], value([POINT]), value(POINT), slot='s')
    assert 'part() takes Point' not in str(answer)
    assert answer['value']['nodes'][0]['props']['text'] == 'DataFrame Point Point'
    wrong = await tab.call(node['render']['target'], value([POINT]), value(1), slot='s')
    assert "part() takes Point for 'where'" in wrong['message']


async def test_the_parameters_of_an_action_are_converted(server: AppServer, tab: Tab) -> None:
    first, second = [
        each['actions']['onclick'][0]['target'] for each in server.content()[0]['slots']['children'] if each['actions']
    ]
    await tab.call(first, value('typed'), value(POINT), value({'cents': 2}))
    assert [each['value'] for each in tab.effects] == [['Point', 'Money', 'str']]
    await tab.call(second, value(None), value([1, 2]))
    assert 'RuntimeError: ndarray' in server.log


MISFITTING = """
from pydantic import BaseModel

from dara.components import *
from dara.core import *

class Person(BaseModel):
    age: int

def age(person: Person):
    return person.age

@py_component
def part(person: Person):
    return Text(f'part {person.age}')

config = ConfigurationBuilder()
config.add_page('Page', content=Stack(
    Stack(Text(DerivedVariable(age, [Variable({'age': 'seven'})])), id_='value'),
    Stack(part(Variable({'age': 'eight'})), id_='part'),
))
"""


async def test_a_value_that_does_not_fit_is_shown_in_place_of_the_result(serve: Serve, open_tab: OpenTab) -> None:
    tab = await open_tab(serve(MISFITTING).url)
    await expect(tab.locator('#value')).to_contain_text("age() takes Person for 'person', and this value does not fit")
    await expect(tab.locator('#part')).to_contain_text("part() takes Person for 'person', and this value does not fit")
    await expect(tab.locator('#part')).to_contain_text('age: Input should be a valid integer')
