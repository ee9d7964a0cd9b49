"""Tests of charts of plotly, bokeh and matplotlib: figures from everywhere, events, light and dark."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, OpenTwo, status
from tests.conftest import Serve
from tests.process import PATIENCE_SECONDS

READY = '.dara-figure[aria-busy="false"]'


async def ready(tab: Page, count: int = 1) -> None:
    """Wait until so many charts are drawn."""
    await expect(tab.locator(READY)).to_have_count(count)


async def plotly(tab: Page, expression: str, index: int = 0) -> Any:
    """Return what plotly says about a chart, `plot`."""
    code = f'() => {{ const plot = document.querySelectorAll(".js-plotly-plot")[{index}]; return {expression} }}'
    return await tab.evaluate(code)


async def until(tab: Page, condition: str, index: int = 0) -> None:
    """Wait until a condition about a plotly chart, `plot`, is true."""
    check = f'const check = () => ({condition}) ? done() : requestAnimationFrame(check); check()'
    await plotly(tab, f'new Promise((done) => {{ {check} }})', index)


async def drag(tab: Page, start: tuple[float, float], end: tuple[float, float], index: int = 0) -> None:
    """Drag the pointer over the area of a plotly chart, from one place to another, both in shares of its size."""
    area = await tab.locator('.js-plotly-plot .nsewdrag').nth(index).bounding_box()
    assert area
    for step, (x, y) in enumerate((start, start, end, end)):
        await tab.mouse.move(area['x'] + x * area['width'], area['y'] + y * area['height'], steps=4)
        if step == 1:
            await tab.mouse.down()
    await tab.mouse.up()


APP = """
    import time
    import numpy as np
    import plotly.graph_objects as go
    from dara.components import *
    from dara.core import *
    from dara.core.persistence import BackendStore

    steps = Variable(10, store=BackendStore())
    clicked = Variable(None)
    zoomed = Variable(None)
    theme = Variable('light')

    def wave(steps):
        if steps == 13:
            raise ValueError('unlucky')
        x = np.arange(float(steps))
        return go.Figure([go.Scatter(x=x, y=np.sin(x), mode='markers'), go.Scatter(x=[0, 1], y=[2, float('nan')])])

    @action
    async def keep(ctx):
        await ctx.update(clicked, {'x': ctx.input[0]['x'], 'of': ctx.input[0]['curveNumber']})

    @py_component
    def part(steps):
        return Plotly(go.Figure(go.Bar(y=[steps, 2])), height=200, alt='Part')

    config = ConfigurationBuilder()
    config.theme = theme
    config.add_page('Waves', content=Stack(
        Plotly(
            DerivedVariable(wave, variables=[steps]),
            events=[
                Plotly.Event(event_name=Plotly.EventName.CLICK, actions=[keep()]),
                {'event_name': 'plotly_relayout', 'actions': zoomed.sync(),
                 'custom_js': "figure.layout.title = {text: 'changed by hand'}"},
            ],
            height=300, alt='Wave',
        ),
        part(steps),
        Stack(
            Plotly(DerivedVariable(lambda: {'data': [{'type': 'pie', 'values': [1, 2]}]}, []), alt='Pie', height=200),
            Plotly(go.Figure(go.Scatter(y=[1, 2])).update_layout(template='plotly_white'), alt='White', height=200),
            direction='horizontal',
        ),
        Plotly(Variable({'data': [{'type': 'bar', 'y': [1, 2]}]}), alt='Bars', height=200),
        Button('More', onclick=steps.update(20)),
        Button('Unlucky', onclick=steps.update(13)),
        Button('Dark', onclick=theme.update('dark')),
        Text(clicked, id_='clicked'),
        Text(zoomed, id_='zoomed'),
    ))
