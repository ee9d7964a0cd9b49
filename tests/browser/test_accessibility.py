"""Tests of every component with axe, on the pages of `examples/gallery.py`, in both colour schemes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, notices, press, status
from tests.browser.examples import Run

AXE = (Path(__file__).parents[2] / 'client' / 'node_modules' / 'axe-core' / 'axe.min.js').read_text()
CHECK = """async (only) => {
    const ending = document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime < Infinity)
    await Promise.all(ending.map((each) => each.finished.catch(() => {})))
    // What opens above the page is outside of its landmarks.
    const rules = { region: { enabled: false } }
    // Without copies of stylesheets, which the policy of the page forbids; bokeh has some of its own.
    const options = { resultTypes: ['violations'], preload: false, rules }
    const { violations } = await axe.run(only ? { ...options, runOnly: only } : options)
    return violations.flatMap(({ id, nodes }) => nodes.map((each) => `${id}: ${each.html} | ${each.failureSummary}`))
}"""

Scheme = Literal['light', 'dark']


async def faults(tab: Page) -> list[str]:
    """Return what axe finds on the present page, once nothing moves: in dark only what concerns colours."""
    if not await tab.evaluate('"axe" in window'):
        await tab.evaluate(AXE)
    found: list[str] = await tab.evaluate(CHECK)
    await use(tab, 'dark')
    found += await tab.evaluate(CHECK, ['color-contrast', 'link-in-text-block'])
    await use(tab, 'light')
    return found


async def use(tab: Page, scheme: Scheme) -> None:
    """Have the system of the user prefer a scheme, which the page follows."""
    await tab.emulate_media(color_scheme=scheme)
    await expect(tab.locator('html')).to_have_attribute('data-mantine-color-scheme', scheme)
    await expect(tab.locator('figure[aria-busy="true"]')).to_have_count(0)


async def test_axe_finds_no_fault_in_any_component(run: Run, open_tab: OpenTab) -> None:
    """The pages have every component, since they are made from the list of all; also on a phone."""
    tab = await open_tab(run('gallery').url, color_scheme='light')
    await expect(status(tab)).to_contain_text('Live')
    found = []
    for name in await tab.get_by_role('navigation').get_by_role('link').all_inner_texts():
        await tab.get_by_role('link', name=name, exact=True).click()
        await expect(tab.get_by_role('heading', level=1, name=name)).to_be_visible()
        await expect(tab.locator('figure[aria-busy="true"]')).to_have_count(0, timeout=60_000)
        found += await faults(tab)
    assert not found, '\n'.join(found)


async def test_axe_finds_no_fault_in_what_opens_and_fails(run: Run, open_tab: OpenTab) -> None:
    """Dialogs, lists, calendars, notices, a refused number, and the menu of a phone."""
    server = run('gallery')
    tab = await open_tab(f'{server.url}/overlays', color_scheme='light')
    await press(tab, 'Ask')
    await expect(tab.get_by_role('dialog')).to_be_visible()
    found = await faults(tab)
    await tab.goto(f'{server.url}/inputs')
    await press(tab, 'Notify')
    await expect(notices(tab).get_by_text('Error', exact=True)).to_be_visible()
    await tab.get_by_label('Number').fill('x')
    await tab.get_by_role('combobox', name='One', exact=True).click()
    await expect(tab.get_by_role('option', name='Stew').locator('visible=true')).to_be_visible()
    found += await faults(tab)
    await tab.goto(f'{server.url}/choices')
    await tab.get_by_role('button', name='Day', exact=True).click()
    await expect(tab.get_by_role('button', name='15 July 2026')).to_be_visible()
    found += await faults(tab)
    await tab.keyboard.press('Escape')
    await tab.set_viewport_size({'width': 390, 'height': 800})
    await press(tab, 'Menu')
    await expect(tab.get_by_role('navigation')).to_be_visible()
    found += await faults(tab)
    await press(tab, 'Close the menu')
    await expect(tab.get_by_role('navigation')).to_be_hidden()
    assert not found, '\n'.join(found)
