"""Tests of uploads as people see them: dropped, chosen and pasted files, their progress, and what becomes of them."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import OpenTab
from tests.conftest import Serve
from tests.network import Network

MEGABYTE = 1024 * 1024

DROP = """([zone, files]) => {
    const data = new DataTransfer()
    for (const [name, text, type] of files) data.items.add(new File([text], name, { type }))
    for (const kind of ['dragenter', 'dragover', 'drop'])
        zone.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }))
}"""
PASTE = """text => {
    const data = new DataTransfer()
    data.setData('text/plain', text)
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }))
}"""


def zone_of(tab: Page, text: str) -> Locator:
    return tab.locator('.dara-upload').filter(has_text=text)


def row_of(tab: Page, name: str) -> Locator:
    return tab.get_by_role('listitem').filter(has_text=name)


async def drop(zone: Locator, *files: tuple[str, str, str]) -> None:
    handle = await zone.locator('.dara-upload-zone').element_handle()
    await zone.page.evaluate(DROP, [handle, files])


async def test_files_are_dropped_chosen_and_pasted(serve: Serve, open_tab: OpenTab, tmp_path: Path) -> None:
    """Each says what becomes of it, to eyes and to screen readers; the rules are checked at once."""
    server = serve('uploads')
    tab = await open_tab(server.url)
    await drop(zone_of(tab, 'Any file'), ('one.txt', 'one', 'text/plain'), ('two', 'two', ''))
    await expect(row_of(tab, 'two').get_by_text('Uploaded')).to_be_visible()
    await expect(row_of(tab, 'one.txt').get_by_text('Uploaded')).to_be_visible()
    await expect(tab.get_by_text('one.txt is here')).to_be_visible()
    await expect(tab.locator('[role=status]').filter(has_text='Uploaded').first).to_be_attached()

    (tmp_path / 'cities.csv').write_text('city;people\nUlm;126000\n')
    button = zone_of(tab, 'Table').get_by_role('button', name='choose files')
    async with tab.expect_file_chooser() as choosing:
        await button.press('Enter')
    await (await choosing.value).set_files(tmp_path / 'cities.csv')
    await expect(tab.get_by_role('cell', name='Ulm')).to_be_visible()

    await tab.evaluate(PASTE, 'fine, pasted')
    await expect(tab.get_by_text('fine, pasted', exact=True)).to_be_visible()
    small = zone_of(tab, 'Small')
    await drop(small, ('a.exe', 'x', ''), ('b.txt', 'x' * 1001, ''), ('c.txt', 'wrong', ''))
    await expect(row_of(tab, 'a.exe').get_by_text('Files of this type are not taken here')).to_be_visible()
    await expect(row_of(tab, 'b.txt').get_by_text('at most 1 KB are allowed')).to_be_visible()
    await expect(row_of(tab, 'c.txt').get_by_text('c.txt is not fine.')).to_be_visible()
    await row_of(tab, 'a.exe').get_by_role('button', name='Remove a.exe').click()
    await expect(row_of(tab, 'a.exe')).to_have_count(0)
    await row_of(tab, 'c.txt').get_by_role('button', name='again').click()
    await expect(row_of(tab, 'c.txt').get_by_text('c.txt is not fine.')).to_be_visible()


async def test_an_upload_shows_its_progress_survives_the_loss_of_the_connection_and_is_cancelled(
    serve: Serve, open_tab: OpenTab, tmp_path: Path
) -> None:
    """Of the network first, and then of the server, which another one replaces."""
    content = os.urandom(12 * MEGABYTE)
    (tmp_path / 'large.bin').write_bytes(content)
    (tmp_path / 'shared').mkdir()
    server = serve('uploads', FOLDER=str(tmp_path / 'shared'), DARA_SECRET='one for both servers')
    async with Network(server.url, delay=0.05) as network:
        tab = await open_tab(network.url)
        zone = zone_of(tab, 'Any file')
        await zone.locator('input').set_input_files(tmp_path / 'large.bin')
        bar = zone.get_by_role('progressbar', name='Upload of large.bin')
        await expect(bar).not_to_have_attribute('aria-valuenow', '0')
        network.cut()
        await expect(row_of(tab, 'large.bin').get_by_text('No connection')).to_be_visible()
        network.mend()
        await expect(row_of(tab, 'large.bin').get_by_text(' of 12.6 MB')).to_be_visible()
        server.restart()
        await expect(row_of(tab, 'large.bin').get_by_text('Uploaded')).to_be_visible()
        assert (server.directory / 'kept').read_bytes() == content

        network.stall(down=False)
        await zone.locator('input').set_input_files(tmp_path / 'large.bin')
        await expect(row_of(tab, 'large.bin')).to_have_count(2)
        await row_of(tab, 'large.bin').last.get_by_role('button', name='Cancel').click()
        await expect(row_of(tab, 'large.bin')).to_have_count(1)
        network.resume()
