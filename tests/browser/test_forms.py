"""Tests of forms and their fields: each edits its own place, so nobody undoes an edit of somebody else."""

from __future__ import annotations

import json
import time
from asyncio import gather
from typing import Any

import pytest
from playwright.async_api import Locator, Page, WebSocket, expect

from tests.browser.conftest import OpenTab, OpenTwo, Show, expect_json, notices, press, status
from tests.conftest import Serve
from tests.network import Network
from tests.repeats import repeated

SLOW = 0.2


async def expect_text(tab: Page, id: str, value: object) -> None:
    """Wait until the text of that id is the JSON of `value`."""
    await expect(tab.locator(f'#{id}')).to_have_text(json.dumps(value, separators=(',', ':'), ensure_ascii=False))


async def test_two_people_fill_in_two_fields_of_one_form(serve: Serve, open_two: OpenTwo) -> None:
    """At once, over a line on which neither hears of the other before they are done: everything of both stays."""
    async with Network(serve('person_form').url, SLOW) as network:
        ann, ben = await open_two(network.url)
        await gather(
            ann.get_by_label('Name').press_sequentially('Grace'), ben.get_by_label('Story').press_sequentially('Sea')
        )
        await gather(ann.get_by_label('Age').fill('85'), ben.get_by_role('switch', name='Lights').press('Space'))
        await gather(
            ann.get_by_role('checkbox', name='Mon').check(), ben.get_by_role('slider', name='Volume').press('End')
        )
        for tab in (ann, ben):
            await expect_text(
                tab,
                'person',
                {
                    'name': 'Grace',
                    'age': 85,
                    'story': 'Sea',
                    'seat': None,
                    'days': ['Mon'],
                    'lights': True,
                    'volume': 10,
                },
            )


async def test_submitting_hands_over_the_whole_value(serve: Serve, open_two: OpenTwo) -> None:
    """By the button, and by Enter in a line of text; in a Textarea that is another line."""
    ann, ben = await open_two(serve('person_form').url)
    await ann.get_by_label('Story').fill('one')
    await ann.get_by_label('Story').press('Enter')
    await ann.keyboard.type('two')
    await ben.get_by_label('Name').fill('Ann')
    await expect(ann.get_by_label('Name')).to_have_value('Ann')
    await ann.get_by_role('button', name='Submit').click()
    whole = {'name': 'Ann', 'age': 0, 'story': 'one\ntwo', 'seat': None, 'days': [], 'lights': False, 'volume': 0}
    await expect_text(ben, 'sent', whole)
    await ben.get_by_label('Age').fill('7')
    await ben.get_by_label('Age').press('Enter')
    await expect_text(ann, 'sent', {**whole, 'age': 7})
    await expect(notices(ann)).to_be_empty()


async def test_a_form_of_its_own_with_pages(serve: Serve, open_two: OpenTwo) -> None:
    """Without a variable it is private, and begins with what its fields show; Enter turns the page, and then sends."""
    ann, ben = await open_two(serve('paged_form').url)
    await expect(ann.get_by_role('heading', name='You')).to_be_visible()
    await ann.get_by_role('radio', name='dog').check()
    await ann.get_by_label('Search').fill('not a part of it')
    await ann.get_by_label('Name').fill('Anna')
    await ann.get_by_label('Name').press('Enter')
    await expect(ann.get_by_role('heading', name='More')).to_be_visible()
    await ann.get_by_label('Extra').fill('socks')
    await ann.get_by_role('button', name='Back').click()
    await expect(ann.get_by_label('Name')).to_have_value('Anna')
    await expect(ann.get_by_role('button', name='Submit')).to_be_hidden()
    await ann.get_by_role('button', name='Next').click()
    await expect(ann.get_by_label('Extra')).to_have_value('socks')
    await expect(ben.locator('#sent')).to_be_empty()
    await ann.get_by_label('Extra').press('Enter')
    await expect_text(ben, 'sent', {'name': 'Anna', 'pet': 'dog', 'day': '2026-07-10', 'extra': 'socks'})
    await expect(ben.get_by_label('Name')).to_have_value('Ann')


async def test_two_people_edit_two_items_of_one_list(serve: Serve, open_two: OpenTwo) -> None:
    """And two members of one nested object, one of them by a form over that."""
    async with Network(serve('nested_form').url, SLOW) as network:
        ann, ben = await open_two(network.url)
        await gather(
            ann.get_by_label('Stop').nth(0).press_sequentially('Porto'),
            ben.get_by_label('Stop').nth(1).press_sequentially('Faro'),
        )
        await gather(
            ann.get_by_label('City').press_sequentially('Lisbon'), ben.get_by_label('Day').press_sequentially('Friday')
        )
        for tab in (ann, ben):
            await expect_text(
                tab,
                'trip',
                {
                    'from': {'city': 'Lisbon', 'day': 'Friday'},
                    'stops': [{'id': 1, 'name': 'Porto'}, {'id': 2, 'name': 'Faro'}],
                },
            )


