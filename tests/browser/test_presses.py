"""Tests of presses, choices and other uses of a component: each is answered, in order, however long that takes."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve
from tests.network import Network
from tests.repeats import repeated


async def test_every_press_counts(serve: Serve, open_tab: OpenTab) -> None:
    """An action reads, waits and writes: presses faster than that run in turns, by pointer and by keyboard."""
    async with Network(serve('presses').url, delay=0.3) as network:
        tab = await open_tab(network.url)
        button = tab.get_by_role('button', name='Add')
        for _ in range(4):
            await button.click()
        for key in ('Enter', 'Space', 'Enter'):
            await button.press(key)
        await expect(button).to_have_attribute('aria-busy', 'true')
        await expect(button).to_be_enabled()
        await button.click()
        await expect(tab.locator('#count')).to_have_text('8')
        await expect(button).not_to_have_attribute('aria-busy', 'true')
        await expect(button).to_be_focused()


async def test_choices_are_told_in_the_order_in_which_they_were_made(serve: Serve, open_tab: OpenTab) -> None:
    """The first takes its time, and the second does not."""
    tab = await open_tab(serve('presses').url)
    await tab.get_by_label('b', exact=True).click()
    await tab.get_by_label('c', exact=True).click()
    await expect(tab.locator('#heard')).to_have_text('["b","c"]')


async def test_a_form_can_be_sent_again_while_it_is_being_sent(serve: Serve, open_tab: OpenTab) -> None:
    """Each time with its values at that moment."""
    tab = await open_tab(serve('presses').url)
    field = tab.get_by_label('Text')
    await field.fill('first')
    await field.press('Enter')
    await field.fill('second')
    await field.press('Enter')
    await expect(tab.locator('#heard')).to_have_text('["first","second"]')


@pytest.mark.parametrize('clearing', ['chain', repeated('argument'), repeated('input')])
async def test_what_is_typed_while_a_message_is_sent_is_kept(serve: Serve, open_tab: OpenTab, clearing: str) -> None:
    """Each message is sent once and whole, and the field keeps the beginning of the next one."""
    async with Network(serve('quick_notes').url, delay=0.3) as network:
        tab = await open_tab(network.url)
        field = tab.locator(f'#{clearing}')
        await field.press_sequentially('first', delay=10)
        await field.press('Enter')
        await field.press_sequentially('second', delay=10)
        await field.press('Enter')
        await field.press_sequentially('third', delay=10)
        await expect(tab.locator('#notes')).to_have_text('["first","second"]')
        await expect(field).to_have_value('third')
        await field.press_sequentially('!')
        await expect(field).to_have_value('third!')
