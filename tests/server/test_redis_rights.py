"""Tests of the rights that the user of Redis needs for `RedisBackend`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from dara.core.errors import InvalidConfig
from dara.core.persistence.databases.redis import RedisBackend
from tests.redis_server import RedisServer


@pytest.fixture(scope='module')
def server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.mark.parametrize('command', ['rpush', 'hset', 'publish', 'xadd', 'evalsha', 'function', 'info', 'scan'])
async def test_a_missing_right_is_named(server: RedisServer, command: str) -> None:
    server.call('ACL', 'SETUSER', 'app', 'reset', 'on', '>s3cr', '~*', '&*', '+@all', f'-{command}')
    backend = RedisBackend(server.url.replace('//', '//app:s3cr@'))
    with pytest.raises(InvalidConfig, match=f"(?i)may not run {command}.*'{command}") as caught:
        await backend.load('key')
    assert 's3cr' not in str(caught.value)
    await backend.close()


async def test_the_rights_of_the_documentation_are_enough(server: RedisServer) -> None:
    names = ('dara', 'dara_server')  # the second one is for what Dara shares itself
    rights = [f'{kind}{{{name}:*' for name in names for kind in '~&']
    server.call('ACL', 'SETUSER', 'app', 'reset', 'on', '>s3cr', *rights, '+@all', '-@dangerous', '+info')
    backend = RedisBackend(server.url.replace('//', '//app:s3cr@'))
    outside: asyncio.Queue[str] = asyncio.Queue()
    for each in (backend, backend.sibling('server')):
        await each.watch(lambda *_: None, lambda _: None)
        await each.watch_outside(lambda key, _: outside.put_nowait(key))
        await each.serve(['key'], [])
        await each.write('key', 1)
        assert await each.get_all() == {'key': 1}
        server.call('FCALL', 'dara_write', 1, f'{{{each.name}:other}}', 2)
        assert [await outside.get() for _ in range(2)] == ['key', 'other']
        await each.close()