"""


async def test_figures_of_plotly_from_everywhere(serve: Serve, open_tab: OpenTab) -> None:
    """By value, from a DerivedVariable, a Variable and a py_component; with events, zoom that stays, light and dark."""
    ann = await open_tab(serve(APP).url)
    await ready(ann, 5)
    assert await plotly(ann, 'plot._fullData[0].x.length') == 10
    assert await plotly(ann, 'Array.from(plot._fullData[1].y)') == [2, None]
    assert await plotly(ann, 'plot._fullData[0].y[0]', index=1) == 10
    assert await plotly(ann, 'plot.clientWidth', index=2) == await plotly(ann, 'plot.clientWidth', index=3) > 300
    point = await ann.locator('.js-plotly-plot .points path').nth(2).bounding_box()
    assert point
    await ann.mouse.move(point['x'] + point['width'] / 2, point['y'] + point['height'] / 2)
    await expect(ann.locator('.hoverlayer .hovertext')).to_be_visible()
    await ann.mouse.down()
    await ann.mouse.up()
    await expect(ann.locator('#clicked')).to_have_text('{"x":2,"of":0}')
    await drag(ann, (0.1, 0.5), (0.4, 0.5))
    await expect(ann.locator('#zoomed')).to_contain_text('xaxis.range[0]')
    await expect(ann.locator('.js-plotly-plot').first).to_contain_text('changed by hand')
    zoom = await plotly(ann, 'plot.layout.xaxis.range')
    await ann.get_by_role('button', name='More').click()
    await until(ann, 'plot._fullData[0].x.length === 20')
    assert await plotly(ann, 'plot._fullLayout.xaxis.range') == zoom


async def test_figures_of_plotly_follow_the_colours_of_the_page(serve: Serve, open_tab: OpenTab) -> None:
    """Live, and what the author has chosen stays; a figure that cannot be made says so in its place."""
    ann = await open_tab(serve(APP).url)
    await ready(ann, 5)
    text, background = 'plot._fullLayout.font.color', 'plot._fullLayout.paper_bgcolor'
    assert await plotly(ann, text) == '#23211d'
    white = await plotly(ann, text, index=3)
    await ann.get_by_role('button', name='Dark').click()
    await until(ann, 'plot._fullLayout.font.color === "#e6e5e1"')
    assert await plotly(ann, background) == 'rgba(0, 0, 0, 0)'
    assert await plotly(ann, text, index=3) == white
    assert await plotly(ann, background, index=3) == 'white'
    await ann.get_by_role('button', name='Unlucky').click()
    await expect(ann.get_by_role('figure', name='Wave')).to_be_visible()
    await expect(ann.get_by_role('button', name='Out of date since')).to_be_visible()


async def test_a_figure_that_changes_while_the_server_is_away(serve: Serve, open_two: OpenTwo) -> None:
    """The present figure stays; both people see the next one when the server is back."""
    server = serve(APP)
    ann, ben = await open_two(server.url)
    await ready(ann, 5)
    await ready(ben, 5)
    server.kill()
    await ann.get_by_role('button', name='More').click()
    await expect(status(ann)).not_to_contain_text('Live')
    assert await plotly(ann, 'plot._fullData[0].x.length') == 10
    server.start()
    await until(ann, 'plot._fullData[0].x.length === 20')
    await until(ben, 'plot._fullData[0].x.length === 20')


async def test_a_page_loads_the_library_that_it_shows(serve: Serve, open_tab: OpenTab) -> None:
    """Out of the installed package, compressed, and cached for good; another version has another address."""
    server = serve(APP)
    ann = await open_tab(server.url)
    await ready(ann, 5)
    address = await ann.locator('link[rel="preload"][as="script"]').get_attribute('href')
    assert address
    found = await ann.request.get(server.url.rstrip('/') + address)
    assert found.headers['cache-control'] == 'public, max-age=31536000, immutable'
    assert found.headers['content-encoding'] == 'gzip'
    assert b'daraFunction.apply(null' in await found.body()
    loaded = await ann.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert [name for name in loaded if '/_dara/library/' in name] == [server.url.rstrip('/') + address]
    for other in (address.replace('-', '-0'), '/_dara/library/secret-0.js'):
        assert (await ann.request.get(server.url.rstrip('/') + other)).status == 404


BOKEH = """
    import numpy as np
    from bokeh.models import ColumnDataSource, TapTool, Range1d
    from bokeh.plotting import figure
    from dara.components import *
    from dara.core import *
    from dara.core.persistence import BackendStore

    steps = Variable(10, store=BackendStore())
    chosen = Variable(default=None, store=BackendStore())
    clicked = Variable(None)
    theme = Variable('light')

    def points():
        source = ColumnDataSource({'x': [1, 2, 3], 'y': [1, 2, 3], 'name': ['one', 'two', 'three']})
        plot = figure(title='Points', tools='box_select', active_drag='box_select', background_fill_color='red')
        plot.scatter('x', 'y', source=source, size=20)
        code = 'const [index] = source.selected.indices; return `${args.hello} ${source.data.name[index]}`'
        tapped = figure_events(plot)('TAPPED', code=code)
        plot.add_tools(TapTool(callback=tapped({'hello': 'hello', 'source': source})))
        return plot

    def wave(steps):
        x = np.arange(float(steps))
        plot = figure(title=f'{steps} steps', tools='wheel_zoom', active_scroll='wheel_zoom')
        plot.line(x, np.sin(x))
        return plot

    name = DerivedVariable(lambda: 'a', variables=[])
    script = {'roots': [{'type': 'object', 'name': 'CustomJS', 'id': 'p1', 'attributes': {'code': 'hacked = 1'}}]}
    config = ConfigurationBuilder()
    config.theme = theme
    config.add_page('Waves', content=Stack(
        Bokeh(points(), events=[('TAPPED', [clicked.sync()])], selection=chosen, height=250, alt='Points'),
        Bokeh(DerivedVariable(wave, variables=[steps]), height=250, alt='Wave'),
        Bokeh(Variable(script), alt='Script'),
        Bokeh(SwitchVariable(steps, {-1: name}, default=Variable(script)), alt='Script'),
        Bokeh(Variable({'a': script}).get(name), alt='Script'),
        Button('More', onclick=steps.update(20)),
        Button('Dark', onclick=theme.update('dark')),
        Text(clicked, id_='clicked'),
        Text(chosen, id_='chosen'),
    ))
