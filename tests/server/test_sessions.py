"""Tests of sessions: cookies, sockets, logging out, lifetimes and the secret."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import websockets

from tests.conftest import Serve
from tests.process import DARA, AppServer
from tests.server.login import SECRET, check_goodbye, log_in, visit
from tests.tab import connected


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('notes', LOGIN='users')


async def test_a_socket_without_a_session_is_told_to_log_in(server: AppServer) -> None:
    """It is accepted first, or it could not be told; one of another site is not accepted."""
    async with connected(server.socket_url, hello=False) as tab:
        await check_goodbye(tab)
    async with connected(server.socket_url, hello=False, cookie='dara_session=forged') as tab:
        await check_goodbye(tab)
    with pytest.raises(websockets.InvalidStatus):
        async with connected(server.socket_url, hello=False, origin='https://evil.example'):
            pass


async def test_logging_out_closes_the_sockets_of_that_session_at_once(server: AppServer) -> None:
    """Sockets of the same user in another browser stay open; the cookie cannot be used again."""
    here, elsewhere = server.login('ann', 'pw'), server.login('ann', 'pw')
    async with (
        connected(server.socket_url, cookie=here) as tab,
        connected(server.socket_url, cookie=elsewhere) as other,
        connected(server.socket_url, cookie=here, hello=False) as silent,
    ):
        left = server.post('/logout', cookie=here)
        assert (left.status_code, left.headers['location']) == (303, '/login')
        assert 'dara_session=; Max-Age=0; Path=/' in left.headers['set-cookie']
        assert (await tab.receive('bye'))['reason'] == 'auth'
        await tab.closed()
        await silent.send(type='hello', protocol=1, client='0' * 32, build='test', page='/')
        assert (await silent.receive())['reason'] == 'auth'
        assert (await other.subscribe('note'))['type'] == 'snapshot'
        assert visit(server, '/note', here).status_code == 303
        assert visit(server, '/note', elsewhere).status_code == 200


def test_the_logout_page_logs_out_only_users_who_go_there(server: AppServer) -> None:
    """A request from another site, by an image or by a prefetch gets a page with a button."""
    cookie = server.login('ann', 'pw')
    for headers in (
        {'sec-fetch-site': 'cross-site'},
        {'sec-fetch-dest': 'image'},
        {'sec-purpose': 'prefetch'},
        {'sec-fetch-site': ''},
    ):
        asked = visit(server, '/logout', cookie, **headers)
        assert asked.status_code == 200
        assert '<button>Log out</button>' in asked.text
    assert visit(server, '/note', cookie).status_code == 200
    left = visit(server, '/logout', cookie)
    assert (left.status_code, left.headers['location']) == (303, '/login')
    assert visit(server, '/note', cookie).status_code == 303


async def test_logging_in_as_another_user_ends_the_first_session(server: AppServer) -> None:
    """In every tab."""
    cookie = server.login('ann', 'pw')
    async with connected(server.socket_url, cookie=cookie) as tab:
        log_in(server, cookie=cookie, name='ben', password='other')
        assert (await tab.receive('bye'))['reason'] == 'auth'
    assert visit(server, '/note', cookie).status_code == 303


async def test_sessions_survive_a_restart_and_end_with_the_secret_or_the_user(server: AppServer) -> None:
    """`DARA_SECRET` replaces the secret that the app has kept."""
    before = server.login('ann', 'pw')
    server.stop()
    server.environment['DARA_SECRET'] = SECRET
    server.start()
    assert visit(server, '/note', before).status_code == 303
    cookie = server.login('ann', 'pw')
    server.stop()
    server.start()
    assert visit(server, '/note', cookie).status_code == 200
    async with connected(server.socket_url, cookie=cookie) as tab:
        assert (await tab.subscribe('note'))['type'] == 'snapshot'
    server.stop()
    server.change_app("'ann': 'pw', ", '')
    server.start()
    assert visit(server, '/note', cookie).status_code == 303


def test_saving_the_app_logs_nobody_out(tmp_path: Path) -> None:
    """`--reload` keeps its secret while it starts the app again."""
    server = AppServer(tmp_path, 'notes', command=DARA, environment={'LOGIN': 'users'})
    server.start('--reload')
    try:
        cookie = server.login('ann', 'pw')
        server.change_app('Notes <b>', 'Better notes')
        server.wait_for_reload()
        assert visit(server, '/note', cookie).status_code == 200
    finally:
        server.stop()


async def test_a_socket_ends_with_its_session(serve: Serve) -> None:
    """It connects again: with a newer cookie it goes on, without one the user has to log in."""
    server = serve('notes', LOGIN='one user', LIFETIME='2')
    cookie = server.login('ann', 'pw')
    async with connected(server.socket_url, cookie=cookie) as tab:
        assert (await tab.receive('bye'))['reason'] == 'expired'
        await tab.closed()
    async with connected(server.socket_url, hello=False, cookie=cookie) as tab:
        await check_goodbye(tab)


async def test_a_session_in_use_is_renewed(serve: Serve) -> None:
    """After half of its lifetime, a page or a socket brings a newer cookie."""
    server = serve('notes', LOGIN='one user', LIFETIME='8')
    cookie = server.login('ann', 'pw')
    async with asyncio.timeout(8):
        while 'set-cookie' not in (response := visit(server, '/note', cookie)).headers:
            await asyncio.sleep(0.1)
    assert response.status_code == 200
    async with websockets.connect(server.socket_url, additional_headers={'Cookie': cookie}) as socket:
        assert socket.response
        assert 'dara_session=' in socket.response.headers['set-cookie']


async def test_without_a_login_every_browser_is_a_user(serve: Serve) -> None:
    """The cookie identifies it; a script without one is a user as long as its socket is open."""
    server = serve('notes')
    first = visit(server, '/note')
    assert first.status_code == 200
    cookie = first.headers['set-cookie'].partition(';')[0]
    assert 'set-cookie' not in visit(server, '/note', cookie).headers
    assert visit(server, '/note').headers['set-cookie'].partition(';')[0] != cookie
    assert visit(server, '/login').status_code == 404
    async with connected(server.socket_url) as tab, connected(server.socket_url, cookie=cookie) as other:
        assert (await tab.subscribe('note'))['type'] == (await other.subscribe('note'))['type'] == 'snapshot'


def test_no_cache_gives_the_cookie_of_one_user_to_another(serve: Serve) -> None:
    """A response that sets one is not cached, whatever the app says of it."""
    server = serve('notes')
    first = server.get('/api/logo')
    cookie = first.headers['set-cookie'].partition(';')[0]
    assert first.headers['cache-control'] == 'private, no-store'
    assert server.get('/api/logo', cookie=cookie).headers['cache-control'] == 'public, max-age=99'


def test_a_secret_that_can_be_guessed_is_refused(serve: Serve) -> None:
    server = serve('notes', LOGIN='users')
    server.stop()
    server.environment['DARA_SECRET'] = 'short'
    with pytest.raises(AssertionError, match='DARA_SECRET has 5 characters, and needs 16'):
        server.start()
