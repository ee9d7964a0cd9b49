"""Tests of auth configs of an app: a proxy, outages, floods, and users in a file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest
import websockets

from tests.conftest import Serve
from tests.server.login import BROWSER, log_in, visit
from tests.tab import connected

# A connection that is kept for another request may be closed by the server at that moment.
LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)


async def test_a_custom_config_takes_the_user_from_a_proxy(serve: Serve) -> None:
    """The session is bound to the user: another name in the header is another session, and the old one ends."""
    server = serve('custom_login', LOGIN='proxy')
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


async def test_a_config_that_fails_is_reported_in_the_log(serve: Serve) -> None:
    """The page says nothing of the cause."""
    server = serve('custom_login', LOGIN='broken')
    answer = log_in(server)
    assert answer.status_code == 503
    assert 'directory.internal' not in answer.text
    assert 'directory.internal is down' in server.log


async def test_an_outage_of_the_config_is_no_failure_of_the_user(serve: Serve) -> None:
    """Attempts that could not be checked do not count, so the user is let in as soon as the config works again."""
    server = serve('custom_login', LOGIN='directory')
    assert [log_in(server).status_code for _ in range(10)] == [503] * 10
    (server.directory / 'is-up').touch()
    assert log_in(server).status_code == 303


async def test_the_right_user_is_let_in_while_others_flood_the_login(serve: Serve) -> None:
    """From another address at once, before all that wait; from the same address without another attempt."""
    server = serve('custom_login', LOGIN='costly')
    async with server.client(limits=LIMITS, timeout=60) as client:

        async def enter(name: str, password: str, address: str) -> int:
            form = {'name': name, 'password': password}
            headers = {'x-forwarded-for': address}
            return (await client.post('/login', data=form, headers=headers)).status_code

        flood = [asyncio.create_task(enter(f'nobody {number}', 'no', '1.1.1.1')) for number in range(100)]
        await next(asyncio.as_completed(flood))
        assert await enter('ann', 'pw', '2.2.2.2') == 303
        assert sum(not each.done() for each in flood) > 50
        assert await enter('ben', 'pw', '1.1.1.1') == 303
        assert {await each for each in flood} == {401}


async def test_a_user_is_asked_to_come_later_while_too_many_log_in(serve: Serve) -> None:
    """This is no failure of the user: after any number of attempts, the user is let in when there is room again."""
    server = serve('custom_login', LOGIN='slow')
    async with server.client(limits=LIMITS, timeout=60) as client:

        async def enter(name: str, password: str) -> httpx.Response:
            return await client.post('/login', data={'name': name, 'password': password})

        flood = [asyncio.create_task(enter(f'nobody {number}', 'no')) for number in range(270)]
        assert (await next(asyncio.as_completed(flood))).status_code == 429
        for _ in range(10):
            refused = await enter('ann', 'pw')
            assert refused.status_code == 429
            assert 'Too many people are logging in at this moment' in refused.text
        (server.directory / 'is-up').touch()
        await asyncio.gather(*flood)
        assert (await enter('ann', 'pw')).status_code == 303


@pytest.mark.parametrize('kind', ['custom', 'built-in'])
@pytest.mark.parametrize('users', [{'ben': 'pw'}, {'ann': 'new', 'ben': 'pw'}], ids=['removed', 'another password'])
async def test_open_sockets_of_a_removed_user_or_with_an_old_password_end(
    serve: Serve, tmp_path: Path, users: dict[str, str], kind: str
) -> None:
    """Even if the user neither opens a page nor edits anything; sockets of others stay open."""
    (tmp_path / 'users.json').write_text(json.dumps({'ann': 'pw', 'ben': 'pw'}))
    server = serve('users_in_file', directory=tmp_path, LOGIN=kind)
    cookies = [server.login(name, 'pw') for name in ('ann', 'ben')]
    async with (
        connected(server.socket_url, cookie=cookies[0]) as ann,
        connected(server.socket_url, cookie=cookies[1]) as ben,
    ):
        (tmp_path / 'users.json').write_text(json.dumps(users))
        assert (await ann.receive())['reason'] == 'auth'
        await ann.closed()
        await ben.receive_nothing()


async def test_an_outage_of_the_list_of_users_logs_nobody_out(serve: Serve, tmp_path: Path) -> None:
    """Sockets end, so that nothing is shown or stored, and come back by themselves; pages answer 503."""
    source = tmp_path / 'users.json'
    source.write_text(json.dumps({'ann': 'pw'}))
    server = serve('users_in_file', directory=tmp_path, LOGIN='custom')
    cookie = server.login('ann', 'pw')
    async with connected(server.socket_url, cookie=cookie) as ann:
        users = source.read_text()
        source.unlink()
        assert (await ann.receive())['reason'] == 'unsure'
    answers = [server.get('/', cookie=cookie, headers=BROWSER) for _ in range(3)]
    assert [each.status_code for each in answers] == [503] * 3
    page = server.get('/', cookie=cookie, headers=BROWSER)
    assert (page.status_code, page.headers['retry-after']) == (503, '2')
    assert '<h1>This page cannot be shown now</h1><p>The server cannot check now who you are.' in page.text
    with pytest.raises(websockets.InvalidStatus):
        async with connected(server.socket_url, cookie=cookie):
            pass
    source.write_text(users)
    async with connected(server.socket_url, cookie=cookie) as ann:
        await ann.receive_nothing()
    assert server.get('/note', cookie=cookie, headers=BROWSER).status_code == 200
    assert server.log.count('The auth config failed') == 1
