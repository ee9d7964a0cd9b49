"""Tables of 1,000 and of 100,000 rows with ten columns: until the first row, and what a person does then.

Each visit uses a new context, and the systems take turns. All times are measured inside the page, frame by frame: on
each animation frame a script looks for a row. The grids draw only the rows in view, so a far one is not there before.

- From the navigation to the first row, and the CPU time that the server has used by then.
- The longest task of the page's main thread until a second after that, during a sort, and during a filter. The browser
  reports only tasks of more than 50 ms.
- A sort, by a click on a heading, until the last row is there; a filter, from the last key of `item 000777` until that
  row is there. Grids may wait for a pause in the typing.
- Two seconds of scrolling by a wheel: frames per second, and the longest time between two.

The peers' grids are those that their documentation recommends for many rows: AG Grid for NiceGUI and Dash, and
Streamlit's dataframe. The rows of the latter are on a canvas: they are found in its fallback for screen readers, and
its headings and filters cannot be clicked by a script. The original sorts and filters through menus: not measured.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from playwright.async_api import Browser, Page

from benchmarks.browser import chromium
from benchmarks.contender import Contender
from benchmarks.figures import Figure
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.shown import PATIENCE_SECONDS, expect, script, shown
from benchmarks.systems import contenders

HEADING: Final = ':is(th, [role=columnheader]):has-text("order") >> nth=0'
FILTER: Final = ':is(input[type=search], .ag-floating-filter input[type=text]) >> nth=0'
SOUGHT: Final = 777
ONLY_SHOWN: Final = ('streamlit', 'dara-core')
OBSERVE: Final = """
{
    let longest = 0
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration)
    }).observe({ type: 'longtask', buffered: true })
    window.takeLongest = () => { const taken = longest; longest = 0; return taken }
}
"""


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara and the peers."""
    for rows in (1000, 100_000):
        systems = [system.given(ROWS=str(rows)) for system in contenders(options, 'table')]
        with contextlib.ExitStack() as stack:
            taking_part = [Contender(system.name, stack.enter_context(serving(system))) for system in systems]
            asyncio.run(_visits(taking_part, rows, 1 if options.quick else 3))
        for contender in taking_part:
            yield from contender.figures(f'table of {rows:,} rows', PATIENCE_SECONDS)


async def _visits(taking_part: list[Contender], rows: int, times: int) -> None:
    async with chromium() as browser:
        for _ in range(times):
            for contender in taking_part:
                await _visit(browser, contender, rows)


async def _visit(browser: Browser, contender: Contender, rows: int) -> None:
    context = await browser.new_context()
    await context.add_init_script(script(_name(0)))
    await context.add_init_script(OBSERVE)
    page = await context.new_page()
    before = contender.server.cpu_seconds()
    await page.goto(contender.server.url, wait_until='commit')
    seconds = (await shown(page))[0] / 1000
    contender.add('to the first row', 's', seconds)
    contender.add('server CPU until then', 'ms', (contender.server.cpu_seconds() - before) * 1000)
    if seconds < PATIENCE_SECONDS:
        await _add_longest_task(page, contender, 'until it is still')
        await _use(page, contender, rows)
    await context.close()


async def _use(page: Page, contender: Contender, rows: int) -> None:
    for measure, unit, value in await _scroll(page):
        contender.add(measure, unit, value)
    await page.evaluate('window.takeLongest()')
    if contender.name not in ONLY_SHOWN:
        await expect(page, _name(rows - 1))
        await page.click(HEADING)
        contender.add('a sort', 'ms', (await shown(page))[1])
        await _add_longest_task(page, contender, 'of a sort')
        await expect(page, _name(SOUGHT))
        await page.click(FILTER)
        await page.keyboard.type(_name(SOUGHT))
        contender.add('a filter', 'ms', (await shown(page))[1])
        await _add_longest_task(page, contender, 'of a filter')


async def _add_longest_task(page: Page, contender: Contender, name: str) -> None:
    """Add the longest task since the last one was added, after a second without work."""
    await page.wait_for_timeout(1000)
    contender.add(f'longest task {name}', 'ms', await page.evaluate('window.takeLongest()'))


async def _scroll(page: Page) -> list[tuple[str, str, float]]:
    """Scroll down by a wheel for two seconds, then up to the first row again."""
    await page.mouse.move(300, 220)
    await page.evaluate('window.recordFrames()')
    for _ in range(40):
        await page.mouse.wheel(0, 400)
        await page.wait_for_timeout(50)
    frames: list[float] = await page.evaluate('window.frames_at')
    await page.mouse.wheel(0, -1_000_000)
    await page.wait_for_timeout(500)
    gaps = [later - earlier for earlier, later in pairwise(frames)]
    rate = len(gaps) / (frames[-1] - frames[0]) * 1000
    return [('frames while scrolling', '1/s', rate), ('longest time between two', 'ms', max(gaps))]


def _name(row: int) -> str:
    return f'item {row:06}'
