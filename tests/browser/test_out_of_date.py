"""Tests of values that are out of date: wherever one is shown, the page says so in its place, and why."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, completed, log_in, notices, press, restart, status
from tests.conftest import Serve
from tests.network import Network

PLACES = (
    '#heading',
    '#doubled',
    'table',
    '#name',
    '#large',
    '#fifty',
    '[aria-haspopup]',
    '[role=progressbar]',
    '#part',
)
"""The places of a derived value: as a text, in a table, a list, a condition, a field, and in a py_component."""

OPACITY = """
element => {
  let opacity = 1
  for (; element; element = element.parentElement) {
    const style = getComputedStyle(element)
    if (style.display !== 'contents') opacity *= style.opacity
  }
  return opacity
}
"""


ROOM = """() => [...document.querySelectorAll('.dara-stale')].filter((mark) => {
    const value = mark.parentElement.querySelector(':scope > :not(.dara-part, .dara-stale), :scope > .dara-part > *')
    const { left, right } = mark.getBoundingClientRect()
    return left < 0 || right > value.getBoundingClientRect().left - 2
}).map((mark) => mark.parentElement.textContent)"""
"""The signs that touch their value, or that the edge of the window cuts off."""


async def expect_opacity(tab: Page, expected: float, *places: str) -> None:
    for place in places:
        element = await tab.wait_for_selector(place)
        await tab.wait_for_function(
            f'([element, opacity]) => ({OPACITY})(element) === opacity', arg=[element, expected]
        )


def marks(tab: Page) -> Locator:
    """Return the signs beside values that are out of date."""
    return tab.get_by_role('button', name='Out of date since')


def busy(tab: Page) -> Locator:
    return tab.locator('[aria-busy]')


async def boxes(tab: Page) -> list[object]:
    script = 'element => { const box = element.getBoundingClientRect(); return [box.x, box.y + scrollY, box.height] }'
    return [await tab.locator(place).first.evaluate(script) for place in PLACES]


async def test_every_place_of_a_value_says_that_it_is_computed_anew(serve: Serve, open_two: OpenTwo) -> None:
    """Dimmed for both, once, and nothing moves; what is not computed stays as it is."""
    ann, ben = await open_two(serve('stale_values').url)
    for tab in (ann, ben):
        await expect(tab.locator('#part')).to_have_text('part 50.0')
        await expect(tab.locator('#doubled')).to_have_text('100')
        await expect_opacity(tab, 1, *PLACES)
    before = await boxes(ann)
    await press(ann, 'Close')
    await ann.get_by_label('Number').fill('4')
    for tab in (ann, ben):
        await expect_opacity(tab, 0.6, *PLACES)
        await expect_opacity(tab, 1, '#typed')
        await expect(tab.locator('#heading')).to_have_text('50')
        await expect(tab.locator('.dara-part[aria-busy] #large')).to_be_visible()
    assert await boxes(ann) == before
    await press(ben, 'Open')
    for tab in (ann, ben):
        await expect(tab.locator('#other')).to_be_visible()
        await expect(tab.locator('#heading')).to_have_text('25')
        await expect(busy(tab)).to_have_count(0)
        await expect_opacity(tab, 1, '#heading', '#other')


async def test_after_a_failure_every_place_is_out_of_date_until_a_run_succeeds(serve: Serve, open_two: OpenTwo) -> None:
    """Each gives the reason, and no notice repeats it. The run that succeeds ends all of it."""
    server = serve('stale_values')
    ann, ben = await open_two(server.url)
    for tab in (ann, ben):
        await expect(tab.locator('#part')).to_have_text('part 50.0')
        await expect(tab.locator('#doubled')).to_have_text('100')
    before = await boxes(ann)
    await ann.get_by_label('Number').fill('0')
    for tab in (ann, ben):
        await expect(marks(tab)).to_have_count(len(PLACES))
        await expect_opacity(tab, 0.6, *PLACES)
        await expect(tab.locator('#heading')).to_have_text('50')
        await expect(notices(tab)).to_be_empty()
    assert await boxes(ann) == before
    await ann.set_viewport_size({'width': 390, 'height': 800})
    assert await ann.evaluate(ROOM) == []
    await expect(marks(ann).first).to_have_accessible_name(re.compile('could not be computed'))
    await marks(ann).first.click()
    note = ann.locator('.dara-stale-note:visible')
    await expect(note).to_contain_text('A value of this page could not be computed')
    assert 'ZeroDivisionError' not in await ann.content()
    await note.get_by_role('button', name='Try again').click()
    await expect(note).to_be_visible()
    await ben.get_by_label('Number').fill('5')
    for tab in (ann, ben):
        await expect(tab.locator('#heading')).to_have_text('20')
        await expect(marks(tab)).to_have_count(0)
        await expect_opacity(tab, 1, '#heading', '#part')
    await ben.get_by_label('Number').fill('0')
    await expect(marks(ben)).to_have_count(len(PLACES))
    await ann.reload()
    failures = ann.locator('.dara-failure')
    await expect(failures.first).to_be_visible()
    await expect(busy(ann)).to_have_count(0)
    await press(ben, 'Close')
    await ben.get_by_label('Number').fill('4')
    await expect(ann.locator('[aria-busy][data-late] > .dara-failure')).to_have_count(await failures.count())
    await press(ben, 'Open')
    await expect(ann.locator('#heading')).to_have_text('25')
    await expect(failures).to_have_count(0)


async def test_without_a_connection_values_of_older_inputs_are_out_of_date(serve: Serve, open_tab: OpenTab) -> None:
    """From the first key on; when the line is back they are computed again, and so after a restart."""
    server = serve('stale_values')
    async with Network(server.url) as network:
        ann = await open_tab(network.url)
        await expect(ann.locator('#doubled')).to_have_text('100')
        await expect(ann.locator('#part')).to_have_text('part 50.0')
        await completed(ann)
        network.cut()
        await expect(status(ann)).to_contain_text('Reconnecting')
        await expect(marks(ann)).to_have_count(0)
        await ann.get_by_label('Number').fill('4')
        await expect(marks(ann)).to_have_count(len(PLACES))
        await expect_opacity(ann, 0.6, *PLACES)
        await marks(ann).first.click()
        note = ann.locator('.dara-stale-note:visible')
        await expect(note).to_contain_text('Not connected to the server')
        await expect(note.get_by_role('button')).to_have_count(0)
        network.mend()
        await expect(ann.locator('#heading')).to_have_text('25')
        await expect(ann.locator('#part')).to_have_text('part 25.0')
        await expect(marks(ann)).to_have_count(0)
        await ann.get_by_label('Number').fill('0')
        await expect(marks(ann).first).to_be_visible()
        await restart(server, ann)
        await ann.get_by_label('Number').fill('10')
        await expect(ann.locator('#heading')).to_have_text('10')
        await expect(marks(ann)).to_have_count(0)


OWN = """
from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable
from dara.core.auth import MultiBasicAuthConfig
from dara.core.persistence import BackendStore

