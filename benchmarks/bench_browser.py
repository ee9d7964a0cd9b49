"""Browser: the work of a tab's main thread, and the time until it shows something.

- A thousand texts show what is typed into one field: the time of the main thread's tasks per key, from `TaskDuration`,
  `ScriptDuration` and `LayoutDuration` of the DevTools protocol. The floor is a copy of the same DOM and CSS without
  scripts, in which a listener of ten lines writes the value with `textContent =`. Both are measured in turns.
- A thousand components, half of them fields: until the first key is accepted, and the scripts' time until then.
- The longest task while the page of the example loads (`longtask` of PerformanceObserver; 0 if none took 50 ms).
- Navigation: from the `click` event on a link until the heading of the other page is in the DOM.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from statistics import median
from typing import Any, Final

from playwright.async_api import Browser, CDPSession, Page

from benchmarks.bench_page import listen, prepared, visited
from benchmarks.browser import EDITABLE, chromium
from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.systems import System, example, ours

TEXTS_TARGET: Final = Target(1.4)
TASK_TARGET: Final = Target(100)
_PARTS: Final = {'task': 'TaskDuration', 'script': 'ScriptDuration', 'layout': 'LayoutDuration'}
_COPY: Final = """
() => {
    const styles = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText))
    const root = document.documentElement.cloneNode(true)
    for (const each of root.querySelectorAll('script, link, style')) each.remove()
    const style = document.createElement('style')
    style.textContent = styles.join('\\n')
    root.querySelector('head').append(style)
    return '<!doctype html>' + root.outerHTML
}
"""
_FLOOR: Final = """
() => {
    const texts = [...document.querySelectorAll('.dara-text')]
    document.querySelector('input').addEventListener('input', (event) => {
        for (const each of texts) each.textContent = event.target.value
    })
}
"""
_LONG_TASKS: Final = """
window.longest = 0
new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration)
}).observe({ type: 'longtask', buffered: true })
"""
_NAVIGATION: Final = """
(link) => new Promise((resolve) => {
    let began = 0
    const before = document.querySelector('h1').textContent
    addEventListener('click', (event) => { began = event.timeStamp }, { capture: true, once: true })
    const observer = new MutationObserver(() => {
        const heading = document.querySelector('h1')
        if (!heading || heading.textContent === before) return
        observer.disconnect()
        resolve(performance.now() - began)
    })
    observer.observe(document, { subtree: true, childList: true, characterData: true })
})
"""


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara, with an app for each measurement."""
    yield from asyncio.run(_measured(8 if options.quick else 60, 1 if options.quick else 9))


async def _measured(keys: int, times: int) -> list[Figure]:
    async with chromium() as browser:
        with _served(ours('many_texts')) as url:
            figures = await _texts(browser, url, keys)
        with _served(ours('many_fields')) as url:
            figures += await _fields(browser, url, times)
        with _served(example()) as url:
            longest = [await _longest_task(browser, url) for _ in range(times + 1)][1:]
            figures.append(Figure('load of together', 'longest task', 'ms', 'dara', median(longest), TASK_TARGET))
        with _served(ours('two_pages')) as url:
            for link in ('Plain', 'Prefetched'):
                seconds = await _navigations(browser, url, link, times * 4)
                figures.append(Figure('click to another page', f'{link.lower()}, p50', 'ms', 'dara', median(seconds)))
    return figures


@contextlib.contextmanager
def _served(system: System) -> Iterator[str]:
    with serving(system) as server:
        yield server.url


async def _texts(browser: Browser, url: str, keys: int) -> list[Figure]:
    """Type in turns into the page, and into its copy without scripts."""
    page = await browser.new_page()
    await page.goto(url)
    await page.wait_for_selector(EDITABLE)
    await page.wait_for_timeout(2000)
    floor = await browser.new_page()
    await floor.set_content(await page.evaluate(_COPY))
    await floor.evaluate(_FLOOR)
    tabs = {'dara': page, 'floor': floor}
    spent: dict[str, list[dict[str, float]]] = {name: [] for name in tabs}
    for _ in range(4):
        for name, tab in tabs.items():
            spent[name].append(await _typed(tab, keys // 4))
    figures = [
        Figure('main thread, 1,000 texts', f'{part} per key', 'ms', name, median(each[part] for each in parts))
        for part in _PARTS
        for name, parts in spent.items()
    ]
    ratio = median(ours['task'] / bare['task'] for ours, bare in zip(*spent.values(), strict=True))
    return [*figures, Figure('main thread, 1,000 texts', 'task, of the floor', '', 'dara', ratio, TEXTS_TARGET)]


async def _typed(page: Page, keys: int) -> dict[str, float]:
    """Return the milliseconds that the main thread spends for a key."""
    await page.bring_to_front()
    await page.focus(EDITABLE)
    devtools = await page.context.new_cdp_session(page)
    await devtools.send('Performance.enable')
    before = await _metrics(devtools)
    for _ in range(keys):
        await page.keyboard.press('q')
        await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))')
    after = await _metrics(devtools)
    return {part: (after[metric] - before[metric]) * 1000 / keys for part, metric in _PARTS.items()}


async def _metrics(devtools: CDPSession) -> dict[str, float]:
    answer: dict[str, Any] = await devtools.send('Performance.getMetrics')
    return {metric['name']: metric['value'] for metric in answer['metrics']}


async def _fields(browser: Browser, url: str, times: int) -> list[Figure]:
    visits, scripts = [], []
    for _ in range(times + 1):
        async with prepared(browser) as context:
            page = await context.new_page()
            traffic = await listen(page)
            await traffic.devtools.send('Performance.enable')
            visits.append((await visited(page, url, traffic)).seconds)
            scripts.append((await _metrics(traffic.devtools))['TaskDuration'])
    return [
        Figure('first key, 1,000 components', 'to the first key', 's', 'dara', median(visits[1:])),
        Figure('first key, 1,000 components', 'tasks until then', 's', 'dara', median(scripts[1:])),
    ]


async def _longest_task(browser: Browser, url: str) -> float:
    context = await browser.new_context()
    await context.add_init_script(_LONG_TASKS)
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector(EDITABLE)
    await page.wait_for_timeout(1000)
    longest: float = await page.evaluate('window.longest')
    await context.close()
    return longest


async def _navigations(browser: Browser, url: str, link: str, times: int) -> list[float]:
    """Return the milliseconds from a click until the other page shows, without the first two, which load its code."""
    page = await browser.new_page()
    await page.goto(url)
    await page.wait_for_timeout(1000)
    seconds = []
    for _ in range(times + 2):
        shown = asyncio.ensure_future(page.evaluate(_NAVIGATION, link))
        await asyncio.sleep(0.05)
        await page.get_by_role('link', name=link).click()
        seconds.append(await shown)
        await page.mouse.move(1, 1)
        await page.wait_for_timeout(300)
    return seconds[2:]
