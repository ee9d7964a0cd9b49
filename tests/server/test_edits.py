"""What becomes of edits that meet: over a real websocket, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.conftest import Serve
from tests.process import AppServer
from tests.tab import Message, Tab, connected, remove, replace, splice

APP = """
    from dara.components import Button, Stack, Text
    from dara.core import ConfigurationBuilder, Variable, action
    from dara.core.persistence import BackendStore

    start = {'text': 'hello world', 'count': 1, 'items': [{'id': n, 'name': f'item {n}'} for n in range(3)], 'done': []}
    doc = Variable(default=start, store=BackendStore(uid='doc', keys={'/items': 'id', '/done': 'id'}))

    @action
    async def turn(ctx):
        value = await doc.read()
        await doc.write({**value, 'items': value['items'][::-1]})

    @action
    async def finish(ctx):
        await doc.write_partial([{'op': 'move', 'from': '/items/0', 'path': '/done/0'}])

    config = ConfigurationBuilder()
    config.add_page('Doc', content=Stack(Text(doc), Button('Turn', onclick=turn()), Button('Finish', onclick=finish())))
"""

Pair = tuple[Tab, Tab]


def targets(server: AppServer) -> dict[str, str]:
    """The id of each button's action, as the page has it."""
    buttons = [node for node in server.content()[0]['slots']['children'] if node['component'] == 'Button']
    return {button['props']['label']: button['actions']['onclick'][0]['target'] for button in buttons}


@pytest.fixture
def server(serve: Serve) -> AppServer:
    return serve(APP)


@pytest.fixture
async def pair(server: AppServer) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(connected(server.socket_url)),
            await stack.enter_async_context(connected(server.socket_url)),
        )


async def meet(pair: Pair, first: list[Message], second: list[Message]) -> tuple[Message, Message]:
    """Ann's edit is committed, then Ben's, who has not seen it; return the answer to Ben's, and what is there then."""
    ann, ben = pair
    of_ann, of_ben = await ann.subscribe('doc'), await ben.subscribe('doc')
    await ann.edit(of_ann, *first)
    await ann.hear('change')
    await ben.hear('change')
    await ben.edit(of_ben, *second)
    answer = await ben.hear('change', 'reject')
    return answer, (await ben.subscribe('doc'))['value']


async def test_two_who_type_into_one_text_lose_no_keystroke(pair: Pair) -> None:
    """S5, S6: everybody receives what was committed, at the place that it has by then."""
    answer, value = await meet(pair, [splice(0, 0, 'Oh, ', 'text')], [splice(11, 0, '!', 'text')])
    assert answer['edits'][0][2] == [splice(15, 0, '!', 'text')]
    assert value['text'] == 'Oh, hello world!'


async def test_typing_survives_that_the_whole_text_is_written(pair: Pair) -> None:
    """S6: over a replaced text a splice is rebased over the difference of the two."""
    _, value = await meet(pair, [replace('hello, brave new world', 'text')], [splice(11, 0, '!', 'text')])
    assert value['text'] == 'hello, brave new world!'


async def test_typing_into_what_is_a_number_now_is_dropped_and_acknowledged(pair: Pair) -> None:
    """An edit without effect is settled all the same."""
    answer, value = await meet(pair, [replace(5, 'text')], [splice(11, 0, '!', 'text')])
    assert answer['edits'][0][1:] == [1, []]
    assert value['text'] == 5


async def test_an_edit_follows_its_item_to_where_another_moved_it(pair: Pair) -> None:
    move = {'op': 'move', 'from': ['items', 0], 'path': ['done', 0]}
    _, value = await meet(pair, [move], [splice(0, 0, 'My ', 'items', 0, 'name'), replace(9, 'count')])
    assert value['done'] == [{'id': 0, 'name': 'My item 0'}]
    assert value['count'] == 9


