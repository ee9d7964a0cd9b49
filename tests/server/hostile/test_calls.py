"""Tests of an attacker who forges calls."""

from __future__ import annotations

import asyncio

import pytest

from tests.process import AppServer
from tests.server.hostile.attack import Bystanders
from tests.tab import Message, logged_in, value

NOTE = {'store': 'note', 'path': [], 'version': 0}


COUNT = {'inputs': [NOTE], 'path': []}


async def test_a_fragment_of_one_connection_is_unknown_to_another(server: AppServer, bystanders: Bystanders) -> None:
    """Its store, its targets and its slot, even for another tab of the same user."""
    async with logged_in(server, 'ann', 'ann', 'eve') as (ann, other_tab, eve):
        part = server.renderings(ann.cookie)[0]
        fragment = (await ann.call(part, value('ann'), slot='s'))['value']
        button = fragment['nodes'][0]['slots']['children'][1]['actions']['onclick'][0]['target']
        for stranger in (eve, other_tab):
            assert (await stranger.subscribe('made ann', of='s'))['code'] == 'unknown'
            assert (await stranger.call(button, value(None), of='s'))['code'] == 'unknown'
            await stranger.send(type='release', slot='s')
        assert (await eve.call(button, value(None)))['code'] == 'unknown'
        await eve.call(part, value('eve'), slot='s')
        assert (await eve.subscribe('made ann', of='s'))['code'] == 'unknown'
        assert (await ann.subscribe('made ann', of='s'))['value'] == 'made for one'
        assert (await ann.call(button, value(None), of='s'))['type'] == 'result'


async def test_a_slot_released_during_its_rendering_stays_empty(server: AppServer, bystanders: Bystanders) -> None:
    """The release wins over the rendering that ends later."""
    async with logged_in(server, 'eve') as (eve,):
        await eve.send(type='call', id=900, target=server.renderings(eve.cookie)[1], inputs=[value('')], slot='late')
        await eve.send(type='release', slot='late')
        assert (await eve.call('slow', value('as long')))['type'] == 'result'
        assert (await eve.subscribe('lingering', of='late'))['code'] == 'unknown'


def nested(inputs: int) -> Message:
    forged = NOTE
    for _ in range(inputs):
        forged = {'inputs': [forged], 'path': []}
    return forged


@pytest.mark.parametrize(
    ('called', 'inputs'),
    [
        ('count', [value('a value for a shared variable')]),
        ('count', [{**NOTE, 'store': 'unseen'}]),
        ('count', [{**NOTE, 'store': 'vault'}]),
        ('count', [{**NOTE, 'path': ['a part']}]),
        ('count', []),
        ('count', [NOTE, NOTE]),
        ('count', [nested(20)]),
        ('again', [value('a result for its inputs')]),
        ('again', [NOTE]),
        ('again', [{'inputs': [value('a value further in')], 'path': []}]),
        ('again', [{'inputs': [NOTE, NOTE], 'path': []}]),
        ('again', [{**COUNT, 'path': ['a part']}]),
        ('first', [{'store': 'items', 'path': [], 'version': 0}]),
        ('first', [{'store': 'items', 'path': [0, 'other'], 'version': 0}]),
        ('first', [{'store': 'items', 'path': ['0', 'id'], 'version': 0}]),
        ('named', [value({'__proto__': 1})]),
        ('named', [value('a\0b')]),
        ('named', [value(2**60)]),
        ('named', [value(10**4000)]),
        ('unseen', []),
        ('', []),
    ],
)
async def test_the_inputs_of_a_call_cannot_be_forged(
    server: AppServer, bystanders: Bystanders, called: str, inputs: list[Message]
) -> None:
    """The server reads and computes its own inputs; a tab supplies only the values of its own variables."""
    async with logged_in(server, 'eve') as (eve,):
        if not called:
            called = server.buttons(eve.cookie)['say']
        answer = await eve.call(called, *inputs)
        assert (answer['type'], answer['code'] in ('failed', 'invalid', 'unknown')) == ('error', True)
        assert 'secret' not in answer['message']
        assert 'Traceback' not in answer['message']


async def test_a_result_for_one_user_never_reaches_another(server: AppServer, bystanders: Bystanders) -> None:
    """Nor does a failure, even with equal inputs at one moment."""
    async with logged_in(server, *['eve', 'ann', 'ben'] * 3) as tabs:
        answers = await asyncio.gather(*(tab.call('named', value('diary')) for tab in tabs))
        assert [answer['value'] for answer in answers] == [f'diary of {name}' for name in ('eve', 'ann', 'ben')] * 3
        answers = await asyncio.gather(*(tab.call('choosy', value('diary')) for tab in tabs))
        assert [answer.get('value') for answer in answers] == [None, 'diary', 'diary'] * 3


async def test_a_cancelled_call_leaves_others_their_result(server: AppServer, bystanders: Bystanders) -> None:
    """A shared computation runs until the last caller cancels."""
    async with logged_in(server, 'eve', 'ann') as (eve, ann):
        await eve.send(type='call', id=900, target='slow', inputs=[value('shared')])
        waiting = asyncio.create_task(ann.call('slow', value('shared')))
        await eve.receive_nothing()
        await eve.send(type='cancel', id=900)
        assert (await waiting)['value'] == 'shared at last'


async def test_an_action_cannot_be_cancelled_half_way(server: AppServer, bystanders: Bystanders) -> None:
    """Otherwise a tab could take the effects and skip the rest."""
    async with logged_in(server, 'eve') as (eve,):
        steps = server.buttons(eve.cookie)['two']
        await eve.send(type='call', id=900, target=steps, inputs=[value(None)])
        await eve.receive('effect')
        await eve.send(type='cancel', id=900)
        assert (await eve.receive('result', 'error'))['type'] == 'result'
        done = server.get('/api/done', cookie=eve.cookie).json()
        assert done.count('two') == done.count('one') > 0
