"""Tests of the worst moments: two type at once, the line breaks, the server is killed. Nobody loses a keystroke."""

from __future__ import annotations

import asyncio
from asyncio import create_task, gather
from itertools import cycle, islice
from string import ascii_lowercase, ascii_uppercase
from typing import Final

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import RECONNECTING, OpenTab, launched, status, stored
from tests.browser.text_fields import select
from tests.conftest import Serve
from tests.network import Network
from tests.process import AppServer

FIRST: Final = '1234567890 '
SECOND: Final = ' 0987654321'
DIARY: Final = """
    from dara.components import Stack, Textarea
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    diary = Variable(default={text!r}, store=BackendStore(FileBackend(path='store.json')))
    config = ConfigurationBuilder()
    config.add_page('Diary', content=Stack(Textarea(value=diary, label='Diary')))
""".replace('{text!r}', repr(FIRST + SECOND))
FOCUS: Final = """(name) =>
    [...document.querySelectorAll('input')].find((field) => field.value === name).focus()"""


def letters(alphabet: str, count: int = 300) -> str:
    """Return a text that shows each letter that is missing, doubled or out of order."""
    return ''.join(islice(cycle(alphabet + ' '), count)).replace(' ', alphabet[0])


async def around_caret(field: Locator) -> tuple[str, str]:
    """Return the text in front of the caret, and that behind it."""
    text, at = await field.evaluate('(field) => [field.value, field.selectionStart]')
    points = text.encode('utf-16-le')
    return points[: at * 2].decode('utf-16-le'), points[at * 2 :].decode('utf-16-le')


async def at_rest(server: AppServer, field: Locator, *tabs: Page) -> str:
    """Wait until nobody has anything unsent and all see what is stored; return that."""
    for tab in tabs:
        await expect(status(tab)).to_contain_text('Live')
    async with asyncio.timeout(30):
        while True:
            texts = {await tab.get_by_label('Diary').input_value() for tab in tabs}
            if texts == {stored(server)}:
                return texts.pop()
            await asyncio.sleep(0.05)


async def both_type(ann: Page, ben: Page) -> None:
    """Type 300 letters each, one at the start of the text, one in its middle, as fast as they can."""
    await select(ann.get_by_label('Diary'), 0, 0)
    await select(ben.get_by_label('Diary'), len(FIRST), len(FIRST))
    await gather(
        ann.keyboard.type(letters(ascii_lowercase), delay=15), ben.keyboard.type(letters(ascii_uppercase), delay=15)
    )


def expect_all(text: str) -> None:
    """Check that both texts are there, whole and in order, each where its caret was, and the old text too."""
    first, second = letters(ascii_lowercase), letters(ascii_uppercase)
    assert text == first + FIRST + second + SECOND


async def expect_carets(ann: Page, ben: Page) -> None:
    """Check that each caret is behind the text that its user typed."""
    first, second = letters(ascii_lowercase), letters(ascii_uppercase)
    assert await around_caret(ann.get_by_label('Diary')) == (first, FIRST + second + SECOND)
    assert await around_caret(ben.get_by_label('Diary')) == (first + FIRST + second, SECOND)


@pytest.mark.repeat
async def test_two_type_at_once_on_a_slow_line(serve: Serve, open_tab: OpenTab) -> None:
    """I1-I3, S15: 200 ms late, more or less, each way."""
    server = serve(DIARY)
    async with Network(server.url, delay=0.2, jitter=0.1) as network:
        ann, ben = await gather(open_tab(network.url), open_tab(network.url))
        await both_type(ann, ben)
        expect_all(await at_rest(server, ann.get_by_label('Diary'), ann, ben))
        await expect_carets(ann, ben)


async def test_two_type_at_once_on_a_line_that_breaks(serve: Serve, open_tab: OpenTab) -> None:
    """The same; it stands still, is cut, and breaks again while they reconnect."""
    server = serve(DIARY)
    async with Network(server.url, delay=0.2, jitter=0.1) as network:
        ann, ben = await gather(open_tab(network.url), open_tab(network.url))
        typing = create_task(both_type(ann, ben))
        for each in (1, 2, 3):
            await has_typed(server, 60 * each)
            network.stall()
            await asyncio.sleep(0.3)  # so long it stands still
            network.resume()
            network.cut()
            await expect(status(ann)).to_contain_text(RECONNECTING)
            network.mend()
            network.drop()
        await typing
        expect_all(await at_rest(server, ann.get_by_label('Diary'), ann, ben))
        await expect_carets(ann, ben)


@pytest.mark.repeat
async def test_two_type_at_once_while_the_server_is_killed_twice(serve: Serve, open_tab: OpenTab) -> None:
    """I2, I3: the journal of the file tells which edits were there before."""
    server = serve(DIARY)
    async with Network(server.url, delay=0.2, jitter=0.1) as network:
        ann, ben = await gather(open_tab(network.url), open_tab(network.url))
        typing = create_task(both_type(ann, ben))
        for each in (1, 2):
            await has_typed(server, 80 * each)
            server.kill()
            server.start()
        await typing
        expect_all(await at_rest(server, ann.get_by_label('Diary'), ann, ben))
        await expect_carets(ann, ben)


