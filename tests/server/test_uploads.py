"""Tests of uploads: files that arrive in chunks at any server of an app, and reach its code whole."""

from __future__ import annotations

import asyncio
import hashlib
import os
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from dara.core._messages import NO_ROOM_FOR_UPLOADS
from tests.conftest import Serve
from tests.fleet import process_of
from tests.process import AppServer, start_in_vain
from tests.redis_server import RedisServer
from tests.tab import Tab, connected, value

MEGABYTE: Final = 1024 * 1024
CONTENT: Final = bytes(range(256)) * (3 * MEGABYTE // 256)
SECRET: Final = 'the secret of all servers'


class Zone:
    """A tab of a user, and one UploadDropzone of the page."""

    def __init__(self, server: AppServer, tab: Tab, index: int = 0) -> None:
        self.server = server
        self.tab = tab
        nodes = [node for node in server._children(tab.cookie) if node['component'] == 'UploadDropzone']
        self.node = nodes[index]

    async def begin(self, name: str = 'a.bin', size: int = len(CONTENT), type: str = '', **where: Any) -> Any:
        """Begin an upload; return its id, or the server's message."""
        answer = await self.tab.call(self.node['id'], value({'name': name, 'size': size, 'type': type}), **where)
        return answer['value'].get('id') if answer['type'] == 'result' else answer

    async def refusal(self, **about: Any) -> str:
        asked = {'name': 'a.txt', 'size': 1, 'type': '', **about}
        return str((await self.tab.call(self.node['id'], value(asked)))['value']['refused'])

    async def finish(self, upload: str) -> dict[str, Any]:
        """Run the actions of the zone; return the answer to the last one."""
        answer = {}
        for action in self.node['actions']['on_drop']:
            answer = await self.tab.call(action['target'], value({'upload': upload}))
        return answer

    async def send(self, upload: str, content: Any, offset: int = 0, server: AppServer | None = None) -> httpx.Response:
        return await send(server or self.server, self.tab.cookie, upload, content, offset)

    async def request(self, method: str, upload: str, **options: Any) -> httpx.Response:
        options = {'cookie': self.tab.cookie, **options}
        return await asyncio.to_thread(self.server.request, method, f'/_dara/upload/{upload}', **options)


async def send(server: AppServer, cookie: str, upload: str, content: Any, offset: int = 0) -> httpx.Response:
    name, _, given = cookie.partition('=')
    async with server.client(cookies={name: given}, timeout=120) as client:
        return await client.patch(
            f'/_dara/upload/{upload}', content=content, headers={'Upload-Offset': str(offset), 'Origin': server.url}
        )


def entry(name: str, content: bytes, type: str = '') -> list[Any]:
    return [name, len(content), type, hashlib.sha256(content).hexdigest()]


async def arrived(tab: Tab) -> list[Any]:
    entries: list[Any] = (await tab.subscribe('arrived'))['value']
    return entries


def files_of(folder: Path) -> list[Path]:
    return [each for each in folder.rglob('*') if each.is_file() and each.parent.name == 'uploads']


@asynccontextmanager
async def opened(server: AppServer, cookie: str = '', index: int = 0) -> AsyncIterator[Zone]:
    async with connected(server.socket_url, cookie=cookie) as tab:
        yield Zone(server, tab, index)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / 'shared').mkdir()
    return tmp_path / 'shared'


@pytest.fixture
def server(serve: Serve, folder: Path) -> AppServer:
    return serve('uploads', FOLDER=str(folder), USERS='yes')


async def test_a_file_reaches_an_action(server: AppServer, folder: Path) -> None:
    """With its name, without folders; and is removed afterwards, unless the action keeps it."""
    async with opened(server, server.login('ann', 'a')) as zone:
        upload = await zone.begin('../../etc/pass\0wd.bin', type='application/x-thing')
        half = len(CONTENT) // 2
        assert (await zone.send(upload, CONTENT[:half])).headers['Upload-Offset'] == str(half)
        position = (await zone.request('HEAD', upload)).headers
        assert (position['Upload-Offset'], position['Upload-Length']) == (str(half), str(len(CONTENT)))
        assert (await zone.finish(upload))['message'].startswith('The file has not arrived completely')
        assert (await zone.send(upload, CONTENT[half:], half)).status_code == 204
        assert (await zone.finish(upload))['type'] == 'result'
        assert (await zone.request('DELETE', upload)).status_code == 204
        assert await arrived(zone.tab) == [entry('passwd.bin', CONTENT, 'application/x-thing')]
        assert (server.directory / 'kept').read_bytes() == CONTENT
        assert files_of(folder) == []
        empty = await zone.begin('empty', 0)
        assert (await zone.finish(empty))['type'] == 'result'


