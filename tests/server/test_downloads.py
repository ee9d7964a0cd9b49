"""Tests of files that actions send, with several hosts: they reach their user, whichever server a request reaches."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from tests.fleet import Fleet, process_of, start_fleet
from tests.redis_server import RedisServer
from tests.tab import Tab, value

MEGABYTE: Final = 1024 * 1024


@pytest.fixture(scope='module')
def database() -> Iterator[str]:
    with RedisServer() as server:
        yield server.url


@pytest_asyncio.fixture
async def apart(tmp_path: Path, database: str) -> AsyncIterator[Fleet]:
    """Three hosts without a folder that they share."""
    async with AsyncExitStack() as stack:
        yield start_fleet(tmp_path, database, stack)


@pytest_asyncio.fixture
async def sharing(tmp_path: Path, database: str) -> AsyncIterator[Fleet]:
    """Three hosts with a shared folder."""
    (tmp_path / 'shared').mkdir()
    async with AsyncExitStack() as stack:
        yield start_fleet(tmp_path, database, stack, FOLDER=str(tmp_path / 'shared'))


async def press(fleet: Fleet, tab: Tab, button: str) -> dict[str, Any]:
    return await tab.call(fleet.server.buttons(fleet.cookie('ann'))[button], value(None))


def files_below(folder: Path) -> list[Path]:
    return [each for each in folder.rglob('*') if each.is_file() and each.parent.name in ('downloads', 'offers')]


async def test_each_host_has_what_another_one_offers(sharing: Fleet, tmp_path: Path) -> None:
    """For the session that asked for it, and once, even if all hosts are asked at one time; nothing stays behind."""
    tab, _ = await sharing.tabs('ann', 'ben')
    for button, size in (('Download', None), ('Download 20', 20 * MEGABYTE)):
        await press(sharing, tab, button)
        address = tab.effects[0]['url']
        for server in sharing.servers:
            assert server.get(address, cookie=sharing.cookie('ben')).status_code == 404
        answers = await asyncio.gather(*(fetch(sharing, address, number) for number in (0, 1, 2) * 3))
        (content,) = [answer.content for answer in answers if answer.status_code == 200]
        assert {each.headers['Content-Length'] for each in answers if each.status_code == 200} == {f'{len(content)}'}
        assert len(content) == size or content.decode() == f'by {await process_of(tab)}'
    async with asyncio.timeout(10):
        while files_below(tmp_path / 'shared'):
            await asyncio.sleep(0.01)


async def fetch(fleet: Fleet, address: str, server: int) -> httpx.Response:
    return await asyncio.to_thread(fleet.servers[server].get, address, cookie=fleet.cookie('ann'))


async def test_a_file_reaches_a_tab_that_has_moved(sharing: Fleet) -> None:
    """The server that has offered it is dead by then."""
    tab, other = await sharing.tabs('ann', 'ann')
    await press(sharing, tab, 'Download')
    address = tab.effects[0]['url']
    pid = await process_of(tab)
    await sharing.move(tab, to=other)
    sharing.servers[0].kill()
    assert (await fetch(sharing, address, 1)).text == f'by {pid}'


async def test_hosts_without_a_folder_send_files_on_the_connection_of_the_tab(apart: Fleet, tmp_path: Path) -> None:
    """In pieces; a file that is too large for that is refused, with the way out. What is temporary is deleted."""
    tab = (await apart.tabs('ann', 'ben'))[0]
    await press(apart, tab, 'Download 4')
    pieces = tab.effects
    assert {piece['kind'] for piece in pieces} == {'file'}
    assert [piece['name'] for piece in pieces] == [None] * (len(pieces) - 1) + ['much.bin']
    assert b''.join(b64decode(piece['content']) for piece in pieces) == bytes(4 * MEGABYTE)
    answer = await press(apart, tab, 'Download 20')
    assert 'set config.shared_folder' in answer['message']
    assert [each.stat().st_size for each in tmp_path.rglob('much.bin')] == [20 * MEGABYTE]


async def test_a_tab_that_leaves_in_the_middle_of_a_file_ends_its_sending(apart: Fleet, tmp_path: Path) -> None:
    """Another tab gets its own file meanwhile."""
    tab, other = await apart.tabs('ann', 'ann')
    target = apart.server.buttons(apart.cookie('ann'))['Download 4']
    await tab.send(type='call', id=99, target=target, inputs=[value(None)])
    assert (await tab.receive('effect'))['effect']['name'] is None
    await tab.cut()
    await other.call(target, value(None))
    assert other.effects[-1]['name'] == 'much.bin'
    async with asyncio.timeout(30):
        while list(tmp_path.rglob('much.bin')):
            await asyncio.sleep(0.01)


async def test_hosts_that_are_gone_do_not_matter(apart: Fleet) -> None:
    """A server that remains alone offers files of any size, as one that was always alone."""
    (tab,) = await apart.tabs('ann')
    apart.servers[1].kill()
    apart.servers[2].stop()
    await press(apart, tab, 'Download 20')
    assert len((await fetch(apart, tab.effects[0]['url'], 0)).content) == 20 * MEGABYTE
