"""Tests of charts: shared selections, clicks, zooming, and data that changes."""

from __future__ import annotations

import json

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTwo, Show, expect_json, press
from tests.conftest import Serve

FLATS = [{'area': 20 + i, 'price': 100 * i, 'district': 'Harbour' if i % 2 else 'North'} for i in range(101)]
CHARTS = f"""
    Chart({FLATS}, kind='histogram', x='area', selection=it, label='Areas'),
    Chart({FLATS}, kind='scatter', x='area', y='price', selection=it, label='Prices'),
    Chart({FLATS}, kind='bar', x='district', y='price', aggregate='sum', selection=it, label='Districts')
"""


async def drawn(tab: Page, name: str) -> Locator:
    """Return a chart when it is drawn."""
    chart = tab.locator('.dara-chart').filter(has=tab.get_by_role('img', name=name))
    await expect(chart.locator('canvas').first).to_be_visible()
    await expect(chart.get_by_role('img')).not_to_have_attribute('aria-busy', 'true')
    return chart


async def drag(tab: Page, chart: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the pointer between two points, each given by its shares of the chart's width and height."""
    await chart.scroll_into_view_if_needed()
    box = await chart.locator('canvas').first.bounding_box()
    assert box
    await tab.mouse.move(box['x'] + start[0] * box['width'], box['y'] + start[1] * box['height'])
    await tab.mouse.down()
    await tab.mouse.move(box['x'] + end[0] * box['width'], box['y'] + end[1] * box['height'], steps=8)
    await tab.mouse.up()


async def click(tab: Page, chart: Locator, at: tuple[float, float]) -> None:
    """Click a point, given by its shares of the chart's width and height."""
    await drag(tab, chart, at, at)


async def selection(tab: Page) -> dict[str, dict[str, float]]:
    """Return the selection that the page shows as JSON."""
    chosen: dict[str, dict[str, float]] = json.loads(await tab.locator('#json').inner_text())[0]
    return chosen


async def test_two_people_see_the_same_brush(show: Show) -> None:
    """A range is dragged in one chart, and shows in each chart of that column, also for the other person."""
    ann, ben = await show(CHARTS, {})
    areas = await drawn(ann, 'Areas')
    await drag(ann, areas, (0.4, 0.5), (0.7, 0.5))
    await expect(areas.get_by_role('listitem')).to_contain_text('area')
    for tab in ann, ben:
        for name in 'Areas', 'Prices':
            await expect((await drawn(tab, name)).get_by_role('listitem').first).to_contain_text('area')
    area = (await selection(ben))['area']
    assert 20 < area['from'] < area['to'] < 120

    await drag(ben, await drawn(ben, 'Prices'), (0.3, 0.2), (0.6, 0.7))
    await expect((await drawn(ann, 'Prices')).get_by_role('listitem')).to_have_count(2)
    assert (await selection(ann))['area'] != area
    await (await drawn(ann, 'Areas')).get_by_role('button', name='Clear the selection of area').click()
    await expect((await drawn(ben, 'Prices')).get_by_role('listitem')).to_have_count(1)
    assert {*await selection(ben)} == {'price'}


async def test_a_click_selects_a_bar(show: Show) -> None:
    """Another click takes it back. Others' selections in other columns stay."""
    ann, ben = await show(CHARTS, {'price': {'from': 0, 'to': 500}})
    districts = await drawn(ann, 'Districts')
    await click(ann, districts, (0.3, 0.7))
    await expect((await drawn(ben, 'Districts')).get_by_role('listitem')).to_have_text('district North')
    await expect_json(ben, {'price': {'from': 0, 'to': 500}, 'district': ['North']})
    await click(ann, districts, (0.3, 0.7))
    await expect_json(ben, {'price': {'from': 0, 'to': 500}})


async def test_a_zoomed_chart_stays_zoomed_when_its_data_changes(show: Show) -> None:
    """A click on a place of the chart runs its action with what is there."""
    numbers = [{'x': i} for i in range(100)]
    ann, ben = await show(
        "Chart(it.get('rows'), x='x', kind='histogram', bins=10, label='Numbers', onclick=it.get('clicked').sync()), "
        "Button('Change', onclick=it.get('rows', 0, 'x').update(5.5)), "
        "Button('Forget', onclick=it.get('clicked').update(0))",
        {'rows': numbers, 'clicked': 0},
    )
    chart = await drawn(ann, 'Numbers')

    async def x_on_the_right() -> float:
        await click(ann, chart, (0.8, 0.7))
        await expect(ben.locator('#json')).to_contain_text('"clicked":{')
        clicked = json.loads(await ben.locator('#json').inner_text())[0]['clicked']
        assert clicked['count'] == 10
        await press(ben, 'Forget')
        await expect(ann.locator('#json')).to_contain_text('"clicked":0')
        return float(clicked['x'])

    everything = await x_on_the_right()
    await press(ann, 'Zoom in')
    zoomed = await x_on_the_right()
    assert 60 < zoomed < everything
    await press(ben, 'Change')
    await expect(ann.locator('#json')).to_contain_text('"x":5.5')
    assert await x_on_the_right() == zoomed
    await press(ann, 'Reset zoom')
    assert await x_on_the_right() == everything


async def test_what_is_no_data_is_an_empty_chart(show: Show) -> None:
    """So is a column that does not exist. Data that comes is drawn."""
    ann, ben = await show(
        "Chart(it, x='a', y='b', label='Empty'), Button('Fill', onclick=it.update([{'a': 1, 'b': 2}]))", 5
    )
    await expect((await drawn(ann, 'Empty')).get_by_text('No data')).to_be_visible()
    await press(ben, 'Fill')
    await expect((await drawn(ann, 'Empty')).get_by_text('No data')).to_have_count(0)


LARGE = """
import pandas as pd
from dara.components import Button, Chart, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, ServerVariable, Variable, action
from dara.core.persistence import BackendStore

def made(rows):
    return pd.DataFrame({'number': range(rows), 'third': [row % 3 for row in range(rows)]})

numbers = ServerVariable(made(300_000), scope='global')
brush = Variable({}, store=BackendStore())
chosen = DerivedVariable(Chart.within, variables=[numbers, brush])

@action
async def shrink(ctx: ActionCtx):
    await numbers.write(made(30_000))

config = ConfigurationBuilder()
config.add_page('Page', Stack(
    Chart(numbers, kind='histogram', x='number', bins=10, selection=brush, label='Numbers'),
    Chart(chosen, kind='bar', x='third', aggregate='count', label='Thirds'),
    Chart(chosen, kind='scatter', x='number', y='third', label='Points'),
    Text(DerivedVariable(len, variables=[chosen]), id_='chosen'),
    Button('Shrink', onclick=shrink()),
))
"""


async def test_charts_of_data_that_stays_on_the_server(serve: Serve, open_two: OpenTwo) -> None:
    """Only what is drawn is sent. A range that one person selects filters the other charts, for the other too."""
    ann, ben = await open_two(serve(LARGE).url)
    await expect(ben.locator('#chosen')).to_have_text('300000')
    await expect((await drawn(ben, 'Points')).get_by_text('20,000 of 300,000 points')).to_be_visible()
    await drag(ann, await drawn(ann, 'Numbers'), (0.2, 0.5), (0.5, 0.5))
    await expect(ben.locator('#chosen')).not_to_have_text('300000')
    chosen = int(await ben.locator('#chosen').inner_text())
    assert 50_000 < chosen < 150_000
    await press(ben, 'Shrink')
    await expect(ann.locator('#chosen')).not_to_have_text(str(chosen))
    await (await drawn(ann, 'Numbers')).get_by_role('button', name='Clear the selection of number').click()
    await expect(ben.locator('#chosen')).to_have_text('30000')