async def test_a_table_reaches_a_variable_and_a_wrong_file_its_user(server: AppServer) -> None:
    """Of that user alone; the resolver tells what is wrong."""
    content = b'city;people\nUlm;126000\nBonn;331000\n'
    async with opened(server, server.login('ann', 'a'), 1) as zone, opened(server, server.login('ben', 'b'), 1) as ben:
        upload = await zone.begin('cities.csv', len(content), 'text/csv')
        await zone.send(upload, content)
        assert (await zone.finish(upload))['type'] == 'result'
        version = {'store': 'table:version', 'path': [], 'version': 0}
        for tab, shape in ((zone.tab, [2, 2]), (ben.tab, None)):
            answer = await tab.call('shape', {'inputs': [version], 'path': []})
            assert answer['value'] == shape
        broken = await zone.begin('broken.xlsx', 4)
        await zone.send(broken, b'oops')
        assert 'broken.xlsx cannot be read as a table' in (await zone.finish(broken))['message']
        small = Zone(server, zone.tab, 2)
        wrong = await small.begin('a.txt', 5)
        await small.send(wrong, b'wrong')
        assert (await small.finish(wrong))['message'] == 'a.txt is not fine.'
        await small.request('DELETE', wrong)
        right = await small.begin('b.txt', 4)
        await small.send(right, b'fine')
        await small.finish(right)
        assert small.tab.effects[0]['value'] == 'fine'


async def test_what_is_not_allowed_is_refused_before_the_first_byte(server: AppServer) -> None:
    async with opened(server, server.login('ann', 'a'), 2) as zone:
        assert await zone.refusal(size=1001) == 'The file has 1 KB, and at most 1 KB are allowed.'
        assert 'Files of this type are not taken here' in await zone.refusal(name='a.exe')
        upload = await zone.begin('a.txt', 4)
        assert 'You can upload 1 files' in await zone.refusal()
        for size in (-1, 'many', None):
            assert (await zone.begin('a.txt', size))['type'] == 'error'  # type: ignore[arg-type]
        assert (await zone.send(upload, b'fine and more')).status_code == 413
        assert (await zone.send(upload, b'x', 3)).status_code == 409
        large = await Zone(server, zone.tab, 0).begin('a.exe', 5000)
        await zone.send(large, bytes(5000))
        assert 'at most 1 KB' in (await zone.finish(large))['message']


async def test_only_the_session_of_an_upload_uses_it(server: AppServer, folder: Path) -> None:
    """And only from the app's own pages. A component that the tab does not show takes nothing."""
    ann, ben = server.login('ann', 'a'), server.login('ben', 'b')
    async with (
        opened(server, ann) as zone,
        opened(server, ben) as other,
        opened(server, server.login('ann', 'a')) as late,
    ):
        upload = await zone.begin()
        for stranger in (other, late):
            assert (await stranger.send(upload, CONTENT)).status_code == 404
            assert (await stranger.request('HEAD', upload)).status_code == 404
            assert (await stranger.request('DELETE', upload)).status_code == 404
            assert (await stranger.finish(upload))['type'] == 'error'
        foreign = {'Upload-Offset': '0', 'Origin': 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site'}
        assert (await zone.request('PATCH', upload, headers=foreign, content=b'x')).status_code == 403
        assert (await zone.request('PATCH', upload, cookie='', headers={'Upload-Offset': '0'})).status_code == 401
        for wrong in ('..%2F..%2Fapp.py', 'x' * 32, f'{upload}.part'):
            assert (await zone.request('HEAD', wrong)).status_code == 404
        assert (await zone.request('HEAD', upload)).headers['Upload-Offset'] == '0'
        (slot,) = server.renderings(ann)
        unseen = f'{slot}/0'
        about = value({'name': 'a', 'size': 1, 'type': ''})
        assert (await zone.tab.call(unseen, about, of='s'))['type'] == 'error'
        await zone.tab.call(slot, value(1), slot='s')
        assert 'id' in (await zone.tab.call(unseen, about, of='s'))['value']
        assert (await zone.tab.call(unseen, about))['type'] == 'error'


async def slowly(content: bytes, sent: asyncio.Event, goes_on: asyncio.Event) -> AsyncIterator[bytes]:
    half = len(content) // 2
    yield content[:half]
    sent.set()
    await goes_on.wait()
    yield content[half:]


async def grown(zone: Zone, upload: str, size: int) -> int:
    """Wait until the server has so many bytes of an upload."""
    async with asyncio.timeout(20):
        while (offset := int((await zone.request('HEAD', upload)).headers['Upload-Offset'])) < size:
            await asyncio.sleep(0.01)
    return offset


async def test_an_upload_goes_on_after_its_connection_was_cut(server: AppServer) -> None:
    """From the byte that has arrived last; the request that hangs elsewhere does no harm."""
    async with opened(server, server.login('ann', 'a')) as zone:
        upload = await zone.begin()
        sent, goes_on = asyncio.Event(), asyncio.Event()
        hanging = asyncio.create_task(zone.send(upload, slowly(CONTENT, sent, goes_on)))
        cut = asyncio.create_task(zone.send(upload, slowly(CONTENT, sent, asyncio.Event())))
        await sent.wait()
        offset = await grown(zone, upload, MEGABYTE)
        cut.cancel()
        assert (await zone.send(upload, CONTENT[offset:], offset)).status_code == 204
        goes_on.set()
        assert (await hanging).status_code == 204
        assert (await zone.finish(upload))['type'] == 'result'
        assert (await zone.send(upload, bytes(10))).status_code == 404  # nobody changes what the action has kept
        assert (server.directory / 'kept').read_bytes() == CONTENT


async def test_a_full_disk_stops_an_upload_which_goes_on_when_there_is_room(server: AppServer) -> None:
    """A limit of the size of files stands for the disk. Others are answered meanwhile."""
    limit = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    async with opened(server, server.login('ann', 'a')) as zone:
        upload = await zone.begin()
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (MEGABYTE, limit[1]))
        refused = await zone.send(upload, CONTENT)
        assert (refused.status_code, refused.json()) == (507, {'detail': NO_ROOM_FOR_UPLOADS})
        assert 'Files of users cannot be stored: [Errno 27] File too large' in server.log
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, limit)
        offset = int((await zone.request('HEAD', upload)).headers['Upload-Offset'])
        assert offset == MEGABYTE
        assert (await zone.send(upload, CONTENT[offset:], offset)).status_code == 204
        assert (await zone.finish(upload))['type'] == 'result'
        assert (server.directory / 'kept').read_bytes() == CONTENT