async def test_an_edit_of_an_item_that_another_removed_is_dropped_alone(pair: Pair) -> None:
    """I6: nothing else is touched in its stead, and the rest of the edit stays."""
    _, value = await meet(pair, [remove('items', 0)], [replace('mine', 'items', 0, 'name'), replace(9, 'count')])
    assert value['items'] == [{'id': 1, 'name': 'item 1'}, {'id': 2, 'name': 'item 2'}]
    assert value['count'] == 9


async def test_a_copy_is_published_as_what_was_copied(pair: Pair) -> None:
    copy = {'op': 'copy', 'from': ['items', 1], 'path': ['done', 0]}
    answer, value = await meet(pair, [replace('new', 'items', 1, 'name')], [copy])
    copied = {'id': 1, 'name': 'new'}
    assert answer['edits'][0][2] == [{'op': 'add', 'path': ['done', 0], 'value': copied}]
    assert value['done'] == [copied]


async def test_a_test_that_does_not_hold_any_more_refuses_the_whole_edit(pair: Pair) -> None:
    """S6: evaluated after the rebase; nothing of the edit happens."""
    test = {'op': 'test', 'path': ['count'], 'value': 1}
    answer, value = await meet(pair, [replace(2, 'count')], [replace('mine', 'text'), test])
    assert (answer['type'], answer['code']) == ('reject', 'test_failed')
    assert value['text'] == 'hello world'


async def test_a_test_of_an_item_that_is_gone_fails_and_does_not_vanish(pair: Pair) -> None:
    test = {'op': 'test', 'path': ['items', 0, 'id'], 'value': 0}
    answer, _ = await meet(pair, [remove('items', 0)], [test, replace(9, 'count')])
    assert (answer['type'], answer['code']) == ('reject', 'test_failed')


async def test_a_test_follows_its_item(pair: Pair) -> None:
    test = {'op': 'test', 'path': ['items', 0, 'id'], 'value': 0}
    add = {'op': 'add', 'path': ['items', 0], 'value': {'id': 9}}
    answer, value = await meet(pair, [add], [test, replace(9, 'count')])
    assert answer['edits'][0][2] == [replace(9, 'count')]
    assert value['count'] == 9


async def test_an_exact_edit_is_refused_once_anything_has_happened(pair: Pair) -> None:
    """S7: and taken while nothing has."""
    ann, ben = pair
    of_ann, of_ben = await ann.subscribe('doc'), await ben.subscribe('doc')
    place = {name: of_ann[name] for name in ('channel', 'store', 'epoch')}
    await ann.say(type='edit', **place, n=1, base=of_ann['version'], ops=[replace(2, 'count')], exact=True)
    assert (await ann.hear('change', 'reject'))['type'] == 'change'
    await ben.say(type='edit', **place, n=1, base=of_ben['version'], ops=[replace('b', 'text')], exact=True)
    refused = await ben.hear('reject')
    assert refused['code'] == 'conflict'
    await ben.edit({**of_ben, 'version': refused['version']}, replace('c', 'text'), n=2)
    await ben.hear('change')


async def test_two_exact_edits_at_once_are_not_both_taken(pair: Pair) -> None:
    """Though they may wait for the same commit."""
    tabs = [(tab, await tab.subscribe('doc')) for tab in pair]
    for tab, at in tabs:
        place = {name: at[name] for name in ('channel', 'store', 'epoch')}
        await tab.say(type='edit', **place, n=1, base=at['version'], ops=[replace(tab.client, 'text')], exact=True)
    answers = await asyncio.gather(*(answer_to(tab, at) for tab, at in tabs))
    assert sorted(answers) == ['change', 'reject']


async def answer_to(tab: Tab, at: Message) -> str:
    """How the tab's own edit ended."""
    while (heard := await tab.hear('reject', 'change'))['type'] == 'change':
        if heard['edits'][0][0] == at['author']:
            break
    return str(heard['type'])