"""


async def bokeh(tab: Page, index: int, expression: str) -> Any:
    """Return what bokeh says about a chart, `plot`, or its first data source, `source`, once it is drawn."""
    find = f"""() => {{
        const element = document.querySelectorAll('.dara-figure-canvas')[{index}]?.firstElementChild
        return [...(globalThis.Bokeh?.index.roots ?? [])].find(({{ el }}) => el === element)?.model
    }}"""
    await tab.wait_for_function(find)
    return await tab.evaluate(f"""() => {{
        const plot = ({find})()
        const source = plot.renderers[0].data_source
        return {expression}
    }}""")


async def until_bokeh(tab: Page, index: int, expression: str, value: object) -> None:
    """Wait until an expression about a chart of bokeh has that value."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await bokeh(tab, index, expression) != value:
            await next_frame(tab)


async def next_frame(tab: Page) -> None:
    await tab.evaluate('new Promise(requestAnimationFrame)')


async def place(tab: Page, index: int, x: float, y: float) -> tuple[float, float]:
    """Return where a chart of bokeh draws a point, in pixels of the window."""
    await tab.locator('.dara-figure').nth(index).scroll_into_view_if_needed()
    at = await bokeh(
        tab,
        index,
        f"""(() => {{
            const view = [...Bokeh.index.roots].find(({{ model }}) => model === plot)
            const {{ left, top }} = view.el.getBoundingClientRect()
            return [left + view.frame.x_scale.compute({x}), top + view.frame.y_scale.compute({y})]
        }})()""",
    )
    return at[0], at[1]


async def test_figures_of_bokeh(serve: Serve, open_two: OpenTwo) -> None:
    """By value: with events that run the code of the app, and a brush that two people share."""
    ann, ben = await open_two(serve(BOKEH).url)
    for tab in (ann, ben):
        await ready(tab, 2)
        await expect(tab.locator('.dara-unshown')).to_have_count(3)  # JavaScript in values that users can change
    assert await ann.locator('.dara-figure a').count() == 0
    await ann.mouse.move(*await place(ann, 0, 0.95, 2.2))
    await ann.mouse.down()
    await ann.mouse.move(*await place(ann, 0, 2.5, 0.95), steps=4)
    await ann.mouse.up()
    await expect(ben.locator('#chosen')).to_have_text('{"points":[[0,1]]}')
    await until_bokeh(ben, 0, 'source.selected.indices', [0, 1])
    await ben.mouse.click(*await place(ben, 0, 3, 3))
    await expect(ben.locator('#clicked')).to_have_text('hello three')
    await expect(ann.locator('#chosen')).to_have_text('{"points":[[2]]}')
    await until_bokeh(ann, 0, 'source.selected.indices', [2])
    assert await ann.evaluate('window.hacked') is None


