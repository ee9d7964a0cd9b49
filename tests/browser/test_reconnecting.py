"""Tests of connections that break and servers that stop: the edits of people stay."""

from __future__ import annotations

import re
from asyncio import create_task, gather

from playwright.async_api import Route, expect

from tests.browser.conftest import RECONNECTING, OpenTab, OpenTwo, status, stored
from tests.conftest import Serve
from tests.network import Network


async def test_the_page_says_how_its_connection_is(serve: Serve, open_tab: OpenTab) -> None:
    """S16: live, then reconnecting, then live again."""
    async with Network(serve('trip').url) as network:
        ann = await open_tab(network.url)
        await expect(status(ann)).to_contain_text('Live')
        network.cut()
        await expect(status(ann)).to_contain_text(RECONNECTING)
        network.mend()
        await expect(status(ann)).to_contain_text('Live')


async def test_what_others_wrote_while_the_connection_was_cut_is_there_afterwards(
    serve: Serve, open_tab: OpenTab
) -> None:
    """Ben is cut off while Ann writes; Cem, who is not, has seen it by then."""
    server = serve('trip')
    async with Network(server.url) as network:
        ann, cem, ben = await gather(open_tab(server.url), open_tab(server.url), open_tab(network.url))
        await expect(status(ben)).to_contain_text('Live')
        network.cut()
        await expect(status(ben)).to_contain_text(RECONNECTING)
        await ann.get_by_label('Place').fill('Lisbon')
        await expect(cem.get_by_label('Place')).to_have_value('Lisbon')
        network.mend()
        await expect(ben.get_by_label('Place')).to_have_value('Lisbon')
        await expect(status(ben)).to_contain_text('Live')


async def test_what_both_wrote_while_the_connection_was_cut_comes_together(serve: Serve, open_tab: OpenTab) -> None:
    """One field each; both tabs, and the file, end up with both."""
    server = serve('trip')
    async with Network(server.url) as network:
        ann, ben = await gather(open_tab(server.url), open_tab(network.url))
        await expect(status(ben)).to_contain_text('Live')
        network.cut()
        await expect(status(ben)).to_contain_text(RECONNECTING)
        await ann.get_by_label('Place').fill('Lisbon')
        await ben.get_by_label('By').press_sequentially('night train')
        network.mend()
        await expect(ben.get_by_label('Place')).to_have_value('Lisbon')
        await expect(ann.get_by_label('By')).to_have_value('night train')
        await expect(ben.get_by_label('By')).to_have_value('night train')
    assert stored(server) == {'place': 'Lisbon', 'by': 'night train', 'diary': ''}


async def test_leaving_asks_first_while_edits_are_unsent(serve: Serve, open_tab: OpenTab) -> None:
    """Whoever stays loses nothing."""
    server = serve('trip')
    async with Network(server.url) as network:
        ann, ben = await gather(open_tab(network.url), open_tab(server.url))
        await expect(status(ann)).to_contain_text('Live')
        network.cut()
        await ann.get_by_label('Place').press_sequentially('Lisbon')
        async with ann.expect_event('dialog') as question:
            await ann.close(run_before_unload=True)
        await (await question.value).dismiss()
        network.mend()
        await expect(ben.get_by_label('Place')).to_have_value('Lisbon')


async def test_a_connection_that_breaks_again_and_again_loses_no_keystroke(serve: Serve, open_two: OpenTwo) -> None:
    """I2, I3: edits are under way whenever it breaks; each arrives, and arrives once."""
    server = serve('trip')
    diary = 'We missed the ferry, so we walked along the shore until the lights came on.'
    async with Network(server.url, delay=0.02) as network:
        ann, ben = await open_two(network.url)
        typing = create_task(ann.get_by_label('Diary').press_sequentially(diary, delay=40))
        for arrived in ('We m', 'ferry', 'walked', 'shore'):
            await expect(ben.get_by_label('Diary')).to_have_value(re.compile(arrived))
            network.cut()
            await expect(status(ann)).to_contain_text(RECONNECTING)
            network.mend()
        await typing
        await expect(ben.get_by_label('Diary')).to_have_value(diary)
        await expect(ann.get_by_label('Diary')).to_have_value(diary)
    assert stored(server)['diary'] == diary


async def test_what_is_written_while_the_server_is_stopped_arrives_when_it_is_back(
    serve: Serve, open_two: OpenTwo
) -> None:
    """Two people, one field each, one restart; nobody's edit undoes the other's."""
    server = serve('trip')
    ann, ben = await open_two(server.url)
    await ann.get_by_label('Diary').fill('from before')
    await expect(ben.get_by_label('Diary')).to_have_value('from before')
    server.stop()
    await expect(status(ann)).to_contain_text(RECONNECTING)
    await ann.get_by_label('Place').fill('Lisbon')
    await ben.get_by_label('By').press_sequentially('night train')
    server.start()
    await expect(ann.get_by_label('By')).to_have_value('night train')
    await expect(ben.get_by_label('Place')).to_have_value('Lisbon')
    await expect(status(ann)).to_contain_text('Live')
    assert stored(server) == {'place': 'Lisbon', 'by': 'night train', 'diary': 'from before'}


