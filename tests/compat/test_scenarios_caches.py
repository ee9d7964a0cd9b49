"""Caches of DerivedVariables as documented: who shares a result, and when the function runs again."""

from __future__ import annotations

from asyncio import gather

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve


async def log_in(open_tab: OpenTab, url: str, name: str) -> Page:
    """Open the app as a user, in a browser of its own."""
    tab = await open_tab(url)
    await tab.get_by_label('Name').fill(name)
    await tab.get_by_label('Password').fill(name[0])
    await tab.keyboard.press('Enter')
    return tab


async def expect_runs(tab: Page, word: str, **runs: int) -> None:
    """Wait until the results are of that word, each computed by the run of that number."""
    for name, run in runs.items():
        await expect(tab.locator(f'#{name}')).to_have_text(f'{word}, run {run}')


async def write(tab: Page, word: str) -> None:
    await tab.get_by_placeholder('word').fill(word)


async def test_a_value_seen_before_is_not_computed_again(serve: Serve, open_tab: OpenTab) -> None:
    """A policy that keeps less computes it again, and so does no cache."""
    ann = await log_in(open_tab, serve('compat_caches').url, 'ann')
    keeping = ('default', 'global', 'user', 'session', 'two')
    await expect_runs(ann, 'a', **dict.fromkeys((*keeping, 'last', 'none'), 1))
    await write(ann, 'b')
    await expect_runs(ann, 'b', **dict.fromkeys((*keeping, 'last', 'none'), 2))
    await write(ann, 'a')
    await expect_runs(ann, 'a', **dict.fromkeys(keeping, 1), last=3, none=3)
    await write(ann, 'c')
    await expect_runs(ann, 'c', default=3, two=3, last=4, none=4)
    await write(ann, 'b')
    await expect_runs(ann, 'b', default=2, two=4, last=5, none=5)


async def test_the_scope_says_who_shares_a_result(serve: Serve, open_tab: OpenTab) -> None:
    """Everybody, all browsers of a user, or the tabs of one session."""
    url = serve('compat_caches').url
    ann = await log_in(open_tab, url, 'ann')
    await expect_runs(ann, 'a', default=1, user=1, session=1, none=1)
    same_session = await open_tab(url, ann.context)
    await expect_runs(same_session, 'a', default=1, user=1, session=1)
    at_home = await log_in(open_tab, url, 'ann')
    await expect_runs(at_home, 'a', default=1, user=1, session=2)
    ben = await log_in(open_tab, url, 'ben')
    await expect_runs(ben, 'a', default=1, user=2, session=3)


async def test_an_action_gets_the_cached_result(serve: Serve, open_tab: OpenTab) -> None:
    """The one that the page shows: its function does not run again, until the variable is triggered."""
    ann = await log_in(open_tab, serve('compat_caches').url, 'ann')
    await expect_runs(ann, 'a', **{'global': 1})
    await ann.get_by_role('button', name='Copy').click()
    await expect_runs(ann, 'a', copy=1)
    await ann.get_by_role('button', name='Recompute').click()
    await expect_runs(ann, 'a', **{'global': 2})
    await ann.get_by_role('button', name='Copy').click()
    await expect_runs(ann, 'a', copy=2)


async def test_tabs_that_ask_together_share_one_run(serve: Serve, open_tab: OpenTab) -> None:
    url = serve('compat_caches').url
    tabs = await gather(log_in(open_tab, url, 'ann'), log_in(open_tab, url, 'ben'))
    for tab in tabs:
        await expect_runs(tab, 'a', default=1)
    await gather(*(write(tab, 'b') for tab in tabs))
    for tab in tabs:
        await expect_runs(tab, 'b', default=2)