async def test_the_chunks_reach_different_workers(serve: Serve, tmp_path: Path) -> None:
    """Without any setting: the workers of a host share a folder."""
    server = serve('uploads', '--workers', '2', USERS='yes', DATABASE=str(tmp_path / 'all.sqlite'))
    cookie = server.login('ann', 'a')
    async with AsyncExitStack() as stack:
        tabs: dict[int, Tab] = {}
        while len(tabs) < 2:
            tab = await stack.enter_async_context(connected(server.socket_url, cookie=cookie))
            tabs.setdefault(await process_of(tab), tab)
        first, second = (Zone(server, tab) for tab in tabs.values())
        upload = await first.begin()
        for offset in range(0, len(CONTENT), 64 * 1024):
            answer = await first.send(upload, CONTENT[offset : offset + 64 * 1024], offset)
            assert answer.status_code == 204
        assert (await second.finish(upload))['type'] == 'result'
        assert await arrived(second.tab) == [entry('a.bin', CONTENT)]


@pytest.fixture(scope='module')
def database() -> Iterator[str]:
    with RedisServer() as redis:
        yield redis.url


async def test_another_host_goes_on_when_one_is_killed(
    serve: Serve, folder: Path, database: str, tmp_path: Path
) -> None:
    """In the middle of a chunk. A host without the folder of the others is refused at the start."""
    common: dict[str, Any] = {'FOLDER': str(folder), 'DATABASE': database, 'USERS': 'yes', 'DARA_SECRET': SECRET}
    one, two = (serve('uploads', **common, DARA_HOST_NAME=host) for host in ('one', 'two'))
    cookie = one.login('ann', 'a')
    async with opened(one, cookie) as zone, opened(two, cookie) as other:
        upload = await zone.begin()
        sent = asyncio.Event()
        hanging = asyncio.create_task(zone.send(upload, slowly(CONTENT, sent, asyncio.Event())))
        await sent.wait()
        await grown(other, upload, MEGABYTE)
        one.kill()
        hanging.cancel()
        offset = await grown(other, upload, MEGABYTE)
        assert (await other.send(upload, CONTENT[offset:], offset)).status_code == 204
        assert (await other.finish(upload))['type'] == 'result'
        assert await arrived(other.tab) == [entry('a.bin', CONTENT)]
    (tmp_path / 'three').mkdir()
    AppServer(tmp_path / 'three', 'uploads')
    with pytest.MonkeyPatch.context() as patch:
        for name, given in {**common, 'FOLDER': '', 'DARA_HOST_NAME': 'three'}.items():
            patch.setenv(name, given)
        ended = start_in_vain(tmp_path / 'three')
    assert ended.returncode == 2
    assert 'config.shared_folder is missing here' in ended.stderr


async def test_a_large_file_takes_no_memory_and_delays_nobody(server: AppServer) -> None:
    """The server reads no faster than its disk writes, and answers others meanwhile."""
    block, count = os.urandom(MEGABYTE), 200

    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield block

    async with opened(server, server.login('ann', 'a')) as zone:
        upload = await zone.begin('large.bin', count * MEGABYTE)
        assert (await zone.send(await zone.begin('small.bin', MEGABYTE), block)).status_code == 204
        before, peak = server.memory, 0
        sending = asyncio.create_task(zone.send(upload, blocks()))
        while not sending.done():
            await zone.tab.receive_nothing()
            peak = max(peak, server.memory)
            await asyncio.sleep(0.02)
        assert (await sending).headers['Upload-Offset'] == str(count * MEGABYTE)
        assert peak - before < 16 * MEGABYTE
        await zone.request('DELETE', upload)
