"""Tests of logging in to a real server, by HTTP and by websocket."""

from __future__ import annotations

import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.server.login import log_in, visit
from tests.tab import connected


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('notes', LOGIN='users')


def test_an_unknown_user_is_sent_to_the_login_and_then_back(server: AppServer) -> None:
    """The whole address that they asked for is kept."""
    response = visit(server, '/other?a=1&b=%2F')
    assert response.status_code == 303
    assert response.headers['location'] == '/login?next=/other%3Fa%3D1%26b%3D%252F'
    page = visit(server, response.headers['location'])
    assert page.status_code == 200
    assert 'name="next" value="/other?a=1&amp;b=%2F"' in page.text
    entered = log_in(server, next='/other?a=1&b=%2F')
    assert (entered.status_code, entered.headers['location']) == (303, '/other?a=1&b=%2F')
    assert 'HttpOnly; SameSite=Lax' in entered.headers['set-cookie']
    assert visit(server, '/other', entered.headers['set-cookie'].partition(';')[0]).status_code == 200


def test_an_endpoint_knows_its_user(server: AppServer) -> None:
    """An open one answers everybody."""
    assert server.get('/api/who').status_code == 401
    assert 'ben' in server.get('/api/who', cookie=server.login('ben', 'other')).text
    assert server.get('/api/logo').text == 'logo'


@pytest.mark.parametrize('path', ['/_dara/page?path=/note', '/note', '/api/anything'])
def test_a_script_without_a_session_gets_401(server: AppServer, path: str) -> None:
    """It gets JSON, and nothing of the page."""
    response = server.get(path)
    assert (response.status_code, response.json()) == (401, {'detail': 'Not authenticated.'})
    assert server.post(path).status_code == 401


def test_the_login_page_is_self_contained_and_restricted(server: AppServer) -> None:
    """No script runs but the one with the nonce, no other site may show it, and what the app says is text."""
    page = visit(server, '/login?next="><script>')
    policy = page.headers['content-security-policy']
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers['cache-control'] == 'no-store'
    assert 'Notes &lt;b&gt;' in page.text
    assert '"><script>' not in page.text
    assert server.get('/_dara/health').status_code == 200


def test_a_wrong_password_and_an_unknown_user_look_the_same(server: AppServer) -> None:
    """The name that was typed stays, as text."""
    wrong, unknown = log_in(server, name='ben"', password='no'), log_in(server, name='eve"', password='no')
    assert wrong.status_code == unknown.status_code == 401
    assert 'Wrong name or password' in wrong.text
    assert 'value="ben&quot;"' in wrong.text
    assert without_nonce(wrong.text.replace('ben', 'eve')) == without_nonce(unknown.text)
    assert 'set-cookie' not in wrong.headers


def without_nonce(html: str) -> str:
    nonce = html.split('nonce="')[1].split('"')[0]
    return html.replace(nonce, '')


def test_after_five_failures_a_user_has_to_wait(server: AppServer) -> None:
    """The right password is refused as well, and nothing sleeps; another user may log in."""
    assert [log_in(server, password='no').status_code for _ in range(6)] == [401] * 5 + [429]
    refused = log_in(server)
    assert refused.status_code == 429
    assert 0 < int(refused.headers['retry-after']) <= 2
    assert 'Too many attempts. Try again in' in refused.text
    assert log_in(server, name='ben', password='other').status_code == 303


@pytest.mark.parametrize(
    'headers',
    [
        {'sec-fetch-site': 'cross-site', 'origin': 'https://evil.example'},
        {'sec-fetch-site': 'same-site'},
        {'origin': 'https://evil.example'},
        {'origin': 'null'},
    ],
)
def test_no_other_site_can_log_a_user_in_or_out(server: AppServer, headers: dict[str, str]) -> None:
    """Nor does its attempt count as a failure."""
    for _ in range(7):
        refused = log_in(server, headers=headers)
        assert refused.status_code == 403
        assert 'set-cookie' not in refused.headers
    cookie = server.login('ann', 'pw')
    left = server.post('/logout', headers={**headers, 'cookie': cookie})
    assert left.status_code == 403
    assert visit(server, '/note', cookie).status_code == 200


def test_an_invalid_form_is_refused(server: AppServer) -> None:
    """It is too long, not text, or without a name; the server goes on."""
    for content in (b'x' * 1_000_000, b'\xff\xfe', b'name=%ff&password=x', b'', b'name=ann', b'&'.join([b'a=b'] * 99)):
        assert server.post('/login', content=content).status_code == 400
    assert log_in(server).status_code == 303


@pytest.mark.parametrize('name', ['global', 'a/b', '🦊'])
async def test_a_user_may_be_called_anything(server: AppServer, name: str) -> None:
    """These are ordinary users."""
    async with connected(server.socket_url, cookie=server.login(name, 'pw')) as tab:
        assert (await tab.subscribe('note'))['type'] == 'snapshot'


def test_below_a_path_and_behind_a_proxy_all_addresses_have_the_path(serve: Serve) -> None:
    """`--base-url` adds the path; the proxy names the scheme and the client of each request."""
    server = serve('notes', LOGIN='users')
    server.stop()
    server.start('--base-url', '/notes')
    assert visit(server, '/other').headers['location'] == '/notes/login?next=/notes/other'
    page = visit(server, '/login?next=/notes/other')
    assert 'action="/notes/login"' in page.text
    entered = log_in(server, next='/notes/other', headers={'x-forwarded-proto': 'https'})
    assert entered.headers['location'] == '/notes/other'
    assert entered.headers['set-cookie'].endswith('; Path=/notes; HttpOnly; SameSite=Lax; Secure')
    assert log_in(server, next='/elsewhere/../..').headers['location'] == '/notes/'
    cookie = entered.headers['set-cookie'].partition(';')[0]
    assert server.post('/logout', cookie=cookie).headers['location'] == '/notes/login'
    for _ in range(6):
        refused = log_in(server, password='no', headers={'x-forwarded-for': '1.2.3.4'})
    assert refused.status_code == 429
    assert log_in(server, headers={'x-forwarded-for': '1.2.3.5'}).status_code == 303
