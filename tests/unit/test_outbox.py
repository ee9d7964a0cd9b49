"""A tab's outbox: bounded, in order, and never in the publisher's way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from dara.core._context import Identity, UserData
from dara.core._limits import DEFAULT_LIMITS
from dara.core._sync.session import Outbox, Session, TokenBucket

LIMITS = replace(DEFAULT_LIMITS, outbox_changes=3, outbox_key_bytes=100, outbox_bytes=250, unconfirmed_frames=4)


def outbox() -> Outbox:
    return Outbox(LIMITS, lambda key: [f'snapshot of {key}'])


def test_what_is_put_is_taken_in_order() -> None:
    box = outbox()
    box.put('welcome')
    box.put_change(1, 'a')
    box.put(lambda: ['made', 'when taken'])
    box.put_change(1, 'b')
    assert box.take(1000) == ['welcome', 'a', 'made', 'when taken', 'b']
    assert len(box) == 0


def test_too_many_changes_of_a_key_collapse_to_one_snapshot() -> None:
    """S23: other keys and answers stay; after the snapshot changes count anew."""
    box = outbox()
    box.put('answer')
    box.put_change(2, 'other')
    for i in range(10):
        box.put_change(1, f'{i}')
    assert box.take(1000) == ['answer', 'other', 'snapshot of 1']
    box.put_change(1, 'next')
    assert box.take(1000) == ['next']


def test_too_many_bytes_collapse_too() -> None:
    box = outbox()
    box.put_change(1, 'x' * 60)
    box.put_change(1, 'y' * 60)
    assert box.take(1000) == ['snapshot of 1']
    for key in range(5):
        box.put_change(key, 'z' * 90)
    taken = box.take(1000)
    assert sum(map(len, taken)) < 300
    assert {'snapshot of 2', 'snapshot of 3', 'snapshot of 4'} <= set(taken)


def test_taking_stops_when_a_frame_is_full() -> None:
    box = outbox()
    for each in ('aaaa', 'bbbb', 'cccc'):
        box.put(each)
    assert box.take(5) == ['aaaa', 'bbbb']
    assert box.take(5) == ['cccc']


def test_a_bucket_lets_a_burst_through_and_then_a_rate() -> None:
    """S25."""
    bucket = TokenBucket(per_second=10, at_once=3)
    assert [bucket.wait() for _ in range(3)] == [0, 0, 0]
    assert 0 < bucket.wait() <= 0.1


async def test_a_session_stops_sending_to_a_tab_that_confirms_nothing() -> None:
    """S23: what was sent and not confirmed is bounded, however much the network swallows."""
    sent: asyncio.Queue[str] = asyncio.Queue()
    session = Session('tab', Identity(UserData('ann', 'Ann'), 's'), LIMITS, lambda _, key: [f'snapshot of {key}'])
    writing = asyncio.create_task(session.write(sent.put))
    for i in range(4):
        session.send(f'{i}')
        assert await sent.get() == f'{i}'
    for i in range(50):
        session.send_change(1, f'change {i}')
    await asyncio.sleep(0)
    assert sent.empty()
    session.confirm(4)
    assert await sent.get() == 'snapshot of 1'
    session.close('drain')
    assert '"reason":"drain"' in await sent.get()
    await writing
