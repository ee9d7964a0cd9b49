"""Fixtures of the browser tests: one Chromium for all of them, and a profile of its own for each person in them."""

from __future__ import annotations

import json
from asyncio import gather, sleep
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, FrameLocator, Locator, Page, async_playwright, expect

from tests.browser.examples import Example, Run
from tests.conftest import Serve
from tests.network import Network
from tests.process import AppServer
from tools.system import find_chromium

ARGUMENTS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
]
CHEAP = ['--in-process-gpu', '--process-per-site']
"""Processes take time of a processor. The tabs of one profile are in one, which compiles the page's scripts once."""
PATIENCE_MS = 30_000
RECONNECTING = 'Reconnecting, your edits are kept'

OpenTab = Callable[..., Awaitable[Page]]
OpenTwo = Callable[[str], Awaitable[tuple[Page, Page]]]
Show = Callable[..., Awaitable[tuple[Page, Page]]]
ShowOne = Callable[..., Awaitable[Page]]

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests here: they drive the browser, in the event loop in which it was started."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope='package'), append=False)


@pytest_asyncio.fixture(scope='package', loop_scope='package')
async def browser() -> AsyncIterator[Browser]:
    async with launched() as chromium:
        yield chromium


@asynccontextmanager
async def launched(*, is_full: bool = False) -> AsyncIterator[Browser]:
    """Start the fastest Chromium, or a full one as users have it, which also keeps pages that one goes back to."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=find_chromium(is_full=is_full),
            args=ARGUMENTS if is_full else ARGUMENTS + CHEAP,
            ignore_default_args=['--disable-back-forward-cache'],
        )
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope='package')
async def open_tab(browser: Browser) -> AsyncIterator[OpenTab]:
    """Open a tab: of a browser profile of its own, unless it is given one. An error in the console fails the test."""
    complaints: list[str] = []
    contexts: set[BrowserContext] = set()

    async def open_one(url: str, context: BrowserContext | None = None, **profile: Any) -> Page:
        context = context or await browser.new_context(**profile)
        contexts.add(context)
        tab = await context.new_page()
        tab.set_default_timeout(PATIENCE_MS)
        tab.on('pageerror', lambda error: complaints.append(f'{error}'))
        tab.on('console', lambda each: complaints.append(each.text) if _is_complaint(each.type, each.text) else None)
        await tab.goto(url)
        return tab

    yield open_one
    for context in contexts:
        await context.close()
    assert not complaints


@pytest.fixture
def serve(serve: Serve) -> Iterator[Serve]:
    """Start a real server, as everywhere. No test here looks at its end, so it may end at once."""
    servers: list[AppServer] = []

    def start(app: str, *options: str, directory: Path | None = None, **environment: str) -> AppServer:
        servers.append(serve(app, *options, directory=directory, **environment))
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start a copy of an app of `examples/` in a directory of its own."""
    servers: list[Example] = []

    def start(name: str, supplement: str = '') -> Example:
        servers.append(Example(tmp_path, name, supplement))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def open_two(open_tab: OpenTab) -> OpenTwo:
    """Open the same page for two people, at the same time."""

    async def open_both(url: str) -> tuple[Page, Page]:
        ann, ben = await gather(open_tab(url), open_tab(url))
        return ann, ben

    return open_both


@pytest.fixture
def show(serve: Serve, open_tab: OpenTab) -> Show:
    """Show components in two tabs of one browser. They share the variable `it`; its JSON stands in brackets below."""

    async def open_page(components: str, default: object = None) -> tuple[Page, Page]:
        url = serve(_PAGE.format(components=components, default=default)).url
        ann = await open_tab(url)
        return ann, await open_tab(url, ann.context)

    return open_page


@pytest.fixture
def show_one(serve: Serve, open_tab: OpenTab) -> ShowOne:
    """Show components in one tab, as `show` does in two."""

    async def open_page(components: str, default: object = None) -> Page:
        return await open_tab(serve(_PAGE.format(components=components, default=default)).url)

    return open_page


