"""Tests of the protocol over real websockets, message by message."""

from __future__ import annotations

import asyncio
import json

import pytest
import websockets

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Message, connected, remove, replace, splice

APP = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    note = Variable(default={'title': '', 'count': 0}, store=BackendStore(FileBackend(path='note.json'), uid='note'))
    fixed = Variable(default=1, store=BackendStore(uid='fixed', readonly=True))
    hidden = Variable(default='secret', store=BackendStore(uid='hidden'))
    config = ConfigurationBuilder()
    config.add_page('Note', content=Stack(Text(note), Text(fixed)))
"""


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(APP)


def on_disk(server: AppServer) -> object:
    return json.loads((server.directory / 'note.json').read_text())['global']


async def test_all_tabs_receive_the_effective_ops_and_the_author_finds_its_own(server: AppServer) -> None:
    """S5, S18: one change for all; the author's own entry in it is the acknowledgement, sent after the commit."""
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        of_ann, of_ben = await ann.subscribe('note'), await ben.subscribe('note')
        assert of_ann['author'] != of_ben['author']
        await ann.edit(of_ann, replace('hi', 'title'))
        seen_by_ann, seen_by_ben = await ann.receive(), await ben.receive()
        assert seen_by_ann == seen_by_ben
        assert seen_by_ann['edits'] == [[of_ann['author'], 1, [splice(0, 0, 'hi', 'title')]]]
        assert (seen_by_ann['base'], seen_by_ann['version']) == (of_ann['version'], of_ann['version'] + 1)
        assert on_disk(server) == {'title': 'hi', 'count': 0}


async def test_edits_of_two_members_from_one_version_both_stay(server: AppServer) -> None:
    """S6: last writer wins per member, not per value."""
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        of_ann, of_ben = await ann.subscribe('note'), await ben.subscribe('note')
        await asyncio.gather(ann.edit(of_ann, replace('hi', 'title')), ben.edit(of_ben, replace(7, 'count')))
        entries: list[object] = []
        while len(entries) < 2:  # in one change or in two
            entries += (await ann.receive('change'))['edits']
        async with connected(server.socket_url) as third:
            assert (await third.subscribe('note'))['value'] == {'title': 'hi', 'count': 7}


async def test_an_edit_that_is_sent_again_is_applied_once(server: AppServer) -> None:
    """S2, S17, I3: after a lost connection, the tab sends the same number again and gets its receipt."""
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        await tab.edit(at, replace('once', 'title'), n=1)
        await tab.receive('change')
        await tab.cut()
    async with connected(server.socket_url, client=tab.client, cookie=tab.cookie) as tab:
        at = await tab.subscribe('note', since=(at['epoch'], at['version']))
        assert (at['type'], at['receipt']['n'], at['receipt']['status']) == ('current', 1, 'applied')
        missed = await tab.receive('change')
        assert missed['edits'] == [[at['author'], 1, [splice(0, 0, 'once', 'title')]]]
        await tab.edit(at, replace('twice', 'title'), n=1)
        await tab.edit(at, replace(7, 'count'), n=2, base=missed['version'])
        assert (await tab.receive('change'))['edits'] == [[at['author'], 2, [replace(7, 'count')]]]
        assert on_disk(server) == {'title': 'once', 'count': 7}


async def test_missed_changes_are_sent_from_the_change_log(server: AppServer) -> None:
    """S22: the tab receives `current` and the changes, not the whole value."""
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        of_ann, of_ben = await ann.subscribe('note'), await ben.subscribe('note')
        await ben.cut()
        for count in range(1, 4):
            await ann.edit(of_ann, replace(count, 'count'))
            of_ann = {**of_ann, 'version': (await ann.receive('change'))['version']}
        async with connected(server.socket_url, client=ben.client, cookie=ben.cookie) as ben:
            current = await ben.subscribe('note', since=(of_ben['epoch'], of_ben['version']))
            assert current['type'] == 'current'
            changes = [await ben.receive('change') for _ in range(3)]
            assert [change['version'] for change in changes] == [1, 2, 3]


async def test_a_version_before_the_change_log_gets_a_snapshot(server: AppServer) -> None:
    """S20, S17: an edit based on it is `stale`, and its number is not used up."""
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        of_ann, of_ben = await ann.subscribe('note'), await ben.subscribe('note')
        for letter in 'abcd':
            await ann.edit(of_ann, replace(letter * 100_000, 'title'))
            of_ann = {**of_ann, 'version': (await ann.receive('change'))['version']}
        await ben.edit(of_ben, replace(1, 'count'), n=1)
        stale = await ben.receive('snapshot')
        assert (stale['reason'], stale['receipt']['n']) == ('stale', 0)
        await ben.edit(stale, replace(1, 'count'), n=1)
        assert (await ben.receive('change'))['edits'][0][1] == 1


