"""Tests of selections in charts of plotly: a shared brush, clicks and boxes."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, Show, at_rest, expect_json
from tests.browser.test_plots import drag, plotly, ready, until
from tests.conftest import Serve


async def click_point(tab: Page, index: int) -> None:
    """Click on a point of the first trace of the first plotly chart, as a hand does.

    It comes so late that it is no double click, and rests on the point before: plotly clicks on what it hovers. It
    finds that with a delay after a move, and loses a click that comes meanwhile.
    """
    await until(tab, 'Date.now() - (plot._mouseDownTime ?? 0) > 500')
    point = await tab.locator('.js-plotly-plot .points path').nth(index).bounding_box()
    assert point
    middle = point['x'] + point['width'] / 2, point['y'] + point['height'] / 2
    await tab.mouse.move(middle[0] + 1, middle[1])
    await tab.mouse.move(*middle)
    moved = await tab.evaluate('Date.now()')
    await until(tab, f'Date.now() - {moved} > 200 && plot._hoverdata?.[0]?.pointIndex === {index}')
    await tab.mouse.down()
    await tab.mouse.up()


SELECTED = 'String(plot.data[0].selectedpoints)'
NOTHING = '!plot.data[0].selectedpoints && !plot.layout.selections.length'
POINTS = "{'data': [{'type': 'scatter', 'mode': 'markers', 'x': [1, 2, 3, 4], 'y': [1, 2, 3, 4]}]}"


async def test_a_brush_that_two_people_share(show: Show) -> None:
    """The selection of one shows at the other at once, area and points, and is the value of the variable."""
    ann, ben = await show(f'Plotly({POINTS}, selection=it, alt="Points")')
    await ready(ann)
    await ready(ben)
    await expect(ann.get_by_role('figure', name='Points')).to_be_visible()
    await drag(ann, (0.01, 0.01), (0.5, 0.99))
    await expect(ben.locator('.selectionlayer path').first).to_be_attached()
    await until(ben, f'{SELECTED} === "0,1" && plot.layout.selections.length === 1')
    await drag(ben, (0.55, 0.01), (0.99, 0.99))
    await expect(ann.locator('#json')).to_contain_text('"points":[[2,3]]')
    await until(ann, f'{SELECTED} === "2,3"')
    area = await ann.locator('.js-plotly-plot .nsewdrag').bounding_box()
    assert area
    await ann.mouse.dblclick(area['x'] + 5, area['y'] + 5)
    await expect_json(ben, None)
    await expect(ben.locator('.selectionlayer path')).to_have_count(0)


async def test_fingers_scroll_the_page_and_select_by_tapping(serve: Serve, open_tab: OpenTab) -> None:
    """A box takes its tool, which is chosen for one drag."""
    phone = {'viewport': {'width': 390, 'height': 700}, 'has_touch': True, 'is_mobile': True}
    tab = await open_tab(serve(BARS).url, **phone)
    await ready(tab)
    chosen = tab.locator('#chosen')
    await swipe(tab, (0.5, 0.9), (0.5, 0.2))
    await until(tab, 'scrollY > 100')
    await at_rest(tab)  # the page scrolls on for a moment
    await tab.evaluate('scrollTo(0, 0)')
    await at_rest(tab)
    place = await tab.locator('.js-plotly-plot .points path').nth(1).bounding_box()
    assert place
    await tab.touchscreen.tap(place['x'] + place['width'] / 2, place['y'] + place['height'] / 2)
    await expect(chosen).to_have_text('{"points":[[1]],"areas":[]}')
    await tab.locator('.modebar-btn[data-attr="dragmode"][data-val="select"]').tap()
    await swipe(tab, (0.02, 0.02), (0.6, 0.98))
    await expect(chosen).to_contain_text('"points":[[0,1]]')
    selected = await chosen.inner_text()
    await swipe(tab, (0.3, 0.9), (0.3, 0.2))  # also from the box
    await until(tab, 'scrollY > 100')
    await expect(chosen).to_have_text(selected)


BARS = """
    import plotly.graph_objects as go
    from dara.components import Plotly, Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    chosen = Variable(None)
    config = ConfigurationBuilder()
    config.add_page('Bars', content=Stack(
        Plotly(go.Figure(go.Bar(x=['a', 'b', 'c'], y=[3, 1, 2])), selection=chosen),
        Text(chosen, id_='chosen'), Stack(height='120vh'),
    ))
