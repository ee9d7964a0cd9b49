"""Tests of an app behind a reverse proxy, below a path of its host."""

from __future__ import annotations

import httpx
import pytest

from tests.conftest import Serve
from tests.proxy import Proxy
from tests.tab import connected, replace

BROWSER = {'accept': 'text/html', 'sec-fetch-mode': 'navigate'}


@pytest.mark.parametrize('base', ['/notes', '/deep/notes'])
@pytest.mark.parametrize('strips', [False, True], ids=['keeps', 'strips'])
async def test_everything_works_whether_the_proxy_keeps_the_path_or_strips_it(
    serve: Serve, base: str, strips: bool
) -> None:
    """The login, pages, files, endpoints, the socket and logging out; the cookie is for the path."""
    server = serve('proxied', '--base-url', base)
    async with (
        Proxy(server.url.removesuffix(base), base, strips=strips) as proxy,
        httpx.AsyncClient(base_url=proxy.url, headers=BROWSER) as client,
    ):
        sent_away = await client.get(f'{proxy.url}/other?a=1')
        assert sent_away.headers['location'] == f'{base}/login?next={base}/other%3Fa%3D1'
        login = await client.get(f'{proxy.url}/login?next={base}/other')
        assert f'action="{base}/login"' in login.text
        form = {'name': 'ann', 'password': 'pw', 'next': f'{base}/other'}
        entered = await client.post(f'{proxy.url}/login', data=form)
        assert (entered.status_code, entered.headers['location']) == (303, f'{base}/other')
        assert f'; Path={base};' in entered.headers['set-cookie']
        page = (await client.get(f'{proxy.url}/other')).text
        assert 'another page' in page
        assert f'"base":"{base}"' in page
        script = page.split('type="module" src="')[1].split('"')[0]
        assert script.startswith(f'{base}/_dara/static/')
        assert (await client.get(str(httpx.URL(proxy.url).copy_with(path=script)))).status_code == 200
        assert (await client.get(f'{proxy.url}/_dara/page?path=/other')).json()['path'] == '/other'
        assert (await client.get(f'{proxy.url}/api/hello')).text == 'hello'
        for home in (proxy.url, f'{proxy.url}/'):
            assert '"path":"/"' in (await client.get(home, follow_redirects=True)).text
        cookie = entered.headers['set-cookie'].partition(';')[0]
        address = proxy.url.replace('http', 'ws', 1) + '/_dara/ws'
        origin = {'Origin': proxy.url.removesuffix(base)}
        async with connected(address, cookie=cookie, headers=origin) as tab:
            await tab.edit(await tab.subscribe('note'), replace('typed'))
            assert (await tab.receive('change'))['version'] == 1
        out = await client.post(f'{proxy.url}/logout')
        assert out.headers['location'] == f'{base}/login'


async def test_a_proxy_that_names_the_stripped_path_may_forward_any_address(serve: Serve) -> None:
    """Also the address of a page that begins with the same path."""
    server = serve('proxied', '--base-url', '/deep')
    said = {'X-Forwarded-Prefix': '/deep/'}
    async with Proxy(server.url.removesuffix('/deep'), '/deep', strips=True, headers=said) as proxy:
        cookie = server.login('ann', 'pw')
        async with httpx.AsyncClient(headers={'cookie': cookie, **BROWSER}) as client:
            assert 'below itself' in (await client.get(f'{proxy.url}/deep/notes')).text
            assert 'below itself' in (await client.get(f'{server.url}/deep/notes')).text
            assert 'another page' in (await client.get(f'{proxy.url}/other')).text


@pytest.mark.parametrize('strips', [False, True], ids=['keeps', 'strips'])
async def test_behind_https_the_cookie_is_secure(serve: Serve, strips: bool) -> None:
    server = serve('proxied', '--base-url', '/notes')
    said = {'X-Forwarded-Proto': 'https'}
    async with (
        Proxy(server.url.removesuffix('/notes'), '/notes', strips=strips, headers=said) as proxy,
        httpx.AsyncClient(headers=BROWSER) as client,
    ):
        entered = await client.post(f'{proxy.url}/login', data={'name': 'ann', 'password': 'pw'})
        assert entered.headers['set-cookie'].endswith('; Path=/notes; HttpOnly; SameSite=Lax; Secure')
