"""Tests of an attacker who uses the sessions and tabs of others."""

from __future__ import annotations

import asyncio
import re

import httpx
import pytest
import websockets
from itsdangerous import URLSafeSerializer

from tests.process import AppServer
from tests.server.hostile.attack import Bystanders, wait_for_connections
from tests.tab import connected, logged_in, replace, value


async def test_the_id_of_another_users_tab_opens_nothing(server: AppServer, bystanders: Bystanders) -> None:
    """It is rejected while that tab lives, and tells nothing of its edits afterwards."""
    async with logged_in(server, 'ann', 'eve') as (ann, eve):
        at = await ann.subscribe('note')
        thief = connected(server.socket_url, client=ann.client, cookie=eve.cookie, hello=False)
        async with thief as rejected:
            await rejected.send(type='hello', protocol=1, client=ann.client, build='', page='/')
            assert (await rejected.receive())['type'] == 'bye'
        await ann.edit(at, replace(1, 'nowhere'), n=1)
        assert 'nowhere' in (await ann.receive('reject'))['message']
        await ann.cut()
        await wait_for_connections(3, server)
        async with connected(server.socket_url, client=ann.client, cookie=eve.cookie) as heir:
            taken = await heir.subscribe('note', since=(at['epoch'], at['version']))
            assert taken['receipt'] == {'n': 0, 'status': 'applied', 'version': 0, 'message': None}


async def test_the_newest_socket_of_a_tab_replaces_the_others(server: AppServer, bystanders: Bystanders) -> None:
    """The end of an older socket does not end the newer one."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('note')
        for _ in range(20):
            async with connected(server.socket_url, client=eve.client, cookie=eve.cookie) as newer:
                assert (await newer.subscribe('note'))['channel'] == at['channel']
        assert (await eve.receive('bye'))['reason'] == 'protocol'


async def test_a_logout_ends_everything_at_once(server: AppServer, bystanders: Bystanders) -> None:
    """Requests in flight, the cookie and the offered downloads."""
    async with logged_in(server, 'eve') as (eve,):
        await eve.subscribe('note')
        await eve.call(server.buttons(eve.cookie)['file'], value(None))
        file = eve.effects[-1]['url']
        async with server.client(headers={'Cookie': eve.cookie}) as client:
            leaving = asyncio.create_task(client.post('/logout'))
            for i in range(500):
                await eve.send(type='subscribe', id=1000 + i, store='diary')
                if leaving.done():
                    break
            assert (await leaving).status_code == 303
            assert (await eve.receive('bye'))['reason'] == 'auth'
            assert (await client.get('/_dara/page?path=/notes')).status_code == 401
            assert (await client.get(file)).status_code == 401
        async with connected(server.socket_url, cookie=eve.cookie, hello=False) as again:
            assert (await again.receive())['reason'] == 'auth'
        assert server.get(file, cookie=server.login('ann', 'a')).status_code == 404
        assert server.get(file, cookie=server.login('eve', 'e')).status_code == 404


def forgeries(cookie: str) -> list[str]:
    name, _, token = cookie.partition('=')
    content, _, signature = token.rpartition('.')
    anns = URLSafeSerializer('a secret of eve').dumps(['x', 0, '', ['ann', 'ann', None, []]])
    return [
        f'{name}={each}'
        for each in (
            '', '.', token[:-1], token[:-9] + ('A' if token[-9] != 'A' else 'B') + token[-8:], content, signature,
            f'.{signature}', f'{content[:-4]}AAAA.{signature}', anns, f'{anns.rpartition(".")[0]}.{signature}',
            'x' * 6000, '%00', 'null.null', '\xff\xfe.\xff',
        )
    ]  # fmt: skip


def test_a_forged_cookie_is_ignored(server: AppServer) -> None:
    """Cut, forged, signed with another secret, or no cookie of ours: no error, no user."""
    for forged in forgeries(server.login('eve', 'e')):
        answer = server.get('/_dara/page?path=/notes', headers={b'Cookie': forged.encode('latin-1')})
        assert (answer.status_code, answer.json()) == (401, {'detail': 'Not authenticated.'})


@pytest.mark.parametrize(
    'origin',
    [
        'null', 'http://evil.example', 'https://evil.example:443', 'http://127.0.0.1', 'http://127.0.0.1:1', 'http://[',
        'http://evil.example/{host}', 'http://{host}.evil.example', 'http://{host}@evil.example', 'file://', '{host}',
        'http://evil.example#{host}', 'http://user@{host}',
    ],
)  # fmt: skip
async def test_a_page_of_another_origin_gets_no_socket_and_changes_nothing(
    server: AppServer, bystanders: Bystanders, origin: str
) -> None:
    """Even with the user's own cookie."""
    cookie = server.login('ann', 'a')
    sent = {'Origin': origin.format(host=server.url.removeprefix('http://'))}
    with pytest.raises(websockets.InvalidStatus, match='403'):
        async with connected(server.socket_url, cookie=cookie, headers=sent):
            pass
    answer = server.post('/api/change', cookie=cookie, headers=sent)
    assert answer.status_code == 403
    assert server.get('/api/done', cookie=cookie).json().count('changed') == 0
    for form, data in (('login', {'name': 'eve', 'password': 'e'}), ('logout', {})):
        refused = server.post(f'/{form}', cookie=cookie, data=data, headers=sent)
        assert refused.status_code == 403
        assert 'set-cookie' not in refused.headers


@pytest.mark.parametrize(
    'to',
    [
        '//evil.example', 'https:evil.example', 'https://evil.example', 'https:/evil.example', '/\\evil.example',
        '\\\\evil.example', '/\t/evil.example', '/%2f/evil.example', '/%5cevil.example', 'javascript:alert(1)',
        '/..//evil.example', '/%2e%2e//evil.example', ' //evil.example', '/\r\nLocation: https://evil.example', '@evil',
        '///evil.example', '/.//evil.example', '/notes/../..//evil.example', 'evil.example', '?//evil.example',
    ],
)  # fmt: skip
def test_a_login_never_redirects_to_another_site(server: AppServer, to: str) -> None:
    """Wherever `next` leads as a browser reads it."""
    answer = server.post('/login', data={'name': 'eve', 'password': 'e', 'next': to})
    assert answer.status_code == 303
    there = httpx.URL(server.url).join(answer.headers['location'])
    assert f'{there.scheme}://{there.netloc.decode()}' == server.url
    assert re.match(r'/(?![/\\\\])', answer.headers['location'])
