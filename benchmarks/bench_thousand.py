"""A thousand components: 500 fields, each with a text that shows its value; and a thousand texts of one field.

- A visit in a new context, the systems in turns: until the last text is there, and until the first text has answered
  a key, which is pressed then; the CPU time of the server for both. Streamlit sends a field when Enter is pressed.
- One change: from a key, with the page at rest, until its text is in the DOM; or until all thousand texts are.
- Dara's page alone, by raw clients that accept compression: the CPU time of the server for each, and pages per second.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Iterator
from typing import Final

from playwright.async_api import Browser, Page

from benchmarks.answers import FIELD, SUBMITTED, WATCH, AnsweringPage
from benchmarks.browser import chromium
from benchmarks.callers import Crowd
from benchmarks.contender import Contender
from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.questions import page as page_caller
from benchmarks.serving import serving
from benchmarks.shown import PATIENCE_SECONDS, script, shown
from benchmarks.systems import checkouts, contenders, ours

PAGES: Final = {
    'thousand': ('1,000 components', 'text 499: _', 'text 0', 1),
    'texts': ('1,000 texts of one variable', 'text: _', 'text', 1000),
}
"""The apps: the subject, the last text, and the name and number of the texts that the first field changes."""
TYPING_SECONDS: Final = 5
CPU_TARGET: Final = Target(3)


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara and the peers."""
    for app in PAGES:
        with contextlib.ExitStack() as stack:
            systems = contenders(options, app)
            taking_part = [Contender(system.name, stack.enter_context(serving(system))) for system in systems]
            asyncio.run(_visits(taking_part, app, *((1, 3) if options.quick else (3, 10))))
        for contender in taking_part:
            yield from contender.figures(PAGES[app][0], PATIENCE_SECONDS)
    yield from _raw(options)


async def _visits(taking_part: list[Contender], app: str, times: int, keys: int) -> None:
    async with chromium() as browser:
        for _ in range(times):
            for contender in taking_part:
                await _visit(browser, contender, app, keys)


async def _visit(browser: Browser, contender: Contender, app: str, keys: int) -> None:
    _, last, name, _ = PAGES[app]
    context = await browser.new_context()
    await context.add_init_script(script(last))
    page = await context.new_page()
    before = contender.server.cpu_seconds()
    await page.goto(contender.server.url, wait_until='commit')
    contender.add('to the last text', 's', (await shown(page))[0] / 1000)
    at = await _first_answer(contender.name, page, name)
    contender.add('to the first answer', 's', at / 1000)
    contender.add('server CPU until then', 'ms', (contender.server.cpu_seconds() - before) * 1000)
    if at < math.inf:
        await page.wait_for_timeout(1000)
        await page.evaluate(WATCH)
        await _type(contender, AnsweringPage(contender.name, page), app, keys)
    await context.close()


async def _first_answer(system: str, page: Page, name: str) -> float:
    """Type a letter; return the milliseconds from the navigation to the answer."""
    await page.focus(FIELD)
    await page.keyboard.press('End')
    await page.evaluate('(text) => window.expectShown(text)', f'{name}: _a')
    await page.keyboard.press('a')
    if system in SUBMITTED:
        await page.keyboard.press('Enter')
    return (await shown(page))[0]


async def _type(contender: Contender, page: AnsweringPage, app: str, keys: int) -> None:
    """Type some letters, or as many as are answered in a few seconds."""
    _, _, name, count = PAGES[app]
    until = time.perf_counter() + TYPING_SECONDS
    for number in range(2, 2 + keys):
        try:
            milliseconds = await page.write('a', name, f'_{"a" * number}', count)
        except TimeoutError:
            milliseconds = math.inf
        contender.add('a key, p50', 'ms', milliseconds)
        if time.perf_counter() > until:
            break


def _raw(options: Options) -> Iterator[Figure]:
    """Load the page of a thousand components, without a browser."""
    for system in (ours('thousand'), *checkouts(options, 'thousand')):
        with (
            serving(system) as server,
            contextlib.closing(Crowd([page_caller(server.port) for _ in range(10)])) as crowd,
        ):
            crowd.call(0)
            before = server.cpu_seconds()
            calls = crowd.call(0.5 if options.quick else 4)
            used = (server.cpu_seconds() - before) / len(calls.seconds)
        target = CPU_TARGET if system.name == 'dara' else None
        yield Figure('1,000 components', 'the page, server CPU', 'ms', system.name, used * 1000, target)
        yield Figure('1,000 components', 'the page, 10 at once', '1/s', system.name, len(calls.seconds) / calls.lasted)
