"""Logging in and out of a real server, by HTTP and by websocket."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest
import websockets

from tests.conftest import Serve
from tests.process import DARA, AppServer
from tests.tab import Tab, connected

APP = """
    from datetime import timedelta
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.auth import BaseAuthConfig, BasicAuthConfig, MultiBasicAuthConfig, UserData
    from dara.core.persistence import BackendStore

    USERS = {'ann': 'pw', 'ben': 'other', 'global': 'pw', 'a/b': 'pw', '🦊': 'pw'}
    config = ConfigurationBuilder()
    config.title = 'Notes <b>'
    config.add_page('Note', content=Stack(Text(Variable(default='', store=BackendStore(uid='note')))))
    config.add_page('Other', content=Text('other'))
"""
WITH_LOGIN = APP + '    config.add_auth(MultiBasicAuthConfig(users=USERS))\n'
ENDPOINTS = """
    from dara.core.auth import get_user_data
    from dara.core.http import get
    from starlette.responses import PlainTextResponse

    @get('who')
    def who():
        return get_user_data().identity_name

    @get('logo', authenticated=False)
    async def logo():
        return PlainTextResponse('logo', headers={'cache-control': 'public, max-age=99'})

    config.add_endpoint(who)
    config.add_endpoint(logo)
"""
BEHIND_A_PROXY = """
    class ByProxy(BaseAuthConfig):
        async def authenticate(self, request):
            name = request.headers.get('x-forwarded-user')
            return UserData(name, name.title()) if name else None

    config.add_auth(ByProxy())
