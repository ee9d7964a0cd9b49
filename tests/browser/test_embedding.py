"""Tests of apps in a frame of another site, and behind proxies that hand them on below a path."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import OpenTab, log_in, status, stored
from tests.conftest import Serve
from tests.proxy import Proxy

APP = """
    from dara.components import Anchor, Image, Input, Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.auth import MultiBasicAuthConfig
    from dara.core.persistence import BackendStore, FileBackend

    note = Variable(default='', store=BackendStore(FileBackend(path='store.json')))
    config = ConfigurationBuilder()
    config.add_auth(MultiBasicAuthConfig(users={'ann': 'pw', 'ben': 'pw'}))
    config.add_page('Note', content=Stack(Input(value=note, label='Note')))
    config.add_page('Other', content=Text('another page'))
"""


@asynccontextmanager
async def intranet() -> AsyncIterator[tuple[str, list[str]]]:
    """Serve a page of another site with an app in a frame; yield its origin, and the list for the app's address."""
    framed: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b'\r\n\r\n')
        icon = '<link rel="icon" href="data:,">'
        page = f'<!doctype html><title>Intranet</title>{icon}<iframe src="{framed[-1]}"></iframe>'
        head = f'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\nConnection: close\r\n\r\n'
        writer.write((head + page).encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, '127.0.0.1')
    yield f'http://localhost:{server.sockets[0].getsockname()[1]}', framed
    server.close()


async def test_an_app_in_a_frame_of_another_site_can_be_used(serve: Serve, browser: Browser, open_tab: OpenTab) -> None:
    """One logs in there, types, goes to another page, and logs out; who has the app itself open sees it live."""
    async with intranet() as (origin, framed):
        server = serve(APP + f'    config.allow_embedding({origin!r})\n')
        framed.append(server.url)
        outer = await browser.new_page()  # whose console tells that nothing in a frame gets the focus by itself
        await outer.goto(origin)
        frame = outer.frame_locator('iframe')
        await log_in(frame, 'ann', 'pw')
        await frame.get_by_label('Note').fill('typed in a frame')
        await expect(frame.get_by_role('status')).to_have_attribute('title', 'Live')
        ben = await open_tab(f'{server.url}/login')
        await log_in(ben, 'ben', 'pw')
        await expect(ben.get_by_label('Note')).to_have_value('typed in a frame')
        await ben.get_by_label('Note').fill('and outside')
        await expect(frame.get_by_label('Note')).to_have_value('and outside')
        assert stored(server) == 'and outside'
        (cookie,) = await outer.context.cookies(server.url)
        assert (cookie['sameSite'], cookie['secure'], cookie['httpOnly']) == ('None', True, True)
        await frame.get_by_role('link', name='Other').click()
        await expect(frame.get_by_text('another page')).to_be_visible()
        await frame.get_by_role('button', name='ann').click()  # a frame is as narrow as a phone
        await frame.get_by_role('button', name='Log out').click()
        await expect(frame.get_by_label('Password')).to_be_visible()
        await outer.close()


@pytest.mark.parametrize('strips', [False, True], ids=['keeps', 'strips'])
async def test_an_app_behind_a_proxy_below_a_path_can_be_used(serve: Serve, open_tab: OpenTab, strips: bool) -> None:
    """Its pages, links and connection, after a reload too, and the log-out."""
    server = serve(APP)
    server.stop()
    server.start('--base-url', '/office/notes')
    async with Proxy(server.url.removesuffix('/office/notes'), '/office/notes', strips=strips) as proxy:
        tab = await open_tab(proxy.url)
        await log_in(tab, 'ann', 'pw')
        await tab.get_by_label('Note').fill('typed')
        await expect(status(tab)).to_have_attribute('title', 'Live')
        await tab.get_by_role('link', name='Other').click()
        await expect(tab.get_by_text('another page')).to_be_visible()
        await tab.reload()
        assert tab.url == f'{proxy.url}/other'
        await expect(tab.get_by_text('another page')).to_be_visible()
        await tab.go_back()
        await expect(tab.get_by_label('Note')).to_have_value('typed')
        await tab.get_by_role('button', name='Log out').click()
        await expect(tab.get_by_label('Password')).to_be_visible()
        assert tab.url.startswith(f'{proxy.url}/login')
        assert all(address.startswith('/office/notes') for address in proxy.requested)
