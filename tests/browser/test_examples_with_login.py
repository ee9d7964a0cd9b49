"""Tests of the apps of `examples/` that people log in to."""

from __future__ import annotations

from asyncio import gather

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, log_in, restart, status
from tests.browser.examples import Run


async def open_as(open_tab: OpenTab, url: str, name: str) -> Page:
    tab = await open_tab(url)
    await log_in(tab, name, 'secret')
    return tab


# Settings


async def test_own_settings_are_ones_own_and_a_teams_are_its_members(run: Run, open_tab: OpenTab) -> None:
    """Three people in three browsers, and one of them in a second one."""
    server = run('settings')
    ann, ben, cleo = await gather(*(open_as(open_tab, server.url, name) for name in ('ann', 'ben', 'cleo')))
    await ann.get_by_label('Call me').fill('Annie')
    await ben.get_by_label('Call me').fill('Benjamin')
    await ann.get_by_label('Goal').fill('Map the north')
    await ben.get_by_role('switch', name='Do not disturb').press('Space')
    await expect(ann.get_by_role('heading', name='Hello, Annie')).to_be_visible()
    await expect(ben.get_by_role('heading', name='Hello, Benjamin')).to_be_visible()
    await expect(ben.get_by_label('Goal')).to_have_value('Map the north')
    await expect(ann.get_by_text('All of you see')).to_be_visible()
    await cleo.get_by_label('Goal').fill('Map the south')
    elsewhere = await open_as(open_tab, server.url, 'ann')
    await expect(elsewhere.get_by_role('heading', name='Hello, Annie')).to_be_visible()
    await elsewhere.get_by_role('slider', name='Size').press('End')
    await expect(ann.get_by_role('heading', name='Hello, Annie')).to_have_css('font-size', '60px')
    await expect(cleo.get_by_role('heading', name='Hello, cleo')).to_have_css('font-size', '32px')
    await expect(cleo.get_by_role('heading', name='Team south')).to_be_visible()
    await expect(ben.get_by_role('heading', name='Team north')).to_be_visible()
    await expect(ben.get_by_label('Goal')).to_have_value('Map the north')
    own = server.stored('settings.json')
    assert {name: each['name'] for name, each in own.items()} == {'ann': 'Annie', 'ben': 'Benjamin'}
    assert {team: each['goal'] for team, each in server.stored('teams.json').items()} == {
        'north': 'Map the north',
        'south': 'Map the south',
    }


async def test_settings_are_there_after_a_crash(run: Run, open_tab: OpenTab) -> None:
    """Everybody has their own, and is still logged in."""
    server = run('settings')
    ann, cleo = await gather(*(open_as(open_tab, server.url, name) for name in ('ann', 'cleo')))
    await ann.get_by_label('Call me').fill('Annie')
    await ann.get_by_label('Goal').fill('Map the north')
    await expect(ann.get_by_role('heading', name='Hello, Annie')).to_be_visible()
    await cleo.get_by_label('Call me').fill('Cleopatra')
    await expect(cleo.get_by_role('heading', name='Hello, Cleopatra')).to_be_visible()
    await restart(server, ann, cleo)
    await gather(ann.reload(), cleo.reload())
    await expect(ann.get_by_role('heading', name='Hello, Annie')).to_be_visible()
    await expect(ann.get_by_label('Goal')).to_have_value('Map the north')
    await expect(cleo.get_by_label('Call me')).to_have_value('Cleopatra')
    await expect(cleo.get_by_label('Goal')).to_have_value('')


# The approval


async def test_only_an_approver_decides(run: Run, open_tab: OpenTab) -> None:
    """Others see what the approver decides, and have nothing to decide with."""
    server = run('approval')
    ann, ben = await gather(*(open_as(open_tab, server.url, name) for name in ('ann', 'ben')))
    await ben.get_by_label('What for').fill('A lamp')
    await ben.get_by_label('Amount').fill('70')
    await expect(ann.get_by_label('What for')).to_have_value('A lamp')
    await expect(ann.get_by_label('Amount')).to_have_value('70')
    await expect(ben.get_by_role('radio', name='Open')).to_be_checked()
    await expect(ben.get_by_role('radio', name='Approved')).to_be_disabled()
    await ann.get_by_text('Approved', exact=True).click()
    await expect(ben.get_by_text('Go ahead!')).to_be_visible()
    await restart(server, ann, ben)
    await ben.reload()
    await expect(ben.get_by_text('Go ahead!')).to_be_visible()
    assert server.stored('decision.json') == {'global': 'Approved'}


async def test_what_does_not_fit_the_type_stays_in_its_field(run: Run, open_tab: OpenTab) -> None:
    """With the reason, also when the field is left; nobody else sees it."""
    server = run('approval')
    ann, ben = await gather(*(open_as(open_tab, server.url, name) for name in ('ann', 'ben')))
    await ben.get_by_label('Amount').fill('700')
    await ben.get_by_label('Amount').blur()
    await expect(ann.get_by_label('Amount')).to_have_value('700')
    await ben.get_by_label('Amount').press('End')
    await ben.keyboard.type('0')
    await expect(ben.get_by_text('Enter 5000 or less.')).to_be_visible()
    await expect(ann.get_by_label('Amount')).to_have_value('700')
    await ben.get_by_label('What for').fill('x' * 61)
    await expect(ben.get_by_text('Write at most 60 characters.')).to_be_visible()
    await expect(ben.get_by_label('Amount')).to_have_value('7000')
    await expect(ben.get_by_text('Enter 5000 or less.')).to_be_visible()
    await ben.get_by_label('Amount').press('Escape')
    await expect(ben.get_by_label('Amount')).to_have_value('700')
    await expect(ben.get_by_label('What for')).to_have_value('x' * 61)
    await expect(ann.get_by_label('What for')).to_have_value('')
    assert server.stored('request.json') == {'global': {'purpose': '', 'amount': 700}}


async def test_a_note_among_approvers_never_reaches_others(run: Run, open_tab: OpenTab) -> None:
    """Neither on their pages nor in anything that the server sends them."""
    server = run('approval')
    sent: list[str] = []
    ben = await open_tab('about:blank')
    ben.on('websocket', lambda socket: socket.on('framereceived', lambda frame: sent.append(str(frame))))
    await ben.goto(server.url)
    await log_in(ben, 'ben', 'secret')
    ann, dot = await gather(*(open_as(open_tab, server.url, 'ann') for _ in range(2)))
    await ann.get_by_label('Note').fill('too dear')
    await expect(dot.get_by_label('Note')).to_have_value('too dear')
    await ann.get_by_label('What for').fill('A chandelier')
    await expect(ben.get_by_label('What for')).to_have_value('A chandelier')
    await expect(ben.get_by_label('Note')).to_have_count(0)
    await ben.reload()
    await expect(ben.get_by_label('What for')).to_have_value('A chandelier')
    await expect(status(ben)).to_contain_text('Live')
    assert 'too dear' not in await ben.content()
    assert any('chandelier' in frame for frame in sent)
    assert not any('too dear' in frame for frame in sent)
