"""What else an app serves: endpoints, files, middleware; and what it does before and after."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from dara.core import ConfigurationBuilder
from dara.core.errors import InvalidDefinition
from dara.core.http import get, post
from tests.conftest import Serve
from tests.process import DARA, AppServer

APP = """
    from __future__ import annotations
    import datetime
    from pydantic import BaseModel
    from starlette.responses import RedirectResponse
    from dara.components import Text
    from dara.core import ConfigurationBuilder, Variable, run_sync
    from dara.core.auth import get_user_data
    from dara.core.http import delete, get, patch, post, put
    from dara.core.persistence import BackendStore

    class Order(BaseModel):
        item: str
        amount: int = 1

    total = BackendStore(uid='total')
    mine = BackendStore(uid='mine', scope='user')
    Variable(0, store=total)
    Variable('nothing', store=mine)

    @get('items/{id}')
    async def item(id: int, tags: list[str] = [], limit: int | None = None, sold: bool = False):
        return {'id': id, 'tags': tags, 'limit': limit, 'sold': sold}

    @post('total')
    def add(amount: int):
        return run_sync(total.modify(lambda n: n + amount))

    @put('orders/{id}')
    async def order(id: str, order: Order):
        return [id, order]

    @patch('mine')
    async def set_mine(value: str):
        await mine.write(value)
        return {'is': await mine.read(), 'of': get_user_data().identity_id}

    @delete('items/{id}')
    def remove(id: int, request):
        return f'{request.method} {id}'

    @get('elsewhere', authenticated=False)
    def elsewhere():
        return RedirectResponse('/there')

    @get('broken')
    def broken():
        raise RuntimeError('a secret')

    @get('when')
    def when():
        return datetime.date(2026, 11, 23)

    async def add_header(request, call_next):
        response = await call_next(request)
        identity = request.scope['dara.identity']
        response.headers['x-served-to'] = identity.user.identity_name if identity else 'anybody'
        return response

    class Refuse:
        def __init__(self, app, path):
            self.app, self.path = app, path

        async def __call__(self, scope, receive, send):
            if scope['type'] == 'http' and scope['path'] == self.path:
                await RedirectResponse('/refused')(scope, receive, send)
            else:
                await self.app(scope, receive, send)

    config = ConfigurationBuilder()
    config.add_page('Page', content=Text('x'))
    for endpoint in (item, add, order, set_mine, remove, elsewhere, broken, when):
        config.add_endpoint(endpoint)
    config.add_middleware(add_header)
    config.add_middleware(Refuse, path='/forbidden')
"""


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(APP)


def ask(server: AppServer, method: str, path: str, **options: Any) -> httpx.Response:
    return httpx.request(method, f'{server.url}/api/{path}', **options)


def test_functions_answer_requests(server: AppServer) -> None:
    """They are given the parameters of the address, of the query and of the body, as what they are annotated with."""
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
def test_what_does_not_fit_is_told(
    server: AppServer, method: str, path: str, body: str, status: int, reason: str
) -> None:
    """And nothing of how the app is made: that is in the log."""
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
    """So a store of `scope='user'` is theirs."""
    with httpx.Client(base_url=f'{server.url}/api/') as ann, httpx.Client(base_url=f'{server.url}/api/') as ben:
        first = ann.patch('mine', json={'value': 'of ann'}).json()
        second = ben.patch('mine', json={'value': 'of ben'}).json()
    assert (first['is'], second['is']) == ('of ann', 'of ben')
    assert first['of'] != second['of']


def test_endpoints_ask_for_a_login_unless_they_say_otherwise(serve: Serve) -> None:
    login = """
    from dara.core.auth import BasicAuthConfig
    config.add_auth(BasicAuthConfig(username='ann', password='password of ann'))
    """
    server = serve(APP + login)
    assert ask(server, 'GET', 'items/7').status_code == 401
    assert ask(server, 'GET', 'elsewhere').headers['location'] == '/there'


def test_middleware_is_between_requests_and_answers(server: AppServer) -> None:
    """Functions and classes; it knows who asks."""
    assert ask(server, 'GET', 'when').headers['x-served-to']
    assert httpx.get(f'{server.url}/page').headers['x-served-to']
    assert httpx.get(f'{server.url}/forbidden').headers['location'] == '/refused'


FILES = """
    import pathlib
    pathlib.Path('public/deep').mkdir(parents=True, exist_ok=True)
    pathlib.Path('public/deep/a file.txt').write_text('public')
    pathlib.Path('secret.txt').write_text('secret')
    if not pathlib.Path('public/link.txt').exists():
        pathlib.Path('public/link.txt').symlink_to('../secret.txt')

    from dara.components import Text
    from dara.core import ConfigurationBuilder

    config = ConfigurationBuilder()
    config.add_page('Page', content=Text('x'))
    config.add_static_folder('public')
