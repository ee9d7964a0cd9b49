"""Tests of unexpected values: whatever a variable holds, the page shows what it can, and everything else goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.conftest import Serve
from tests.process import AppServer
from tests.repeats import repeated

VALUES: dict[str, Any] = {
    'null': None,
    'true': True,
    'zero': 0,
    'empty text': '',
    'text': 'text',
    'number as text': '12',
    'odd characters': '<b>&amp;\u202e\u0007\ufeff👩\u200d👩 ;:{}"\'`\\n\n\t %2F ?#',
    'names of prototypes': 'constructor',
    'broken addresses': 'http://[',
    'script': 'javascript:alert(1)',
    'impossible date': '2026-99-99',
    'empty list': [],
    'mixed list': [None, 1, 'a', {}, [], True, 1, 'a'],
    'numbers': [5, 1],
    'huge numbers': [-1e308, 1e308],
    'object': {'text': 'Save', 'lang': 'en'},
    'toString': {'toString': 1, 'valueOf': {}, 'toJSON': 2},
    'react': {'$$typeof': 'react.element', 'type': 'div', 'key': None, 'props': {}, 'ref': None},
    'items': [
        {'label': {'a': 1}, 'value': {'toString': 1}},
        {'label': 'One', 'value': 1},
        {'label': 'Again', 'value': 1},
        {'label': None, 'value': None},
        {'value': 2},
        {'label': 3},
        {'items': None, 'label': 'No list'},
        {'items': [None, 1, {'items': [1], 'label': 'Inner'}], 'label': {}},
        {'label': 'Slot', 'value': 'slot', 'slot': 'x'},
    ],
    'columns': [
        {'col_id': 'toString', 'label': {}, 'formatter': {'type': 'badge'}},
        {'col_id': 'a', 'formatter': {'type': 'badge', 'badges': {'1': None, 'x': 'y'}}, 'width': {}, 'tooltip': []},
        {'col_id': 'a', 'formatter': {'type': 'threshold'}},
        {'col_id': 'b', 'formatter': {'type': 'threshold', 'thresholds': [None, {'bounds': 1}]}},
        {'col_id': 'c', 'formatter': 'number'},
        {'col_id': None},
        {'a': 1, 'b': {'toString': 2}, 'toString': {'toString': 3}},
    ],
}
MORE: dict[str, Any] = {
    'false': False,
    'negative': -1.5,
    'huge': 9007199254740992,
    'astronomic': 1e308,
    'tiny': 1e-300,
    'long text': 'long ' * 400,
    'list of lists': [[[1, 2], [3]], [None]],
    'same numbers': [3, 3],
    'empty object': {},
    'nested': {'a': {'b': [{'c': None}]}},
}
"""More values of these kinds."""
HARDEST = {
    'null', 'odd characters', 'mixed list', 'toString', 'react', 'items', 'columns',
}  # fmt: skip
"""The values with which a new page begins, too; with the others only in `make soak`."""
STATE = """() => ({
    focus: document.activeElement.tagName,
    gone: [...document.querySelectorAll('[id^=place-]')].filter(({ textContent }) => !textContent.endsWith('after it'))
        .length,
    places: document.querySelectorAll('[id^=place-]').length,
    unshown: [...document.querySelectorAll('.dara-unshown, .dara-failure, [role=alert]')].map(
        (each) => each.closest('[id^=place-]')?.id.replace('place-', '') ?? 'the page'),
})"""


async def expect_whole(tab: Page, server: AppServer, n: int) -> str:
    """Return what is wrong with the page, once it shows the value of that number; nothing if all of it is there."""
    await expect(tab.locator('#n')).to_have_text(str(n))
    state = await tab.evaluate(STATE)
    names = json.loads((server.directory / 'names.json').read_text())
    wrong = [name if name == 'the page' else names[int(name)] for name in state['unshown']]
    if state['gone'] or state['places'] != len(names):
        wrong.append(f'{state["places"]} of {len(names)} places, {state["gone"]} of them empty')
    return ', '.join(each for each in wrong if each not in MAY_BE_UNSHOWN)


MAY_BE_UNSHOWN = {'Image.src'}
"""A picture without an address is none, whatever else the value may be."""


@pytest.mark.parametrize(
    ('values', 'in_new'),
    [pytest.param(VALUES, HARDEST, id='each kind'), repeated(VALUES | MORE, {*VALUES, *MORE}, id='all')],
)
async def test_whatever_a_variable_holds_the_page_goes_on(
    serve: Serve, browser: Browser, values: dict[str, Any], in_new: set[str]
) -> None:
    """Each prop of each component that may be a variable, and each kind of value, in an open page and in a new one."""
    server = serve('any_value')
    context = await browser.new_context()
    tab, other = await context.new_page(), await context.new_page()
    errors: list[str] = []
    for each in (tab, other):
        each.on('pageerror', lambda error: errors.append(f'{error}'))
        each.on('console', lambda said: errors.append(said.text) if is_error(said) else None)
    await tab.goto(server.url)
    note = tab.get_by_label('Note')
    await note.focus()
    wrong: dict[str, str] = {}
    typed = ''
    for n, (name, value) in enumerate(values.items(), 1):
        answer = await tab.request.post(f'{server.url}/api/odd', data={'n': n, 'it': value})
        assert answer.ok, (name, await answer.text())
        await tab.bring_to_front()
        wrong[name] = await expect_whole(tab, server, n)
        await tab.keyboard.type('x')
        typed += 'x'
        await expect(note).to_have_value(typed)
        await expect(note).to_be_focused()
        if name in in_new:
            await other.goto(server.url)
            wrong[f'{name}, in a new page'] = await expect_whole(other, server, n)
    await context.close()
    assert {name: what for name, what in wrong.items() if what} == {}
    assert errors == []


def is_error(said: ConsoleMessage) -> bool:
    """Return whether the page failed; a missing picture is no failure of the page."""
    return said.type == 'error' and 'Failed to load resource' not in said.text and 'Loading the image' not in said.text


async def test_what_cannot_be_shown_is_said_in_its_place(serve: Serve, browser: Browser) -> None:
    """A picture at an impossible address takes nothing along, and is there again at the next change."""
    server = serve('impossible_picture')
    context = await browser.new_context()
    tab = await context.new_page()
    await tab.goto(server.url)
    await tab.get_by_label('Note').fill('typed ')
    await expect(tab.get_by_role('img', name='A dot')).to_be_visible()
    await tab.get_by_role('button', name='Break').click()
    place = tab.get_by_role('note')
    await expect(place).to_have_text('This value cannot be shown')
    await expect(tab.get_by_role('img', name='A dot')).to_have_count(0)
    await tab.get_by_label('Note').press_sequentially('on')
    await expect(tab.get_by_label('Note')).to_have_value('typed on')
    await tab.reload()
    await expect(place).to_have_text('This value cannot be shown')
    await expect(tab.get_by_label('Note')).to_have_value('typed on')
    await tab.get_by_role('button', name='Mend').click()
    await expect(tab.get_by_role('img', name='A dot')).to_be_visible()
    await expect(place).to_have_count(0)
    await context.close()