async def has_typed(server: AppServer, count: int) -> None:
    """Wait until so many characters have arrived."""
    async with asyncio.timeout(30):
        while len(stored(server)) < len(FIRST + SECOND) + count:
            await asyncio.sleep(0.02)


async def test_three_arrange_one_list(serve: Serve, open_tab: OpenTab) -> None:
    """I6: one adds and removes, one moves, one renames; every name stays with its item."""
    server = serve('arranged_list')
    async with Network(server.url, delay=0.2, jitter=0.1) as network:
        ann, ben, cem = await gather(*(open_tab(network.url) for _ in range(3)))
        for tab in (ann, ben, cem):
            await expect(status(tab)).to_contain_text('Live')
            await expect(tab.get_by_role('textbox')).to_have_count(3)

        async def press(tab: Page, *buttons: str) -> None:
            for button in islice(cycle(buttons), 12):
                await tab.get_by_role('button', name=button).click()
                await asyncio.sleep(0.15)  # about as fast as a person

        async def rename() -> None:
            for name in ('red', 'green', 'blue'):
                await cem.evaluate(FOCUS, name)
                await cem.keyboard.press('End')
                await cem.keyboard.type(letters(ascii_uppercase, 60), delay=15)

        work = gather(press(ann, 'Add', 'Remove'), press(ben, 'Turn'), rename())
        await asyncio.sleep(1)
        network.drop()
        await work
        await ann.get_by_role('button', name='Remove').click()
        for tab in (ann, ben, cem):
            await expect(status(tab)).to_contain_text('Live')
        expected = {name: name + letters(ascii_uppercase, 60) for name in ('red', 'green', 'blue')}
        async with asyncio.timeout(20):
            while {each['id']: each['name'] for each in stored(server)} != expected:
                await asyncio.sleep(0.05)
        for tab in (ann, ben, cem):
            await expect(tab.get_by_role('textbox')).to_have_count(3)
            for field, item in zip(await tab.get_by_role('textbox').all(), stored(server), strict=True):
                await expect(field).to_have_value(item['name'])


@pytest.mark.repeat
async def test_who_is_offline_goes_on(serve: Serve, open_tab: OpenTab) -> None:
    """S16: through many failed attempts to reconnect; on return what both did comes together."""
    server = serve(DIARY)
    async with Network(server.url) as network:
        ann, ben = await gather(open_tab(network.url), open_tab(server.url))
        await expect(status(ann)).to_contain_text('Live')
        network.cut()
        await expect(status(ann)).to_contain_text(RECONNECTING)
        await both_type(ann, ben)
        async with asyncio.timeout(30):
            while network.refused < 5:
                await asyncio.sleep(0.05)
        await expect(status(ann)).to_contain_text(RECONNECTING)
        network.mend()
        expect_all(await at_rest(server, ann.get_by_label('Diary'), ann, ben))
        await expect_carets(ann, ben)


async def test_a_laptop_that_slept_goes_on(serve: Serve, open_tab: OpenTab) -> None:
    """Edits that were unsent when it fell asleep arrive; those of others are there."""
    server = serve(DIARY)
    async with Network(server.url) as network:
        ann, ben = await gather(open_tab(network.url), open_tab(server.url))
        await expect(status(ann)).to_contain_text('Live')
        network.cut()
        await select(ann.get_by_label('Diary'), 0, 0)
        await ann.keyboard.type('Ann. ')
        session = await ann.context.new_cdp_session(ann)
        await session.send('Page.setWebLifecycleState', {'state': 'frozen'})
        network.mend()
        await ben.get_by_label('Diary').press('Control+End')
        await ben.keyboard.type(' Ben.')
        await session.send('Page.setWebLifecycleState', {'state': 'active'})
        expected = f'Ann. {FIRST + SECOND} Ben.'
        await expect(ann.get_by_label('Diary')).to_have_value(expected)
        await expect(ben.get_by_label('Diary')).to_have_value(expected)
        assert stored(server) == expected


async def test_a_page_from_the_back_forward_cache_goes_on(serve: Serve) -> None:
    """As it was left, caret and all, and with the edits of others; where a proxy lets the browser keep it."""
    server = serve('cached_diary')
    async with launched(is_full=True) as browser:
        ann, ben = [await (await browser.new_context()).new_page() for _ in range(2)]
        await gather(ann.goto(server.url), ben.goto(server.url))
        await ann.reload()  # the first answer sets a cookie, and is never kept
        await select(ann.get_by_label('Diary'), len(FIRST), len(FIRST))
        await ann.evaluate("addEventListener('pageshow', (event) => { window.isKept = event.persisted })")
        await ann.goto(server.url.replace('127.0.0.1', 'localhost'))
        await ben.get_by_label('Diary').press('Control+Home')
        await ben.keyboard.type('Ben. ')
        await ann.go_back(wait_until='commit')
        await expect(ann.get_by_label('Diary')).to_have_value(f'Ben. {FIRST + SECOND}')
        assert await ann.evaluate('window.isKept')
        await ann.keyboard.type('Ann. ')
        for tab in (ann, ben):
            await expect(tab.get_by_label('Diary')).to_have_value(f'Ben. {FIRST}Ann. {SECOND}')