async def test_a_tab_of_another_epoch_gets_a_snapshot_without_a_receipt(server: AppServer) -> None:
    """S12: without a journal, versions prove nothing; the edit is not applied blindly."""
    async with connected(server.socket_url) as tab:
        old = await tab.subscribe('note')
    server.kill()
    (server.directory / '.note.json.journal').unlink()
    server.start()
    async with connected(server.socket_url) as tab:
        new = await tab.subscribe('note', since=(old['epoch'], old['version']))
        assert new['type'] == 'snapshot'
        assert new['receipt'] is None
        await tab.edit({**old, 'channel': new['channel']}, replace('stale', 'title'), n=4)
        assert (await tab.receive('snapshot'))['receipt'] is None
        await tab.edit(new, replace('fresh', 'title'), n=4)
        assert (await tab.receive('change'))['edits'][0][1:] == [4, [splice(0, 0, 'fresh', 'title')]]


async def test_a_deletion_is_published_after_it_is_stored_and_differs_from_null(server: AppServer) -> None:
    """An absent record has no value on the wire; browsers show the default."""
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        await tab.edit(at, remove())
        assert (await tab.receive('change'))['edits'][0][2] == [remove()]
        assert json.loads((server.directory / 'note.json').read_text()) == {}
        gone = await tab.subscribe('note')
        assert 'value' not in gone
        await tab.edit(gone, replace(None))
        await tab.receive('change')
        assert on_disk(server) is None


async def test_an_edit_of_an_absent_value_applies_to_its_default(server: AppServer) -> None:
    """Two people can edit two members of a value that was just deleted, and both edits stay."""
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        await ann.edit(await ann.subscribe('note'), remove())
        await ann.receive('change')
        of_ann, of_ben = await ann.subscribe('note'), await ben.subscribe('note')
        await ann.edit(of_ann, replace('new', 'title'))
        await ann.receive('change')
        await ben.edit(of_ben, replace(5, 'count'))
        await ann.receive('change')
        assert on_disk(server) == {'title': 'new', 'count': 5}


async def test_a_rejected_edit_gets_the_reason_and_uses_up_its_number(server: AppServer) -> None:
    """S17: a replay of it does nothing."""
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        await tab.edit(at, replace(1, 'nowhere', 'deep'), n=1)
        refused = await tab.receive()
        assert (refused['type'], refused['code'], refused['n']) == ('reject', 'invalid', 1)
        assert '/nowhere' in refused['message']
        await tab.edit(at, replace('replayed', 'title'), n=1)
        again = await tab.receive()
        assert (again['type'], again['n'], again['message']) == ('reject', 1, refused['message'])
        assert on_disk(server) == {'title': '', 'count': 0}


@pytest.mark.parametrize(
    ('op', 'code'),
    [
        (replace('x' * 300_000, 'title'), 'too_large'),
        (replace(2**60, 'count'), 'invalid'),
        (replace(10**30, 'count'), 'invalid'),
        (replace('a\0b', 'title'), 'invalid'),
        (replace({'__proto__': 1}, 'title'), 'invalid'),
        (replace(1, '__proto__'), 'invalid'),
        ({'op': 'frobnicate', 'path': []}, 'invalid'),
        ({'op': 'replace', 'path': 'title', 'value': 1}, 'invalid'),
        ({'op': 'replace', 'path': [-1], 'value': 1}, 'invalid'),
        ({'op': 'replace', 'path': []}, 'invalid'),
    ],
)
async def test_values_that_some_backend_or_browser_cannot_hold_are_rejected(
    server: AppServer, op: Message, code: str
) -> None:
    """S9: with every backend; nothing changes."""
    async with connected(server.socket_url) as tab:
        await tab.edit(await tab.subscribe('note'), op)
        assert (await tab.receive())['code'] == code
        assert on_disk(server) == {'title': '', 'count': 0}


async def test_a_value_nested_too_deeply_is_rejected(server: AppServer) -> None:
    """S9: depth is counted from the root of the value."""
    async with connected(server.socket_url) as tab:
        await tab.edit(await tab.subscribe('note'), replace(json.loads('[' * 64 + ']' * 64), 'title'))
        assert 'nested deeper' in (await tab.receive())['message']


async def test_a_whole_value_has_a_limit_of_size(server: AppServer) -> None:
    """S9: edits that are each small enough cannot grow it beyond 1 MiB."""
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        for turn in range(5):
            await tab.edit(at, {'op': 'add', 'path': [f'part{turn}'], 'value': 'x' * 240_000}, base=turn)
            answer = await tab.receive()
        assert (answer['type'], answer['code']) == ('reject', 'too_large')


async def test_a_readonly_store_rejects_edits(server: AppServer) -> None:
    """A tab may read it."""
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('fixed')
        assert at['readonly'] is True
        await tab.edit(at, replace(2))
        assert (await tab.receive())['code'] == 'readonly'


async def test_a_store_that_no_page_shows_cannot_be_reached(server: AppServer) -> None:
    """S24: the answer does not reveal whether it exists."""
    async with connected(server.socket_url) as tab:
        answers = [await tab.subscribe(store) for store in ('hidden', 'no-such-store')]
        assert [answer['code'] for answer in answers] == ['unknown', 'unknown']
        at = await tab.subscribe('note')
        await tab.edit({**at, 'store': 'hidden'}, replace('forged'))
        assert (await tab.receive())['code'] == 'forbidden'


