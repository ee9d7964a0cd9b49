"""Tests of addresses, by HTTP: the page that answers, its data, and the root."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Serve
from tests.process import AppServer, page_data


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('routes')


def fetch(server: AppServer, path: str) -> Any:
    """Return the data of a page, as the browser fetches it when it navigates."""
    return server.get('/_dara/page', params={'path': path}).json()


def test_the_root_shows_the_default_page(server: AppServer) -> None:
    """There is no redirect; the data contain the page's own address."""
    answer = server.get('/?a=1&b=%20')
    assert (answer.status_code, page_data(answer.text)['path']) == (200, '/notes')


def test_below_a_path_the_root_shows_the_default_page(server: AppServer) -> None:
    server.stop()
    server.start('--base-url', '/office')
    for path in ('', '/'):
        assert server.page(path)['path'] == '/notes'


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
def test_the_address_of_a_page_is_answered(server: AppServer, path: str, route: str) -> None:
    page = server.page(path)
    assert (page['route'], page['path']) == (route, path.rstrip('/'))
    assert page['levels'] == fetch(server, path)['levels']


@pytest.mark.parametrize('path', ['/users', '/users/a/b', '/exact', '/users/%E0%A4%A', '/nothing'])
def test_any_other_address_is_not_found(server: AppServer, path: str) -> None:
    assert server.get(path).status_code == 404
    assert server.get('/_dara/page', params={'path': path}).status_code == 404


def test_a_page_comes_with_its_layouts(server: AppServer) -> None:
    """Each is a level with its own ids, variables and actions."""
    page = server.page('/users/ann')
    route = next(each for each in page['routes'] if each['id'] == page['route'])
    assert route['chain'] == list(page['levels']) == ['around', '/users/:id']
    assert (route['inMenu'], route['isFramed']) == (False, False)
    assert [level['nodes'][0]['id'] for level in page['levels'].values()] == ['around:0', '/users/:id:0']
    user = page['levels']['/users/:id']
    assert user['variables']['path.id'] == {'kind': 'param', 'name': 'id', 'default': None}
    assert [action['kind'] for action in user['on_load']] == ['call']
    assert [node['props']['text'] for node in user['fallback']] == ['wait']


def test_navigation_fetches_only_the_new_page(server: AppServer) -> None:
    """It comes with the present values of its stores, without anything that the browser has, and is not cached."""
    answer = server.get('/_dara/page', params={'path': '/notes'}, headers={'accept-encoding': 'gzip'})
    assert answer.json().keys() == {'build', 'user', 'is_guest', 'can_log_out', 'path', 'route', 'levels'}
    assert answer.json()['levels']['/notes']['stores']['note']['positions']['']['value'] == 'a note'
    assert answer.headers['cache-control'] == 'private, no-store'
    assert answer.headers['content-encoding'] == 'gzip'


def test_a_page_contains_its_user(server: AppServer) -> None:
    """Without a login each browser is a user of its own, who cannot log out."""
    page = server.page('/notes')
    assert page['user']['name']
    assert page['user']['id']
    assert (page['can_log_out'], page['login'], page['template']) == (False, '/login', 'top')
