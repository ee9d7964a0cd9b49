"""Tests of forms that save, with users, rights, and lost connections."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Dialog, Page, expect

from tests.browser.conftest import OpenTab, completed, log_in, notices, status
from tests.conftest import Serve
from tests.network import Network
from tests.process import AppServer


@asynccontextmanager
async def as_user(open_tab: OpenTab, server: AppServer, name: str, page: str) -> AsyncIterator[tuple[Page, Network]]:
    """Open a page as a user, on a network of their own."""
    async with Network(server.url) as network:
        tab = await open_tab(f'{network.url}/{page}')
        await log_in(tab, name, 'pw')
        await expect(tab.get_by_role('heading', name=page.capitalize())).to_be_visible()
        await completed(tab)
        yield tab, network


def stored(server: AppServer, file: str) -> Any:
    return json.loads((server.directory / file).read_text())


async def test_a_draft_and_what_it_saves_are_of_one_user(serve: Serve, open_tab: OpenTab) -> None:
    """Another one sees neither; the same user elsewhere sees what is saved, and no draft."""
    server = serve('saved_by_users')
    async with (
        as_user(open_tab, server, 'ann', 'own') as (ann, _),
        as_user(open_tab, server, 'ann', 'own') as (elsewhere, _),
        as_user(open_tab, server, 'ben', 'own') as (ben, _),
    ):
        await ann.get_by_label('Nickname').fill('Annie')
        await ben.get_by_label('Nickname').fill('Benny')
        await ben.get_by_role('button', name='Save').click()
        await expect(ben.get_by_text('Saved', exact=True)).to_be_visible()
        await expect(elsewhere.get_by_label('Nickname')).to_have_value('')
        await expect(ann.get_by_label('Nickname')).to_have_value('Annie')
        assert stored(server, 'own.json') == {'ben': {'name': 'Benny', 'about': ''}}
        await ann.get_by_role('button', name='Save').click()
        await expect(elsewhere.get_by_label('Nickname')).to_have_value('Annie')
        await expect(ben.get_by_label('Nickname')).to_have_value('Benny')
        assert stored(server, 'own.json') == {
            'ann': {'name': 'Annie', 'about': ''},
            'ben': {'name': 'Benny', 'about': ''},
        }


async def test_who_may_not_write_is_told_at_once(serve: Serve, open_tab: OpenTab) -> None:
    """The fields are read-only from the start, and follow the right; what was changed while there was one stays."""
    server = serve('saved_by_users')
    async with (
        as_user(open_tab, server, 'ann', 'rules') as (ann, _),
        as_user(open_tab, server, 'ben', 'rules') as (ben, _),
    ):
        title, save = ben.get_by_label('Title'), ben.get_by_role('button', name='Save')
        grant = ann.get_by_role('button', name='Let ben write')
        for field in (title, ben.get_by_label('Text')):
            await expect(field).to_have_attribute('readonly', '')
        await expect(ben.get_by_text('You may not change this.')).to_be_visible()
        await expect(save).to_be_disabled()
        await grant.click()
        await expect(title).to_be_editable()
        await expect(ben.get_by_text('You may not change this.')).to_be_hidden()
        await title.fill('No rules')
        await grant.click()
        await expect(title).to_have_attribute('readonly', '')
        await expect(ben.get_by_text('You may not change this. Your changes are kept on this page.')).to_be_visible()
        await expect(save).to_be_disabled()
        await ann.get_by_label('Text').fill('Be kind')
        await ann.get_by_role('button', name='Save').click()
        await expect(ben.get_by_label('Text')).to_have_value('Be kind')
        await expect(title).to_have_value('No rules')
        assert stored(server, 'rules.json') == {'global': {'title': 'Rules', 'text': 'Be kind'}}
        await ben.get_by_role('button', name='Discard').click()
        await expect(title).to_have_value('Rules')


async def test_what_others_save_meanwhile_is_not_overwritten_unseen(serve: Serve, open_tab: OpenTab) -> None:
    """The form says what was saved of the members that are changed here; saving waits for a decision."""
    server = serve('saved_by_users')
    async with (
        as_user(open_tab, server, 'ann', 'own') as (ann, network),
        as_user(open_tab, server, 'ann', 'own') as (elsewhere, _),
    ):
        name, about = ann.get_by_label('Nickname'), ann.get_by_label('About')
        notice = ann.get_by_text('Other values were saved while you were editing:')
        await name.fill('Annie')
        await save(elsewhere, Nickname='Anna', About='sister')
        await expect(notice).to_be_visible()
        await expect(ann.get_by_role('listitem')).to_have_text(['Nickname: Anna'])
        await expect(about).to_have_value('sister')  # unchanged here
        await ann.get_by_role('button', name='Save').click()
        await expect(ann.get_by_role('alert')).to_be_focused()
        await expect(ann.get_by_role('alert')).to_have_css('outline-style', 'solid')
        await expect(ann.get_by_role('alert')).to_contain_text('Choose which to keep before you save.')
        assert stored(server, 'own.json') == {'ann': {'name': 'Anna', 'about': 'sister'}}
        await ann.get_by_role('button', name='Keep mine').click()
        await expect(notice).to_be_hidden()
        await ann.get_by_role('button', name='Save').click()
        await expect(elsewhere.get_by_label('Nickname')).to_have_value('Annie')
        await about.fill('aunt')
        await ann.get_by_role('link', name='Rules').click()
        await save(elsewhere, Nickname='Nan', About='cousin')
        await ann.get_by_role('link', name='Own').click()
        await expect(ann.get_by_role('listitem')).to_have_text(['About: cousin'])
        await expect(name).to_have_value('Nan')
        await expect(about).to_have_value('aunt')
        await ann.get_by_role('button', name='Show theirs').click()
        await expect(about).to_have_value('cousin')
        await expect(ann.get_by_role('button', name='Save')).to_be_disabled()
        await name.fill('Late')
        network.stall(up=True, down=False)
        await ann.get_by_role('button', name='Save').click()
        await expect(ann.get_by_text('Saving…')).to_be_visible()
        await save(elsewhere, Nickname='Early')
        network.resume()
        await expect(ann.get_by_role('listitem')).to_have_text(['Nickname: Early'])
        await expect(name).to_have_value('Late')
        assert stored(server, 'own.json') == {'ann': {'name': 'Early', 'about': 'cousin'}}


async def test_a_log_out_in_another_tab_keeps_the_draft(serve: Serve, open_tab: OpenTab) -> None:
    """The page says so, asks nothing, and shows a link; the draft is saved after a log-in in a new tab."""
    server = serve('saved_by_users')
    ann = await open_tab(f'{server.url}/own')
    await log_in(ann, 'ann', 'pw')
    questions = []

    async def stay(question: Dialog) -> None:
        questions.append(question.type)
        await question.dismiss()

    ann.on('dialog', stay)
    await ann.get_by_label('Nickname').fill('Annie')
    await expect(ann.get_by_text('Not saved yet')).to_be_visible()
    await ann.get_by_role('link', name='Rules').click()
    await expect(ann.get_by_role('heading', name='Rules')).to_be_visible()
    other = await open_tab(f'{server.url}/rules', ann.context)
    await other.get_by_role('button', name='Log out').click()
    await expect(notices(ann)).to_contain_text('You are logged out')
    await expect(notices(ann)).to_contain_text('You can save it when you have logged in again.')
    async with ann.expect_popup() as opened:
        await ann.get_by_role('link', name='Log in in a new tab').click()
    await log_in(await opened.value, 'ann', 'pw')
    await expect(notices(ann)).not_to_contain_text('You are logged out')
    await ann.get_by_role('link', name='Own').click()
    await save(ann)
    assert stored(server, 'own.json')['ann']['name'] == 'Annie'
    assert questions == []


async def save(tab: Page, **values: str) -> None:
    """Fill in fields, and save the form."""
    for label, value in values.items():
        await tab.get_by_label(label).fill(value)
    await tab.get_by_role('button', name='Save').click()
    await expect(tab.get_by_text('Saved', exact=True)).to_be_visible()


async def test_a_save_whose_connection_is_cut_arrives_once(serve: Serve, open_tab: OpenTab) -> None:
    """Cut before the server has the save, and before the answer; a save of somebody else stays."""
    server = serve('saved_by_users')
    async with (
        as_user(open_tab, server, 'ann', 'own') as (ann, network),
        as_user(open_tab, server, 'ann', 'own') as (elsewhere, _),
    ):
        for way, name in (('up', 'Annie'), ('down', 'Anna')):
            await ann.get_by_label('Nickname').fill(name)
            network.stall(up=way == 'up', down=way == 'down')
            await ann.get_by_role('button', name='Save').click()
            await expect(ann.get_by_text('Saving…')).to_be_visible()
            network.cut()
            await elsewhere.get_by_label('About').fill(f'before {name}')
            await elsewhere.get_by_role('button', name='Save').click()
            await expect(elsewhere.get_by_text('Saved', exact=True)).to_be_visible()
            await expect(status(ann).first).to_contain_text('Reconnecting')
            network.mend()
            network.resume()
            await expect(elsewhere.get_by_label('Nickname')).to_have_value(name)
            await expect(ann.get_by_text('Saved', exact=True)).to_be_visible()
            assert stored(server, 'own.json') == {'ann': {'name': name, 'about': f'before {name}'}}
        assert len(stored(server, 'submissions.json')['global']) == 4  # two of each tab