"""


def test_files_of_a_static_folder(serve: Serve) -> None:
    """A browser may keep them, and asks each time whether they are still the same."""
    server = serve(FILES)
    address = f'{server.url}/static/deep/a%20file.txt'
    with httpx.Client() as browser:
        browser.get(f'{server.url}/page')
        answer = browser.get(address)
        again = browser.get(address, headers={'if-none-match': answer.headers['etag']})
    assert answer.text == 'public'
    assert answer.headers['cache-control'] == 'no-cache'
    assert answer.headers['content-type'].startswith('text/plain')
    assert (again.status_code, again.content) == (304, b'')


@pytest.mark.parametrize(
    'path',
    [
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
    ],
)
def test_nothing_outside_of_a_static_folder(serve: Serve, path: str) -> None:
    """However the way out is written; asked by a client that sends it as it is."""
    server = serve(FILES)
    port = int(server.url.rpartition(':')[2])
    answer = raw_get(port, f'/static/{path}')
    assert ' 404 ' in answer.splitlines()[0]
    assert 'secret' not in answer


def raw_get(port: int, path: str) -> str:
    import socket

    with socket.create_connection(('127.0.0.1', port)) as connection:
        connection.sendall(f'GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'.encode())
        return b''.join(iter(lambda: connection.recv(65536), b'')).decode()


STARTING = """
    import pathlib
    from dara.components import Text
    from dara.core import ConfigurationBuilder, Variable, run_sync
    from dara.core.persistence import BackendStore

    def note(line):
        with open('diary.txt', 'a') as file:
            file.write(line + '\\n')

    store = BackendStore(uid='s')
    config = ConfigurationBuilder()
    config.add_page('Page', content=Text(Variable('default', store=store)))

    @config.on_startup
    def first():
        run_sync(store.write('written at start'))
        note('first')
        return lambda: note('first cleaned up')

    @config.on_startup
    async def second(app):
        note(f'second {app.state.hub is not None}')
        yield
        note('second cleaned up')

    @config.on_startup
    async def third():
        async def clean_up():
            raise RuntimeError('in the way')
        return clean_up
"""


def test_functions_run_before_the_app_is_served_and_clean_up_after_it(serve: Serve) -> None:
    """In order, and back; one that fails while it cleans up does not keep the others from it."""
    server = serve(STARTING)
    assert 'written at start' in httpx.get(f'{server.url}/page').text
    diary = server.directory / 'diary.txt'
    assert diary.read_text().split('\n')[:-1] == ['first', 'second True']
    server.stop()
    assert diary.read_text().split('\n')[2:-1] == ['second cleaned up', 'first cleaned up']
    assert 'RuntimeError: in the way' in server.log


def test_a_function_that_fails_at_start_up_stops_the_server(tmp_path: Path) -> None:
    """With one line that says which, where and why; what had started is cleaned up."""
    source = STARTING.replace('async def third():', 'async def third():\n        int("x")')
    AppServer(tmp_path, source)
    run = subprocess.run(
        [*DARA, 'start', '--config', 'app:config', '--port', '0'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert run.returncode == 2
    [line] = [line for line in run.stderr.splitlines() if not line.startswith('INFO')]
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
def test_a_mistake_is_told_at_definition(define: Any, message: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        define(ConfigurationBuilder())
    assert message in str(caught.value)


def test_an_open_endpoint_opens_no_other(serve: Serve) -> None:
    """Whichever comes first answers, and it alone says whether one has to be logged in."""
    server = serve("""
        from dara.components import Text
        from dara.core import ConfigurationBuilder
        from dara.core.auth import BasicAuthConfig
        from dara.core.http import get

        @get('items/secret')
        def secret():
            return 'secret'

        @get('items/{id}', authenticated=False)
        def item(id: str):
            return id

        @get('nothing', authenticated=False)
        def nothing():
            return next(x for x in [])

        config = ConfigurationBuilder()
        config.add_auth(BasicAuthConfig(username='ann', password='a'))
        config.add_endpoint(secret)
        config.add_endpoint(item)
        config.add_endpoint(nothing)
        config.add_page('A', content=Text('a'))
    """)
    assert httpx.get(f'{server.url}/api/items/7').text == '7'
    for path in ('secret', 'secret%0A', 'secret%0a'):
        answer = httpx.get(f'{server.url}/api/items/{path}')
        assert (answer.status_code, 'secret' in answer.text) == (401, False)
    assert httpx.get(f'{server.url}/api/nothing').status_code == 500
