"""Helpers for pages of the scenarios."""

from __future__ import annotations

from playwright.async_api import Page, expect


async def expect_texts(tab: Page, **texts: str) -> None:
    """Wait until the elements of those ids, in which `_` stands for a hyphen, have the texts."""
    for name, text in texts.items():
        await expect(tab.locator(f'#{name.replace("_", "-")}')).to_have_text(text)


async def press(tab: Page, name: str) -> None:
    """Press a button."""
    await tab.get_by_role('button', name=name, exact=True).click()
