"""Tests of the outbox of a tab: it is bounded and in order, and never blocks the publisher."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import orjson

from dara.core._context import Identity, UserData
from dara.core._limits import DEFAULT_LIMITS, Limits
from dara.core._sync.connection import Connection
from dara.core._sync.eager import start_eagerly
from dara.core._sync.outbox import Outbox
from dara.core._sync.token_bucket import TokenBucket

LIMITS = replace(DEFAULT_LIMITS, outbox_changes=3, outbox_channel_bytes=100, outbox_bytes=250, unacknowledged_frames=4)


def outbox() -> Outbox:
    return Outbox(LIMITS, lambda channel, version: [f'{channel} since {version}'])


def test_messages_are_taken_in_order() -> None:
    box = outbox()
    box.put('welcome')
    box.put_change(1, 0, 'a')
    box.put(lambda: ['made', 'when taken'])
    box.put_change(1, 0, 'b')
    assert box.take(1000) == ['welcome', 'a', 'made', 'when taken', 'b']
    assert len(box) == 0


def test_too_many_changes_of_a_key_collapse_to_one_message() -> None:
    """S23: other channels and answers stay; the count of changes starts anew."""
    box = outbox()
    box.put('answer')
    box.put_change(2, 0, 'other')
    for i in range(10):
        box.put_change(1, i, f'{i}')
    assert box.take(1000) == ['answer', 'other', '1 since 0']
    box.put_change(1, 0, 'next')
    assert box.take(1000) == ['next']


def test_a_snapshot_replaces_all_changes_of_its_channel() -> None:
    """S23: in another epoch the tab's version means nothing, even if the channel has collapsed before."""
    box = outbox()
    for i in range(10):
        box.put_change(1, i, f'{i}')
    box.put_snapshot(1)
    box.put_change(2, 7, 'other')
    box.put_snapshot(2)
    assert box.take(1000) == ['1 since None', '2 since None']


def test_too_many_bytes_collapse() -> None:
    box = outbox()
    box.put_change(1, 0, 'x' * 60)
    box.put_change(1, 0, 'y' * 60)
    assert box.take(1000) == ['1 since 0']
    for channel in range(5):
        box.put_change(channel, 0, 'z' * 90)
    taken = box.take(1000)
    assert sum(map(len, taken)) < 300
    assert {'2 since 0', '3 since 0', '4 since 0'} <= set(taken)


def test_taking_stops_when_a_frame_is_full() -> None:
    box = outbox()
    for each in ('aaaa', 'bbbb', 'cccc'):
        box.put(each)
    assert box.take(5) == ['aaaa', 'bbbb']
    assert box.take(5) == ['cccc']


def test_a_bucket_allows_a_burst_and_then_a_rate() -> None:
    """S25."""
    bucket = TokenBucket(per_second=10, at_once=3)
    assert [bucket.take() for _ in range(3)] == [0, 0, 0]
    assert 0 < bucket.take() <= 0.1


async def test_a_connection_stops_sending_to_a_tab_that_acknowledges_nothing() -> None:
    """S23: the frames without acknowledgement are bounded, however much the network buffers."""
    sent: asyncio.Queue[str] = asyncio.Queue()
    connection = Connection(
        'tab', Identity(UserData('ann', 'Ann'), 's'), LIMITS, lambda _, channel, version: [f'{channel} since {version}']
    )
    connection.open(lambda frame: start_eagerly(sent.put(frame)), lambda: None)
    for i in range(4):
        connection.send(f'{i}')
        assert await sent.get() == f'{i}'
    for i in range(50):
        connection.send_change(1, i, f'change {i}')
    await asyncio.sleep(0)
    assert sent.empty()
    connection.acknowledge(4)
    assert await sent.get() == '1 since 0'
    connection.close('drain')
    assert '"reason":"drain"' in await sent.get()
    await connection.wait_closed()


