"""Tests of an app whose values get a new version, while tabs of the old one are open."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import connected, replace

OLD_APP = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    orders = BackendStore(FileBackend(path='orders.json'), uid='orders')
    config = ConfigurationBuilder()
    config.add_page('Orders', content=Stack(
        Text(Variable(default={'price': '2.50'}, store=orders)),
        Text(Variable(default={'price': '2.50'}, store=orders.at('other'))),
    ))
"""
NEW_APP = OLD_APP.replace('price', 'cents').replace("'2.50'", '250').replace("uid='orders'", "uid='orders', **versions")
NEW_APP = f"""
    def in_cents(order):
        return {{'cents': round(float(order['price']) * 100)}}

    versions = {{'version': 2, 'migrate': {{1: in_cents}}}}
{NEW_APP}"""
FIRST_READ = {'$version': 2, 'value': {'cents': 300}}


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(OLD_APP)


def on_disk(server: AppServer) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((server.directory / 'orders.json').read_text())
    return content


async def test_a_tab_of_the_old_version_learns_why_its_edit_is_not_taken(server: AppServer) -> None:
    """An acknowledged edit is migrated. Another one stays in the tab."""
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('orders')
        await tab.edit(at, replace('3.00', 'price'))
        assert (await tab.receive('change'))['edits'][0][:2] == [at['author'], 1]
        server.kill()
    server.write_app(NEW_APP)
    server.start()
    assert on_disk(server)['global'] == FIRST_READ
    async with connected(server.socket_url, client=tab.client, cookie=tab.cookie) as tab:
        answer = await tab.subscribe('orders', since=(at['epoch'], at['version'] + 1))
        assert (answer['type'], answer['code']) == ('error', 'version')
        assert 'made for version 1' in answer['message']
        assert 'runs version 2' in answer['message']
        await tab.edit(at, replace('4.00', 'price'), n=2)
        assert (await tab.receive('reject'))['code'] == 'forbidden'
        assert (await tab.subscribe('orders#v2'))['value'] == {'cents': 300}
        assert (await tab.subscribe('orders#v3'))['code'] == 'version'
        assert (await tab.subscribe('unknown'))['code'] == 'unknown'
    assert on_disk(server)['global'] == FIRST_READ


async def test_tabs_of_the_new_version_resume_after_a_crash(server: AppServer) -> None:
    server.stop()
    server.write_app(NEW_APP)
    server.start()
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('orders#v2')
        await tab.edit(at, replace(1, 'cents'))
        changed = await tab.receive('change')
        server.restart()
    async with connected(server.socket_url, client=tab.client, cookie=tab.cookie) as tab:
        again = await tab.subscribe('orders#v2', since=(at['epoch'], at['version']))
        assert (again['type'], again['receipt']['n']) == ('current', 1)
        assert (await tab.receive())['edits'] == changed['edits']
        (server.directory / 'orders.json').write_text('{"global": {"$version": 2, "value": {"cents": 2}}}')
        assert (await tab.receive('change'))['edits'][0][2] == [replace(2, 'cents')]


async def test_an_old_server_keeps_its_tabs_waiting_while_a_value_is_a_new_one(server: AppServer) -> None:
    """A program of the new version has written it. Tabs learn why, keep their edits, and go on if it is rolled back."""

    def write(key: str, value: Any) -> None:
        (server.directory / 'orders.json').write_text(json.dumps({**on_disk(server), key: value}))

    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('orders')
        await tab.edit(at, replace('3.00', 'price'))
        await tab.receive('change')
        write('global', FIRST_READ)
        paused = await tab.receive('paused')
        for part in ("'global'", 'version 2', 'version 1'):
            assert part in paused['message']
        n = await tab.edit(at, replace('4.00', 'price'), base=at['version'] + 1)
        assert (await tab.receive('retry'))['message'] == paused['message']
        assert on_disk(server)['global'] == FIRST_READ
        async with connected(server.socket_url) as other:
            answer = await other.subscribe('orders')
            assert (answer['code'], answer['message']) == ('backend', paused['message'])
        write('global', {'price': '3.00'})
        snapshot = await tab.receive('snapshot')
        assert snapshot['value'] == {'price': '3.00'}
        await tab.edit(snapshot, replace('4.00', 'price'), n=n)
        assert (await tab.receive('change'))['edits'][0][1] == n
    assert on_disk(server)['global'] == {'price': '4.00'}


async def test_a_value_that_cannot_be_migrated_stops_no_other(server: AppServer) -> None:
    """The tabs that show it learn the reason, and the mended app reads it."""
    async with connected(server.socket_url) as tab:
        for at in (await tab.subscribe('orders'), await tab.subscribe('orders', at='other')):
            await tab.edit(at, replace('3.00', 'price'))
            await tab.receive('change')
    server.stop()
    content = {**on_disk(server), 'global': {'price': 'much'}}
    (server.directory / 'orders.json').write_text(json.dumps(content))
    server.write_app(NEW_APP)
    server.start()
    async with connected(server.socket_url) as tab:
        answer = await tab.subscribe('orders#v2')
        assert answer['code'] == 'backend'
        for part in ("'global'", 'version 1', 'version 2', 'in_cents'):
            assert part in answer['message']
        assert (await tab.subscribe('orders#v2', at='other'))['value'] == {'cents': 300}
    assert on_disk(server) == {'global': {'price': 'much'}, 'other': FIRST_READ}
    assert "could not convert string to float: 'much'" in server.log
    server.stop()
    server.write_app(NEW_APP.replace("order['price']", "order['price'].replace('much', '3')"))
    server.start()
    async with connected(server.socket_url) as tab:
        assert (await tab.subscribe('orders#v2'))['value'] == {'cents': 300}


async def test_a_server_remembers_that_a_value_had_a_version(server: AppServer) -> None:
    """A program that writes while no server runs is not guessed at either."""
    server.stop()
    server.write_app(NEW_APP)
    server.start()
    server.stop()
    (server.directory / 'orders.json').write_text('{"global": {"price": "3.00"}}')
    server.start()
    async with connected(server.socket_url) as tab, asyncio.timeout(30):
        answer = await tab.subscribe('orders#v2')
        assert 'does not say its version' in answer['message']
        (server.directory / 'orders.json').write_text('{"global": {"$version": 1, "value": {"price": "3.00"}}}')
        while (answer := await tab.subscribe('orders#v2'))['type'] == 'error':
            pass
        assert answer['value'] == {'cents': 300}
