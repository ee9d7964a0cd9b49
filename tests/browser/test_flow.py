"""Tests of components that depend on values: If, Match, For and switches."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import OpenTwo, press
from tests.conftest import Serve


async def test_if_and_switches_follow_for_everybody(serve: Serve, open_two: OpenTwo) -> None:
    """Fields inside of them edit the values on which they depend."""
    ann, ben = await open_two(serve('flow').url)
    for tab in (ann, ben):
        await expect(tab.get_by_text('few')).to_be_visible()
        await expect(tab.locator('#some')).to_have_text('none at all')
    await press(ben, 'Many')
    for tab in (ann, ben):
        await expect(tab.get_by_text('many', exact=True)).to_be_visible()
        await expect(tab.get_by_text('few')).to_have_count(0)
        await expect(tab.locator('#some')).to_have_text('some')
    await ann.get_by_label('Count').fill('2')
    await expect(ben.get_by_text('few')).to_be_visible()


async def test_match_follows_for_everybody(serve: Serve, open_two: OpenTwo) -> None:
    """A field in it changes the value, and so replaces itself."""
    ann, ben = await open_two(serve('flow').url)
    await expect(ben.locator('#color')).to_have_text('green')
    await ann.get_by_label('It is open').press('End')
    await ann.get_by_label('It is open').press('!')
    for tab in (ann, ben):
        await expect(tab.get_by_text('Who knows')).to_be_visible()
        await expect(tab.locator('#color')).to_have_text('grey')
    await ben.get_by_role('combobox', name='State').click()
    await ben.get_by_role('option', name='closed').click()
    for tab in (ann, ben):
        await expect(tab.get_by_text('It is closed')).to_be_visible()
        await expect(tab.locator('#color')).to_have_text('red')


async def test_items_of_a_list_know_their_place(serve: Serve, open_two: OpenTwo) -> None:
    """They are edited by both, in their place, and know it when they have moved."""
    ann, ben = await open_two(serve('flow').url)
    first, second = ben.locator('#item').nth(0), ben.locator('#item').nth(1)
    await ann.get_by_placeholder('Name').nth(1).fill('Benjamin')
    await expect(second.get_by_placeholder('Name')).to_have_value('Benjamin')
    await expect(first).to_have_text('0is the first')
    await expect(second).to_have_text('1is the last')
    await press(ann, 'Swap')
    await expect(first.get_by_placeholder('Name')).to_have_value('Ben')
    await expect(second.get_by_placeholder('Name')).to_have_value('Ann')
    await expect(first).to_have_text('0is the first')
    await expect(second).to_have_text('1is the last')
    await press(ann, 'Nobody')
    for tab in (ann, ben):
        await expect(tab.get_by_text('nobody', exact=True)).to_be_visible()
