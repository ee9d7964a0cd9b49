"""Charts: 100,000 points, a brush that is linked to another chart and a table, and a figure that moves.

Each visit uses a new context, and the systems take turns.

- 100,000 points, in plotly's WebGL in all systems, and in the chart that each brings in addition: `Chart`, `ui.echart`,
  `st.scatter_chart`, Bokeh in the original. From the navigation until the middle of the chart looks as at the end, by
  the frames that Chromium paints (`painting.py`); the longest task of the main thread until then, and while zooming, by
  a box in plotly or by five turns of the wheel. The browser reports only tasks of more than 50 ms. The bytes that the
  server sends, with the page and its scripts, on a further visit through a proxy.
- A brush: a box is dragged in a chart of 10,000 points; from the release until another chart, by plotly as well, and a
  table of the selected points show it.
- A figure of 500 points that the server changes ten times a second: how many of these the page shows, the longest time
  between two, and the CPU time of the server for a second of it. Dash and Streamlit ask for it in an interval.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from playwright.async_api import Browser, Page, ViewportSize
from playwright.async_api import TimeoutError as GivenUp

from benchmarks.bench_tables import OBSERVE
from benchmarks.browser import chromium
from benchmarks.contender import Contender
from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.painting import Painting
from benchmarks.proxy import counted
from benchmarks.serving import serving
from benchmarks.shown import PATIENCE_SECONDS, expect, script, shown
from benchmarks.systems import contenders

SUBJECTS: Final = {
    'plotly': '100,000 points, plotly',
    'own': '100,000 points, own chart',
    'linked': 'a brush in 10,000 points',
    'live': 'a figure, ten times a second',
}
LACKING: Final = {'own': ('dash',), 'live': ('dara-core',)}
"""The systems without such a view; the original's moving figure did not appear in a minute."""
AREA: Final = (400, 200, 880, 330)
"""The middle of the chart, in all systems."""
SIZE: Final[ViewportSize] = {'width': 1280, 'height': 1400}
DRAWN: Final = '.js-plotly-plot .main-svg, .dara-chart canvas, canvas, .bk-Canvas'
LIVE_SECONDS: Final = 5
ZOOMING: Final = 'longest task while zooming'
ZOOMING_MS: Final = 100
_RECORD_TICKS: Final = """
{
    const seen = new Map()
    const look = (now) => {
        const text = document.querySelector('.gtitle')?.textContent
        if (text && !seen.has(text)) seen.set(text, now)
        requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
    window.ticks = () => [...seen.values()]
}
"""


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara and the peers."""
    for view, subject in SUBJECTS.items():
        systems = [each for each in contenders(options, 'charts') if each.name not in LACKING.get(view, ())]
        with contextlib.ExitStack() as stack:
            taking_part = [
                Contender(each.name, stack.enter_context(serving(each.given(VIEW=view)))) for each in systems
            ]
            asyncio.run(_visits(taking_part, view, 1 if options.quick else 3))
        for contender in taking_part:
            for figure in contender.figures(subject, PATIENCE_SECONDS):
                is_limited = figure.system == 'dara' and figure.measure == ZOOMING
                yield replace(figure, target=Target(ZOOMING_MS)) if is_limited else figure


async def _visits(taking_part: list[Contender], view: str, times: int) -> None:
    async with chromium() as browser:
        in_time = list(taking_part)
        for _ in range(times):
            for contender in list(in_time):
                page = await (await browser.new_context(viewport=SIZE)).new_page()
                try:
                    await _VISITS[view](page, contender)
                except (TimeoutError, GivenUp) as error:
                    in_time.remove(contender)  # the others go on
                    print(f'{view}: {contender.name} was given up: {str(error).partition(chr(10))[0]}', file=sys.stderr)
                await page.context.close()
        if view in ('plotly', 'own'):
            for contender in in_time:
                await _count_bytes(browser, contender)


async def _draw(page: Page, contender: Contender) -> None:
    """Draw the points, and zoom."""
    await page.add_init_script(OBSERVE)
    painting = await Painting.of(page)
    await page.goto(contender.server.url, timeout=90_000, wait_until='commit')
    await page.wait_for_selector(DRAWN, state='attached', timeout=60_000)
    end = await painting.finished(AREA, PATIENCE_SECONDS)
    origin: float = await page.evaluate('performance.timeOrigin')
    contender.add('to drawn', 's', end - origin / 1000)
    contender.add('longest task until then', 'ms', await page.evaluate('window.takeLongest()'))
    if await page.locator('.js-plotly-plot').count():
        for size in (200, 120, 60):
            await _drag(page, (640 - size, 270 - size / 5), (640 + size, 270 + size / 5))
            await page.wait_for_timeout(500)
    else:
        await _turn_the_wheel(page)
    await page.wait_for_timeout(1500)
    contender.add(ZOOMING, 'ms', await page.evaluate('window.takeLongest()'))


async def _turn_the_wheel(page: Page) -> None:
    await page.mouse.move(640, 270)
    if await page.locator('.dara-chart').count():
        await page.keyboard.down('Control')
    for _ in range(5):
        await page.mouse.wheel(0, -120)
        await page.wait_for_timeout(100)


async def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    await page.mouse.move(*start)
    await page.mouse.down()
    for step in range(1, 9):
        await page.mouse.move(*(before + (after - before) * step / 8 for before, after in zip(start, end, strict=True)))
        await page.wait_for_timeout(30)
    await page.mouse.up()


async def _brush(page: Page, contender: Contender) -> None:
    """Select points in one chart."""
    await page.add_init_script(script('chart of all', 'table of all'))
    await page.goto(contender.server.url, timeout=90_000, wait_until='commit')
    await shown(page)
    await page.wait_for_timeout(1500)
    await expect(page, 'chart of some', 'table of some')
    await _drag(page, (500, 240), (760, 330))
    contender.add('until a chart and a table show it', 'ms', (await shown(page))[1])


async def _watch(page: Page, contender: Contender) -> None:
    """Watch the figure that moves."""
    await page.goto(contender.server.url, timeout=90_000, wait_until='commit')
    await page.wait_for_selector('.gtitle', timeout=60_000)
    await page.wait_for_timeout(1500)
    before = contender.server.cpu_seconds()
    await page.evaluate(_RECORD_TICKS)
    await page.wait_for_timeout(LIVE_SECONDS * 1000)
    at: list[float] = await page.evaluate('window.ticks()')
    contender.add('shown', '1/s', len(at) / LIVE_SECONDS)
    contender.add('longest time between two', 'ms', max(later - earlier for earlier, later in pairwise(at)))
    contender.add('server CPU of a second', 'ms', (contender.server.cpu_seconds() - before) * 1000 / LIVE_SECONDS)


async def _count_bytes(browser: Browser, contender: Contender) -> None:
    async with counted(contender.server.port) as proxy:
        page = await (await browser.new_context()).new_page()
        await page.goto(proxy.url, wait_until='commit')
        await page.wait_for_selector(DRAWN, state='attached', timeout=60_000)
        await page.wait_for_timeout(3000)
        await page.context.close()
    contender.add('bytes, with the page', 'kB', proxy.bytes / 1000)


_VISITS: Final = {'plotly': _draw, 'own': _draw, 'linked': _brush, 'live': _watch}
