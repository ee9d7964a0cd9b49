"""Tests of what the server computes and renders, as people see it: while it takes time, when it fails or changes."""

from __future__ import annotations

import json

from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenTab, OpenTwo, notices, press, status
from tests.conftest import Serve


async def top_of(*places: Locator) -> list[float]:
    """Return the vertical positions of elements."""
    boxes = [await place.bounding_box() for place in places]
    return [box['y'] for box in boxes if box]


async def test_nothing_jumps_when_what_was_waited_for_is_there(serve: Serve, open_tab: OpenTab) -> None:
    """A heading has its height before its text, and a py_component's fallback stands in for it."""
    ann = await open_tab(serve('slow_results').url)
    places = ann.locator('#below'), ann.locator('#further')
    await expect(ann.get_by_text('one moment')).to_be_visible()
    await expect(ann.locator('#doubled')).to_have_text('')
    before = await top_of(*places)
    await press(ann, 'Open')
    await expect(ann.locator('#doubled')).to_have_text('2')
    await expect(ann.get_by_text('number 1')).to_be_visible()
    await expect(ann.get_by_text('one moment')).to_have_count(0)
    assert await top_of(*places) == before


async def test_what_is_there_stays_while_it_is_computed_anew(serve: Serve, open_tab: OpenTab) -> None:
    """Neither the fallback nor nothing is shown again, and it does not jump."""
    ann = await open_tab(serve('slow_results').url)
    places = ann.locator('#below'), ann.locator('#further')
    await press(ann, 'Open')
    await expect(ann.get_by_text('number 1')).to_be_visible()
    before = await top_of(*places)
    await press(ann, 'Close')
    await press(ann, 'More')
    await expect(ann.locator('.dara-part[aria-busy]').last).to_have_text('number 1')
    await expect(ann.locator('#doubled')).to_have_text('2')
    assert await top_of(*places) == before
    await press(ann, 'Open')
    await expect(ann.get_by_text('number 2')).to_be_visible()
    await expect(ann.locator('#doubled')).to_have_text('4')
    assert await top_of(*places) == before


async def test_what_fails_says_so_where_it_is_and_can_be_tried_again(serve: Serve, open_tab: OpenTab) -> None:
    """The rest of the page works, and the exception is in the log alone."""
    server = serve('failing_results')
    ann = await open_tab(server.url)
    again = ann.get_by_role('button', name='Try again')
    await expect(again.first).to_be_visible()
    await expect(ann.get_by_text('it has failed')).to_be_visible()
    await expect(ann.get_by_text('the rest of the page')).to_be_visible()
    assert 'secret' not in await ann.content()
    assert 'a secret of the server' in server.log
    await press(ann, 'Mend')
    await press(ann, 'Compute')
    await expect(ann.get_by_text('computed again')).to_be_visible()
    await expect(ann.get_by_text('it has failed')).to_have_count(0)
    await again.first.click()
    await expect(ann.get_by_text('whole again')).to_be_visible()
    await expect(again).to_have_count(0)


async def test_an_action_that_fails_shows_a_notice(serve: Serve, open_tab: OpenTab) -> None:
    """Readable, and without what the exception says."""
    ann = await open_tab(serve('failing_results').url)
    await press(ann, 'Fail')
    await expect(notices(ann)).to_contain_text('The action failed')
    await expect(notices(ann)).not_to_contain_text('secret')
    await expect(status(ann)).to_contain_text('Live')


WATCH = """
window.seen = {}
new MutationObserver(() => {
  for (const { id, textContent } of document.querySelectorAll('[id]')) {
    const texts = (window.seen[id] ??= [])
    if (texts.at(-1) !== textContent) texts.push(textContent)
  }
}).observe(document, { subtree: true, childList: true, characterData: true })
"""


async def test_nobody_ever_sees_the_default_of_what_is_stored(serve: Serve, open_tab: OpenTab) -> None:
    """Every text that the elements ever show is of the store's value, from the first one on."""
    server = serve('stored_sums')
    server.kill()
    (server.directory / 'numbers.json').write_text(json.dumps({'global': [40, 2]}))
    server.start()
    ann = await open_tab('about:blank')
    await ann.add_init_script(WATCH)
    await ann.goto(server.url)
    await expect(ann.locator('#view')).to_have_text('[40, 2] 42')
    await expect(ann.locator('#total')).to_have_text('42')
    await press(ann, 'More')
    await expect(ann.locator('#view')).to_have_text('[100, 2] 102')
    await expect(ann.locator('#total')).to_have_text('102')
    seen: dict[str, list[str]] = await ann.evaluate('window.seen')
    assert [text for text in seen['total'] if text] == ['42', '102']
    assert [text for text in seen['first'] if text] == ['40', '100']
    assert [text for text in seen['view'] if text] == ['[40, 2] 42', '[100, 2] 102']


