"""A script for pages that times what they show, frame by frame, from the navigation or from a key or a click.

The script runs before those of the page. On each animation frame it looks for a text; while it looks, that takes about
a millisecond of each frame in a page of ten thousand nodes, in all systems alike.
"""

from __future__ import annotations

import asyncio
import math
from typing import Final

from playwright.async_api import Page

PATIENCE_SECONDS: Final = 30
SCRIPT: Final = """
{
    let triggeredAt = 0
    const trigger = (event) => { triggeredAt = event.timeStamp }
    window.triggerNow = () => { triggeredAt = performance.now() }
    for (const kind of ['keydown', 'mouseup', 'click']) window.addEventListener(kind, trigger, { capture: true })
    const isThere = (text) => {
        const texts = document.createTreeWalker(document, NodeFilter.SHOW_TEXT)
        while (texts.nextNode()) if (texts.currentNode.data === text) return true
        return false
    }
    window.expectShown = (...texts) => {
        window.wasThere = texts.some(isThere)
        window.shown = new Promise((resolve) => {
            const look = () => {
                const now = performance.now()
                if (texts.every(isThere)) resolve([now, now - triggeredAt])
                else requestAnimationFrame(look)
            }
            requestAnimationFrame(look)
        })
    }
    window.recordFrames = () => {
        window.frames_at = []
        const record = (at) => { window.frames_at.push(at); requestAnimationFrame(record) }
        requestAnimationFrame(record)
    }
}
"""


def script(*first: str) -> str:
    """Return the script, which looks for those texts first."""
    return f'{SCRIPT}\nwindow.expectShown({", ".join(map(repr, first))})'


async def expect(page: Page, *texts: str) -> None:
    """Look for texts none of which is there yet, until all are."""
    await page.evaluate('(texts) => window.expectShown(...texts)', texts)
    assert not await page.evaluate('window.wasThere'), f'one of {texts!r} is there already'


async def shown(page: Page, patience: float = PATIENCE_SECONDS) -> tuple[float, float]:
    """Return the time at which the text was there, since the navigation and since the last key or click.

    Both are in milliseconds, and infinite if it is not there in time.
    """
    try:
        since_navigation, since_trigger = await asyncio.wait_for(page.evaluate('window.shown'), patience)
    except TimeoutError:
        return math.inf, math.inf
    return since_navigation, since_trigger
