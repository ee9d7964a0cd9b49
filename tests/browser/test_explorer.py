"""Tests of the data explorer of `examples/`, in the hands of two people."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTwo, press, restart
from tests.browser.examples import Run

ALL = '1,000,000'


async def chart(tab: Page, name: str) -> Locator:
    """Return the drawing of a chart when it is there."""
    drawing = tab.get_by_role('img', name=name)
    await expect(drawing.locator('canvas').first).to_be_visible()
    await expect(drawing).not_to_have_attribute('aria-busy', 'true')
    return drawing


async def drag(tab: Page, drawing: Locator, start: float, end: float) -> None:
    """Drag over a chart between two shares of its width."""
    box = await drawing.bounding_box()
    assert box
    y = box['y'] + box['height'] / 2
    await tab.mouse.move(box['x'] + start * box['width'], y)
    await tab.mouse.down()
    await tab.mouse.move(box['x'] + end * box['width'], y, steps=6)
    await tab.mouse.up()


async def test_two_people_explore_a_million_rows(run: Run, open_two: OpenTwo) -> None:
    """A selection in a chart filters the charts, the figures and the table of both; the server may restart."""
    server = run('explorer')
    ann, ben = await open_two(server.url)
    for tab in ann, ben:
        await expect(tab.locator('#trips')).to_have_text(ALL)
        await expect(tab.get_by_text(f'{ALL} rows')).to_be_visible()

    await drag(ann, await chart(ann, 'Distance in km'), 0.4, 0.8)
    await expect(ben.locator('#trips')).not_to_have_text(ALL)
    long_trips = await ben.locator('#trips').inner_text()
    await expect(ben.get_by_text(f'{long_trips} rows')).to_be_visible()
    await expect(ben.get_by_role('listitem').filter(has_text='km')).to_be_visible()

    start = await chart(ben, 'Start')
    await start.click(position={'x': 80, 'y': 120})
    await expect(ann.locator('#trips')).not_to_have_text(long_trips)
    chosen = await ann.get_by_role('listitem').filter(has_text='from').inner_text()
    from_there = await ann.locator('#trips').inner_text()
    await expect(ann.get_by_role('row').nth(1).get_by_role('cell').nth(2)).to_have_text(chosen.removeprefix('from '))

    await restart(server, ann, ben)
    await expect(ann.locator('#trips')).to_have_text(from_there)
    await ann.get_by_role('button', name='Show everything').click()
    await expect(ben.locator('#trips')).to_have_text(ALL)


async def test_a_column_is_filtered_and_the_last_row_is_reached(run: Run, open_two: OpenTwo) -> None:
    """Each person has an order and filters of their own."""
    ann, ben = await open_two(run('explorer').url)
    await expect(ann.get_by_text(f'{ALL} rows')).to_be_visible()
    await ann.get_by_role('columnheader', name='km').first.get_by_role('button').first.click()
    await expect(ann.get_by_role('columnheader', name='km').first).to_have_attribute('aria-sort', 'ascending')
    await ann.get_by_label('Go to row').fill('1000000')
    await ann.get_by_label('Go to row').press('Enter')
    await expect(ann.locator('[aria-rowindex="1000001"]')).to_be_visible()
    await expect(ben.get_by_role('row').nth(1)).to_have_attribute('aria-rowindex', '2')
    await ann.get_by_role('searchbox').fill('123456')
    found = ann.get_by_text(' of 1,000,000 rows')
    await expect(found).to_be_visible()
    count = int((await found.inner_text()).split()[0])
    async with ann.expect_download() as download:
        await ann.get_by_role('button', name='CSV').click()
    lines = (await (await download.value).path()).read_text().splitlines()
    assert len(lines) == 1 + count
    await press(ann, 'Use dark mode')
    await expect(ann.get_by_role('img', name='Start')).to_be_visible()