async def test_a_py_component_rendered_anew_keeps_what_is_being_typed(serve: Serve, open_two: OpenTwo) -> None:
    """Focus, caret and text, of variables made outside and inside of it, while somebody else has it rendered."""
    ann, ben = await open_two(serve('rendered_fields').url)
    await ann.get_by_label('Outside').fill('out')
    inside = ann.get_by_label('Inside')
    await inside.fill('held')
    await inside.press('ArrowLeft')
    await inside.evaluate('element => { window.field = element }')
    await press(ben, 'More')
    await expect(ann.get_by_text('rendered with 7')).to_be_visible()
    await expect(inside).to_be_focused()
    assert await inside.evaluate('element => element === window.field')
    await ann.keyboard.type('lo wor')
    await expect(inside).to_have_value('hello word')
    await expect(ann.get_by_label('Outside')).to_have_value('out')
    await expect(ben.get_by_label('Inside')).to_have_value('')


async def test_py_components_inside_each_other(serve: Serve, open_tab: OpenTab) -> None:
    """A change renders only the one that depends on it."""
    ann = await open_tab(serve('nested_py_components').url)
    await expect(ann.get_by_text('outer a, run 1')).to_be_visible()
    await expect(ann.get_by_text('inner a x, run 1')).to_be_visible()
    await ann.get_by_label('Inner').fill('y')
    await expect(ann.get_by_text('inner a y, run 2')).to_be_visible()
    await expect(ann.get_by_text('outer a, run 1')).to_be_visible()
    await ann.get_by_label('Outer').fill('b')
    await expect(ann.get_by_text('outer b, run 2')).to_be_visible()
    await expect(ann.get_by_text('inner b y')).to_be_visible()


async def test_what_is_polled_moves_by_itself(serve: Serve, open_two: OpenTwo) -> None:
    """In both browsers, a value and a py_component."""
    ann, ben = await open_two(serve('computed_values').url)
    for tab in (ann, ben):
        for place in ('#polled', '#part'):
            first = await tab.locator(place).text_content()
            await expect(tab.locator(place)).not_to_have_text(first or '')


async def test_without_deps_it_is_computed_when_it_is_asked_for(serve: Serve, open_tab: OpenTab) -> None:
    """Then with the value of the moment."""
    ann = await open_tab(serve('computed_values').url)
    await expect(ann.locator('#asked')).to_have_text('1, run 1')
    await ann.get_by_label('Source').fill('5')
    await expect(ann.locator('#tenfold')).to_have_text('50')
    await expect(ann.locator('#asked')).to_have_text('1, run 1')
    await press(ann, 'Ask')
    await expect(ann.locator('#asked')).to_have_text('5, run 2')


async def test_whether_something_is_computed_or_has_failed_can_be_shown(serve: Serve, open_tab: OpenTab) -> None:
    """The page says which, with components of its own."""
    ann = await open_tab(serve('computed_values').url)
    await expect(ann.get_by_text('computing')).to_be_visible()
    await expect(ann.get_by_text('fine')).to_be_visible()
    await press(ann, 'Let go')
    await expect(ann.get_by_text('idle')).to_be_visible()
    await ann.get_by_label('Source').fill('-1')
    await expect(ann.get_by_text('failed', exact=True)).to_be_visible()
    await expect(ann.get_by_text('idle')).to_be_visible()
    await ann.get_by_label('Source').fill('3')
    await expect(ann.get_by_text('fine')).to_be_visible()


async def test_a_copy_of_a_derived_value_can_be_edited(serve: Serve, open_two: OpenTwo) -> None:
    """It begins with that value; whoever edits it has one of their own."""
    ann, ben = await open_two(serve('computed_values').url)
    for tab in (ann, ben):
        await expect(tab.get_by_label('Copy')).to_have_value('10')
    await ann.get_by_label('Copy').fill('11')
    await ben.get_by_label('Source').fill('2')
    await expect(ann.locator('#tenfold')).to_have_text('20')
    await expect(ann.get_by_label('Copy')).to_have_value('11')
    await expect(ben.get_by_label('Copy')).to_have_value('20')
