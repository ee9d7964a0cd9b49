"""Page: from an uncached navigation to a field that accepts a keystroke, and the traffic of that.

Each visit uses a new context. A script in the page focuses the field as soon as it is in the DOM and notifies the
driver, which presses a key. The script records the time of the `input` event, in milliseconds since the navigation. A
little later the driver checks that the character is still in the field; otherwise the field was not editable. Bytes are
those on the wire (`encodedDataLength` of the DevTools protocol, headers included), of all requests until the page has
been quiet for a second. Websockets are excluded.

The package: the total size of the files of all installed distributions, without bytecode.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from playwright.async_api import Browser, BrowserContext, CDPSession, Page

from benchmarks.browser import EDITABLE, chromium
from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.serving import serving
from benchmarks.systems import HERE, System, contenders, example, ours, peers

TARGET: Final = Target(0.6)
_WATCH: Final = """
{
    const look = () => {
        const field = document.querySelector('%s')
        if (!field) return
        observer.disconnect()
        field.focus()
        window.onField()
    }
    const observer = new MutationObserver(look)
    observer.observe(document, { subtree: true, childList: true, attributes: true })
    window.addEventListener('input', () => window.onAccepted(performance.now()), { capture: true, once: true })
}
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """Seconds from the navigation to an editable field, and the traffic."""

    seconds: float
    requests: int
    bytes: float


class Traffic:
    """Requests and bytes so far."""

    def __init__(self, devtools: CDPSession) -> None:
        self.devtools = devtools
        self.requests = 0
        self.bytes = 0.0

    def on_request(self, _: Any) -> None:
        self.requests += 1

    def on_finished(self, event: dict[str, Any]) -> None:
        self.bytes += event['encodedDataLength']


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara, with the small page and with the example, and the peers with the same small page."""
    systems = [(each, 'page') for each in contenders(options, 'text')] + [(example(), 'page of together')]
    visits = asyncio.run(_visits([system for system, _ in systems], 2 if options.quick else 9))
    for (system, subject), seen in zip(systems, visits, strict=True):
        yield from _figures(system, subject, seen)
    for system in (ours(), *peers(options)):
        yield from _footprint(system)


async def _visits(systems: list[System], times: int) -> list[list[Visit]]:
    """Visit the systems in turns, so that noise affects all of them; exclude the first visit, of a cold server."""
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(serving(system)).url for system in systems]
        async with chromium() as browser:
            rounds = [[await _visit(browser, url) for url in urls] for _ in range(times + 1)]
    return [list(visits) for visits in zip(*rounds[1:], strict=True)]


def _figures(system: System, subject: str, visits: list[Visit]) -> Iterator[Figure]:
    target = TARGET if system.name == 'dara' else None
    yield Figure(subject, 'to an editable field', 's', system.name, median(v.seconds for v in visits), target)
    yield Figure(subject, 'bytes', 'kB', system.name, median(v.bytes for v in visits) / 1000)
    yield Figure(subject, 'requests', '', system.name, median(v.requests for v in visits))


async def _visit(browser: Browser, url: str) -> Visit:
    """Open the page in a new context, type, and return the measurements."""
    async with prepared(browser) as context:
        page = await context.new_page()
        return await visited(page, url, await listen(page))


@contextlib.asynccontextmanager
async def prepared(browser: Browser) -> AsyncIterator[BrowserContext]:
    """Create a context whose pages focus their field as soon as it is there."""
    context = await browser.new_context()
    await context.add_init_script(_WATCH % EDITABLE)
    yield context
    await context.close()


async def visited(page: Page, url: str, traffic: Traffic) -> Visit:
    """Open `url`, press a key when the field is there, and return the measurements."""
    accepted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    await page.expose_binding('onField', lambda _: page.keyboard.press('q'))
    await page.expose_binding('onAccepted', lambda _, milliseconds: accepted.set_result(milliseconds))
    await page.goto(url, wait_until='commit')
    milliseconds = await asyncio.wait_for(accepted, 30)
    await page.wait_for_timeout(500)
    assert 'q' in await page.input_value(EDITABLE), 'the field lost its first keystroke'
    await _quiet(traffic)
    return Visit(milliseconds / 1000, traffic.requests, traffic.bytes)


async def listen(page: Page) -> Traffic:
    """Count the requests of a page from now on."""
    devtools = await page.context.new_cdp_session(page)
    traffic = Traffic(devtools)
    await devtools.send('Network.enable')
    devtools.on('Network.requestWillBeSent', traffic.on_request)
    devtools.on('Network.loadingFinished', traffic.on_finished)
    return traffic


async def _quiet(traffic: Traffic) -> None:
    """Wait until no request has been made for a second."""
    before = -1.0
    while before != traffic.bytes:
        before = traffic.bytes
        await asyncio.sleep(1)


def _footprint(system: System) -> Iterator[Figure]:
    command = [str(system.python), str(HERE / 'footprint.py'), *system.distributions]
    installed = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    yield Figure('package', 'installed, with dependencies', 'MB', system.name, installed['bytes'] / 1e6)
    yield Figure('package', 'distributions', '', system.name, installed['distributions'])
