"""Tests of the model review of `examples/`, in the hands of its author and its reviewer."""

from __future__ import annotations

from asyncio import gather
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab, press, restart
from tests.browser.examples import Run
from tests.browser.test_examples_with_login import open_as
from tests.process import AppServer

HELD = """
import time

RESAMPLES, whole_auc, has_begun = 40, auc, False

def auc(ordered, weights=1):
    global has_begun
    while has_begun and Path('hold').exists():
        time.sleep(0.02)
    has_begun = True
    return whole_auc(ordered, weights)
"""
"""In this copy the job is short, and waits near its begin while the file `hold` is there."""
JOB_MS = 60_000
"""Ample: the job takes some seconds of a processor."""


async def open_both(open_tab: OpenTab, url: str) -> tuple[Page, Page]:
    ann, ben = await gather(open_as(open_tab, url, 'ann'), open_as(open_tab, url, 'ben'))
    return ann, ben


def hold(server: AppServer) -> None:
    (server.directory / 'hold').touch()


def release(server: AppServer) -> None:
    (server.directory / 'hold').unlink()


async def sample_of(ann: Page, directory: Path) -> Path:
    """Download the sample."""
    async with ann.expect_download() as download:
        await press(ann, 'Download a sample')
    file = directory / 'churn.csv'
    await (await download.value).save_as(file)
    return file


async def upload(ann: Page, file: Path) -> None:
    await ann.locator('input[type=file]').set_input_files(file)


async def say(tab: Page, text: str) -> None:
    field = tab.get_by_label('Comment')
    await field.fill(text)
    await field.press('Enter')
    await expect(field).to_have_value('')


def progress(tab: Page) -> Locator:
    return tab.get_by_role('progressbar', name='Resampling')


def entries(tab: Page, title: str) -> Locator:
    return tab.locator('.dara-card').filter(has=tab.get_by_role('heading', name=title, exact=True)).get_by_role('log')


async def test_an_author_and_a_reviewer_go_through_a_model(run: Run, open_tab: OpenTab, tmp_path: Path) -> None:
    """A file with a mistake is refused; both see the job, of which one cancels their own; the reviewer decides."""
    server = run('model_review', HELD)
    ann, ben = await open_both(open_tab, server.url)
    await expect(ben.get_by_text('No model yet')).to_be_visible()
    await expect(ben.get_by_role('heading', name='Upload')).to_have_count(0)

    wrong = tmp_path / 'wrong.csv'
    wrong.write_text('label,score\n1,0.5\n0,0.2\n')
    await upload(ann, wrong)
    await expect(ann.get_by_text('There is no column segment, only label, score.', exact=True)).to_be_visible()
    wrong.write_text('label,score,segment\n1,0.5,North\n0,0.2,North\n')
    await upload(ann, wrong)
    await expect(ann.get_by_text('Each segment needs at least 20 cases of each label.', exact=True)).to_be_visible()
    await expect(ben.get_by_text('No model yet')).to_be_visible()

    hold(server)
    await upload(ann, await sample_of(ann, tmp_path))
    await gather(*(expect(progress(tab)).to_be_visible() for tab in (ann, ben)))
    await press(ann, 'Cancel')
    await expect(progress(ann)).to_have_count(0)
    await expect(progress(ben)).to_be_visible()
    await press(ann, 'Try again')
    await expect(progress(ann)).to_be_visible()
    release(server)
    for tab in (ann, ben):
        await expect(tab.locator('#auc')).to_have_text('0.924', timeout=JOB_MS)
        await expect(tab.get_by_role('img', name='ROC curve')).to_be_visible()
        await expect(tab.get_by_role('row').filter(has_text='Student')).to_contain_text('0.804')

    await expect(ben.locator('#tp')).to_have_text('6,982')
    await ann.get_by_role('slider').press('Home')
    for tab in (ann, ben):
        await expect(tab.locator('#recall')).to_have_text('100.0%')
        await expect(tab.locator('#tn')).to_have_text('0')
        await expect(tab.get_by_role('listitem').filter(has_text='score').first).to_contain_text('score 0')

    await say(ann, 'Students are the weak spot')
    await say(ben, 'Then not for students')
    for tab in (ann, ben):
        await expect(entries(tab, 'Comments')).to_contain_text('Students are the weak spot')
        await expect(entries(tab, 'Comments')).to_contain_text('Then not for students')
    await expect(ben.get_by_role('list', name='On this page').get_by_role('listitem')).to_have_count(2)

    await decide(ann, 'Approved', 'It is my own work')
    await expect(ann.get_by_text('Only a reviewer may decide.')).to_be_visible()
    await expect(ben.get_by_text('Open', exact=True)).to_be_visible()
    await decide(ben, 'Approved', 'short')
    await expect(ben.get_by_text('Write at least 10 characters.')).to_be_visible()
    await decide(ben, 'Approved', 'Fine, but not for students')
    for tab in (ann, ben):
        await expect(entries(tab, 'History')).to_contain_text('Approved churn.csv: Fine, but not for students')
        await expect(tab.locator('h1 + *')).to_have_text('Approved')
    await expect(ben.get_by_label('Reason')).to_have_value('')


async def decide(tab: Page, verdict: str, reason: str) -> None:
    await tab.locator('label').filter(has_text=verdict).click()
    await tab.get_by_label('Reason').fill(reason)
    await press(tab, 'Decide')


async def test_a_review_goes_on_after_a_refresh_and_a_restart(run: Run, open_tab: OpenTab, tmp_path: Path) -> None:
    """A page that is loaded again finds its job; the restarted server has the file, the threshold and the words."""
    server = run('model_review', HELD)
    ann, ben = await open_both(open_tab, server.url)
    hold(server)
    await upload(ann, await sample_of(ann, tmp_path))
    await expect(progress(ann)).to_be_visible()
    await ann.reload()
    await expect(progress(ann)).to_be_visible()
    release(server)
    await gather(*(expect(tab.locator('#auc')).to_have_text('0.924', timeout=JOB_MS) for tab in (ann, ben)))
    await ben.get_by_role('slider').press('End')
    await expect(ann.locator('#recall')).to_have_text('0.0%')
    await say(ben, 'Nothing is flagged at 1')
    await ann.get_by_label('Comment').fill('Half a thou')

    await restart(server, ann, ben)
    await ann.reload()
    await expect(ann.get_by_label('Comment')).to_have_value('Half a thou')
    for tab in (ann, ben):
        await expect(tab.locator('#auc')).to_have_text('0.924', timeout=JOB_MS)
        await expect(tab.locator('#recall')).to_have_text('0.0%')
        await expect(entries(tab, 'Comments')).to_contain_text('Nothing is flagged at 1')
        await expect(entries(tab, 'History')).to_contain_text('Uploaded churn.csv')