@pytest.mark.parametrize('others', [['b'], repeated([])])
async def test_two_people_check_two_boxes_at_once(show_slowly: Show, others: list[str]) -> None:
    """Both stay checked, and a third that was there before."""
    ann, ben = await show_slowly("CheckboxGroup(value=it, label='Letters', items=['a', 'b', 'c'])", others)
    await gather(ann.get_by_role('checkbox', name='a').check(), ben.get_by_role('checkbox', name='c').check())
    for tab in (ann, ben):
        await expect(tab.get_by_role('checkbox', checked=True)).to_have_count(len(others) + 2)
    (chosen,) = await agreement(ann, ben)
    assert sorted(chosen) == sorted(['a', 'c', *others])


async def test_two_people_pick_two_of_several_at_once(show_slowly: Show) -> None:
    """And one who picks while the other takes something back."""
    ann, ben = await show_slowly("Select(value=it, label='Letters', items=['a', 'b', 'c'], multiselect=True)", [])
    await gather(pick(ann, 'a'), pick(ben, 'c'))
    for tab in (ann, ben):
        await expect(tab.locator('.mantine-Pill-root')).to_have_count(2)
    first = await ann.locator('.mantine-Pill-root').nth(0).inner_text()
    await gather(pick(ann, 'b'), pick(ben, first))
    last = 'c' if first == 'a' else 'a'
    for tab in (ann, ben):
        await expect_json(tab, [last, 'b'])


async def pick(tab: Page, name: str) -> None:
    if not await tab.get_by_role('listbox').is_visible():
        await tab.get_by_role('combobox', name='Letters').press('ArrowDown')
    await tab.get_by_role('option', name=name).click()


async def test_a_choice_is_made_as_a_whole(show_slowly: Show) -> None:
    """Of two objects chosen at once one is the value, and not what two of their halves make."""
    ann, ben = await show_slowly(
        "RadioGroup(value=it, label='Seat', items=["
        "Item(label='Window', value={{'row': 1, 'view': 'sea'}}), Item(label='Aisle', value={{'row': 2}})])".format(),
        {'row': 0},
    )
    await ann.get_by_role('radio', name='Window').check()
    await ben.get_by_role('radio', name='Aisle').check()  # long before he hears of hers
    (chosen,) = await agreement(ann, ben)
    assert chosen in ({'row': 1, 'view': 'sea'}, {'row': 2})


async def agreement(ann: Page, ben: Page) -> list[Any]:
    """Wait until both have the same value; return it."""
    while (value := await ann.locator('#json').inner_text()) != await ben.locator('#json').inner_text():
        await next_frame(ann)
    agreed: list[Any] = json.loads(value)
    return agreed


SLIDER = """
    from dara.components import Slider, Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore

    volume = Variable(default=0, store=BackendStore())
    config = ConfigurationBuilder()
    config.add_page('Page', content=Stack(
        Slider(value=volume, label='Volume', domain=[0, 1000]), Text(volume, id_='volume'),
    ))
"""


async def test_a_slider_sends_what_the_line_can_take(serve: Serve, open_two: OpenTwo) -> None:
    """S10, S14: one edit at a time while it is dragged; nothing that comes back pulls the thumb."""
    async with Network(serve(SLIDER).url, SLOW / 2) as network:
        ann, ben = await open_two(network.url)
        edits = await watch_edits(ann)
        thumb = ann.get_by_role('slider', name='Volume')
        await watch(ben.get_by_role('slider', name='Volume'))
        await watch(thumb)
        box = await thumb.bounding_box()
        rail = await ann.locator('.mantine-Slider-track').bounding_box()
        assert box
        assert rail
        began = time.monotonic()
        x, y = box['x'] + box['width'] / 2, box['y'] + box['height'] / 2
        await ann.mouse.move(x, y)
        await ann.mouse.down()
        for step in range(60):
            await ann.mouse.move(x + rail['width'] * 0.01 * step, y)
            await next_frame(ann)
        await ann.mouse.up()
        released = await thumb.get_attribute('aria-valuenow')
        await expect(ben.locator('#volume')).to_have_text(f'{released}')
        await expect(status(ann)).to_contain_text('Live')
        round_trips = (time.monotonic() - began) / SLOW
        await expect_to_have_only_grown(ann, released)
        await expect_to_have_only_grown(ben, released)
        assert 2 <= len(edits) <= round_trips + 1


