"""Chromium, driven by playwright: each tab has a context of its own, like the browser of a separate person.

`watched` opens a page that records key presses, and the time at which its field shows the text of another tab. Both
ends are timed by the pages, not by the driver. The start is the `timeStamp` of the `keydown` event, which the browser
process sets when it dispatches the event, before the page receives it. The end is the first time at which the field in
the other tab contains the text. A MutationObserver on the whole document and each animation frame check the field's
`input` property. The end is thus the change of the DOM; painting takes up to a frame more.

The clocks are aligned: every page counts from its own time origin, which may differ by milliseconds from that of
another. So each page first measures the offset of its clock to the machine's wall clock, from the ticks of
`Date.now()`, and its times are corrected by that offset.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from typing import Final

from playwright.async_api import Browser, Page, async_playwright

from tools.system import find_chromium

ARGUMENTS: Final = (
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-background-timer-throttling',
    '--disable-renderer-backgrounding',
    '--disable-backgrounding-occluded-windows',
)
EDITABLE: Final = 'input:not([disabled]):not([readonly])'
"""The selector of the only field, in the app of any system."""
_WATCH: Final = """
([selector, pattern]) => {
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
    const typed = new RegExp(pattern, 'g')
    const note = (event) => { if (event.key.match(typed)) window.typedAt.push(clock(event.timeStamp)) }
    window.addEventListener('keydown', note, { capture: true })
    const field = () => document.querySelector(selector)
    let waiting = null
    const look = () => {
        const length = field()?.value.match(typed)?.length ?? 0
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


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the machine's Chromium if there is one, otherwise playwright's."""
    installed = os.environ.get('CHROMIUM') or find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def watched(browser: Browser, url: str, typed: str = '.') -> Page:
    """Open the app in a new context, and record when a character that matches `typed` is pressed or appears."""
    page = await (await browser.new_context()).new_page()
    await page.goto(url)
    await page.wait_for_selector(EDITABLE)
    await page.wait_for_timeout(1000)
    assert not await page.evaluate('document.hidden')
    await page.evaluate(_WATCH, [EDITABLE, typed])
    return page


async def latencies(writer: Page, reader: Page) -> list[float]:
    """Return the milliseconds of each keystroke, without the first few, which warm up the system."""
    typed: list[float] = await writer.evaluate('window.typedAt')
    seen: list[float] = await reader.evaluate('window.seenAt')
    return [there - here for here, there in list(zip(typed, seen, strict=True))[5:]]
