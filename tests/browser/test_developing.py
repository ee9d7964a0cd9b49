"""Tests of what the app's developer sees in the page: tracebacks, with `--debug` and `--reload` alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, notices, press, status
from tests.conftest import Serve
from tests.process import DARA, AppServer


def traces(tab: Page) -> Locator:
    return tab.locator('pre')


async def test_in_debug_mode_the_page_has_the_traceback_of_the_log(serve: Serve, open_two: OpenTwo) -> None:
    """From the app's own line on, in the place of each failure; a notice disappears with the next success."""
    server = serve('developing', '--debug')
    ann, ben = await open_two(server.url)
    for tab in (ann, ben):
        await expect(notices(tab)).to_contain_text('LookupError: of on_load')
        await expect(tab.get_by_text("not {'a': 'dict'} (")).to_contain_text('app.py, line 31)')
    await ann.get_by_label('Number').fill('7')
    for tab in (ann, ben):
        await expect(tab.get_by_role('button', name='Out of date')).to_have_count(1)
        await expect(traces(tab).filter(has_text='return Text(f').first).to_contain_text('IndexError: list index out')
    await press(ann, 'Act')
    failed = traces(ann).filter(has_text='# of the action')
    await expect(failed).to_contain_text("KeyError: 'missing'")
    await ann.context.grant_permissions(['clipboard-read', 'clipboard-write'])
    await notices(ann).get_by_role('button', name='Copy').last.click()
    assert "KeyError: 'missing'" in await ann.evaluate('navigator.clipboard.readText()')
    await ann.get_by_label('Number').fill('0')
    await ann.get_by_role('button', name='Out of date').first.click()
    await expect(traces(ann).filter(has_text='# of the derived value')).to_contain_text('app.py", line 2')
    await ann.keyboard.press('Escape')
    await press(ann, 'Act')
    await expect(failed).to_have_count(0)
    assert 'py_components.py' not in server.log


async def test_a_visitor_sees_no_traceback(serve: Serve, open_tab: OpenTab) -> None:
    """Nor a file name. What a user has typed is no error of the app."""
    server = serve('developing')
    ann = await open_tab(server.url)
    await expect(notices(ann)).to_contain_text('The action failed')
    await ann.get_by_label('Number').fill('0')
    await expect(ann.get_by_role('button', name='Out of date')).to_have_count(1)
    await press(ann, 'Rename')
    await expect(notices(ann)).to_contain_text('at most 5 characters')
    assert 'app.py' not in await ann.content()
    assert 'ZeroDivisionError' not in await ann.content()
    [line] = [line for line in server.log.splitlines() if 'at most 5 characters' in line]
    assert line.startswith('INFO')
    assert 'app.py, line 43' in line


async def test_while_the_app_cannot_be_loaded_open_pages_say_why(tmp_path: Path, open_tab: OpenTab) -> None:
    """Open pages keep their edits, new ones show the reason alone, and both go on when the file is mended."""
    server = AppServer(tmp_path, 'developing', command=DARA)
    server.start('--reload')
    try:
        ann = await open_tab(server.url)
        await expect(status(ann)).to_contain_text('Live')
        server.write_app('config = (')
        broken = notices(ann).filter(has_text='The app cannot be loaded')
        await expect(broken).to_contain_text('app.py", line 1')
        await expect(broken).to_contain_text('config = (')
        await expect(broken).to_contain_text("SyntaxError: '(' was never closed")
        await ann.get_by_label('Note').fill('kept')
        assert ann.context.browser  # in a profile whose console may complain of the status 500
        ben = await (await ann.context.browser.new_context()).new_page()
        await ben.goto(server.url)
        await expect(ben.get_by_role('heading')).to_have_text('The app cannot be loaded')
        server.write_app('import math\nmath.sqrt(-1)')
        for place in (broken, ben.locator('pre')):
            await expect(place).to_contain_text('ValueError')
            await expect(place).to_contain_text('math.sqrt(-1)')
        server.write_app('developing')
        await asyncio.gather(*(expect(tab.get_by_label('Note')).to_have_value('kept') for tab in (ann, ben)))
        await expect(broken).to_have_count(0)
    finally:
        server.stop()
