"""Chromium, driven by playwright: each tab in a context of its own, as two people would have it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright

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
"""Every app that is measured has one field; this is it, in any of them."""


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the machine's Chromium if it has one, else playwright's."""
    installed = Path(os.environ.get('CHROMIUM', '/usr/bin/chromium'))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=installed if installed.exists() else None, args=ARGUMENTS
        )
        try:
            yield browser
        finally:
            await browser.close()
