"""Tests of an attacker who sends malformed frames."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
import websockets

from tests.process import AppServer
from tests.server.hostile.attack import MIB, Bystanders
from tests.tab import logged_in

CALL = '{"type":"call","id":1,"target":"named","inputs":[%s]}'


@pytest.mark.parametrize(
    'frame',
    [
        CALL % ('{"value":"\\ud800"}'),
        CALL % ('{"path":[],"inputs":[' * 10_000 + ']}' * 10_000),
        CALL % ('{"value":' + '[' * 10_000 + ']' * 10_000 + '}'),
        CALL % ('{"value":' + '1' * 1_000_000 + '}'),
        CALL % ('{"inputs":[],"path":[' + '{},' * 500_000 + '{}]}'),
        CALL % ','.join(['{"inputs":[' + ','.join(['{"inputs":[' + '{},' * 60 + '{}]}'] * 60) + '],"path":[]}'] * 60),
        CALL % ','.join(['{"value":1}'] * 101),
        '[' + '{},' * 600_000 + '{}]',
        '[' + '{"type":"ping","i":1},' * 10_000 + '{"type":"no such message"}]',
        '{"type":"' + 'ERROR dara: forged\\n' * 50_000 + '"}',
        '{"type":"subscribe","id":1,"store":"note","since":{"epoch":"' + 'x' * 1_000_000 + '","version":0}}',
        '{"type":"subscribe","id":1,"store":"' + 'x' * 2001 + '"}',
        '{"type":"subscribe","id":1,"store":""}',
        '{"type":"release","slot":"' + 'x' * 2001 + '"}',
        '{"type":"hello","protocol":1,"client":"' + '0' * 32 + '","build":"","page":""}',
        '[[{"type":"ping","i":1}]]',
        '[' * 100_000,
        '"' + '\\u0000' * 1000,
        '',
        'null',
    ],
    ids=lambda frame: frame[:30],
)
async def test_a_malformed_frame_ends_that_connection_alone(
    server: AppServer, bystanders: Bystanders, frame: str
) -> None:
    """At the first error, without reading on, and with one short line in the log."""
    logged = len(server.log)
    async with logged_in(server, 'eve') as (eve,):
        await asyncio.gather(eve.send_text(frame), bystanders.are_unaffected())
        assert (await eve.receive('bye'))['reason'] == 'protocol'
    assert len(server.log) - logged < 2000
    assert '\nERROR dara: forged' not in server.log[logged:]


async def test_a_binary_or_oversized_frame_ends_that_connection_alone(
    server: AppServer, bystanders: Bystanders
) -> None:
    """Bytes, bytes that are no UTF-8 in a text frame, and more than 2 MiB."""
    async with logged_in(server, 'eve', 'eve', 'eve') as (binary, no_text, too_long):
        await binary.send_bytes(b'{"type":"ping","i":1}')
        assert (await binary.receive('bye'))['reason'] == 'protocol'
        await no_text.send_bytes(b'\xff\xfe', as_text=True)
        assert await no_text.closed() == 1007
        with suppress(websockets.ConnectionClosed):
            await too_long.send_text('"' + 'x' * 2 * MIB)
        assert await too_long.closed() == 1009


async def test_a_frame_of_ten_thousand_messages_is_answered(server: AppServer, bystanders: Bystanders) -> None:
    """As if each had its own frame, and without holding up others."""
    async with logged_in(server, 'eve') as (eve,):
        await eve.send_text('[' + ','.join(f'{{"type":"ping","i":{i}}}' for i in range(10_000)) + ']')
        await bystanders.are_unaffected()
        answers = [await eve.receive('pong', 'bye') for _ in range(10_000)]
        assert answers == [{'type': 'pong', 'i': i} for i in range(10_000)]
