"""Tests of figures that change: the update is small, and a new tab draws the same."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, OpenTwo
from tests.browser.test_plots import drag, plotly, ready, until
from tests.conftest import Serve

CHARTS = 5
ALL = '[...document.querySelectorAll(".js-plotly-plot")].map((each) => each._fullData.map(({ y }) => y && [...y]))'


async def received(tab: Page) -> list[int]:
    """Collect the sizes of what a tab receives for its calls from now on: frames, and results before decompression."""
    sizes: list[int] = []
    results: set[str] = set()
    protocol = await tab.context.new_cdp_session(tab)
    await protocol.send('Network.enable')

    def on_request(event: Any) -> None:
        if '/_dara/result/' in event['request']['url']:
            results.add(event['requestId'])

    protocol.on('Network.requestWillBeSent', on_request)
    protocol.on(
        'Network.dataReceived',
        lambda event: sizes.append(event['dataLength']) if event['requestId'] in results else None,
    )
    protocol.on('Network.webSocketFrameReceived', lambda event: sizes.append(len(event['response']['payloadData'])))
    return sizes


async def test_a_figure_that_changes_in_one_of_ten_traces(serve: Serve, open_tab: OpenTab) -> None:
    """From DerivedVariables and py_components, by value and large: the update takes a sixth of the bytes."""
    server = serve('changing_figures')
    ann = await open_tab('about:blank')
    sizes = await received(ann)
    await ann.goto(server.url)
    await ready(ann, CHARTS)
    first = sum(sizes)
    before = await plotly(ann, 'plot._fullData[3].y[1]')
    sizes.clear()
    await ann.get_by_role('slider').press('ArrowRight')
    for index in range(3):
        await until(ann, f'plot._fullData[3].y[1] !== {before}', index)
    await expect(ann.locator('[aria-busy="true"]')).to_have_count(0)
    assert sum(sizes) < first / 6, (sum(sizes), first)
    ben = await open_tab(server.url)
    await ready(ben, CHARTS)
    assert await ann.evaluate(ALL) != await ben.evaluate(ALL)
    await ben.get_by_role('slider').press('ArrowRight')
    for index in range(3):
        await until(ben, f'plot._fullData[3].y[1] !== {before}', index)
    assert await ann.evaluate(ALL) == await ben.evaluate(ALL)


BRANDED = """
    import plotly.graph_objects as go
    from bokeh.plotting import figure
    from dara.components import *
    from dara.core import *

    plot = figure(title='Points')
    plot.scatter([1, 2], [1, 2])
    theme = Variable('light')
    config = ConfigurationBuilder()
    config.brand = Brand(color='#7c3aed', font='Georgia, serif')
    config.theme = theme
    config.add_page('Figures', content=Stack(
        Plotly(go.Figure([go.Scatter(y=[1, 2]), go.Scatter(y=[2, 1])]), alt='Lines'),
        Bokeh(plot, alt='Points'),
        Button('Dark', onclick=theme.update('dark')),
    ))
