"""Tests of endpoints, static files, middleware, and functions that run at the start and at the end."""

from __future__ import annotations

import re
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from dara.core import ConfigurationBuilder
from dara.core.errors import InvalidDefinition
from dara.core.http import get, post
from tests.conftest import Serve
from tests.process import AppServer, start_in_vain


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('endpoints')


def ask(server: AppServer, method: str, path: str, **options: Any) -> httpx.Response:
    return server.request(method, f'/api/{path}', **options)


def test_functions_answer_requests(server: AppServer) -> None:
    """Parameters of the address, the query and the body have the annotated types."""
    found = ask(server, 'GET', 'items/7?tags=a&tags=b&limit=3&sold=true')
    assert found.json() == {'id': 7, 'tags': ['a', 'b'], 'limit': 3, 'sold': True}
    assert ask(server, 'GET', 'items/7').json() == {'id': 7, 'tags': [], 'limit': None, 'sold': False}
    assert ask(server, 'POST', 'total', json={'amount': 2}).json() == 2
    assert ask(server, 'POST', 'total', json={'amount': 3}).json() == 5
    assert ask(server, 'PUT', 'orders/x', json={'item': 'tea'}).json() == ['x', {'item': 'tea', 'amount': 1}]
    assert ask(server, 'DELETE', 'items/7').text == 'DELETE 7'
    assert ask(server, 'GET', 'when').json() == '2026-11-23'
    assert ask(server, 'GET', 'elsewhere').headers['location'] == '/there'


@pytest.mark.parametrize(
    ('method', 'path', 'body', 'status', 'reason'),
    [
        ('GET', 'items/seven', '', 422, 'id: Input should be a valid integer'),
        ('GET', 'items/7?limit=x', '', 422, 'limit'),
        ('POST', 'total', '', 422, 'amount is missing'),
        ('POST', 'total', '{"amount": "x"}', 422, 'amount: Input should be a valid integer'),
        ('POST', 'total', '{', 422, 'The body is not JSON'),
        ('POST', 'total', '[1]', 422, 'amount is missing'),
        ('POST', 'total', ' ' * 3_000_000, 413, 'A body may take'),
        ('PUT', 'orders/x', '{"item": 3}', 422, 'order.item: Input should be a valid string'),
        ('GET', 'broken', '', 500, 'The endpoint failed; the server log tells why'),
    ],
)
def test_a_wrong_request_gets_the_reason(
    server: AppServer, method: str, path: str, body: str, status: int, reason: str
) -> None:
    """The reason contains nothing of the code of the app."""
    answer = ask(server, method, path, content=body)
    assert answer.status_code == status
    assert reason in answer.json()['detail']
    assert 'secret' not in answer.text
    if status == 500:
        assert 'RuntimeError: a secret' in server.log


def test_another_method_is_not_allowed(server: AppServer) -> None:
    assert ask(server, 'POST', 'items/7').status_code == 405
    assert ask(server, 'GET', 'nothing').status_code == 404


def test_an_endpoint_knows_its_user(server: AppServer) -> None:
    """A store with `scope='user'` is the user's own there."""
    first, second = (ask(server, 'PATCH', 'mine', json={'value': value}).json() for value in ('of ann', 'of ben'))
    assert (first['is'], second['is']) == ('of ann', 'of ben')
    assert first['of'] != second['of']


def test_endpoints_require_a_login_unless_they_are_open(serve: Serve) -> None:
    server = serve('endpoints', LOGIN='yes')
    assert ask(server, 'GET', 'items/7').status_code == 401
    assert ask(server, 'GET', 'elsewhere').headers['location'] == '/there'


def test_middleware_handles_every_request(server: AppServer) -> None:
    """Functions and classes, with the identity of the user."""
    assert ask(server, 'GET', 'when').headers['x-served-to']
    assert server.get('/page').headers['x-served-to']
    assert server.get('/moved').headers['location'] == '/elsewhere'


def test_the_log_shows_the_lines_of_the_app_alone(server: AppServer) -> None:
    """None of Dara or of the web server, for endpoints as for middleware, once each."""
    ask(server, 'GET', 'broken')
    assert server.get('/unlucky').status_code == 500
    for error in ('a secret', 'a mishap'):
        server.wait_for_log(f'RuntimeError: {error}')
        assert server.log.count(error) == 2  # the line that raises it, and the error
        lines = server.log.partition(f'RuntimeError: {error}')[0].rpartition('Traceback')[2]
        files = re.findall('File "(.*?)"', lines)
        assert files
        assert {Path(file).name for file in files} == {'app.py'}