async def test_a_slider_moved_by_a_key_that_is_held(serve: Serve, open_two: OpenTwo) -> None:
    """The same for the keyboard, which repeats a key about thirty times a second."""
    async with Network(serve(SLIDER).url, SLOW / 2) as network:
        ann, ben = await open_two(network.url)
        edits = await watch_edits(ann)
        thumb = ann.get_by_role('slider', name='Volume')
        await watch(ben.get_by_role('slider', name='Volume'))
        await watch(thumb)
        await thumb.focus()
        began = time.monotonic()
        for _ in range(50):
            await ann.keyboard.down('ArrowRight')
            await next_frame(ann)
        await ann.keyboard.up('ArrowRight')
        await expect(ben.locator('#volume')).to_have_text('50')
        await expect(status(ann)).to_contain_text('Live')
        round_trips = (time.monotonic() - began) / SLOW
        await expect_to_have_only_grown(ann, '50')
        await expect_to_have_only_grown(ben, '50')
        assert 2 <= len(edits) <= round_trips + 1


async def watch_edits(tab: Page) -> list[dict[str, object]]:
    """Load the tab anew, and return the growing list of the edits that it sends."""
    edits: list[dict[str, object]] = []

    def heard(frame: str | bytes) -> None:
        said = json.loads(frame)
        edits.extend(each for each in (said if isinstance(said, list) else [said]) if each['type'] == 'edit')

    def opened(socket: WebSocket) -> None:
        socket.on('framesent', heard)

    tab.on('websocket', opened)
    await tab.reload()
    await expect(status(tab)).to_contain_text('Live')
    return edits


async def watch(thumb: Locator) -> None:
    """Write down where a slider's thumb goes, from now on."""
    await thumb.evaluate(
        """(thumb) => {
            window.went = []
            new MutationObserver(() => window.went.push(Number(thumb.ariaValueNow)))
                .observe(thumb, {attributes: true, attributeFilter: ['aria-valuenow']})
        }"""
    )


async def expect_to_have_only_grown(tab: Page, last: str | None) -> None:
    went: list[float] = await tab.evaluate('window.went')
    assert went == sorted(went)
    assert went[-1] == float(last or 'nan')


async def next_frame(tab: Page) -> None:
    await tab.evaluate('new Promise(requestAnimationFrame)')


async def test_nobody_pulls_at_a_thumb_that_is_held(serve: Serve, open_tab: OpenTab) -> None:
    """The last to let go of it has set it, for both."""
    server = serve(SLIDER)
    ann, ben = await gather(open_tab(server.url), open_tab(server.url))
    thumb, bens = (tab.get_by_role('slider', name='Volume') for tab in (ann, ben))
    box = await thumb.bounding_box()
    assert box
    x, y = box['x'] + box['width'] / 2, box['y'] + box['height'] / 2
    await ann.mouse.move(x, y)
    await ann.mouse.down()
    await ann.mouse.move(x + 100, y)
    held = await thumb.get_attribute('aria-valuenow')
    await expect(ben.locator('#volume')).to_have_text(f'{held}')
    await bens.press('End')
    await expect(ann.locator('#volume')).to_have_text('1000')
    await expect(thumb).not_to_have_attribute('aria-valuenow', '1000')
    await ann.mouse.move(x + 120, y)
    await ann.mouse.up()
    released = await thumb.get_attribute('aria-valuenow')
    await expect(ben.locator('#volume')).to_have_text(f'{released}')
    await expect(bens).to_have_attribute('aria-valuenow', f'{released}')


CLEARED = """
from dara.components import *
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action

guest, guests = Variable({}), Variable([])

@action
async def add(ctx: ActionCtx, known: list):
    await ctx.update(guests, [*known, ctx.input['name']])
    await ctx.reset_variables(guest)

config = ConfigurationBuilder()
form = Form(Input(id='name', label='Name', required=True), value=guest, onsubmit=add(guests), submit_label='Add')
config.add_page('Page', content=Stack(form, Text(guests, id_='guests')))
"""


async def test_a_form_that_its_action_clears_begins_anew(serve: Serve, open_tab: OpenTab) -> None:
    """Its empty fields are not wrong before they are left, or the form is submitted again."""
    ann = await open_tab(serve(CLEARED).url)
    await ann.get_by_label('Name').fill('Cleo')
    await press(ann, 'Add')
    await expect(ann.get_by_label('Name')).to_have_value('')
    await expect(ann.locator('#guests')).to_have_text('["Cleo"]')
    await expect(ann.get_by_text('Fill this in.')).to_have_count(0)
    await press(ann, 'Add')
    await expect(ann.get_by_text('Fill this in.')).to_be_visible()