"""


async def test_figures_have_the_brand_of_the_app(serve: Serve, open_tab: OpenTab) -> None:
    """Its accent and its font, in both schemes."""
    ann = await open_tab(serve(BRANDED).url)
    await ready(ann, 2)
    assert await plotly(ann, 'plot._fullLayout.font.family') == 'Georgia, serif'
    assert await plotly(ann, 'plot._fullData[0].line.color') == '#7c3aed'
    title = '[...Bokeh.index.roots][0].model.title'
    assert await ann.evaluate(f'{title}.text_font') == 'Georgia, serif'
    await ann.get_by_role('button', name='Dark').click()
    await until(ann, 'plot._fullLayout.font.color === "#e6e5e1"')
    accent = await ann.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--dara-primary')")
    assert await plotly(ann, 'plot._fullData[0].line.color') == accent.strip() != '#7c3aed'


MANY_POINTS = """
    import numpy as np
    import plotly.graph_objects as go
    from dara.components import *
    from dara.core import *
    from dara.core.persistence import BackendStore

    x = np.append(np.random.default_rng(1).uniform(0, 100, 19_999), 50)
    y = np.append(np.sin(x[:-1] / 8), 5)
    chosen = Variable(None, store=BackendStore())
    clicked = Variable(None)
    shown = Variable('all')

    def cloud(shown):
        if shown == 'bars':
            return go.Figure(go.Bar(y=[1, 2]))
        if shown == 'empty':
            return go.Figure([go.Scattergl(x=[], y=[]), go.Scattergl(x=[], y=[])])
        visible = 'legendonly' if shown == 'hidden' else True
        points = go.Scattergl(x=x, y=y, mode='markers', customdata=np.arange(20_000), visible=visible)
        if shown == 'other subplot':
            points.update(xaxis='x2', yaxis='y2')
            return go.Figure(points, {'xaxis2': {'anchor': 'y2', 'domain': [0.5, 1]}, 'yaxis2': {'anchor': 'x2'}})
        return go.Figure([points, go.Scattergl(x=[0, 100], y=[3, 4], mode='lines', visible=visible)])

    @action
    async def keep(ctx):
        await ctx.update(clicked, [ctx.input[0]['pointNumber'], ctx.input[0]['customdata']])

    config = ConfigurationBuilder()
    config.add_page('Points', content=Stack(
        Plotly(
            DerivedVariable(cloud, variables=[shown]), selection=chosen,
            events=[Plotly.Event(event_name='plotly_click', actions=keep())],
        ),
        Text(clicked, id_='clicked'),
        RadioGroup(items=['all', 'empty', 'hidden', 'bars', 'other subplot'], value=shown),
    ))
"""
CANVASES = '.gl-container > :not(.gl-canvas)'
CANVAS = f'plot.querySelector("{CANVASES}")'
SHOWN = f'{CANVAS}.toDataURL()'
USES_WEBGL = 'plot._fullLayout._glcanvas.data()[0].regl?._gl instanceof WebGLRenderingContext'


async def test_many_points_without_a_graphics_card(serve: Serve, open_two: OpenTwo) -> None:
    """They are drawn on a canvas, without WebGL, and are the same points for clicks, brushes and saved pictures."""
    ann, ben = await open_two(serve(MANY_POINTS).url)
    await ready(ann)
    await ready(ben)
    await until(ann, f'{CANVAS} && {SHOWN}.length > 5_000')
    assert not await plotly(ann, USES_WEBGL)
    box = await ann.locator('.js-plotly-plot').bounding_box()
    assert box
    axes = '(({ xaxis, yaxis }) => [xaxis._offset + xaxis.l2p(50), yaxis._offset + yaxis.l2p(5)])(plot._fullLayout)'
    x, y = await plotly(ann, axes)
    await ann.mouse.click(box['x'] + x, box['y'] + y)
    await expect(ann.locator('#clicked')).to_have_text('[19999,19999]')
    everything = await plotly(ann, SHOWN)
    await drag(ann, (0.3, 0.01), (0.7, 0.5))
    await until(ben, 'plot.layout.selections?.length === 1')
    inside = """(() => {
        const [{ x0, x1, y0, y1 }] = plot.layout.selections
        const { x, y } = plot._fullData[0]
        const isInside = (at) => x[at] >= x0 && x[at] <= x1 && y[at] >= Math.min(y0, y1) && y[at] <= Math.max(y0, y1)
        return [...x.keys()].filter(isInside).join() === plot.data[0].selectedpoints.join()
    })()"""
    assert await plotly(ben, inside)
    await plotly(ann, 'Plotly.relayout(plot, { "xaxis.range": [49, 51] }).then(() => true)')
    await until(ann, f'{SHOWN} !== {everything!r}')
    saved = await plotly(ann, 'Plotly.toImage(plot, { format: "svg" }).then(decodeURIComponent)')
    assert len(saved.partition('data:image/png;base64,')[2]) > 2000
    for shown in ('empty', 'all', 'hidden', 'all', 'bars', 'all', 'empty', 'other subplot', 'all'):
        await ben.get_by_role('radio', name=shown).check()
        await expect(ben.locator(CANVASES)).to_have_count(int(shown in {'all', 'other subplot'}))