"""
SECRET = 'a secret of some length'
BROWSER = {'accept': 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin'}
VISIT = {**BROWSER, 'sec-fetch-dest': 'document'}


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(WITH_LOGIN)


def visit(server: AppServer, path: str, cookie: str = '', **headers: str) -> httpx.Response:
    """Go to an address as a browser does."""
    return httpx.get(server.url + path, headers={**VISIT, 'cookie': cookie, **headers})


def log_in(server: AppServer, *, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
    return httpx.post(f'{server.url}/login', data={'name': 'ann', 'password': 'pw', **form}, headers=headers)


async def hears_goodbye(tab: Tab) -> None:
    assert await tab.receive() == {'type': 'bye', 'code': 4401, 'retry_ms': 1000, 'reason': 'auth'}
    assert await tab.closed() == 4401


def test_whoever_is_not_known_is_sent_to_the_login_and_then_back(server: AppServer) -> None:
    """With the whole address that they asked for."""
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


def test_an_endpoint_knows_who_asks(serve: Serve) -> None:
    """One that is there for everybody answers everybody."""
    server = serve(WITH_LOGIN + ENDPOINTS)
    asked = f'{server.url}/api/who'
    assert httpx.get(asked).status_code == 401
    assert 'ben' in httpx.get(asked, headers={'cookie': server.login('ben', 'other')}).text
    assert httpx.get(f'{server.url}/api/logo').text == 'logo'


def test_no_cache_gives_the_cookie_of_one_to_another(serve: Serve) -> None:
    """A response that brings one is not kept, whatever the app says of it."""
    address = f'{serve(APP + ENDPOINTS).url}/api/logo'
    first = httpx.get(address)
    cookie = first.headers['set-cookie'].partition(';')[0]
    assert first.headers['cache-control'] == 'private, no-store'
    assert httpx.get(address, headers={'cookie': cookie}).headers['cache-control'] == 'public, max-age=99'


@pytest.mark.parametrize('path', ['/_dara/page?path=/note', '/note', '/api/anything'])
def test_a_script_that_is_not_known_is_told_so(server: AppServer, path: str) -> None:
    """It gets JSON, and nothing of the page."""
    response = httpx.get(server.url + path)
    assert (response.status_code, response.json()) == (401, {'detail': 'Not authenticated.'})
    assert httpx.post(server.url + path).status_code == 401


def test_the_login_page_needs_nothing_else_and_may_do_little(server: AppServer) -> None:
    """No script runs but the one with the nonce, no other site may show it, and what the app says is text."""
    page = visit(server, '/login?next="><script>')
    policy = page.headers['content-security-policy']
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers['cache-control'] == 'no-store'
    assert 'Notes &lt;b&gt;' in page.text
    assert '"><script>' not in page.text
    assert httpx.get(f'{server.url}/_dara/health').status_code == 200


def test_a_wrong_password_and_an_unknown_user_look_the_same(server: AppServer) -> None:
    """What was typed as the name stays, as text."""
    wrong, unknown = log_in(server, name='ben"', password='no'), log_in(server, name='eve"', password='no')
    assert wrong.status_code == unknown.status_code == 401
    assert 'Wrong name or password' in wrong.text
    assert 'value="ben&quot;"' in wrong.text
    assert without_nonce(wrong.text.replace('ben', 'eve')) == without_nonce(unknown.text)
    assert 'set-cookie' not in wrong.headers


def without_nonce(html: str) -> str:
    nonce = html.split('nonce="')[1].split('"')[0]
    return html.replace(nonce, '')


def test_after_five_failures_one_has_to_wait(server: AppServer) -> None:
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
def test_no_other_site_logs_anybody_in_or_out(server: AppServer, headers: dict[str, str]) -> None:
    """Nor does it use up their tries."""
    for _ in range(7):
        refused = log_in(server, headers=headers)
        assert refused.status_code == 403
        assert 'set-cookie' not in refused.headers
    cookie = server.login('ann', 'pw')
    left = httpx.post(f'{server.url}/logout', headers={**headers, 'cookie': cookie})
    assert left.status_code == 403
    assert visit(server, '/note', cookie).status_code == 200


def test_a_form_that_is_none_of_ours_is_refused(server: AppServer) -> None:
    """Too long, not text, without a name; the server stays."""
    for content in (b'x' * 1_000_000, b'\xff\xfe', b'name=%ff&password=x', b'', b'name=ann', b'&'.join([b'a=b'] * 99)):
        assert httpx.post(f'{server.url}/login', content=content).status_code == 400
    assert log_in(server).status_code == 303


async def test_a_socket_of_nobody_is_told_to_log_in(server: AppServer) -> None:
    """Only one that was accepted can be told; that of another site is not."""
    async with connected(server.socket_url, hello=False) as tab:
        await hears_goodbye(tab)
    async with connected(server.socket_url, hello=False, cookie='dara_session=forged') as tab:
        await hears_goodbye(tab)
    with pytest.raises(websockets.InvalidStatus):
        async with connected(server.socket_url, hello=False, origin='https://evil.example'):
            pass


async def test_logging_out_closes_the_sockets_of_that_session_at_once(server: AppServer) -> None:
    """Those of the same user in another browser stay; the cookie cannot be used again."""
    here, elsewhere = server.login('ann', 'pw'), server.login('ann', 'pw')
    async with (
        connected(server.socket_url, cookie=here) as tab,
        connected(server.socket_url, cookie=elsewhere) as other,
        connected(server.socket_url, cookie=here, hello=False) as silent,
    ):
        left = httpx.post(f'{server.url}/logout', headers={'cookie': here})
        assert (left.status_code, left.headers['location']) == (303, '/login')
        assert 'dara_session=; Max-Age=0; Path=/' in left.headers['set-cookie']
        assert (await tab.receive('bye'))['reason'] == 'auth'
        await tab.closed()
        await silent.send(type='hello', protocol=1, client='0' * 32, build='test', page='/')
        assert (await silent.receive())['reason'] == 'auth'
        assert (await other.subscribe('note'))['type'] == 'snapshot'
        assert visit(server, '/note', here).status_code == 303
        assert visit(server, '/note', elsewhere).status_code == 200


def test_going_to_the_logout_page_logs_out_only_if_the_user_goes_there(server: AppServer) -> None:
    """Not from another site, by an image, or because the browser looks ahead: there is a button then."""
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


async def test_who_logs_in_as_somebody_else_is_nobody_else_any_more(server: AppServer) -> None:
    """The session before ends, in every tab."""
    cookie = server.login('ann', 'pw')
    async with connected(server.socket_url, cookie=cookie) as tab:
        log_in(server, headers={'cookie': cookie}, name='ben', password='other')
        assert (await tab.receive('bye'))['reason'] == 'auth'
    assert visit(server, '/note', cookie).status_code == 303


@pytest.mark.parametrize('name', ['global', 'a/b', '🦊'])
async def test_a_user_may_be_called_anything(server: AppServer, name: str) -> None:
    """These are ordinary users."""
    async with connected(server.socket_url, cookie=server.login(name, 'pw')) as tab:
        assert (await tab.subscribe('note'))['type'] == 'snapshot'


async def test_sessions_survive_a_restart_and_end_with_the_secret_or_the_user(server: AppServer) -> None:
    """`DARA_SECRET` takes the place of the secret that the app has kept."""
    before = server.login('ann', 'pw')
    server.stop()
    server.environment = {'DARA_SECRET': SECRET}
    server.start()
    assert visit(server, '/note', before).status_code == 303
    cookie = server.login('ann', 'pw')
    server.stop()
    server.start()
    assert visit(server, '/note', cookie).status_code == 200
    async with connected(server.socket_url, cookie=cookie) as tab:
        assert (await tab.subscribe('note'))['type'] == 'snapshot'
    server.stop()
    server.write_app(WITH_LOGIN.replace("'ann': 'pw', ", ''))
    server.start()
    assert visit(server, '/note', cookie).status_code == 303


def test_saving_the_app_logs_nobody_out(tmp_path: Path) -> None:
    """`--reload` keeps its secret while it starts the app again."""
    server = AppServer(tmp_path, WITH_LOGIN, command=DARA)
    server.start('--reload')
    try:
        cookie = server.login('ann', 'pw')
        server.write_app(WITH_LOGIN.replace('Notes <b>', 'Better notes'))
        server.wait_for_reload()
        assert visit(server, '/note', cookie).status_code == 200
    finally:
        server.stop()


async def test_a_socket_ends_with_its_session(serve: Serve) -> None:
    """It connects again; a browser that was given a newer cookie goes on, and another one has to log in."""
    server = serve(
        APP + '    config.add_auth(BasicAuthConfig(username="ann", password="pw", lifetime=timedelta(0, 2)))\n'
    )
    cookie = server.login('ann', 'pw')
    async with connected(server.socket_url, cookie=cookie) as tab:
        assert (await tab.receive('bye'))['reason'] == 'expired'
        await tab.closed()
    async with connected(server.socket_url, hello=False, cookie=cookie) as tab:
        await hears_goodbye(tab)


async def test_a_session_that_is_used_goes_on(serve: Serve) -> None:
    """After half of its time a page, or a socket, brings a newer cookie."""
    server = serve(
        APP + '    config.add_auth(BasicAuthConfig(username="ann", password="pw", lifetime=timedelta(0, 4)))\n'
    )
    cookie = server.login('ann', 'pw')
    async with asyncio.timeout(4):
        while 'set-cookie' not in (response := visit(server, '/note', cookie)).headers:
            await asyncio.sleep(0.1)
    assert response.status_code == 200
    async with websockets.connect(server.socket_url, additional_headers={'Cookie': cookie}) as socket:
        assert socket.response
        assert 'dara_session=' in socket.response.headers['set-cookie']


async def test_without_a_login_every_browser_is_a_user(serve: Serve) -> None:
    """Known by its cookie; a script without one is somebody for its socket."""
    server = serve(APP)
    first = visit(server, '/note')
    assert first.status_code == 200
    cookie = first.headers['set-cookie'].partition(';')[0]
    assert 'set-cookie' not in visit(server, '/note', cookie).headers
    assert visit(server, '/note').headers['set-cookie'].partition(';')[0] != cookie
    assert visit(server, '/login').status_code == 404
    async with connected(server.socket_url) as tab, connected(server.socket_url, cookie=cookie) as other:
        assert (await tab.subscribe('note'))['type'] == (await other.subscribe('note'))['type'] == 'snapshot'


async def test_a_config_of_ones_own_takes_the_user_from_a_proxy(serve: Serve) -> None:
    """The session is bound to the user: another name in the header is another session, and the old one ends."""
    server = serve(APP + BEHIND_A_PROXY)
    assert visit(server, '/note').headers['location'] == '/login?next=/note'
    unknown = visit(server, '/login?next=/note')
    assert unknown.status_code == 401
    assert 'You are not logged in' in unknown.text
    as_ann, as_ben = {'x-forwarded-user': 'ann'}, {'x-forwarded-user': 'ben'}
    cookie = visit(server, '/note', **as_ann).headers['set-cookie'].partition(';')[0]
    assert 'set-cookie' not in visit(server, '/note', cookie, **as_ann).headers
    assert visit(server, '/login?next=/note', cookie, **as_ann).headers['location'] == '/note'
    async with connected(server.socket_url, cookie=cookie, headers=as_ann) as tab:
        assert visit(server, '/note', cookie).status_code == 303
        assert (await tab.receive('bye'))['reason'] == 'auth'
    again = visit(server, '/note', cookie, **as_ann).headers['set-cookie'].partition(';')[0]
    async with connected(server.socket_url, cookie=again, headers=as_ann) as tab:
        assert 'set-cookie' in visit(server, '/note', again, **as_ben).headers
        assert (await tab.receive('bye'))['reason'] == 'auth'


def test_below_a_path_and_behind_a_proxy_everything_stays_there(serve: Serve) -> None:
    """`--base-url`, and what the proxy says of the scheme and of whose request it is."""
    server = serve(WITH_LOGIN)
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
    assert httpx.post(f'{server.url}/logout', headers={'cookie': cookie}).headers['location'] == '/notes/login'
    for _ in range(6):
        refused = log_in(server, password='no', headers={'x-forwarded-for': '1.2.3.4'})
    assert refused.status_code == 429
    assert log_in(server, headers={'x-forwarded-for': '1.2.3.5'}).status_code == 303


def test_a_secret_that_can_be_guessed_is_refused(serve: Serve) -> None:
    server = serve(WITH_LOGIN)
    server.stop()
    server.environment = {'DARA_SECRET': 'short'}
    with pytest.raises(AssertionError, match='DARA_SECRET has 5 characters, and needs 16'):
        server.start()


async def test_a_config_that_fails_says_so_in_the_log(serve: Serve) -> None:
    """The page tells nothing of how."""
    server = serve(
        APP
        + """
    class Broken(BaseAuthConfig):
        async def login(self, name, password):
            raise OSError('directory.internal is down')

    config.add_auth(Broken())
    """
    )
    answer = log_in(server)
    assert answer.status_code == 503
    assert 'directory.internal' not in answer.text
    assert 'directory.internal is down' in server.log


async def test_an_outage_of_the_config_is_no_failure_of_the_user(serve: Serve) -> None:
    """Tries that nobody could look at do not count, so that one is let in as soon as it works again."""
    server = serve(
        APP
        + """
    from pathlib import Path

    class Directory(BaseAuthConfig):
        async def login(self, name, password):
            if not Path('is-up').exists():
                raise OSError('down')
            return UserData(name, name) if password == 'pw' else None

    config.add_auth(Directory())
    """
    )
    assert [log_in(server).status_code for _ in range(10)] == [503] * 10
    (server.directory / 'is-up').touch()
    assert log_in(server).status_code == 303


async def test_the_right_user_is_let_in_while_others_flood_the_login(serve: Serve) -> None:
    """From another address at once, past those that wait; from the same one without having to try again."""
    server = serve(
        APP
        + """
    from argon2 import PasswordHasher

    costly = PasswordHasher(time_cost=2, memory_cost=8192, parallelism=1)
    config.add_auth(MultiBasicAuthConfig(users={'ann': costly.hash('pw'), 'ben': costly.hash('pw')}))
    """
    )
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None), timeout=60) as client:

        async def enter(name: str, password: str, address: str) -> int:
            form = {'name': name, 'password': password}
            headers = {'x-forwarded-for': address}
            return (await client.post(f'{server.url}/login', data=form, headers=headers)).status_code

        flood = [asyncio.create_task(enter(f'nobody {number}', 'no', '1.1.1.1')) for number in range(100)]
        await next(asyncio.as_completed(flood))
        assert await enter('ann', 'pw', '2.2.2.2') == 303
        assert sum(not each.done() for each in flood) > 50
        assert await enter('ben', 'pw', '1.1.1.1') == 303
        assert {await each for each in flood} == {401}


async def test_who_comes_while_too_many_log_in_is_asked_to_come_later(serve: Serve) -> None:
    """That is no failure of theirs: however often they come, they are let in when there is room again."""
    server = serve(
        APP
        + """
    import asyncio
    from pathlib import Path

    class Slow(BaseAuthConfig):
        async def login(self, name, password):
            while not Path('is-up').exists():
                await asyncio.sleep(0.01)
            return UserData(name, name) if password == 'pw' else None

    config.add_auth(Slow())
    """
    )
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None), timeout=60) as client:

        async def enter(name: str, password: str) -> httpx.Response:
            return await client.post(f'{server.url}/login', data={'name': name, 'password': password})

        flood = [asyncio.create_task(enter(f'nobody {number}', 'no')) for number in range(270)]
        assert (await next(asyncio.as_completed(flood))).status_code == 429
        for _ in range(10):
            refused = await enter('ann', 'pw')
            assert refused.status_code == 429
            assert 'Too many people are logging in at this moment' in refused.text
        (server.directory / 'is-up').touch()
        await asyncio.gather(*flood)
        assert (await enter('ann', 'pw')).status_code == 303


BY_FILE = """
    import json
    from pathlib import Path
    from dara.core._server import sessions, socket

    socket.REVOKED_SECONDS, sessions.MARK_SECONDS = 1, 0.3  # instead of nearly a minute

    def users():
        return json.loads(Path('users.json').read_text())

    class ByFile(BaseAuthConfig):
        async def login(self, name, password):
            return UserData(name, name) if users().get(name) == password else None

        def credential(self, user):
            return users().get(user.identity_id)
