"""Tests of files that actions send to browsers while two hosts serve the app."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab, log_in
from tests.conftest import Serve
from tests.redis_server import RedisServer
from tests.repeats import repeated

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize('has_folder', [False, repeated(True)])
async def test_files_arrive_with_several_hosts(
    has_folder: bool, serve: Serve, open_tab: OpenTab, tmp_path: Path
) -> None:
    """By HTTP from a shared folder, or in pieces on the connection of the tab; at each host."""
    (tmp_path / 'shared').mkdir()
    folder = {'FOLDER': str(tmp_path / 'shared')} if has_folder else {}
    with RedisServer() as redis:
        common = {'DATABASE': redis.url, 'CHANGES': str(tmp_path / 'changes'), 'DARA_SECRET': 'one for both servers'}
        servers = [serve('fleet', directory=None, **common, **folder, DARA_HOST_NAME=host) for host in ('one', 'two')]
        tabs = [await open_tab(server.url) for server in servers]
        for tab, name in zip(tabs, ('ann', 'ben'), strict=True):
            await log_in(tab, name, name[0])
            async with tab.expect_download() as downloading:
                await tab.get_by_role('button', name='Download 4').click()
            download = await downloading.value
            assert download.suggested_filename == 'much.bin'
            assert Path(await download.path()).read_bytes() == bytes(4 * MEGABYTE)
        if not has_folder:
            await tabs[0].get_by_role('button', name='Download 20').click()
            await expect(tabs[0].get_by_text('set config.shared_folder')).to_be_visible()
        for server in servers:
            server.stop()