async def test_a_socket_from_another_site_is_refused(server: AppServer) -> None:
    """S26: a page of another origin cannot use a browser that can reach us."""
    with pytest.raises(websockets.InvalidStatus):
        async with connected(server.socket_url, origin=websockets.Origin('http://evil.example')):
            pass
    async with connected(server.socket_url, origin=websockets.Origin(server.url)) as tab:
        assert (await tab.subscribe('note'))['type'] == 'snapshot'


@pytest.mark.parametrize(
    'frame', ['{', '"hello"', '{"type": "edit"}', '{"type": "subscribe", "id": 1}', '[1]', '{"type": "nonsense"}']
)
async def test_a_malformed_frame_ends_the_connection_of_its_tab(server: AppServer, frame: str) -> None:
    """The tab gets the reason; other tabs are not affected."""
    async with connected(server.socket_url) as well_behaved, connected(server.socket_url) as tab:
        await tab.send_text(frame)
        assert (await tab.receive('bye'))['reason'] == 'protocol'
        await tab.closed()
        assert (await well_behaved.subscribe('note'))['type'] == 'snapshot'


async def test_nothing_is_accepted_before_hello(server: AppServer) -> None:
    """The first message must be hello, in the server's version of the protocol."""
    async with connected(server.socket_url, hello=False) as tab:
        await tab.send(type='subscribe', id=1, store='note')
        assert (await tab.receive())['type'] == 'bye'
    async with connected(server.socket_url, hello=False) as tab:
        await tab.send(type='hello', protocol=99, client=tab.client, build='', page='/')
        assert (await tab.receive())['type'] == 'bye'


async def test_a_tab_that_leaves_before_its_hello_is_no_news(serve: Serve) -> None:
    """The log has only what breaks the protocol."""
    server = serve(APP)
    async with connected(server.socket_url, hello=False) as tab:
        await tab.cut()
    async with connected(server.socket_url, hello=False) as tab:
        await tab.send_text('[')
        await tab.closed()
    server.wait_for_log('a socket was rejected')
    assert server.log.count('a socket was rejected') == 1


async def test_a_second_hello_ends_the_connection_completely(server: AppServer) -> None:
    """Even in one frame with the first."""
    async with connected(server.socket_url, hello=False) as tab:
        hello = {'type': 'hello', 'protocol': 1, 'client': tab.client, 'build': '', 'page': '/'}
        await tab.send_text(json.dumps([hello, {'type': 'subscribe', 'id': 1, 'store': 'note'}, hello]))
        assert (await tab.receive('bye'))['reason'] == 'protocol'
        await tab.closed()
    async with server.client() as client:
        assert (await client.get('/_dara/health')).json()['sessions'] == 0


async def test_skipping_a_number_is_a_protocol_error(server: AppServer) -> None:
    """S2: numbers are contiguous, or an edit was lost."""
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        await tab.edit(at, replace(1, 'count'), n=1)
        await tab.receive('change')
        await tab.edit(at, replace(2, 'count'), n=5)
        assert (await tab.receive('bye'))['reason'] == 'protocol'


async def test_too_many_edits_are_slowed_down_and_not_lost(server: AppServer) -> None:
    """S25: the answer is `retry`, the number is not used up, and the edit is accepted later."""
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('note')
        await tab.edit(at, replace(1, 'count'), n=1)
        settled = await tab.receive('change')
        again = {name: at[name] for name in ('channel', 'store', 'epoch')} | {
            'type': 'edit',
            'n': 1,
            'base': 0,
            'ops': [],
        }
        next_one = {**again, 'n': 2, 'base': settled['version'], 'ops': [replace(2, 'count')]}
        await tab.send_text(json.dumps([*[again] * 500, next_one]))
        answer = await tab.receive('retry')
        assert answer['code'] == 'rate'
        while answer['type'] == 'retry' and answer['n'] == 1:
            answer = await tab.receive('change', 'retry')
        while answer['type'] == 'retry':
            await asyncio.sleep(answer['retry_ms'] / 1000)
            await tab.send(**next_one)
            answer = await tab.receive('change', 'retry')
        assert answer['edits'][0][1] == 2


async def test_a_tab_that_unsubscribes_hears_no_more_changes(server: AppServer) -> None:
    """Only the changes of that store stop."""
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        of_ann, of_ben = await ann.subscribe('note'), await ben.subscribe('note')
        await ben.send(type='unsubscribe', channel=of_ben['channel'], store='note')
        await ben.receive_nothing()
        await ann.edit(of_ann, replace(1, 'count'))
        await ann.receive('change')
        await ben.receive_nothing()


async def test_a_server_that_stops_says_goodbye(server: AppServer) -> None:
    """It completes its commits, tells every tab, and exits with code 0."""
    async with connected(server.socket_url) as tab:
        await tab.edit(await tab.subscribe('note'), replace('last words', 'title'))
        await tab.receive('change')
        stopping = asyncio.get_running_loop().run_in_executor(None, server.stop)
        assert (await tab.receive('bye'))['reason'] == 'drain'
        assert await stopping == 0
    assert on_disk(server) == {'title': 'last words', 'count': 0}