@pytest.mark.parametrize('first', [0, 1])
async def test_of_two_who_type_at_one_place_the_same_is_always_to_the_left(pair: Pair, first: int) -> None:
    """Whoever comes first: so what the two type, keystroke by keystroke, does not mix."""
    tabs = [(tab, await tab.subscribe('doc')) for tab in pair]
    assert tabs[0][1]['author'] < tabs[1][1]['author']
    for tab, at in (tabs[first], tabs[1 - first]):
        await tab.edit(at, splice(0, 0, f'{at["author"]},', 'text'))
        await pair[0].hear('change')
    authors = [str(at['author']) for _, at in tabs]
    assert (await pair[0].subscribe('doc'))['value']['text'].split(',')[:2] == authors


async def test_a_list_that_server_code_turns_around_keeps_what_is_typed_in_its_items(
    server: AppServer, pair: Pair
) -> None:
    """Items have an identity, so they are told as moved; an edit under way follows its item."""
    ann, ben = pair
    of_ann = await ann.subscribe('doc')
    await ben.call(targets(server)['Turn'], {'value': None})
    change = await ann.hear('change')
    assert {op['op'] for op in change['edits'][0][2]} == {'move'}
    await ann.edit(of_ann, splice(0, 0, 'My ', 'items', 0, 'name'))
    await ann.hear('change')
    names = [item['name'] for item in (await ann.subscribe('doc'))['value']['items']]
    assert names == ['item 2', 'item 1', 'My item 0']


async def test_a_patch_of_server_code_moves_what_it_says(server: AppServer, pair: Pair) -> None:
    """S8: Python's operations take the same road as a browser's."""
    ann, ben = pair
    of_ann = await ann.subscribe('doc')
    await ben.call(targets(server)['Finish'], {'value': None})
    assert (await ann.hear('change'))['edits'][0][2] == [{'op': 'move', 'from': ['items', 0], 'path': ['done', 0]}]
    await ann.edit(of_ann, splice(0, 0, 'My ', 'items', 0, 'name'))
    await ann.hear('change')
    assert (await ann.subscribe('doc'))['value']['done'] == [{'id': 0, 'name': 'My item 0'}]


async def test_a_tab_that_knows_a_later_version_than_the_server_makes_it_begin_anew(pair: Pair) -> None:
    """S17, S22: the record has lost versions that somebody saw, so nobody may rely on them; its edit is not lost."""
    ann, ben = pair
    of_ann, of_ben = await ann.subscribe('doc'), await ben.subscribe('doc')
    await ann.edit(of_ann, replace(5, 'count'), base=of_ann['version'] + 7)
    for tab, before in ((ann, of_ann), (ben, of_ben)):
        snapshot = await tab.hear('snapshot')
        assert snapshot['epoch'] != before['epoch']
        assert snapshot['receipt']['n'] == 0
    await ann.edit(snapshot, replace(5, 'count'), n=1)
    assert (await ben.hear('change'))['edits'][0][2] == [replace(5, 'count')]


async def test_copies_of_copies_do_not_fill_the_memory(pair: Pair) -> None:
    """S9: each doubles the value; long before it is too large to be counted it is refused."""
    ann, _ = pair
    at = await ann.subscribe('doc')
    double = {'op': 'copy', 'from': [], 'path': ['done', 0]}
    await ann.edit(at, *[double] * 60)
    assert (await ann.hear('reject'))['code'] == 'too_large'


async def test_a_move_may_not_nest_deeper_than_a_value_may_be(pair: Pair) -> None:
    """S9."""
    ann, _ = pair
    at = await ann.subscribe('doc')
    tall: Message = {}
    for _ in range(40):
        tall = {'a': tall}
    await ann.edit(at, replace(tall, 'one'), replace(tall, 'two'))
    at = {**at, 'version': (await ann.hear('change'))['version']}
    await ann.edit(at, {'op': 'move', 'from': ['one'], 'path': ['two', *'a' * 40, 'b']})
    assert 'nested deeper' in (await ann.hear('reject'))['message']