async def test_a_figure_of_bokeh_that_changes(serve: Serve, open_tab: OpenTab) -> None:
    """The user's zoom stays; the colours are those of the page, live, except those that the author has chosen."""
    ann = await open_tab(serve(BOKEH).url)
    await ready(ann, 2)
    zoom = 'plot.x_range.end - plot.x_range.start'
    whole = await bokeh(ann, 1, zoom)
    await ann.mouse.move(*await place(ann, 1, 5, 0))
    await ann.mouse.wheel(0, -300)
    while (zoomed := await bokeh(ann, 1, zoom)) == whole:
        await next_frame(ann)
    assert zoomed < whole
    await ann.get_by_role('button', name='More').click()
    await expect(ann.get_by_role('figure', name='Wave')).to_be_visible()
    await until_bokeh(ann, 1, '[source.data.x.length, plot.title.text]', [20, '20 steps'])
    assert await bokeh(ann, 1, zoom) == zoomed
    assert await bokeh(ann, 0, 'plot.title.text_color') == '#23211d'
    await ann.get_by_role('button', name='Dark').click()
    await expect(ann.locator('html')).to_have_attribute('data-mantine-color-scheme', 'dark')
    await until_bokeh(ann, 0, '[plot.title.text_color, plot.background_fill_color]', ['#e6e5e1', 'red'])
    await expect(ann.locator('.bk-divider').first).to_have_css('background-color', 'rgb(43, 47, 50)')


MATPLOTLIB = """
    import numpy as np
    from matplotlib.figure import Figure
    from dara.components import *
    from dara.core import *

    theme = Variable('light')
    steps = Variable(3)

    def lines(steps):
        figure = Figure(figsize=(6, 3))
        axes = figure.subplots()
        axes.plot(range(steps), color='red')
        axes.set_title('From < to & "more"')
        return figure

    def night():
        figure = Figure(facecolor='#102030')
        figure.subplots().set_title('Night')
        return figure

    attack = '''<svg xmlns="http://www.w3.org/2000/svg"><script>window.hacked = 1</script><g onload="window.hacked = 1">
        <a href="https://example.org"><text>link</text></a><image href="https://example.org/x.png"/>
        <text style="fill: url(https://example.org/x)">Words</text></g></svg>'''
    config = ConfigurationBuilder()
    config.theme = theme
    config.add_page('Lines', content=Stack(
        Matplotlib(DerivedVariable(lines, variables=[steps])),
        Matplotlib(night(), alt='At night'),
        Matplotlib(Variable({'svg': attack, 'width': 100, 'height': 50}), alt='Attack'),
        Button('Dark', onclick=theme.update('dark')),
        Button('More', onclick=steps.update(7)),
    ))
"""


async def test_figures_of_matplotlib(serve: Serve, open_tab: OpenTab) -> None:
    """Graphics with real texts in the colours of the page, live; of a graphic that somebody wrote, only what draws."""
    ann = await open_tab(serve(MATPLOTLIB).url)
    lines = ann.get_by_role('img', name='From < to & "more"')
    title = lines.get_by_text('From < to & "more"')
    await expect(title).to_be_visible()
    await expect(title).to_have_css('fill', 'rgb(35, 33, 29)')
    await ann.get_by_role('button', name='Dark').click()
    await expect(title).to_have_css('fill', 'rgb(230, 229, 225)')
    await expect(ann.get_by_role('img', name='At night').locator('path').first).to_have_css('fill', 'rgb(16, 32, 48)')
    red = lines.locator('path[style*="rgb(255, 0, 0)"]')
    before = await red.get_attribute('d')
    await ann.get_by_role('button', name='More').click()
    await expect(red).not_to_have_attribute('d', before or '')
    attack = ann.get_by_role('img', name='Attack')
    await expect(attack.locator('text')).to_have_text(['Words'])
    await expect(attack.locator('a, script, [onload], [href], [style]')).to_have_count(0)
    assert await ann.evaluate('window.hacked') is None
    await ann.set_viewport_size({'width': 390, 'height': 844})
    await expect(lines.locator('svg').first).to_have_css('width', re.compile(r'403\.'))  # 7 tenths of 6 inches
    assert await lines.evaluate('figure => figure.scrollWidth - figure.clientWidth') > 0
    assert await ann.evaluate('document.documentElement.scrollWidth') == 390
