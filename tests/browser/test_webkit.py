"""Tests in the engine of Safari, where it is installed: typing, composing, and coming back after an outage."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browser.conftest import stored
from tests.conftest import Serve
from tests.process import AppServer, unused_port

DRIVER = shutil.which('WebKitWebDriver')
BROWSER = next(iter(glob('/usr/lib/*/webkit2gtk-4*/MiniBrowser')), None)
SCREEN = shutil.which('Xvfb')
ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
PATIENCE = 20

pytestmark = pytest.mark.skipif(
    not (DRIVER and BROWSER and SCREEN), reason='WebKit is not installed (Debian: webkit2gtk-driver and xvfb)'
)


class Tab:
    """A window of WebKit, driven over the WebDriver protocol."""

    def __init__(self, address: str) -> None:
        options = {'binary': BROWSER, 'args': ['--automation']}
        asked = {'capabilities': {'alwaysMatch': {'webkitgtk:browserOptions': options}}}
        self._address = f'{address}/session'
        self._address += '/' + self._post('', asked)['sessionId']

    def open(self, url: str) -> None:
        self._post('/url', {'url': url})

    def run(self, script: str, *args: object) -> Any:
        return self._post('/execute/sync', {'script': script, 'args': args})

    def field(self, tag: str) -> str:
        self.wait_for('return document.querySelector(arguments[0]) !== null', tag)
        return str(self._post('/element', {'using': 'css selector', 'value': tag})[ELEMENT])

    def type(self, tag: str, text: str) -> None:
        self._post(f'/element/{self.field(tag)}/value', {'text': text})

    def wait_for(self, script: str, *args: object) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.run(script, *args):
            assert time.monotonic() < deadline, f'{script} {args}: {self.run("return document.body.innerText")}'
            time.sleep(0.05)

    def wait_until_saved(self, server: AppServer, name: str, value: object) -> None:
        deadline = time.monotonic() + PATIENCE
        while (stored(server) if (server.directory / 'store.json').exists() else {}).get(name) != value:
            assert time.monotonic() < deadline, stored(server)
            time.sleep(0.05)

    def close(self) -> None:
        self._call('DELETE', '', None)

    def _post(self, path: str, body: object) -> Any:
        return self._call('POST', path, body)

    def _call(self, method: str, path: str, body: object) -> Any:
        answer = httpx.request(method, self._address + path, json=body, timeout=60)
        assert answer.is_success, answer.text
        return answer.json()['value']


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    port = unused_port()
    read, write = os.pipe()
    screen = subprocess.Popen([str(SCREEN), '-displayfd', str(write), '-screen', '0', '1000x800x24'], pass_fds=[write])
    os.close(write)
    with os.fdopen(read) as number:
        display = f':{number.readline().strip()}'
    environment = {
        **os.environ,
        'DISPLAY': display,
        'HOME': str(tmp_path),
        'WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS': '1',
    }
    driver = subprocess.Popen([str(DRIVER), f'--port={port}'], env=environment)
    try:
        tab = _connect(f'http://127.0.0.1:{port}')
        yield tab
        tab.close()
    finally:
        for process in (driver, screen):
            process.terminate()
            process.wait()


def _connect(address: str) -> Tab:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return Tab(address)
        except httpx.ConnectError:
            assert time.monotonic() < deadline, 'WebKit does not start'
            time.sleep(0.05)


async def test_typing_composing_and_coming_back(serve: Serve, tab: Tab) -> None:
    """In one window, since it takes seconds to start."""
    server = serve('texts_file')
    tab.open(server.url)

    tab.type('textarea', '!')
    tab.wait_until_saved(server, 'lines', 'one\r\ntwo!')

    # What an input method of macOS does: the Enter that ends the composition is told after it.
    tab.type('input', 'a')
    tab.run("""
        const field = document.querySelector('input')
        field.focus()
        field.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }))
        document.execCommand('insertText', false, 'か')
        field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true, data: 'か' }))
        field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true }))
    """)
    tab.wait_until_saved(server, 'line', 'aか')
    tab.type('input', '\ue007')
    tab.wait_until_saved(server, 'done', ['aか'])

    server.kill()
    tab.wait_for("return !document.querySelector('[role=status]').textContent.includes('Live')")
    tab.type('textarea', '?')
    server.start()
    tab.wait_until_saved(server, 'lines', 'one\r\ntwo!?')
    tab.wait_for("return document.querySelector('[role=status]').textContent.includes('Live')")
