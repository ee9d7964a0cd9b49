"""Tests of security: markup that people write stays text, files can be cached, and no other script runs."""

from __future__ import annotations

import re
from asyncio import gather
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.conftest import OpenTab, OpenTwo, status
from tests.built import chunk_names, script_of, style_of
from tests.conftest import Serve
from tests.repeats import repeated

ATTACKS = [
    '</script><script>window.hacked=1</script>',
    '<img src=x onerror="window.hacked=1">',
    '<!--<script>',
    '"><svg onload=window.hacked=1>',
    '{{constructor.constructor("window.hacked=1")()}}',
    '\u2028window.hacked=1//',
]


@pytest.mark.parametrize('attack', ['\n'.join(ATTACKS), ATTACKS[2]], ids=['all', 'a comment'])
async def test_markup_that_somebody_writes_is_text(serve: Serve, open_two: OpenTwo, attack: str) -> None:
    """S26: live, and in the HTML of the next page; nothing of it runs."""
    ann, ben = await open_two(serve('untrusted_note').url)
    await ann.get_by_label('Note').fill(attack)
    await expect(ben.get_by_label('Note')).to_have_value(attack)
    await gather(ann.reload(), ben.reload())
    for tab in (ann, ben):
        await expect(tab.get_by_label('Note')).to_have_value(attack)
        await expect(status(tab)).to_contain_text('Live')
        assert await tab.evaluate('window.hacked') is None
        assert await tab.locator('main img, main script').count() == 0


async def test_the_title_is_text(serve: Serve, open_tab: OpenTab) -> None:
    """S26: it is in the head of the page and in its header."""
    ann = await open_tab(serve('untrusted_note').url)
    await expect(ann).to_have_title('<i>Notes</i> & "more"')
    await expect(ann.get_by_role('banner')).to_contain_text('<i>Notes</i> & "more"')


async def test_a_page_says_what_may_run_in_it(serve: Serve, open_tab: OpenTab) -> None:
    """S26: a policy with a nonce that is new every time; pages are never cached."""
    server = serve('untrusted_note')
    ann = await open_tab(server.url)
    pages = [(await ann.request.get(server.url)).headers for _ in range(2)]
    nonces = [re.findall(r"script-src 'self' 'nonce-([\w-]{20,})'", page['content-security-policy']) for page in pages]
    assert nonces[0]
    assert nonces[0] != nonces[1]
    assert 'unsafe' not in pages[0]['content-security-policy']
    assert pages[0]['cache-control'] == 'private, no-store'


async def test_a_script_that_got_into_the_page_does_not_run(serve: Serve, browser: Browser) -> None:
    """S26: the policy stops it, should anything ever let it in. (Its complaint in the console is what we want.)"""
    tab = await browser.new_page()
    await tab.goto(serve('untrusted_note').url)
    stopped = await tab.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener('securitypolicyviolation', event => resolve(event.effectiveDirective))
            const script = document.createElement('script')
            script.textContent = 'window.hacked = 1'
            document.body.append(script)
        })"""
    )
    assert stopped == 'script-src-elem'
    assert await tab.evaluate('window.hacked') is None
    await tab.context.close()


PAGES = """
    from dara.components import Select, Slider, Stack, Text
    from dara.core import ConfigurationBuilder

    config = ConfigurationBuilder()
    config.add_page('Plain', content=Stack(Text('only text')))
    config.add_page('Rich', content=Stack(Text('and a choice'), Select(label='Choice', items=[1, 2])))
"""


async def test_a_page_loads_the_code_of_its_own_components_only(serve: Serve, open_tab: OpenTab) -> None:
    """No Select, no code of a Select. That of a Text is with the app's own."""
    ann = await open_tab(serve(PAGES).url)
    await expect(ann.get_by_text('only text')).to_be_visible()
    await expect(status(ann)).to_contain_text('Live')
    plain = await loaded(ann)
    assert plain == {'main', 'react', 'rolldown-runtime'}
    await ann.get_by_role('link', name='Rich').click()
    await expect(ann.get_by_role('combobox', name='Choice')).to_be_visible()
    rich = await loaded(ann)
    assert 'Select' in rich
    assert 'Slider' not in rich


async def loaded(tab: Page) -> set[str]:
    """Return the names of the chunks that the page has fetched."""
    urls: list[str] = await tab.evaluate("performance.getEntriesByType('resource').map(each => each.name)")
    paths = [urlsplit(url).path for url in urls]
    names = chunk_names()
    return {names[path.rpartition('/')[2]] for path in paths if path.endswith('.js')}


async def test_the_client_is_cached_for_ever_and_compressed(serve: Serve, open_tab: OpenTab) -> None:
    """Every file's name changes with its content."""
    ann = await open_tab('about:blank')
    async with (
        ann.expect_response(re.compile(style_of('main'))) as style,
        ann.expect_response(re.compile(script_of('Text'))) as script,
    ):
        await ann.goto(serve(PAGES).url)
    for response in (await script.value, await style.value):
        assert response.headers['cache-control'] == 'public, max-age=31536000, immutable'
        assert response.headers['content-encoding'] in ('br', 'gzip')
        assert 'Accept-Encoding' in response.headers['vary']


async def test_a_page_of_another_origin_gets_no_connection(serve: Serve, open_tab: OpenTab) -> None:
    """S26: another site that somebody has open cannot read or write what they share here."""
    server, other = serve('untrusted_note'), serve(PAGES)
    stranger = await open_tab(other.url, bypass_csp=True)
    outcome = await stranger.evaluate(
        """url => new Promise(resolve => {
            const socket = new WebSocket(url)
            socket.onopen = () => resolve('open')
            socket.onclose = () => resolve('refused')
        })""",
        server.socket_url,
    )
    assert outcome == 'refused'


async def stay(route: Route) -> None:
    """Answer a navigation with nothing, so that the page stays."""
    await (route.fulfill(status=204) if route.request.is_navigation_request() else route.continue_())


@pytest.mark.parametrize(
    'address',
    [
        'javascript:hacked(1)',
        repeated(' JavaScript:hacked(1)'),
        repeated('java\tscript:hacked(1)'),
        repeated('data:text/html,<script>hacked(1)</script>'),
        '<a href="javascript:hacked(1)">raw</a><img src=x onerror=hacked(1)>',
        '[mark](javascript:hacked(1)) ![mark](javascript:hacked(1))',
    ],
)
async def test_an_address_that_somebody_writes_runs_nothing(serve: Serve, browser: Browser, address: str) -> None:
    """S26: as a link, an image, Markdown, a notice, where an action leads; and a user is called what they like."""
    server = serve('untrusted_addresses')
    context = await browser.new_context()
    tab = await context.new_page()
    ran: list[int] = []
    await context.expose_function('hacked', lambda one: ran.append(one))
    await tab.goto(server.url)
    await tab.get_by_label('Name').fill('<img src=x onerror=hacked(1)>')
    await tab.get_by_label('Password').fill('pw')
    await tab.keyboard.press('Enter')
    await tab.get_by_label('Address').fill(address)
    await expect(status(tab)).to_contain_text('Live')
    await tab.get_by_role('button', name='Tell').click()
    await expect(tab.get_by_role('alert').or_(tab.get_by_role('status')).last).to_be_visible()
    for name in ('anchor', 'link', 'mark', 'raw', 'Go'):
        if await tab.get_by_text(name, exact=True).count():
            page = await context.new_page()
            await page.goto(tab.url)
            await page.route('**', stay)
            await page.get_by_text(name, exact=True).first.click()
    await tab.evaluate('hacked(0)')
    assert ran == [0]
    await context.close()