"""
BUILT_IN = """
    class Live(dict):
        def get(self, name):
            return users().get(name)

        def values(self):
            return users().values()

    config.add_auth(MultiBasicAuthConfig(users=Live(users())))
"""


@pytest.mark.parametrize('kind', ['    config.add_auth(ByFile())\n', BUILT_IN], ids=['custom', 'built-in'])
@pytest.mark.parametrize('users', [{'ben': 'pw'}, {'ann': 'new', 'ben': 'pw'}], ids=['removed', 'another password'])
async def test_open_sockets_of_a_user_who_is_gone_or_has_another_password_end(
    tmp_path: Path, users: dict[str, str], kind: str
) -> None:
    """Also where the user neither asks for a page nor edits anything; others stay."""
    (tmp_path / 'users.json').write_text(json.dumps({'ann': 'pw', 'ben': 'pw'}))
    server = AppServer(tmp_path, APP + BY_FILE + kind).start()
    try:
        cookies = [server.login(name, 'pw') for name in ('ann', 'ben')]
        async with (
            connected(server.socket_url, cookie=cookies[0]) as ann,
            connected(server.socket_url, cookie=cookies[1]) as ben,
        ):
            (tmp_path / 'users.json').write_text(json.dumps(users))
            assert (await ann.receive())['reason'] == 'auth'
            await ann.closed()
            await ben.receive_nothing()
    finally:
        server.stop()


async def test_an_outage_of_what_knows_the_users_logs_nobody_out(tmp_path: Path) -> None:
    """Sockets end, so that nothing is shown or stored, and come back by themselves; pages ask to come later."""
    source = tmp_path / 'users.json'
    source.write_text(json.dumps({'ann': 'pw'}))
    server = AppServer(tmp_path, APP + BY_FILE + '    config.add_auth(ByFile())\n').start()
    try:
        cookie = server.login('ann', 'pw')
        async with connected(server.socket_url, cookie=cookie) as ann:
            users = source.read_text()
            source.unlink()
            assert (await ann.receive())['reason'] == 'unsure'
        answers = [httpx.get(f'{server.url}/', headers={'cookie': cookie, **BROWSER}) for _ in range(3)]
        assert [each.status_code for each in answers] == [503] * 3
        with pytest.raises(websockets.InvalidStatus):
            async with connected(server.socket_url, cookie=cookie):
                pass
        source.write_text(users)
        async with connected(server.socket_url, cookie=cookie) as ann:
            await ann.receive_nothing()
        assert httpx.get(f'{server.url}/note', headers={'cookie': cookie, **BROWSER}).status_code == 200
        assert server.log.count('The auth config failed') == 1
    finally:
        server.stop()