async def test_what_is_written_after_the_server_was_killed_arrives_when_it_is_back(
    serve: Serve, open_two: OpenTwo
) -> None:
    """As above, without a goodbye."""
    server = serve('trip')
    ann, ben = await open_two(server.url)
    await ann.get_by_label('Diary').fill('from before')
    await expect(ben.get_by_label('Diary')).to_have_value('from before')
    server.kill()
    await ann.get_by_label('Place').fill('Lisbon')
    await ben.get_by_label('By').press_sequentially('night train')
    server.start()
    await expect(ann.get_by_label('By')).to_have_value('night train')
    await expect(ben.get_by_label('Place')).to_have_value('Lisbon')
    assert stored(server) == {'place': 'Lisbon', 'by': 'night train', 'diary': 'from before'}


async def test_somebody_types_on_while_the_server_is_killed(serve: Serve, open_two: OpenTwo) -> None:
    """I2: keystrokes before, at and after the kill; edits under way then are neither lost nor doubled."""
    server = serve('trip')
    ann, ben = await open_two(server.url)
    diary = 'The storm came, the power went, and I kept on writing by candlelight.'
    typing = create_task(ann.get_by_label('Diary').press_sequentially(diary, delay=40))
    await expect(ben.get_by_label('Diary')).to_have_value(re.compile('storm'))
    server.kill()
    server.start()
    await typing
    await expect(ben.get_by_label('Diary')).to_have_value(diary)
    await expect(ann.get_by_label('Diary')).to_have_value(diary)
    assert stored(server)['diary'] == diary


async def test_a_refresh_after_a_restart_shows_what_was_written_before_it(serve: Serve, open_two: OpenTwo) -> None:
    """I2: acknowledged means that it is on the disk, whatever happens to the server."""
    server = serve('trip')
    ann, ben = await open_two(server.url)
    await ann.get_by_label('Place').fill('Lisbon')
    await expect(ben.get_by_label('Place')).to_have_value('Lisbon')
    server.kill()
    server.start()
    await ann.reload()
    await expect(ann.get_by_label('Place')).to_have_value('Lisbon')


async def test_a_tab_reloads_by_itself_when_the_app_has_changed(serve: Serve, open_tab: OpenTab) -> None:
    """S28: somebody deploys a new version while the tab is open, and a proxy leads it to servers that are away."""
    server = serve('trip')
    ann = await open_tab(server.url)
    await expect(ann.get_by_role('heading')).to_have_text('Where to?')
    away = ['once', 'twice']

    async def forward(route: Route) -> None:
        await (route.abort('connectionrefused') if away and away.pop() else route.continue_())

    await ann.route(ann.url, forward)
    server.stop()
    server.change_app('Where to?', 'And now?')
    server.start()
    await expect(ann.get_by_role('heading')).to_have_text('And now?')
    assert not away


async def test_a_tab_does_not_reload_while_somebody_types(serve: Serve, open_tab: OpenTab) -> None:
    """S28: all of it is in the field, and the page is reloaded afterwards."""
    server = serve('trip')
    ann = await open_tab(server.url)
    await ann.get_by_label('Place').focus()
    server.stop()
    server.change_app('Where to?', 'And now?')
    server.start()
    await ann.keyboard.press('L')
    while stored(server)['place'] != 'L':
        await ann.wait_for_timeout(20)
    await ann.keyboard.type('isbon', delay=100)
    await expect(ann.get_by_role('heading')).to_have_text('And now?')
    await expect(ann.get_by_label('Place')).to_have_value('Lisbon')


async def test_a_tab_saves_what_is_unsent_before_it_reloads(serve: Serve, open_tab: OpenTab) -> None:
    """S28: the new version is there while the tab still holds an edit."""
    server = serve('trip')
    ann = await open_tab(server.url)
    await expect(status(ann)).to_contain_text('Live')
    server.stop()
    await ann.get_by_label('Place').fill('Lisbon')
    server.change_app('Where to?', 'And now?')
    server.start()
    await expect(ann.get_by_role('heading')).to_have_text('And now?')
    await expect(ann.get_by_label('Place')).to_have_value('Lisbon')
    assert stored(server)['place'] == 'Lisbon'


async def test_the_same_app_started_again_does_not_reload_the_tab(serve: Serve, open_two: OpenTwo) -> None:
    """S28: a half-written text in a private field would be lost for nothing."""
    server = serve('trip')
    ann, ben = await open_two(server.url)
    await ann.evaluate('window.isTheSamePage = true')
    server.stop()
    server.start()
    await ben.get_by_label('Place').fill('Lisbon')
    await expect(ann.get_by_label('Place')).to_have_value('Lisbon')
    assert await ann.evaluate('window.isTheSamePage') is True
