"""Tests of `config.backend` in a real server: one file keeps the values of all stores."""

from __future__ import annotations

import json
from typing import Any

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import connected, replace, splice, value


def kept_by(server: AppServer) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((server.directory / 'values.json').read_text())
    return values


async def test_two_tabs_go_on_after_a_restart(serve: Serve) -> None:
    """With the epoch and the versions that they have, in a page, in a room, and in a py_component."""
    server = serve('default_backend')
    (target,) = server.renderings()
    seen: dict[str, tuple[str, int]] = {}
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        fragments = [(await tab.call(target, value('x'), slot='here'))['value'] for tab in (ann, ben)]
        (counter,) = fragments[0]['stores']
        places: dict[str, dict[str, Any]] = {'note': {}, 'rooms': {'at': 'kitchen'}, counter: {'of': 'here'}}
        for store, where in places.items():
            await ben.subscribe(store, **where)
            await ann.edit(await ann.subscribe(store, **where), replace(f'in {store}'))
            for tab in (ann, ben):
                change = await tab.receive('change')
            at = await ben.subscribe(store, **where)
            assert (at['value'], at['version']) == (f'in {store}', change['version'])
            seen[store] = (at['epoch'], at['version'])
    server.restart()
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        for tab in (ann, ben):
            await tab.call(target, value('x'), slot='here')
        for store, where in places.items():
            assert (await ben.subscribe(store, since=seen[store], **where))['type'] == 'current'
            at = await ann.subscribe(store, **where)
            assert (at['value'], at['epoch'], at['version']) == (f'in {store}', *seen[store])
            await ann.edit(at, splice(0, 0, 'still '))
            assert (await ben.receive('change'))['edits'][0][2] == [splice(0, 0, 'still ')]
    stored = kept_by(server)
    name = counter.replace('~', '~0').replace('/', '~1')
    assert stored == {
        'note/global': 'still in note',
        'rooms/kitchen': 'still in rooms',
        f'{name}/global': f'still in {counter}',
    }


async def test_the_app_sees_its_own_keys(serve: Serve) -> None:
    """`can_read`, at the first look and later; the people who are present; a room whose name is too long."""
    server = serve('default_backend')
    async with connected(server.socket_url) as ann:
        await ann.subscribe('rooms', at='kitchen')
        for hidden in ('hidden', 'k' * 512):
            assert (await ann.subscribe('rooms', at=hidden))['code'] == 'forbidden'
        await ann.call(server.buttons()['Report'], value(None))
    assert kept_by(server)['log/everybody'] == {'asked': ['hidden', 'kitchen'], 'present': 1}
