"""Tasks and uploads, called as documented, in Chromium."""

from __future__ import annotations

from tests.browser.conftest import OpenTab
from tests.compat.page import expect_texts
from tests.conftest import Serve


async def test_a_task_computes_a_value_of_an_upload_and_an_action_runs_another(serve: Serve, open_tab: OpenTab) -> None:
    page = await open_tab(serve('compat_tasks').url)
    await expect_texts(page, words='0 words', progress='', counted='')
    file = {'name': 'poem.txt', 'mimeType': 'text/plain', 'buffer': b'so much depends'}
    await page.locator('input[type=file]').set_input_files(file)  # type: ignore[arg-type]
    await expect_texts(page, words='3 words', progress='50 Counting', counted='3 words again')
