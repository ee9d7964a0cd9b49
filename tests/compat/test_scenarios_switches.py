"""SwitchVariables as documented."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, notices
from tests.compat.page import expect_texts, press
from tests.conftest import Serve


async def choose(tab: Page, label: str) -> None:
    await tab.get_by_role('combobox').click()
    await tab.get_by_role('option', name=label, exact=True).click()


async def set_level(tab: Page, level: int) -> None:
    await tab.get_by_placeholder('level').fill(str(level))


async def test_when_follows_its_condition(serve: Serve, open_tab: OpenTab) -> None:
    """A variable, a comparison, and one with a variable of a store."""
    ann = await open_tab(serve('compat_switches').url)
    await expect_texts(ann, door='open', welcome='come in', alarm='calm')
    await press(ann, 'Turn')
    await expect_texts(ann, door='closed', welcome='come back')
    await press(ann, 'Turn')
    await expect_texts(ann, door='open', welcome='come in')
    await set_level(ann, 4)
    await expect_texts(ann, alarm='alarm')
    await press(ann, 'Raise the limit')
    await expect_texts(ann, alarm='calm')


async def test_switches_inside_each_other(serve: Serve, open_tab: OpenTab) -> None:
    ann = await open_tab(serve('compat_switches').url)
    await expect_texts(ann, exact='other', speed='slow', sign='calm')
    for level, exact, speed in ((2, 'other', 'fast'), (3, 'three', 'open'), (4, 'four', 'open')):
        await set_level(ann, level)
        await expect_texts(ann, exact=exact, speed=speed)
    await expect_texts(ann, sign='alarm')
    await press(ann, 'Turn')
    await expect_texts(ann, speed='closed')


async def test_match_looks_the_value_up(serve: Serve, open_tab: OpenTab) -> None:
    """In a mapping of the app, or in one that a variable holds; other values get the default."""
    ann = await open_tab(serve('compat_switches').url)
    await expect_texts(ann, letter='S', sign='calm')
    for label, letter, sign in (('Large', 'L', 'other'), ('odd', '?', 'no sign'), ('Small', 'S', 'calm')):
        await choose(ann, label)
        await expect_texts(ann, letter=letter, sign=sign)


async def test_the_server_gets_what_the_switch_shows(serve: Serve, open_tab: OpenTab) -> None:
    """A DerivedVariable, a py_component and an action."""
    ann = await open_tab(serve('compat_switches').url)
    await expect_texts(ann, sentence='slow at 1', board='calm; slow at 1')
    await set_level(ann, 5)
    await expect_texts(ann, sentence='open at 5', board='alarm; open at 5')
    await press(ann, 'Tell')
    await expect(notices(ann)).to_contain_text('sign: alarm')
    await press(ann, 'Turn')
    await expect_texts(ann, sentence='closed at 5', board='alarm; closed at 5')
