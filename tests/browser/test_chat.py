"""Tests of the chat of docs/chat.md, as printed there, and of regions that stay at their end."""

from __future__ import annotations

import re
from asyncio import gather
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, press, restart
from tests.conftest import Serve
from tests.network import Network

PAGE = Path(__file__).parents[2] / 'docs' / 'chat.md'
CHAT, OWN = re.findall(r'^```python\n(.*?)^```$', PAGE.read_text(encoding='utf-8'), re.M | re.S)
WITH_OWN = (
    CHAT.replace("'by': by,", "'by': by, 'user': get_user_data().identity_id,")
    .replace('shown = Stack(', f'{OWN}\nshown = Stack(')
    .replace(
        "    Text(message.get('text'), formatted=True),", "    Text(message.get('text'), formatted=True),\n    own,"
    )
)
FILL = """

@config.on_startup
async def fill():
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    await messages.write([{'id': str(n), 'by': 'Cleo', 'at': at, 'text': f'Message {n}'} for n in range(60)])
"""
PLACE_AT_REST = """it => new Promise((done) => {
    const check = (last) => it.scrollTop === last ? done(last) : requestAnimationFrame(() => check(it.scrollTop))
    requestAnimationFrame(() => check(it.scrollTop - 1))
})"""
IS_AT_END = 'it => it.scrollHeight - it.scrollTop - it.clientHeight < 2'


def field(tab: Page) -> Locator:
    return tab.get_by_placeholder('Message')


def log(tab: Page) -> Locator:
    return tab.get_by_role('log')


async def expect_at_end(tab: Page) -> None:
    element = await log(tab).element_handle()
    await tab.wait_for_function(IS_AT_END, arg=element)


async def test_two_people_chat(serve: Serve, open_two: OpenTwo) -> None:
    """With names and times, by Enter and by the button; messages and drafts survive a refresh and a restart.

    Each deletes their own messages.
    """
    server = serve(WITH_OWN)
    ann, ben = await open_two(server.url)
    await expect(log(ben)).to_have_text('No messages yet')
    await expect(field(ann)).to_be_focused()
    await ann.keyboard.type('Hello')
    await ann.keyboard.press('Enter')
    await expect(log(ben).get_by_text('Hello', exact=True)).to_be_visible()
    await expect(log(ben).get_by_role('time')).to_have_text(re.compile(r'^\d{1,2}:\d\d'))
    await expect(log(ben).get_by_role('time')).to_have_attribute('title', re.compile(r'20\d\d'))
    await expect(field(ann)).to_have_value('')
    await expect(field(ann)).to_be_focused()
    await field(ben).fill('Good morning')
    await press(ben, 'Send')
    await expect(log(ann).get_by_text('Good morning')).to_be_visible()
    people = ann.get_by_role('list', name='On this page')
    await expect(people.get_by_role('listitem')).to_have_count(2)
    await field(ann).fill('Half a sen')
    await expect(field(ann)).to_have_value('Half a sen')
    server.stop()
    await expect(people).to_have_attribute('data-stale', 'true')
    await restart(server, ann, ben)
    await expect(people).not_to_have_attribute('data-stale', 'true')
    await ben.reload()
    for tab in (ann, ben):
        await expect(log(tab).get_by_role('time')).to_have_count(2)
    await log(ann).get_by_role('button', name='Delete').click()  # there is one: of two messages, one is hers
    for tab in (ann, ben):
        await expect(log(tab).get_by_role('time')).to_have_count(1)
    await expect(log(ben)).to_contain_text('Good morning')


async def test_enter_sends_once_and_keeps_what_is_typed_meanwhile(serve: Serve, open_tab: OpenTab) -> None:
    """Over a slow line, where Enter is pressed twice, and a second message follows before the first is there."""
    async with Network(serve(CHAT).url, delay=0.2) as network:
        ann = await open_tab(network.url)
        await field(ann).fill('Hello')
        await ann.keyboard.press('Enter')
        await ann.keyboard.press('Enter')
        await ann.keyboard.type('and more')
        await expect(log(ann).get_by_text('Hello', exact=True)).to_be_visible()
        await expect(field(ann)).to_have_value('and more')
        await ann.keyboard.press('Enter')
        await expect(log(ann).get_by_text('and more', exact=True)).to_be_visible()
        await expect(field(ann)).to_have_value('')
        await expect(log(ann).get_by_role('time')).to_have_count(2)
        await ann.keyboard.type('third')
        await ann.keyboard.press('Enter')
        await ann.keyboard.type('fourth')
        await ann.keyboard.press('Enter')
        for text in ('third', 'fourth'):
            await expect(log(ann).get_by_text(text, exact=True)).to_be_visible()
        await expect(log(ann).get_by_role('time')).to_have_count(4)


GROW_WHILE_SCROLLING = """(it) => {
    it.scrollTop -= 10  // the event comes in the next frame
    const added = it.firstElementChild.appendChild(document.createElement('div'))
    added.style.flex = '0 0 500px'
}"""


async def test_the_newest_message_is_in_view_unless_the_reader_has_scrolled_back(
    serve: Serve, open_two: OpenTwo
) -> None:
    """A button tells the reader of it, and leads to it. What the reader sends is in view."""
    ann, ben = await open_two(serve(CHAT + FILL).url)
    await gather(*(expect(log(tab).get_by_text('Message 59')).to_be_in_viewport() for tab in (ann, ben)))
    await gather(expect_at_end(ann), expect_at_end(ben))

    await log(ben).hover()
    await ben.mouse.wheel(0, -600)
    await expect(ben.get_by_role('button', name='To the end')).to_be_visible()
    place = await log(ben).evaluate(PLACE_AT_REST)
    await field(ann).fill('The newest')
    await field(ann).press('Enter')
    await expect(log(ann).get_by_text('The newest')).to_be_in_viewport()
    await expect(ben.get_by_role('button', name='New below')).to_be_visible()
    assert await log(ben).evaluate('it => it.scrollTop') == place

    await field(ben).fill('My own')
    await field(ben).press('Enter')
    await expect(log(ben).get_by_text('My own')).to_be_in_viewport()
    await expect(ben.get_by_role('button', name='New below')).to_have_count(0)
    await log(ben).hover()
    await ben.mouse.wheel(0, -600)
    await expect(ben.get_by_role('button', name='To the end')).to_be_visible()
    await field(ann).fill('The next')
    await field(ann).press('Enter')
    await ben.get_by_role('button', name='New below').click()
    await expect(log(ben).get_by_text('The next')).to_be_in_viewport()
    await expect(ben.get_by_role('button', name='New below')).to_have_count(0)
    await field(ann).fill('And one more')
    await field(ann).press('Enter')
    await expect(log(ben).get_by_text('And one more')).to_be_in_viewport()
    await ben.set_viewport_size({'width': 400, 'height': 500})
    await expect(log(ben).get_by_text('And one more')).to_be_in_viewport()
    await ben.reload()
    await expect(log(ben).get_by_text('And one more')).to_be_in_viewport()
    await expect_at_end(ben)
    await log(ben).evaluate(GROW_WHILE_SCROLLING)
    await expect_at_end(ben)
