"""Tests of fields whose edit the server refuses: what was entered stays, with the reason and the stored value."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTwo, notices, stored
from tests.conftest import Serve


def refused(tab: Page) -> Locator:
    """Return the stored values beside what was refused."""
    return tab.get_by_text('Stored:')


async def choose(tab: Page, label: str, item: str) -> None:
    field = tab.get_by_role('combobox', name=label)
    await field.focus()
    await field.press('ArrowDown')
    await tab.get_by_role('option', name=item, exact=True).click()
    await tab.keyboard.press('Escape')


async def enter_what_is_refused(tab: Page) -> None:
    """Enter in every field a value that its type does not allow."""
    await tab.get_by_label('Amount').fill('6000')
    await choose(tab, 'Size', 'huge')
    await tab.get_by_role('radio', name='green').click()
    await tab.get_by_text('rail').click()
    await tab.get_by_role('checkbox', name='box').click()
    await choose(tab, 'More', 'cake')
    for _ in range(4):
        await tab.get_by_role('slider').press('ArrowRight')
    await tab.get_by_role('switch').press('Space')
    await tab.get_by_label('Note').fill('too long')


async def expect_what_was_entered(tab: Page) -> None:
    waits: list[Awaitable[None]] = [
        expect(tab.get_by_label('Amount')).to_have_value('6000'),
        expect(tab.get_by_role('combobox', name='Size')).to_have_value('huge'),
        expect(tab.get_by_role('radio', name='green')).to_be_checked(),
        expect(tab.get_by_role('radio', name='rail')).to_be_checked(),
        expect(tab.get_by_role('checkbox', name='box')).to_be_checked(),
        expect(tab.locator('.mantine-Pill-label').filter(has_text='cake')).to_be_visible(),
        expect(tab.get_by_role('slider')).to_have_attribute('aria-valuenow', '60'),
        expect(tab.get_by_role('switch')).to_be_checked(),
        expect(tab.get_by_label('Note')).to_have_value('too long'),
    ]
    await asyncio.gather(*waits)


async def test_what_is_refused_stays_beside_what_is_stored(serve: Serve, open_two: OpenTwo) -> None:
    """After the field is left, too, and while another's edit is accepted; until the user takes the stored value."""
    server = serve('refused_choices')
    ann, ben = await open_two(server.url)
    await enter_what_is_refused(ann)
    await ann.locator('#stored').click()
    await expect(refused(ann)).to_have_count(9)
    await expect_what_was_entered(ann)
    for text in ('Stored: 600', 'Stored: small', 'Stored: bow', 'Stored: card', 'Enter 1000 or less.'):
        await expect(ann.get_by_text(text)).to_be_visible()
    await expect(notices(ann)).to_be_empty()
    await ben.get_by_label('Amount').fill('700')
    await choose(ben, 'Size', 'large')
    await ben.get_by_text('sea').click()
    for text in ('Stored: 700', 'Stored: large', 'Stored: sea'):
        await expect(ann.get_by_text(text)).to_be_visible()
    await expect_what_was_entered(ann)
    for _ in range(9):
        await ann.get_by_role('button', name='Take the stored value').first.click()
    await expect(refused(ann)).to_have_count(0)
    await expect(ann.get_by_label('Amount')).to_have_value('700')
    await expect(ann.get_by_role('combobox', name='Size')).to_have_value('large')
    await expect(ann.get_by_role('switch')).not_to_be_checked()
    await expect(ann.get_by_label('Note')).to_have_value('hello')
    await ann.get_by_label('Amount').fill('800')
    await choose(ann, 'Size', 'huge')
    await expect(refused(ann)).to_have_count(1)
    await choose(ann, 'Size', 'small')
    await expect(refused(ann)).to_have_count(0)
    await expect(ben.get_by_label('Amount')).to_have_value('800')
    await expect(ben.get_by_role('combobox', name='Size')).to_have_value('small')
    assert stored(server)['extras'] == ['bow']
