"""The context of actions as documented: notices, navigation, and actions within actions."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.compat.page import expect_texts, press
from tests.conftest import Serve
from tests.process import AppServer


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('compat_acting')


async def test_every_documented_status_has_a_look(server: AppServer, open_tab: OpenTab) -> None:
    tab = await open_tab(f'{server.url}/a')
    looks = {
        **dict.fromkeys(('CREATED', 'QUEUED', 'RUNNING', 'info', ''), 'info'),
        **dict.fromkeys(('CANCELED', 'WARNING', 'WARN'), 'warning'),
        **dict.fromkeys(('ERROR', 'FAILED', 'enum'), 'error'),
        'SUCCESS': 'success',
    }
    for status, look in looks.items():
        await press(tab, f'status {status}'.strip())
        message = f'told [{"FAILED" if status == "enum" else status}]'
        notice = tab.locator(f'.dara-toast[data-status={look}]').filter(has_text=message)
        await expect(notice.last).to_be_visible()
        await notice.last.get_by_role('button').click()
    await press(tab, 'status odd')
    await expect(tab.locator('.dara-toast[data-status=error]')).to_be_visible()
    assert 'status is one of CANCELED, CREATED, ERROR' in server.log


async def at(tab: Page, path: str) -> None:
    await expect(tab).to_have_url(re.compile(f'{path}$'))


async def test_an_action_replaces_the_entry_of_the_history(server: AppServer, open_tab: OpenTab) -> None:
    tab = await open_tab(f'{server.url}/blog')
    await press(tab, 'go plain')
    await at(tab, '/b')
    await tab.go_back()
    await at(tab, '/blog')
    await press(tab, 'go parameters')
    await at(tab, '/blog/a%20b/edit')
    await press(tab, 'go replaced')
    await at(tab, '/b')
    await tab.go_back()
    await at(tab, '/blog')


async def test_dots_in_an_address_count_from_the_page_or_from_its_path(server: AppServer, open_tab: OpenTab) -> None:
    edit = f'{server.url}/blog/x/edit'
    tab = await open_tab(edit)
    await press(tab, 'go above the path')
    await at(tab, '/blog/x')
    await press(tab, 'go above')
    await at(tab, '/blog')
    await press(tab, 'go beside')
    await at(tab, ':[0-9]+/b')
    await tab.goto(f'{server.url}/blog')
    await press(tab, 'go below')
    await at(tab, '/blog/new')


async def test_an_action_opens_a_tab(server: AppServer, open_tab: OpenTab) -> None:
    tab = await open_tab(f'{server.url}/a')
    async with tab.context.expect_page() as opened:
        await press(tab, 'go tab')
    await at(await opened.value, '/b')
    await at(tab, '/a')


async def test_an_action_executes_another(server: AppServer, open_tab: OpenTab) -> None:
    tab = await open_tab(f'{server.url}/a')
    await press(tab, 'execute update')
    await expect_texts(tab, count='7', doubled='14')
    await press(tab, 'execute update shared')
    await expect_texts(tab, shared='7')
    await press(tab, 'execute call')
    await expect_texts(tab, count='9')
    await press(tab, 'execute reset')
    await expect_texts(tab, count='1')
    await press(tab, 'execute execute')
    await expect(tab.get_by_text('executed')).to_be_visible()
    await press(tab, 'execute update')
    await press(tab, 'reset')
    await expect_texts(tab, count='1', shared='1', doubled='2')
    for name in ('trigger', 'reset derived'):
        await press(tab, f'execute {name}')
    await press(tab, 'task')
    await expect_texts(tab, count='3')
    await press(tab, 'execute sync')
    await expect_texts(tab, count='')


@pytest.mark.parametrize(
    ('button', 'reason'),
    [
        ('execute toggle', 'cannot run on the server; give it to a component'),
        ('execute variable', 'an argument of @action add is a variable'),
        ('execute sync call', 'RuntimeError: a sync action'),
    ],
)
async def test_what_cannot_be_done_is_refused_in_one_line(
    server: AppServer, open_tab: OpenTab, button: str, reason: str
) -> None:
    tab = await open_tab(f'{server.url}/a')
    await press(tab, button)
    await expect(tab.locator('.dara-toast[data-status=error]')).to_be_visible()
    assert reason in server.log
