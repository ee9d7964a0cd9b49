"""Tests of a permission database that fails for a moment: no typed text is lost; the page goes on by itself."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab, OpenTwo, status, stored
from tests.conftest import Serve
from tests.repeats import repeated


@pytest.mark.parametrize('predicate', ['can_write', repeated('can_read')])
async def test_who_types_during_an_outage_loses_nothing(serve: Serve, open_two: OpenTwo, predicate: str) -> None:
    """It is there afterwards, stored and shown to others, and what is computed from it too; the page is live again."""
    server = serve('note_outage', PREDICATE=predicate)
    ann, ben = await open_two(server.url)
    field = ann.get_by_label('Note')
    await field.press('End')
    (server.directory / 'down').touch()
    await field.press_sequentially('typed meanwhile', delay=100)
    await expect(status(ann)).to_contain_text('the server cannot check now whether you may')
    await expect(field).to_have_value('before typed meanwhile')
    assert stored(server) == 'before '
    (server.directory / 'down').unlink()
    await field.press_sequentially(', and after', delay=50)
    whole = 'before typed meanwhile, and after'
    for tab in (ann, ben):
        await expect(tab.get_by_label('Note')).to_have_value(whole)
        await expect(status(tab)).to_have_attribute('title', 'Live')
        await expect(tab.locator('#length')).to_have_text(f'{len(whole)} letters')
        await expect(tab.locator('#shout')).to_have_text(whole.upper())
    assert stored(server) == whole


async def test_who_comes_during_an_outage_is_shown_everything_after_it(serve: Serve, open_tab: OpenTab) -> None:
    """Without a reload; meanwhile the page shows nothing that nobody could allow, and says why."""
    server = serve('note_outage', PREDICATE='can_read')
    (server.directory / 'down').touch()
    tab = await open_tab(server.url)
    await expect(status(tab)).to_contain_text('the server cannot check now whether you may see this')
    await asyncio.sleep(1.5)
    assert 'before' not in await tab.locator('body').inner_text()
    (server.directory / 'down').unlink()
    await expect(tab.get_by_label('Note')).to_have_value('before ')
    await expect(tab.locator('#length')).to_have_text('7 letters')
    await expect(tab.locator('#shout')).to_have_text('BEFORE ')
    await expect(status(tab)).to_have_attribute('title', 'Live')
