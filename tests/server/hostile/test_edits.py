"""Tests of an attacker who forges edits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.process import AppServer
from tests.server.hostile.attack import Bystanders
from tests.tab import logged_in, replace


@pytest.mark.parametrize('n', [0, -1, 2**53, 1.5, '1', None])
async def test_an_invalid_edit_number_ends_the_connection(server: AppServer, bystanders: Bystanders, n: Any) -> None:
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('note')
        await eve.send(type='edit', channel=at['channel'], store='note', n=n, epoch=at['epoch'], base=0, ops=[])
        assert (await eve.receive('bye'))['reason'] == 'protocol'


@pytest.mark.parametrize('base', [-1, 2**53])
async def test_an_impossible_base_ends_the_connection(server: AppServer, bystanders: Bystanders, base: int) -> None:
    async with logged_in(server, 'eve') as (eve,):
        await eve.edit(await eve.subscribe('note'), replace('forged'), base=base)
        assert (await eve.receive('bye'))['reason'] == 'protocol'


async def test_an_unknown_later_version_begins_one_epoch_and_then_ends_the_connection(
    server: AppServer, bystanders: Bystanders
) -> None:
    """S17: the record may have lost versions, but no tab can make everybody reload at will."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('diary')
        await eve.edit(at, replace('forged'), base=10**6, n=1)
        anew = await eve.receive('snapshot')
        assert anew['epoch'] != at['epoch']
        assert (await eve.subscribe('diary', since=(anew['epoch'], 10**6)))['epoch'] == anew['epoch']
        await eve.edit(anew, replace('forged'), base=10**6, n=1)
        assert (await eve.receive('bye'))['reason'] == 'protocol'


async def test_edit_numbers_are_used_once_and_in_order(server: AppServer, bystanders: Bystanders) -> None:
    """A replay is ignored, and an edit of another epoch is answered with the position; neither is applied."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('diary')
        await eve.edit(at, replace('once'), n=1)
        await eve.receive('change')
        for _ in range(3):
            await eve.edit(at, replace('replayed'), n=1)
        await eve.edit({**at, 'epoch': 'another'}, replace('forged'), n=2)
        assert (await eve.receive('snapshot'))['value'] == 'once'
        await eve.edit(at, replace('skipped'), n=2**53 - 1)
        assert (await eve.receive('bye'))['reason'] == 'protocol'


@pytest.mark.parametrize(
    ('ops', 'code'),
    [
        ([replace({'a': {'__proto__': {}}})], 'invalid'),
        ([replace({'constructor': 1})], 'invalid'),
        ([replace(1, 'prototype')], 'invalid'),
        ([replace(1, 'a', '__proto__', 'b')], 'invalid'),
        ([replace('half\0')], 'invalid'),
        ([replace(2**53 + 1)], 'invalid'),
        ([replace(10**4000)], 'invalid'),
        ([replace(float('nan'))], 'invalid'),
        ([replace(float('-inf'))], 'invalid'),
        ([replace(json.loads('[' * 65 + ']' * 65))], 'invalid'),
        ([replace(1, *['a'] * 300_000)], 'too_large'),
        ([replace('x', 'y' * 200_000)], 'invalid'),
        ([replace('x' * 1_500_000)], 'too_large'),
        ([replace('x' * 300_000)], 'too_large'),
        ([replace('x')] * 1001, 'too_large'),
        ([{**replace('x'), 'more': 10**30}, replace('x', 5)], 'invalid'),
        (['replace', None, 7], 'invalid'),
        ([{'op': 'replace', 'path': [True], 'value': 1}], 'invalid'),
        ([{'op': 'replace', 'path': [2**70], 'value': 1}], 'invalid'),
    ],
    ids=lambda given: str(given)[:40],
)
async def test_a_harmful_value_is_rejected_with_a_short_reason(
    server: AppServer, bystanders: Bystanders, ops: list[Any], code: str
) -> None:
    """The reason and the receipt stay short, however long the names in the value."""
    async with logged_in(server, 'eve') as (eve,):
        at = await eve.subscribe('diary')
        await eve.edit(at, *ops)
        rejected = await eve.receive()
        assert (rejected['type'], rejected['code']) == ('reject', code)
        assert len(rejected['message']) < 600
        assert len(json.dumps(await eve.subscribe('diary'))) < 2000
