"""A table of a million rows and 20 columns, a DataFrame of pandas on the server.

Each visit uses a new context, and the systems take turns. All times are measured inside the page, frame by frame.

- From the navigation to the first row; from the moment at which the scroll bar is moved to the end, to the last row.
- Forty pages of scrolling by a wheel, ten a second: the longest time in which the middle of the view had no row.
- From a click on a heading to the first row of the new order; a repeated order is one that was asked for before. From
  the last key of a search, or of a filter of the column, to its row. The floor is what pandas takes in this process.
- The memory of the server at the end, beyond the size of the data; that of the tab, with its buffers, after a
  collection of garbage.
- The bytes that the server sends for the page, its scripts and the first rows, on a further visit through a proxy.

Each peer shows the table by the means that its documentation recommends: AG Grid's infinite model with a callback for
Dash, `Table` of a `ServerVariable` for the original, `st.dataframe`. NiceGUI's grid gets all rows, and so as many as it
can show within the patience of a busy machine, in powers of ten. Streamlit's rows are on a canvas: its headings cannot
be clicked by a script, and blanks not seen; the original sorts and filters through menus.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from playwright.async_api import Browser, Page

from benchmarks.bench_tables import FILTER, ONLY_SHOWN
from benchmarks.browser import chromium
from benchmarks.contender import Contender
from benchmarks.figures import Figure
from benchmarks.options import Options
from benchmarks.proxy import counted
from benchmarks.serving import serving
from benchmarks.shown import PATIENCE_SECONDS, expect, script, shown
from benchmarks.systems import contenders

ROWS: Final = 1_000_000
REACH: Final = {'nicegui': 10_000}
"""The rows that a peer can show, if they are fewer."""
SUBJECT: Final = f'table of {ROWS:,} rows on the server'
SOUGHT: Final = 777
HEADING: Final = ':is(th, [role=columnheader]) :is(button, span):has-text("order") >> nth=0'
CANVAS: Final = ('streamlit',)
_SCROLLER: Final = """
window.scroller = () => {
    const isScroller = (each) => each.clientHeight > 100 && each.scrollHeight > 2 * each.clientHeight
    const found = [...document.querySelectorAll('body *')].filter(isScroller)
    return found.reduce((one, other) => (other.scrollHeight > one.scrollHeight ? other : one))
}
window.watchBlanks = () => {
    const box = window.scroller().getBoundingClientRect()
    let since = null
    window.longestBlank = 0
    const look = (now) => {
        const row = document.elementFromPoint(box.left + 40, box.top + box.height / 2)?.closest('tr, [role=row]')
        if (/item \\d/.test(row?.textContent ?? '')) since = null
        else window.longestBlank = Math.max(window.longestBlank, now - (since ??= now))
        requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
}
"""


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara, the peers, and pandas alone."""
    with contextlib.ExitStack() as stack:
        taking_part = []
        for system in contenders(options, 'large_table'):
            rows = REACH.get(system.name, ROWS)
            server = stack.enter_context(serving(system.given(ROWS=str(rows))))
            taking_part.append(Contender(system.name, server, '' if rows == ROWS else f'{rows:,} rows'))
        asyncio.run(_visits(taking_part, 1 if options.quick else 3))
        for contender in taking_part:
            size = _size(REACH.get(contender.name, ROWS))
            contender.add('memory of the server, beyond the data', 'MB', contender.server.rss() - size)
    for contender in taking_part:
        yield from contender.figures(SUBJECT, PATIENCE_SECONDS)
    yield from _floor()


async def _visits(taking_part: list[Contender], times: int) -> None:
    async with chromium() as browser:
        for _ in range(times):
            for contender in taking_part:
                await _visit(browser, contender)
        for contender in taking_part:
            async with counted(contender.server.port) as proxy:
                page = await _opened(browser, proxy.url)
                await shown(page)
                await page.wait_for_timeout(2000)
                await page.context.close()
            contender.add('bytes, with the page', 'kB', proxy.bytes / 1000)


async def _opened(browser: Browser, url: str) -> Page:
    context = await browser.new_context()
    await context.add_init_script(f'{script(_name(0))}{_SCROLLER}')
    page = await context.new_page()
    await page.goto(url, timeout=90_000, wait_until='commit')
    return page


async def _visit(browser: Browser, contender: Contender) -> None:
    page = await _opened(browser, contender.server.url)
    seconds = (await shown(page))[0] / 1000
    contender.add('to the first row', 's', seconds)
    if seconds < PATIENCE_SECONDS:
        await page.wait_for_timeout(1000)
        await _scroll(page, contender)
        if contender.name not in ONLY_SHOWN:
            await _ask(page, contender)
        devtools = await page.context.new_cdp_session(page)
        await devtools.send('HeapProfiler.collectGarbage')
        usage = await devtools.send('Runtime.getHeapUsage')
        contender.add('memory of the tab', 'MB', (usage['usedSize'] + usage.get('backingStorageSize', 0)) / 1e6)
    await page.context.close()


async def _scroll(page: Page, contender: Contender) -> None:
    """Jump to the last row and back, then scroll by pages."""
    last = _name(REACH.get(contender.name, ROWS) - 1)
    await expect(page, last)
    await page.evaluate('window.triggerNow(); window.scroller().scrollTop = window.scroller().scrollHeight')
    contender.add('a jump to the last', 'ms', (await shown(page))[1])
    await _go_to_the_top(page)
    box = await page.evaluate('window.scroller().getBoundingClientRect().toJSON()')
    await page.mouse.move(box['x'] + 60, box['y'] + box['height'] / 2)
    if contender.name not in CANVAS:
        await page.evaluate('window.watchBlanks()')
    for _ in range(40):
        await page.mouse.wheel(0, box['height'])
        await page.wait_for_timeout(100)
    await page.wait_for_timeout(1000)
    if contender.name not in CANVAS:
        contender.add('longest blank while scrolling by pages', 'ms', await page.evaluate('window.longestBlank'))
    await _go_to_the_top(page)


async def _ask(page: Page, contender: Contender) -> None:
    """Sort by a column, and look for a name."""
    await expect(page, _name(REACH.get(contender.name, ROWS) - 1))
    await page.click(HEADING)
    measure = 'a repeated sort' if ('a sort', 'ms') in contender.measured else 'a sort'
    contender.add(measure, 'ms', (await shown(page))[1])
    await expect(page, _name(SOUGHT))
    await page.fill(FILTER, _name(SOUGHT)[:-1])
    await page.focus(FILTER)
    await page.keyboard.press('End')
    await page.keyboard.type(_name(SOUGHT)[-1])
    contender.add('a search', 'ms', (await shown(page))[1])


async def _go_to_the_top(page: Page) -> None:
    await page.evaluate('window.expectShown(' + repr(_name(0)) + '); window.scroller().scrollTop = 0')
    await shown(page)


@cache
def _data() -> Any:
    from benchmarks.apps.large_table import load

    return load()


def _size(rows: int) -> float:
    """Return the size of a table's data in MB."""
    return float(_data().head(rows).memory_usage(deep=True).sum()) / 1e6


def _floor() -> Iterator[Figure]:
    data = _data()
    yield Figure(SUBJECT, 'a sort', 'ms', 'floor', _milliseconds(lambda: data['order'].sort_values()))
    text = _name(SOUGHT)
    yield Figure(SUBJECT, 'a search', 'ms', 'floor', _milliseconds(lambda: data['name'].str.contains(text)))
    yield Figure(SUBJECT, 'size of the data', 'MB', 'floor', _size(ROWS))


def _milliseconds(work: Callable[[], object]) -> float:
    """Return the least time of three runs."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def _name(row: int) -> str:
    return f'item {row:06}'