@pytest_asyncio.fixture(loop_scope='package')
async def show_slowly(serve: Serve, open_two: OpenTwo) -> AsyncIterator[Show]:
    """Show components as `show` does, over a line on which everything takes 200 ms."""
    async with AsyncExitStack() as networks:

        async def open_page(components: str, default: object = None) -> tuple[Page, Page]:
            server = serve(_PAGE.format(components=components, default=default))
            network = await networks.enter_async_context(Network(server.url, delay=0.2))
            return await open_two(network.url)

        yield open_page


_PAGE = """
from dara.components import *
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

shared = Variable(default=[{default!r}], store=BackendStore())
it = shared.get(0)

config = ConfigurationBuilder()
config.add_page('Page', content=Stack({components}, Text(shared, id_='json')))
"""


async def expect_json(tab: Page, value: object) -> None:
    """Wait until the tab has that value of `it`; 1, "1" and true are not the same."""
    await expect(tab.locator('#json')).to_have_text(json.dumps([value], separators=(',', ':'), ensure_ascii=False))


def status(tab: Page) -> Locator:
    """Return the element of the header that shows the state of the connection."""
    return tab.locator('.dara-status')


IS_COMPLETE = """() => {
    const [page] = performance.getEntriesByType('navigation')
    const files = performance.getEntriesByType('resource')
    return files.some(({ name, startTime }) => name.endsWith('.js') && startTime > page.loadEventEnd)
}"""


async def completed(tab: Page) -> None:
    """Wait until the page has fetched the code of notices and signs, some time after its own."""
    while not await tab.evaluate(IS_COMPLETE):
        await sleep(0.1)


IS_STILL = """() => new Promise((done) => {
    const boxes = () => [...document.querySelectorAll('main *')].map((each) => each.getBoundingClientRect())
    const look = (last, times) => {
        const now = JSON.stringify(boxes())
        if (now === last && times === 3) done()
        else requestAnimationFrame(() => look(now, now === last ? times + 1 : 0))
    }
    look('', 0)
})"""


async def at_rest(tab: Page) -> None:
    """Wait until the page is connected and nothing in it moves, so that several elements can be measured."""
    await expect(status(tab)).to_contain_text('Live')
    await tab.evaluate(IS_STILL)


def notices(tab: Page) -> Locator:
    """Return the region of messages to the user."""
    return tab.get_by_role('region', name='Notices')


async def overflow(tab: Page) -> int:
    """Return by how many pixels the page is wider than the screen."""
    width: int = await tab.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
    return width


async def press(tab: Page, name: str) -> None:
    """Click the button of exactly that name."""
    await tab.get_by_role('button', name=name, exact=True).click()


async def log_in(tab: Page | FrameLocator, name: str, password: str) -> None:
    """Fill in the login page and send it."""
    await tab.get_by_label('Name').fill(name)
    await tab.get_by_label('Password').fill(password)
    await tab.get_by_role('button', name='Log in').click()


async def restart(server: AppServer, *tabs: Page) -> None:
    """Kill the server, start it again, and wait until the tabs have noticed."""
    server.kill()
    await gather(*(expect(status(tab)).not_to_contain_text('Live') for tab in tabs))
    server.start()
    await gather(*(expect(status(tab)).to_contain_text('Live') for tab in tabs))


def stored(server: AppServer, file: str = 'store.json') -> Any:
    """Return the present value in the app's file."""
    return json.loads((server.directory / file).read_text())['global']


def _is_complaint(kind: str, text: str) -> bool:
    """Return whether a message is a warning or an error that no stopped server has caused."""
    of_stopped = ('WebSocket', 'ERR_CONNECTION', 'ERR_SOCKET', 'ERR_EMPTY_RESPONSE', 'ERR_CONTENT_LENGTH_MISMATCH')
    return kind in ('warning', 'error') and not any(each in text for each in of_stopped)
