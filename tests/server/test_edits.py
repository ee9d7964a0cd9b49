"""Tests of concurrent edits over real websockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Message, Tab, connected, remove, replace, splice, value

Pair = tuple[Tab, Tab]


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve('board')


@pytest.fixture
async def pair(server: AppServer) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(connected(server.socket_url)),
            await stack.enter_async_context(connected(server.socket_url)),
        )


async def concurrently(pair: Pair, first: list[Message], second: list[Message]) -> tuple[Message, Message]:
    """Commit an edit of Ann's, then a concurrent one of Ben's. Return the answer to Ben and the value."""
    ann, ben = pair
    of_ann, of_ben = await ann.subscribe('doc'), await ben.subscribe('doc')
    await ann.edit(of_ann, *first)
    await ann.receive('change')
    await ben.receive('change')
    await ben.edit(of_ben, *second)
    answer = await ben.receive('change', 'reject')
    return answer, (await ben.subscribe('doc'))['value']


async def test_two_people_typing_into_one_text_lose_no_keystroke(pair: Pair) -> None:
    """S5, S6: everybody receives the committed ops, with rebased positions."""
    answer, value = await concurrently(pair, [splice(0, 0, 'Oh, ', 'text')], [splice(11, 0, '!', 'text')])
    assert answer['edits'][0][2] == [splice(15, 0, '!', 'text')]
    assert value['text'] == 'Oh, hello world!'


async def test_typing_survives_a_write_of_the_whole_text(pair: Pair) -> None:
    """S6: over a replaced text a splice is rebased over the difference of the two texts."""
    _, value = await concurrently(pair, [replace('hello, brave new world', 'text')], [splice(11, 0, '!', 'text')])
    assert value['text'] == 'hello, brave new world!'


async def test_typing_into_a_text_that_became_a_number_is_dropped_and_acknowledged(pair: Pair) -> None:
    """An edit without effect is acknowledged all the same."""
    answer, value = await concurrently(pair, [replace(5, 'text')], [splice(11, 0, '!', 'text')])
    assert answer['edits'][0][1:] == [1, []]
    assert value['text'] == 5


async def test_an_edit_follows_an_item_that_another_user_moved(pair: Pair) -> None:
    move = {'op': 'move', 'from': ['items', 0], 'path': ['done', 0]}
    _, value = await concurrently(pair, [move], [splice(0, 0, 'My ', 'items', 0, 'name'), replace(9, 'count')])
    assert value['done'] == [{'id': 0, 'name': 'My item 0'}]
    assert value['count'] == 9


async def test_only_the_op_on_a_removed_item_is_dropped(pair: Pair) -> None:
    """I6: nothing else is changed in its stead, and the rest of the edit stays."""
    _, value = await concurrently(
        pair, [remove('items', 0)], [replace('mine', 'items', 0, 'name'), replace(9, 'count')]
    )
    assert value['items'] == [{'id': 1, 'name': 'item 1'}, {'id': 2, 'name': 'item 2'}]
    assert value['count'] == 9


async def test_a_copy_is_published_as_an_add_of_the_copied_value(pair: Pair) -> None:
    copy = {'op': 'copy', 'from': ['items', 1], 'path': ['done', 0]}
    answer, value = await concurrently(pair, [replace('new', 'items', 1, 'name')], [copy])
    copied = {'id': 1, 'name': 'new'}
    assert answer['edits'][0][2] == [{'op': 'add', 'path': ['done', 0], 'value': copied}]
    assert value['done'] == [copied]


async def test_a_failed_test_rejects_the_whole_edit(pair: Pair) -> None:
    """S6: tests are evaluated after the rebase."""
    test = {'op': 'test', 'path': ['count'], 'value': 1}
    answer, value = await concurrently(pair, [replace(2, 'count')], [replace('mine', 'text'), test])
    assert (answer['type'], answer['code']) == ('reject', 'test_failed')
    assert value['text'] == 'hello world'


async def test_a_test_of_a_removed_item_fails(pair: Pair) -> None:
    test = {'op': 'test', 'path': ['items', 0, 'id'], 'value': 0}
    answer, _ = await concurrently(pair, [remove('items', 0)], [test, replace(9, 'count')])
    assert (answer['type'], answer['code']) == ('reject', 'test_failed')


async def test_a_test_follows_its_item(pair: Pair) -> None:
    test = {'op': 'test', 'path': ['items', 0, 'id'], 'value': 0}
    add = {'op': 'add', 'path': ['items', 0], 'value': {'id': 9}}
    answer, value = await concurrently(pair, [add], [test, replace(9, 'count')])
    assert answer['edits'][0][2] == [replace(9, 'count')]
    assert value['count'] == 9


async def test_an_exact_edit_is_rejected_after_any_other_commit(pair: Pair) -> None:
    """S7: it is accepted while there is none."""
    ann, ben = pair
    of_ann, of_ben = await ann.subscribe('doc'), await ben.subscribe('doc')
    address = {name: of_ann[name] for name in ('channel', 'store', 'epoch')}
    await ann.send(type='edit', **address, n=1, base=of_ann['version'], ops=[replace(2, 'count')], exact=True)
    assert (await ann.receive('change', 'reject'))['type'] == 'change'
    await ben.send(type='edit', **address, n=1, base=of_ben['version'], ops=[replace('b', 'text')], exact=True)
    refused = await ben.receive('reject')
    assert refused['code'] == 'conflict'
    await ben.edit({**of_ben, 'version': refused['version']}, replace('c', 'text'), n=2)
    await ben.receive('change')


async def test_one_of_two_concurrent_exact_edits_is_rejected(pair: Pair) -> None:
    """Even if they wait for the same commit."""
    tabs = [(tab, await tab.subscribe('doc')) for tab in pair]
    for tab, at in tabs:
        address = {name: at[name] for name in ('channel', 'store', 'epoch')}
        await tab.send(type='edit', **address, n=1, base=at['version'], ops=[replace(tab.client, 'text')], exact=True)
    answers = await asyncio.gather(*(answer_to_own_edit(tab, at) for tab, at in tabs))
    assert sorted(answers) == ['change', 'reject']


async def answer_to_own_edit(tab: Tab, at: Message) -> str:
    """Return the type of the answer to the tab's own edit."""
    while (answer := await tab.receive('reject', 'change'))['type'] == 'change':
        if answer['edits'][0][0] == at['author']:
            break
    return str(answer['type'])


