"""Chromium, driven as a user would."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser', 'google-chrome'))), None)
ARGUMENTS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
]

OpenTab = Callable[..., Awaitable[Page]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def open_tab(browser: Browser) -> AsyncIterator[OpenTab]:
    """Open a tab: of a browser profile of its own, unless it is given one. A failing console fails the test."""
    complaints: list[str] = []

    async def open_one(url: str, context: BrowserContext | None = None) -> Page:
        tab = await (context or await browser.new_context()).new_page()
        tab.set_default_timeout(10_000)
        tab.on('pageerror', lambda error: complaints.append(f'{error}'))
        tab.on('console', lambda each: complaints.append(each.text) if _is_complaint(each.type, each.text) else None)
        await tab.goto(url)
        return tab

    yield open_one
    assert not complaints


def _is_complaint(kind: str, text: str) -> bool:
    """Warnings and errors, but for what a stopped server causes."""
    return kind in ('warning', 'error') and 'WebSocket' not in text and 'ERR_CONNECTION' not in text