own = Variable(default=2, store=BackendStore(scope='user'))
rooms = BackendStore()
room = Variable(default='a')
in_room = Variable(default=2, store=rooms.at(room))
config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'secret', 'ben': 'secret'}))
config.add_page('Page', content=Stack(
    Input(value=own, type='number', label='Own'),
    Input(value=room, label='Room'),
    Input(value=in_room, type='number', label='In the room'),
    Text(DerivedVariable(lambda number: 100 / number, variables=[own]), id_='own'),
    Text(DerivedVariable(lambda number: 60 / number, variables=[in_room]), id_='room'),
))
"""


async def test_what_is_out_of_date_for_one_user_or_room_is_not_for_others(serve: Serve, open_two: OpenTwo) -> None:
    """Ann's failure is hers alone; that of a room is everybody's in it, and no other room's."""
    ann, ben = await open_two(serve(OWN).url)
    for tab, name in ((ann, 'ann'), (ben, 'ben')):
        await log_in(tab, name, 'secret')
        await expect(tab.locator('#own')).to_have_text('50')
        await expect(tab.locator('#room')).to_have_text('30')
    await ann.get_by_label('Own').fill('0')
    await expect(marks(ann)).to_have_count(1)
    await ann.get_by_label('In the room').fill('0')
    await expect(marks(ann)).to_have_count(2)
    await expect(marks(ben)).to_have_count(1)
    await expect_opacity(ben, 0.6, '#room')
    await expect_opacity(ben, 1, '#own')
    await ben.get_by_label('Room', exact=True).fill('b')
    await ben.get_by_label('In the room').fill('3')
    await expect(ben.locator('#room')).to_have_text('20')
    await expect(marks(ben)).to_have_count(0)
    await expect(marks(ann)).to_have_count(2)