class Transport:
    """A socket with or without room."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.over = asyncio.Event()
        self.room = asyncio.Event()
        self.room.set()
        self.cancelled = 0

    async def transmit(self, frame: str) -> None:
        try:
            await self.room.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.frames.append(frame)

    def messages(self) -> list[str]:
        """Return the messages of all frames."""
        return [message for frame in self.frames for message in (orjson.loads(frame) if frame[0] == '[' else [frame])]


@asynccontextmanager
async def writing(limits: Limits = LIMITS) -> AsyncIterator[tuple[Connection, Transport]]:
    """Yield a connection whose writer is idle, and its transport."""
    transport = Transport()
    connection = Connection(
        'tab',
        Identity(UserData('ann', 'Ann'), 's'),
        limits,
        lambda _, channel, version: [f'"{channel} since {version}"'],
    )
    connection.open(lambda frame: start_eagerly(transport.transmit(frame)), transport.over.set)
    connection.send('"welcome"')
    while not transport.frames:
        await asyncio.sleep(0)
    transport.frames.clear()
    connection.acknowledge(1)
    try:
        yield connection, transport
    finally:
        transport.room.set()
        connection.close('drain')
        await transport.over.wait()


async def test_a_change_is_sent_by_the_publisher() -> None:
    """Nothing is queued before it, so no task has to be woken."""
    async with writing() as (connection, transport):
        connection.send_change(1, 0, '"a"')
        assert transport.frames == ['"a"']
        connection.send_change(1, 0, '"b"')
        assert transport.frames == ['"a"', '"b"']


async def test_a_stalled_reader_delays_nobody() -> None:
    """S23, I8: the publisher goes on, other readers get everything at once, and the queue is bounded."""
    async with writing() as (live, seen), writing() as (stalled, unseen):
        unseen.room.clear()
        for i in range(1000):
            for connection in (stalled, live):
                connection.send_change(1, i, f'"{i}"')
            assert seen.frames.pop() == f'"{i}"'
            live.acknowledge(i + 2)
        assert unseen.frames == []
        unseen.room.set()
        while len(unseen.frames) < 2:
            await asyncio.sleep(0)
        assert unseen.frames == ['"0"', '"1 since 1"']
        stalled.send_change(1, 0, '"next"')
        assert unseen.frames[2:] == ['"next"']


async def test_direct_and_queued_messages_keep_their_order() -> None:
    chance = random.Random(7)
    limits = replace(DEFAULT_LIMITS, unacknowledged_frames=8, outbox_changes=10_000)
    async with writing(limits) as (connection, transport):
        for i in range(2000):
            connection.send(f'"{i}"') if chance.random() < 0.2 else connection.send_change(i % 3, 0, f'"{i}"')
            if chance.random() < 0.1:
                transport.room.clear()
            if chance.random() < 0.2:
                transport.room.set()
            if chance.random() < 0.3:
                await asyncio.sleep(0)
            if chance.random() < 0.3:
                connection.acknowledge(1 + len(transport.frames))
        transport.room.set()
        while len(transport.messages()) < 2000:
            connection.acknowledge(1 + len(transport.frames))
            await asyncio.sleep(0)
        assert [str(message).strip('"') for message in transport.messages()] == [str(i) for i in range(2000)]


async def test_an_eager_start_is_cancelled_with_the_writer() -> None:
    """The publisher that has started the transmission does not notice."""
    async with writing() as (connection, transport):
        transport.room.clear()
        connection.send_change(1, 0, '"never"')
        await asyncio.sleep(0)
        connection.abort()
        await connection.wait_closed()
        assert (transport.frames, transport.cancelled) == ([], 1)


async def test_a_closed_socket_ends_the_connection_and_not_the_publisher() -> None:
    async def transmit(frame: str) -> None:
        raise ConnectionResetError

    over = asyncio.Event()
    connection = Connection('tab', Identity(UserData('ann', 'Ann'), 's'), LIMITS, lambda *_: [])
    connection.open(lambda frame: start_eagerly(transmit(frame)), over.set)
    connection.send_change(1, 0, 'a')
    await over.wait()
    connection.send_change(1, 1, 'b')


async def test_an_idle_connection_has_no_task() -> None:
    async with writing() as (connection, transport):
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        transport.room.clear()
        connection.send_change(1, 0, '"a"')
        assert len(asyncio.all_tasks()) == 2, 'the writer waits for room'
        transport.room.set()
        while len(asyncio.all_tasks()) > 1:
            await asyncio.sleep(0)
        assert transport.frames == ['"a"']