"""


async def swipe(tab: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Move a finger over the area of a plotly chart, from one place to another, both in shares of its size."""
    area = await tab.locator('.js-plotly-plot .nsewdrag').bounding_box()
    assert area
    protocol = await tab.context.new_cdp_session(tab)
    steps = [(start[0] + (end[0] - start[0]) * n / 8, start[1] + (end[1] - start[1]) * n / 8) for n in range(9)]
    for n, (x, y) in enumerate(steps):
        at = {'x': area['x'] + x * area['width'], 'y': area['y'] + y * area['height']}
        await protocol.send(
            'Input.dispatchTouchEvent', {'type': 'touchMove' if n else 'touchStart', 'touchPoints': [at]}
        )
        await tab.evaluate('new Promise(requestAnimationFrame)')
    await protocol.send('Input.dispatchTouchEvent', {'type': 'touchEnd', 'touchPoints': []})


async def test_clicks_and_boxes_select_points(show: Show) -> None:
    """A click selects a point, also when another one or a box is; a click on the only one, or an empty box, nothing."""
    figure = f'(figure := Variable({POINTS}))'
    tenfold = POINTS.replace("'y': [1, 2, 3, 4]", "'y': [10, 20, 30, 40]")
    ann, ben = await show(f'Plotly({figure}, selection=it), Button("Tenfold", onclick=figure.update({tenfold}))')
    await ready(ann)
    await ready(ben)
    for index in (1, 3):
        await click_point(ann, index)
        await expect_json(ben, {'points': [[index]], 'areas': []})
        await until(ben, f'{SELECTED} === "{index}"')
    await drag(ann, (0.01, 0.01), (0.5, 0.99))
    await until(ben, f'{SELECTED} === "0,1" && plot.layout.selections.length === 1')
    await ann.get_by_role('button', name='Tenfold').click()
    await until(ann, f'plot.data[0].y[0] === 10 && {SELECTED} === "0,1" && !plot.layout.selections.length')
    await expect(ann.locator('#json')).to_contain_text('"points":[[0,1]]')
    await click_point(ben, 2)
    await expect_json(ann, {'points': [[2]], 'areas': []})
    await until(ben, f'{SELECTED} === "2" && !plot.layout.selections.length')
    await drag(ben, (0.6, 0.6), (0.95, 0.95))
    await expect_json(ann, None)
    await until(ann, NOTHING)
    await until(ben, NOTHING)
    await click_point(ben, 0)
    await expect_json(ann, {'points': [[0]], 'areas': []})
    await until(ben, f'{SELECTED} === "0"')
    await click_point(ben, 0)
    await expect_json(ann, None)


ORDERS = """
    import pandas as pd
    import plotly.express as px
    from dara.components import Plotly, RadioGroup, Stack, Text
    from dara.core import ConfigurationBuilder, DerivedVariable, Variable
    from dara.core.persistence import BackendStore

    orders = pd.DataFrame({'order': range(11, 17), 'region': [*'NSNSNS'], 'day': range(1, 7), 'price': [2] * 6})
    region = Variable('NS', store=BackendStore())
    picked = Variable(None, store=BackendStore())

    def part_of(region):
        return orders[orders['region'].isin([*region])]

    def drawn(region):
        return px.scatter(part_of(region), x='day', y='price', color='region', custom_data=['order'])

    def picked_days(region, selection):
        part = part_of(region)
        return str(part['day'][part['order'].isin(sum((selection or {}).get('ids', []), []))].tolist())

    config = ConfigurationBuilder()
    config.add_page('Orders', content=Stack(
        Plotly(DerivedVariable(drawn, variables=[region]), selection=picked),
        RadioGroup(items=['NS', 'N', 'S', 'X'], value=region),
        Text(DerivedVariable(picked_days, variables=[region, picked]), id_='days'),
    ))
"""
DAYS = 'String(plot._fullData.flatMap(({ x, selectedpoints }) => Array.from(selectedpoints ?? [], (at) => x[at])))'


async def test_selected_records_in_a_figure_that_a_filter_changes(serve: Serve, open_two: OpenTwo) -> None:
    """They are known by their ids, and stay marked, also if a filter leaves out a whole trace."""
    ann, ben = await open_two(serve(ORDERS).url)
    await ready(ann)
    await ready(ben)
    await drag(ann, (0.45, 0.01), (0.99, 0.99))
    await expect(ben.locator('#days')).to_have_text('[4, 5, 6]')
    for region, days in ('S', [4, 6]), ('X', []), ('N', [5]), ('NS', [5, 4, 6]):
        await ben.get_by_role('radio', name=region, exact=True).check()
        for tab in (ann, ben):
            await expect(tab.locator('#days')).to_have_text(str(sorted(days)))
            await until(tab, f'{DAYS} === "{",".join(map(str, days))}"')
    assert await plotly(ben, 'plot.layout.selections.length') == 1