def test_files_of_a_static_folder_are_revalidated(serve: Serve) -> None:
    """A browser may keep a file, and checks each time whether it has changed."""
    server = serve('static_files')
    cookie = server.get('/page').headers['set-cookie'].partition(';')[0]
    answer = server.get('/static/deep/a%20file.txt', cookie=cookie)
    again = server.get('/static/deep/a%20file.txt', cookie=cookie, headers={'if-none-match': answer.headers['etag']})
    assert answer.text == 'public'
    assert answer.headers['cache-control'] == 'no-cache'
    assert answer.headers['content-type'].startswith('text/plain')
    assert (again.status_code, again.content) == (304, b'')


OUTSIDE = [
    '../secret.txt',
    '%2e%2e/secret.txt',
    '..%2fsecret.txt',
    'deep/../../secret.txt',
    '%2e%2e%5csecret.txt',
    '/secret.txt',
    'link.txt',
    'deep',
    '',
    'a\\..\\..\\secret.txt',
    'deep%00',
]


def test_nothing_outside_of_a_static_folder_is_served(serve: Serve) -> None:
    """However the path is written; the client sends it as it is."""
    port = int(serve('static_files').url.rpartition(':')[2])
    for path in OUTSIDE:
        answer = raw_get(port, f'/static/{path}')
        assert ' 404 ' in answer.splitlines()[0], path
        assert 'secret' not in answer, path


def raw_get(port: int, path: str) -> str:
    with socket.create_connection(('127.0.0.1', port)) as connection:
        connection.sendall(f'GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'.encode())
        return b''.join(iter(lambda: connection.recv(65536), b'')).decode()


def test_functions_run_before_the_app_is_served_and_clean_up_after_it(serve: Serve) -> None:
    """They clean up in reverse order; one that fails does not stop the others."""
    server = serve('startup')
    assert 'written at start' in server.get('/page').text
    diary = server.directory / 'diary.txt'
    assert diary.read_text().split('\n')[:-1] == ['first', 'second True']
    server.stop()
    assert diary.read_text().split('\n')[2:-1] == ['second cleaned up', 'first cleaned up']
    assert 'RuntimeError: no cleanup' in server.log


def test_a_function_that_fails_at_the_start_stops_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line names the function, the position and the error; started functions clean up."""
    AppServer(tmp_path, 'startup')
    monkeypatch.setenv('FAILS', 'yes')
    ended = start_in_vain(tmp_path)
    assert ended.returncode == 2
    [line] = [line for line in ended.stderr.splitlines() if not line.startswith('INFO')]
    assert 'dara: on_startup: third() failed at' in line
    assert 'app.py, line' in line
    assert "ValueError: invalid literal for int() with base 10: 'x'" in line
    assert 'first cleaned up' in (tmp_path / 'diary.txt').read_text()


def wants_other(other: int) -> None: ...


def takes_two(app: object, other: object) -> None: ...


@pytest.mark.parametrize(
    ('define', 'message'),
    [
        (lambda config: config.add_static_folder('no/such/folder'), 'there is no folder'),
        (lambda config: config.add_endpoint(print), 'add_endpoint takes a function decorated with @get'),
        (
            lambda config: get('items/{id}')(wants_other),
            "wants_other() does not take 'id', a parameter of /api/items/{id}",
        ),
        (lambda config: get('items/{id')(wants_other), 'The address of an endpoint is like "items/{id}"'),
        (lambda config: [config.add_endpoint(post('a')(wants_other)) for _ in range(2)], 'both answer POST /api/a'),
        (lambda config: config.add_middleware(print), 'add_middleware takes a class, or an async function'),
        (lambda config: config.on_startup(takes_two), 'may take the app, and nothing else'),
        (lambda config: config.on_startup(3), 'on_startup takes a function, not 3'),
    ],
)
def test_a_mistake_in_a_definition_raises_at_once(define: Any, message: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        define(ConfigurationBuilder())
    assert message in str(caught.value)


def test_an_open_endpoint_opens_no_other(serve: Serve) -> None:
    """The first match answers, and its own rule decides about the login."""
    server = serve('open_endpoints')
    assert ask(server, 'GET', 'items/7').text == '7'
    for path in ('secret', 'secret%0A', 'secret%0a'):
        answer = ask(server, 'GET', f'items/{path}')
        assert (answer.status_code, 'secret' in answer.text) == (401, False)
    assert ask(server, 'GET', 'nothing').status_code == 500
