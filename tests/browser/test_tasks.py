"""Tests of long jobs as people see them: the progress of both, a page that is loaded again, cancellation, failure."""

from __future__ import annotations

import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.conftest import OpenTab, log_in, notices, press, restart
from tests.conftest import Serve
from tests.fleet import start_fleet
from tests.process import AppServer


def runs(server: AppServer) -> list[int]:
    return [int(line) for line in (server.directory / 'runs').read_text().split()]


def go(server: AppServer, number: int) -> Path:
    file = server.directory / f'go{number}'
    file.touch()
    return file


async def expect_progress(tab: Page, message: str) -> None:
    """Expect two bars, of a derived value and of a py_component, and no value."""
    bars = tab.get_by_role('progressbar', name=message)
    await expect(bars).to_have_count(2)
    await expect(bars.first).to_have_attribute('aria-valuenow', '40')
    await expect(tab.locator('#worked:visible, #view:visible')).to_have_count(0)


async def test_two_people_see_one_job_which_survives_a_reload_and_a_killed_process(
    serve: Serve, open_tab: OpenTab
) -> None:
    server = serve('jobs')
    ann, ben = await open_tab(server.url), await open_tab(server.url)
    for tab, name in ((ann, 'ann'), (ben, 'ben')):
        await log_in(tab, name, name[0])
        await expect_progress(tab, 'Step of 1')
    await ann.reload()
    await expect_progress(ann, 'Step of 1')
    assert len(runs(server)) == 1
    go(server, 1)
    for tab in (ann, ben):
        await expect(tab.locator('#worked')).to_have_text('100 of a process')
        await expect(tab.locator('#view')).to_have_text('shown 100 of a process')
    await ann.get_by_label('Number').fill('13')
    for tab in (ann, ben):
        await expect_progress(tab, 'Step of 13')
    os.kill(runs(server)[-1], signal.SIGKILL)
    for tab in (ann, ben):
        await expect(tab.get_by_role('button', name='Out of date since')).to_have_count(2)
        await expect(tab.locator('#worked')).to_have_text('100 of a process')
    await ann.get_by_role('button', name='Out of date since').first.click()
    await expect(ann.get_by_text('its process has ended (SIGKILL)').first).to_be_visible()


async def test_a_cancelled_job_says_so_and_is_begun_again_by_hand_and_after_a_restart(
    serve: Serve, open_tab: OpenTab
) -> None:
    server = serve('jobs')
    tab = await open_tab(server.url)
    await log_in(tab, 'ann', 'a')
    await expect_progress(tab, 'Step of 1')
    for _ in range(2):
        await tab.get_by_role('button', name='Cancel').first.click()
    await expect(tab.get_by_text('This was cancelled.')).to_have_count(2)
    await expect(tab.get_by_role('progressbar')).to_have_count(0)
    await tab.get_by_role('button', name='Try again').first.click()
    await expect(tab.get_by_role('progressbar', name='Step of 1')).to_have_count(1)
    assert len(runs(server)) == 2
    await restart(server, tab)
    await expect(tab.get_by_role('progressbar', name='Step of 1').first).to_be_visible()
    go(server, 1)
    await expect(tab.locator('#worked')).to_have_text('100 of a process')
    before = len(runs(server))
    await tab.get_by_role('button', name='Begin', exact=True).dblclick()  # the second click is for the same job
    await expect(tab.locator('#said')).to_have_text('40 Step of 1')
    await press(tab, 'End')
    await expect(tab.locator('#said')).to_have_text('JobCancelled: This was cancelled.')
    await expect(notices(tab).get_by_text('This is running already.')).to_be_visible()
    assert len(runs(server)) == before + 1
    await press(tab, 'Begin')
    await expect(notices(tab)).not_to_contain_text('This is running already.')  # what it said holds no longer


async def test_people_on_two_workers_see_one_job_until_one_worker_is_killed(tmp_path: Path, open_tab: OpenTab) -> None:
    """The tab of the killed worker moves to the other one; both say that the job has ended, and begin it anew."""
    async with AsyncExitStack() as stack:
        fleet = start_fleet(tmp_path, 'values.db', stack, 'shared_jobs')
        tabs = [await open_tab(fleet.server.url) for _ in range(4)]
        for tab, name in zip(tabs, ('ann', 'ben', 'ann', 'ben'), strict=True):
            await log_in(tab, name, name[0])
            await expect(tab.get_by_role('progressbar', name='Step of 1')).to_be_visible()
        ((_, worker),) = runs_of(tmp_path)
        os.kill(worker, signal.SIGKILL)
        for tab in tabs:
            await expect(tab.get_by_text('its server has ended')).to_be_visible()
            await expect(tab.get_by_role('progressbar')).to_have_count(0)
        for tab in tabs:
            await tab.get_by_role('button', name='Try again').click()
            await expect(tab.get_by_role('progressbar', name='Step of 1')).to_be_visible()
        assert len(runs_of(tmp_path)) == 2
        (tmp_path / 'go1').touch()
        for tab in tabs:
            await expect(tab.locator('#worked')).to_have_text('100')


def runs_of(directory: Path) -> list[tuple[int, int]]:
    """Return the process of each run of the function, with its server."""
    lines = (directory / 'runs').read_text().splitlines()
    return [(int(pid), int(server)) for pid, server in map(str.split, lines)]
