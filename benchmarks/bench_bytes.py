"""Bytes: the size of one keystroke in a text of a megabyte on the wire.

Two contexts of one Chromium show the text. A key is pressed in one of them. The frames of both websockets are
counted as the browser sees them, with the headers of the websocket protocol. The count includes the edit of the first
tab, the change in the second, and all other messages meanwhile, such as presence and acknowledgements of frames.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from playwright.async_api import Browser, Page, WebSocket

from benchmarks.browser import chromium
from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.systems import ours

FIELD: Final = 'textarea:not([readonly])'
QUIET_SECONDS: Final = 1.0
TARGET: Final = Target(300)


@dataclass(slots=True)
class Tab:
    """A page, and the frames of its websocket."""

    page: Page
    sent: list[str] = field(default_factory=list)
    received: list[str] = field(default_factory=list)

    def forget(self) -> None:
        """Discard the recorded frames."""
        self.sent.clear()
        self.received.clear()


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara."""
    with serving(ours('text_of_a_megabyte')) as server:
        yield from asyncio.run(_measure(server.url, 2 if options.quick else 9))


async def _measure(url: str, keystrokes: int) -> list[Figure]:
    counted: dict[str, list[int]] = {}
    async with chromium() as browser:
        writer, reader = [await _open(browser, url) for _ in range(2)]
        await writer.page.click(FIELD)
        await _type(writer, reader)  # the first keystroke sends more messages
        for _ in range(keystrokes):
            writer.forget()
            reader.forget()
            await _type(writer, reader)
            for what, frames, is_masked in (
                ('the edit', _only(writer.sent, 'edit'), True),
                ('the change', _only(reader.received, 'change'), False),
                ('all that the writer sends', writer.sent, True),
                ('all that the reader receives', reader.received, False),
            ):
                counted.setdefault(what, []).append(sum(_bytes(frame, is_masked) for frame in frames))
    return [
        Figure('a keystroke in 1 MB', what, 'bytes', 'dara', median(each), TARGET) for what, each in counted.items()
    ]


async def _open(browser: Browser, url: str) -> Tab:
    page = await (await browser.new_context()).new_page()
    tab = Tab(page)

    def listen(socket: WebSocket) -> None:
        socket.on('framesent', lambda frame: tab.sent.append(str(frame)))
        socket.on('framereceived', lambda frame: tab.received.append(str(frame)))

    page.on('websocket', listen)
    await page.goto(url)
    await page.wait_for_selector(FIELD)
    await page.wait_for_timeout(1000)
    return tab


async def _type(writer: Tab, reader: Tab) -> None:
    length = '(selector) => document.querySelector(selector).value.length'
    before = await reader.page.evaluate(length, FIELD)
    await writer.page.keyboard.press('y')
    while await reader.page.evaluate(length, FIELD) == before:
        await asyncio.sleep(0.05)
    await asyncio.sleep(QUIET_SECONDS)


def _only(frames: list[str], kind: str) -> list[str]:
    return [frame for frame in frames if f'"type":"{kind}"' in frame]


def _bytes(frame: str, is_masked: bool) -> int:
    """Return the size of a frame with its header."""
    size = len(frame.encode())
    header = 2 if size < 126 else 4 if size < 65536 else 10
    return header + (4 if is_masked else 0) + size
