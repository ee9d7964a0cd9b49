"""Tests of lists that are filtered, sorted, reordered or long."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, at_rest
from tests.conftest import Serve


def titles(tab: Page) -> Locator:
    return tab.get_by_placeholder('Title')


async def expect_titles(tab: Page, *expected: str) -> None:
    await expect(titles(tab)).to_have_count(len(expected))
    for position, title in enumerate(expected):
        await expect(titles(tab).nth(position)).to_have_value(title)


async def choose(tab: Page, field: str, option: str) -> None:
    await tab.get_by_role('combobox', name=field).click()
    await tab.get_by_role('option', name=option, exact=True).click()


async def test_a_filtered_and_sorted_list_is_edited_by_both(serve: Serve, open_two: OpenTwo) -> None:
    """Each has a filter and an order of their own. A row stays where it is while somebody types in it."""
    ann, ben = await open_two(serve('lists').url)
    await expect_titles(ann, 'Cheese', 'Apples', 'Dates')
    await expect(ann.get_by_text('late')).to_have_count(1)
    await choose(ben, 'Show', 'all')
    await choose(ben, 'Order', 'title')
    await expect_titles(ben, 'Apples', 'Bread', 'Cheese', 'Dates')
    await expect(ben.locator('#mixed')).to_have_text('changed')

    await titles(ben).nth(0).fill('Zucchini')
    await expect_titles(ann, 'Cheese', 'Zucchini', 'Dates')
    await expect_titles(ben, 'Zucchini', 'Bread', 'Cheese', 'Dates')
    await expect(titles(ben).nth(0)).to_be_focused()
    await titles(ann).nth(0).press('End')
    await titles(ann).nth(0).press_sequentially('!')
    await expect_titles(ben, 'Zucchini', 'Bread', 'Cheese!', 'Dates')
    await ben.get_by_role('combobox', name='Order').focus()
    await expect_titles(ben, 'Bread', 'Cheese!', 'Dates', 'Zucchini')

    # Ann types in a row that Ben ticks: it goes when she is ready.
    await ben.get_by_role('switch').nth(1).check(force=True)
    await titles(ann).nth(0).press_sequentially('!')
    await expect_titles(ben, 'Bread', 'Cheese!!', 'Dates', 'Zucchini')
    await expect_titles(ann, 'Cheese!!', 'Zucchini', 'Dates')
    await titles(ann).nth(1).focus()
    await expect_titles(ann, 'Zucchini', 'Dates')
    await choose(ann, 'Order', '-day')
    await expect_titles(ann, 'Zucchini', 'Dates')
    await choose(ann, 'Show', 'other')
    await expect(ann.get_by_text('Nothing here')).to_be_visible()
    await choose(ann, 'Show', 'done')
    await expect_titles(ann, 'Cheese!!', 'Bread')


async def test_a_list_is_searched_while_both_edit_it(serve: Serve, open_two: OpenTwo) -> None:
    """The server finds the items. A row stays while somebody types in it, and the others while the server searches."""
    ann, ben = await open_two(f'{serve("lists").url}/search')
    await expect_titles(ann, 'Apples', 'Bread', 'Cheese', 'Dates')
    await expect_titles(ben, 'Apples', 'Bread', 'Cheese', 'Dates')
    await expect(ben.locator('#found')).to_contain_text('"d":')
    await ben.evaluate("""() => {
        window.without = 0
        const isThere = () => [...document.querySelectorAll('[placeholder=Title]')].some(({value}) => value === 'Dates')
        const changes = {childList: true, subtree: true}
        new MutationObserver(() => isThere() || window.without++).observe(document.body, changes)
    }""")
    search = ben.get_by_role('textbox', name='Search')
    await search.press_sequentially('es')
    await expect_titles(ben, 'Apples', 'Cheese', 'Dates')
    await titles(ben).nth(1).fill('Rice')
    await expect_titles(ann, 'Apples', 'Bread', 'Dates', 'Rice')
    await expect(ben.locator('#found')).not_to_contain_text('"c":')
    await expect_titles(ben, 'Apples', 'Rice', 'Dates')
    await expect(titles(ben).nth(1)).to_be_focused()

    await titles(ann).nth(1).fill('Boxes')
    await expect_titles(ben, 'Apples', 'Boxes', 'Rice', 'Dates')
    await search.focus()
    await expect_titles(ben, 'Apples', 'Boxes', 'Dates')
    await search.fill('')
    await expect_titles(ben, 'Apples', 'Boxes', 'Dates', 'Rice')
    await search.fill('D')
    await expect_titles(ben, 'Dates')
    await ann.get_by_role('button', name='Add').click()
    await expect_titles(ann, 'Apples', 'Boxes', 'Dates', 'Endive', 'Rice')
    await expect_titles(ben, 'Dates')
    assert await ben.evaluate('window.without') == 0


async def test_a_shared_list_is_reordered_by_both(serve: Serve, open_two: OpenTwo) -> None:
    """With the pointer and with the keyboard, while the other one types in the row that moves."""
    ann, ben = await open_two(f'{serve("lists").url}/moved')
    await expect_titles(ann, 'Apples', 'Cheese', 'Dates')
    await titles(ben).nth(0).press('End')
    handle = ann.get_by_role('button', name='Move item 1 of 3')
    await handle.focus()
    await ann.keyboard.press('ArrowDown')
    await expect(ann.get_by_role('button', name='Move item 2 of 3')).to_be_focused()
    await expect(ann.get_by_role('status').get_by_text('Moved to 2 of 3')).to_be_attached()
    await ben.keyboard.type(' and pears')
    for tab in (ann, ben):
        await expect_titles(tab, 'Cheese', 'Apples and pears', 'Dates')
    await expect(titles(ben).nth(1)).to_be_focused()

    await drag(ben, from_=2, to=0)
    await ann.keyboard.press('Home')
    for tab in (ann, ben):
        await expect(titles(tab).nth(2)).to_have_value('Cheese')
    await drag(ann, from_=2, to=2)
    await expect(titles(ann).nth(2)).to_have_value('Cheese')


async def drag(tab: Page, *, from_: int, to: int) -> None:
    """Drag an item by its handle onto the place of another one."""
    await at_rest(tab)
    boxes = [await tab.locator('.dara-handle').nth(position).bounding_box() for position in (from_, to)]
    (x, y), (to_x, to_y) = [(box['x'] + box['width'] / 2, box['y'] + box['height'] / 2) for box in boxes if box]
    await tab.mouse.move(x, y)
    await tab.mouse.down()
    await tab.mouse.move(x + 1, y + 3)
    await tab.mouse.move(to_x, to_y)
    await tab.mouse.up()


async def test_a_long_list_draws_what_is_in_view(serve: Serve, open_two: OpenTwo) -> None:
    """Of ten thousand items; each is edited in its place."""
    ann, ben = await open_two(f'{serve("lists").url}/long')
    for tab in (ann, ben):
        await expect(tab.get_by_role('textbox').first).to_have_value('Title 0')
        assert await tab.get_by_role('textbox').count() < 60
        await tab.locator('.dara-window').evaluate('(list) => list.scrollTo(0, 50 * 7000)')
        await expect(tab.locator('.dara-window-item[data-index="7003"] input')).to_have_value('Title 7003')
    await ann.locator('[data-index="7003"] input').fill('Changed')
    await expect(ben.locator('[data-index="7003"] input')).to_have_value('Changed')


async def test_a_horizontal_list_is_reordered(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(f'{serve("lists").url}/wide')
    await ann.get_by_role('button', name='Move item 1 of 10000').focus()
    await ann.keyboard.press('ArrowRight')
    await expect(ann.locator('[data-index="0"] input')).to_have_value('Title 1')
    await expect(ann.locator('[data-index="1"] input')).to_have_value('Title 0')
    assert await ann.get_by_role('textbox').count() < 60


async def test_fields_of_a_computed_list_say_why_they_are_read_only(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(f'{serve("lists").url}/computed')
    field = ann.get_by_role('textbox').first
    await expect(field).to_have_attribute('readonly', '')
    await expect(field).to_have_attribute('title', 'This value is computed, so it cannot be changed.')
