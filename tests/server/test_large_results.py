"""Tests of results that are too large for a message: a tab fetches them by HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.conftest import Serve
from tests.process import APPS, AppServer
from tests.tab import Message, Tab, connected, value

ROWS = 20_000


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('large_results')


@pytest.fixture
def one_of_many(serve: Serve) -> AppServer:
    """A server whose app other servers may serve, too: large results come on the connection of the tab."""
    shared = "from dara.core.persistence import SQLiteBackend\nconfig.backend = SQLiteBackend('values.db')\n"
    return serve((APPS / 'large_results.py').read_text() + shared)


def fetch(server: AppServer, answer: Message, tab: Tab) -> httpx.Response:
    return server.get(answer['at'], cookie=tab.cookie)


def read(response: httpx.Response) -> list[Any]:
    """Return the result in a response, whose lines are arrays."""
    assert response.status_code == 200
    return [element for line in response.text.splitlines() for element in json.loads(line)]


async def test_a_large_result_is_fetched_once_by_the_tab_that_called(server: AppServer) -> None:
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        answer = await ann.call('rows', value(ROWS))
        assert 'value' not in answer
        assert fetch(server, answer, ben).status_code == 404
        response = fetch(server, answer, ann)
        assert response.headers['Content-Encoding'] == 'gzip'
        assert response.headers['Cache-Control'] == 'private, no-store'
        assert read(response) == [{'id': i, 'thing': f'thing {i}', 'text': 'x' * 50} for i in range(ROWS)]
        assert fetch(server, answer, ann).status_code == 404
        assert read(fetch(server, await ann.call('rows', value(ROWS)), ann))[-1]['id'] == ROWS - 1


async def test_a_result_is_encoded_once_however_many_tabs_show_it(server: AppServer) -> None:
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        answers = [await tab.call('rows', value(ROWS)) for tab in (ann, ben, ann)]
        assert len({answer['at'] for answer in answers}) == 3
        assert server.get('/api/encoded').json() == ROWS
        await ann.call('rows', value(ROWS), fresh=True)
        assert server.get('/api/encoded').json() == 2 * ROWS


async def test_a_small_result_is_a_part_of_its_message(server: AppServer) -> None:
    async with connected(server.socket_url) as ann:
        assert (await ann.call('rows', value(1)))['value'] == [{'id': 0, 'thing': 'thing 0', 'text': 'x' * 50}]
        assert (await ann.call('plain', value(0)))['value'] == []
        assert (await ann.call('plain', value(9000)))['value'] == [{'id': i} for i in range(9000)]


async def test_a_result_that_is_fetched_by_no_tab_ends_with_its_tab(server: AppServer) -> None:
    async with connected(server.socket_url) as ann:
        answer = await ann.call('rows', value(ROWS))
    async with connected(server.socket_url, cookie=ann.cookie):
        assert fetch(server, answer, ann).status_code == 404


async def test_a_large_result_is_an_input_of_another_function(server: AppServer) -> None:
    """The function gets a copy, and may change it."""
    async with connected(server.socket_url) as ann:
        for _ in range(2):
            inputs = {'inputs': [value(ROWS)], 'path': []}
            assert (await ann.call('count', inputs, fresh=True))['value'] == ROWS + 1


async def test_a_result_beyond_the_limit_is_an_error(server: AppServer) -> None:
    async with connected(server.socket_url) as ann:
        answer = await ann.call('huge')
        assert answer['code'] == 'failed'
        assert 'the result takes more than 134217728 bytes' in answer['message']


async def test_a_large_part_of_a_page_is_fetched_too(server: AppServer) -> None:
    (target,) = server.renderings()
    async with connected(server.socket_url) as ann:
        answer = await ann.call(target, value(ROWS), slot='slot')
        fragment = json.loads(fetch(server, answer, ann).text)
        assert fragment['nodes'][0]['props']['data'][-1]['id'] == ROWS - 1


async def test_an_action_sets_a_variable_to_a_large_value(server: AppServer) -> None:
    async with connected(server.socket_url) as ann:
        await ann.send(type='call', id=1, target=server.buttons()['fill'], inputs=[value(None)])
        effect = (await ann.receive('effect'))['effect']
        assert {**effect, 'value': None} == {'kind': 'update', 'variable': 'filled', 'path': [], 'value': None}
        assert effect['value'] == [{'id': i, 'thing': f'thing {i}', 'text': 'x' * 50} for i in range(ROWS)]


async def test_a_large_result_of_an_endpoint_is_one_json_text(server: AppServer) -> None:
    assert server.get(f'/api/rows/{ROWS}').json() == [{'id': i} for i in range(ROWS)]


async def test_a_large_result_comes_in_parts_where_there_may_be_other_servers(one_of_many: AppServer) -> None:
    """Whatever it is, and however large: lists, other values, and lists of long elements."""
    number, (target,) = 4_000_000, one_of_many.renderings()
    async with connected(one_of_many.socket_url) as tab:
        await tab.send(type='call', id=1, target='plain', inputs=[value(100_000)])
        assert await tab.collect() == [{'id': i} for i in range(100_000)]
        await tab.send(type='call', id=2, target='document', inputs=[value(number)])  # 20 MB
        assert await tab.collect() == {'text': 'é"' * number, 'n': number}
        await tab.send(type='call', id=3, target='texts', inputs=[value(number)])
        assert await tab.collect() == ['x', 'é' * number, 'y' * number, [number]]
        await tab.send(type='call', id=4, target=target, slot='slot', inputs=[value(ROWS)])
        assert (await tab.collect())['nodes'][0]['props']['data'][-1]['id'] == ROWS - 1


async def test_a_call_that_is_cancelled_gets_no_further_parts(one_of_many: AppServer) -> None:
    """Nor does one whose slot is released."""
    (target,) = one_of_many.renderings()
    async with connected(one_of_many.socket_url) as tab:

        async def check_end(**message: Any) -> None:
            await tab.receive('part')
            await tab.send(**message)
            await tab.send(type='ping', i=1)
            await tab.receive('pong')
            await tab.receive_nothing()

        await tab.send(type='call', id=1, target='texts', inputs=[value(10_000_000)])
        await check_end(type='cancel', id=1)
        await tab.send(type='call', id=2, target=target, slot='slot', inputs=[value(400_000)])
        await check_end(type='release', slot='slot')
