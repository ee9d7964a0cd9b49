"""Pages that time the answers of their server: from the event of a key or a click until the text is in the DOM.

The app of each system has the same texts: `NAME: VALUE`. Both ends are timed inside the page, on its one clock: the
`timeStamp` of the event, and the MutationObserver's call after which all texts of that name have the expected value.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Browser, Page

PATIENCE_SECONDS: Final = 30
SLIDER: Final = ':is([role=slider][tabindex], [role=slider] [tabindex], input[type=range])'
FIELD: Final = 'input:is([type=text], :not([type]))'
BUTTON: Final = 'button:has-text("Click")'
SUBMITTED: Final = ('streamlit',)
"""The systems that send the text of a field when Enter is pressed."""
WATCH: Final = """
() => {
    let triggeredAt = 0
    const trigger = (event) => { triggeredAt = event.timeStamp }
    for (const kind of ['keydown', 'click']) window.addEventListener(kind, trigger, { capture: true })
    const find = (name) => {
        const found = []
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        while (texts.nextNode())
            if (texts.currentNode.data.startsWith(name)) found.push(texts.currentNode.parentElement)
        return found
    }
    let shown = []
    let waiting = null
    const look = () => {
        if (!waiting) return
        const { name, value, count, resolve } = waiting
        if (shown.length < count || shown.some((each) => !each.isConnected)) shown = find(name)
        if (shown.length < count || shown.some((each) => each.textContent !== name + value)) return
        waiting = null
        resolve(performance.now() - triggeredAt)
    }
    window.expectText = (name, value, count) => {
        shown = find(name)
        window.answered = new Promise((resolve) => { waiting = { name, value, count, resolve } })
    }
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
}
"""


@dataclass(frozen=True, slots=True)
class AnsweringPage:
    """A page of an app with texts."""

    system: str
    page: Page

    async def press(self, key: str, name: str, value: str, count: int = 1) -> float:
        """Press a key in the focused element; return the milliseconds until `count` texts of that name have the value.

        Raises:
            TimeoutError: they have not, within half a minute.
        """
        await self._expect(name, value, count)
        await self.page.keyboard.press(key)
        return await self._answer()

    async def write(self, letter: str, name: str, value: str, count: int = 1) -> float:
        """Press the key of a letter, like `press`; where a field is sent by Enter, the time starts there."""
        await self._expect(name, value, count)
        await self.page.keyboard.press(letter)
        if self.system in SUBMITTED:
            await self.page.keyboard.press('Enter')
        return await self._answer()

    async def click(self, selector: str, name: str, value: str) -> float:
        """Click an element, like `press`."""
        await self._expect(name, value, 1)
        await self.page.click(selector)
        return await self._answer()

    async def _expect(self, name: str, value: str, count: int) -> None:
        await self.page.evaluate('(texts) => window.expectText(...texts)', [f'{name}: ', value, count])

    async def _answer(self) -> float:
        milliseconds: float = await asyncio.wait_for(self.page.evaluate('window.answered'), PATIENCE_SECONDS)
        await asyncio.sleep(random.uniform(0.02, 0.06))
        return milliseconds


async def answering(browser: Browser, system: str, url: str, text: str) -> AnsweringPage:
    """Open an app in a new context, and wait until it shows that text."""
    page = await (await browser.new_context()).new_page()
    await page.goto(url)
    await page.wait_for_selector(FIELD)
    await page.get_by_text(text, exact=True).first.wait_for()
    await page.wait_for_timeout(1000)
    assert not await page.evaluate('document.hidden')
    await page.evaluate(WATCH)
    return AnsweringPage(system, page)
