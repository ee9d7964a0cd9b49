"""Tab to tab: from a key going down in one tab until the text is in the DOM of another.

Two contexts of one Chromium, as two people's windows: each has a renderer process, and none is in the background
(the benchmark fails if a page is hidden, and tells how often the second paints). Real key events go in through the
browser process, one at a time: the next only after the other tab shows the last, after a pause of random length,
so that the keystrokes do not fall into step with the frames.

Both ends are timed by the pages, not by the driver. The beginning is the `timeStamp` of the `keydown` event, which the
browser process sets when it dispatches the event, before the page hears of it. The end is the first moment when the
field in the other tab holds the text, as seen by a MutationObserver on the whole document, by its `input` property
whenever that observer or an animation frame runs. It is the DOM, not the screen: painting takes up to a frame more.

One clock: every page counts from its own time origin, which may be off by milliseconds against another's. So each page
first finds out how its clock stands to the machine's wall clock, by watching `Date.now()` tick, and what it
reports is corrected by that.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Final

from playwright.async_api import Browser, Page

from benchmarks.browser import EDITABLE, chromium
from benchmarks.figures import Figure, Target, percentile
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.systems import System, nicegui, original, ours

TARGET: Final = Target(15)
_WATCH: Final = """
(selector) => {
    let skew = Infinity
    for (let ticks = 0, before = Date.now(); ticks < 40; ) {
        const wall = Date.now()
        const mine = performance.timeOrigin + performance.now()
        if (wall !== before) { ticks++; before = wall; skew = Math.min(skew, mine - wall) }
    }
    const clock = (at) => performance.timeOrigin + at - skew
    window.typedAt = []
    window.seenAt = []
    window.paints = []
    window.addEventListener('keydown', (event) => window.typedAt.push(clock(event.timeStamp)), { capture: true })
    const field = () => document.querySelector(selector)
    let waiting = null
    const look = () => {
        const length = field()?.value.length ?? 0
        while (window.seenAt.length < length) window.seenAt.push(clock(performance.now()))
        if (waiting && window.seenAt.length >= waiting.length) { waiting.resolve(); waiting = null }
    }
    window.seen = (length) => new Promise((resolve) => { waiting = { length, resolve }; look() })
    new MutationObserver(look).observe(
        document, { subtree: true, childList: true, attributes: true, characterData: true })
    const paint = (at) => { window.paints.push(at); look(); requestAnimationFrame(paint) }
    requestAnimationFrame(paint)
}
"""


def run(options: Options) -> Iterator[Figure]:
    """Measure ours, in memory and in a file, and the peers, in memory."""
    systems = [(ours(), 'in memory'), (ours('text_in_file'), 'in a file')]
    if options.peers:
        systems += [(original(options.peers), 'in memory'), (nicegui(options.peers), 'in memory')]
    for system, where in systems:
        yield from asyncio.run(_measure(system, where, 20 if options.quick else 250))


async def _measure(system: System, where: str, keystrokes: int) -> list[Figure]:
    with serving(system) as server:
        async with chromium() as browser:
            writer, reader = await _open(browser, server.url), await _open(browser, server.url)
            await writer.click(EDITABLE)
            for typed in range(1, keystrokes + 1):
                await writer.keyboard.press(random.choice('abcdefghijklmnopqrstuvwxyz'))
                await asyncio.wait_for(reader.evaluate('(length) => window.seen(length)', typed), 30)
                await asyncio.sleep(random.uniform(0.02, 0.06))
            latencies, paints = await _latencies(writer, reader), await reader.evaluate('window.paints')
    target = TARGET if system.name == 'dara' else None
    return [
        Figure('tab to tab', f'{where}, p50', 'ms', system.name, percentile(latencies, 50), target),
        Figure('tab to tab', f'{where}, p99', 'ms', system.name, percentile(latencies, 99)),
        Figure('tab to tab', f'{where}, frames of the reader', '1/s', system.name, _rate(paints)),
    ]


async def _open(browser: Browser, url: str) -> Page:
    """Open the app as another person would, and watch its field."""
    page = await (await browser.new_context()).new_page()
    await page.goto(url)
    await page.wait_for_selector(EDITABLE)
    await page.wait_for_timeout(1000)
    assert not await page.evaluate('document.hidden')
    await page.evaluate(_WATCH, EDITABLE)
    return page


async def _latencies(writer: Page, reader: Page) -> list[float]:
    """Return the milliseconds of each keystroke, but of the first few, which warm everything up."""
    typed: list[float] = await writer.evaluate('window.typedAt')
    seen: list[float] = await reader.evaluate('window.seenAt')
    return [there - here for here, there in list(zip(typed, seen, strict=True))[5:]]


def _rate(paints: list[float]) -> float:
    return (len(paints) - 1) / (paints[-1] - paints[0]) * 1000
