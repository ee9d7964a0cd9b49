"""Addresses, by HTTP: which page answers, what goes to the browser, and where the root leads."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.server.test_pages import state

APP = """
    from dara.components import Heading, Stack, Text
    from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
    from dara.core.persistence import BackendStore
    from dara.core.router import Outlet

    note = Variable('a note', store=BackendStore(uid='note'))

    @action
    async def load(ctx: ActionCtx): ...

    config = ConfigurationBuilder()
    config.add_page('Notes', content=Text(note))
    layout = config.router.add_layout(content=Stack(Text('around'), Outlet()), id='around')
    layout.add_page(path='users/:id', content=lambda id: Heading(id), on_load=load(), fallback=Text('wait'))
    config.router.add_page(path='Exact', content=Text('exact'), case_sensitive=True)
    config.router.add_page(path='files/*', content=lambda splat: Text(splat))
"""


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(APP)


def page_data(server: AppServer, path: str) -> Any:
    return httpx.get(f'{server.url}/_dara/page', params={'path': path}).json()


def test_the_root_shows_the_default_page(server: AppServer) -> None:
    """At once, without a redirect; the browser is told the page's own address."""
    answer = httpx.get(f'{server.url}/?a=1&b=%20')
    assert (answer.status_code, state(answer.text)['path']) == (200, '/notes')


def test_below_a_path_the_root_shows_it_too(server: AppServer) -> None:
    server.stop()
    server.start('--base-url', '/office')
    for address in (server.url, f'{server.url}/'):
        assert state(httpx.get(address, follow_redirects=True).text)['path'] == '/notes'


@pytest.mark.parametrize(
    ('path', 'route'),
    [
        ('/users/ann', '/users/:id'),
        ('/USERS/Ann/', '/users/:id'),
        ('/users/a%2Fb', '/users/:id'),
        ('/files/a/b.txt', '/files/*'),
        ('/Exact', '/Exact'),
    ],
)
def test_any_address_that_is_a_page_is_answered(server: AppServer, path: str, route: str) -> None:
    page = state(httpx.get(server.url + path).text)
    assert (page['route'], page['path']) == (route, path.rstrip('/'))
    assert page['levels'] == page_data(server, path)['levels']


@pytest.mark.parametrize('path', ['/users', '/users/a/b', '/exact', '/users/%E0%A4%A', '/nothing'])
def test_others_are_not(server: AppServer, path: str) -> None:
    assert httpx.get(server.url + path).status_code == 404
    assert httpx.get(f'{server.url}/_dara/page', params={'path': path}).status_code == 404


def test_a_page_comes_with_its_layouts(server: AppServer) -> None:
    """Each is a level of its own, with ids of its own, and what runs before it is shown."""
    page = state(httpx.get(f'{server.url}/users/ann').text)
    route = next(each for each in page['routes'] if each['id'] == page['route'])
    assert route['chain'] == list(page['levels']) == ['around', '/users/:id']
    assert (route['inMenu'], route['isFramed']) == (False, False)
    assert [level['nodes'][0]['id'] for level in page['levels'].values()] == ['around:0', '/users/:id:0']
    user = page['levels']['/users/:id']
    assert user['variables']['path.id'] == {'kind': 'param', 'name': 'id', 'default': None}
    assert [action['kind'] for action in user['on_load']] == ['call']
    assert [node['props']['text'] for node in user['fallback']] == ['wait']


def test_going_to_a_page_fetches_only_that_page(server: AppServer) -> None:
    """With the present values of its stores, and nothing that the browser has already. No cache keeps it."""
    answer = httpx.get(f'{server.url}/_dara/page', params={'path': '/notes'}, headers={'accept-encoding': 'gzip'})
    assert answer.json().keys() == {'build', 'user', 'is_guest', 'can_log_out', 'path', 'route', 'levels'}
    assert answer.json()['levels']['/notes']['stores']['note']['positions']['']['value'] == 'a note'
    assert answer.headers['cache-control'] == 'private, no-store'
    assert answer.headers['content-encoding'] == 'gzip'


def test_the_page_says_who_looks_at_it(server: AppServer) -> None:
    """Without a login each browser is a user of its own, who cannot log out."""
    page = state(httpx.get(f'{server.url}/notes').text)
    assert page['user']['name']
    assert page['user']['id']
    assert (page['can_log_out'], page['login'], page['template']) == (False, '/login', 'top')