@pytest.mark.parametrize('first', [0, 1])
async def test_at_one_position_the_text_of_the_same_author_is_always_to_the_left(pair: Pair, first: int) -> None:
    """The order of arrival does not matter, so keystrokes of two people do not mix."""
    tabs = sorted([(tab, await tab.subscribe('doc')) for tab in pair], key=lambda each: each[1]['author'])
    for tab, at in (tabs[first], tabs[1 - first]):
        await tab.edit(at, splice(0, 0, f'{at["author"]},', 'text'))
        await pair[0].receive('change')
    authors = [str(at['author']) for _, at in tabs]
    assert (await pair[0].subscribe('doc'))['value']['text'].split(',')[:2] == authors


async def test_typing_follows_its_item_when_server_code_reverses_the_list(server: AppServer, pair: Pair) -> None:
    """Items have an identity, so the change consists of moves."""
    ann, ben = pair
    of_ann = await ann.subscribe('doc')
    await ben.call(server.buttons()['Turn'], value(None))
    change = await ann.receive('change')
    assert {op['op'] for op in change['edits'][0][2]} == {'move'}
    await ann.edit(of_ann, splice(0, 0, 'My ', 'items', 0, 'name'))
    await ann.receive('change')
    names = [item['name'] for item in (await ann.subscribe('doc'))['value']['items']]
    assert names == ['item 2', 'item 1', 'My item 0']


async def test_a_patch_by_server_code_can_move_an_item(server: AppServer, pair: Pair) -> None:
    """S8: Python's ops are rebased like a browser's."""
    ann, ben = pair
    of_ann = await ann.subscribe('doc')
    await ben.call(server.buttons()['Finish'], value(None))
    assert (await ann.receive('change'))['edits'][0][2] == [{'op': 'move', 'from': ['items', 0], 'path': ['done', 0]}]
    await ann.edit(of_ann, splice(0, 0, 'My ', 'items', 0, 'name'))
    await ann.receive('change')
    assert (await ann.subscribe('doc'))['value']['done'] == [{'id': 0, 'name': 'My item 0'}]


async def test_a_tab_with_a_later_version_than_the_server_begins_a_new_epoch(pair: Pair) -> None:
    """S17, S22: the record has lost versions that a tab has seen; the edit of the tab is not lost."""
    ann, ben = pair
    of_ann, of_ben = await ann.subscribe('doc'), await ben.subscribe('doc')
    await ann.edit(of_ann, replace(5, 'count'), base=of_ann['version'] + 7)
    for tab, before in ((ann, of_ann), (ben, of_ben)):
        snapshot = await tab.receive('snapshot')
        assert snapshot['epoch'] != before['epoch']
        assert snapshot['receipt']['n'] == 0
    await ann.edit(snapshot, replace(5, 'count'), n=1)
    assert (await ben.receive('change'))['edits'][0][2] == [replace(5, 'count')]


async def test_copies_of_copies_do_not_fill_the_memory(pair: Pair) -> None:
    """S9: each doubles the value; the edit is rejected long before the memory is full."""
    ann, _ = pair
    at = await ann.subscribe('doc')
    double = {'op': 'copy', 'from': [], 'path': ['done', 0]}
    await ann.edit(at, *[double] * 60)
    assert (await ann.receive('reject'))['code'] == 'too_large'


async def test_a_move_cannot_nest_a_value_too_deeply(pair: Pair) -> None:
    """S9: the limit of a value holds after every op."""
    ann, _ = pair
    at = await ann.subscribe('doc')
    tall: Message = {}
    for _ in range(40):
        tall = {'a': tall}
    await ann.edit(at, replace(tall, 'one'), replace(tall, 'two'))
    at = {**at, 'version': (await ann.receive('change'))['version']}
    await ann.edit(at, {'op': 'move', 'from': ['one'], 'path': ['two', *'a' * 40, 'b']})
    assert 'nested deeper' in (await ann.receive('reject'))['message']
