"""Tests of rounds: calls that are combined."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from dara.core.persistence.rounds import Rounds


async def test_an_item_that_still_waits_goes_with_its_caller() -> None:
    """One that is under way is handled to the end."""
    handled: list[str] = []
    go_on = asyncio.Event()

    async def work(items: Sequence[str]) -> list[None]:
        await go_on.wait()
        handled.extend(items)
        return [None] * len(items)

    rounds = Rounds(work)
    calls = []
    for item in ('under way', 'given up', 'waits'):
        calls.append(asyncio.ensure_future(rounds.submit(item)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    for call in calls[:2]:
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    go_on.set()
    await calls[2]
    assert handled == ['under way', 'waits']


async def test_an_exception_is_raised_for_its_item_alone() -> None:
    async def work(items: Sequence[str]) -> list[str | Exception]:
        return [ValueError(each) if each == 'bad' else each for each in items]

    rounds: Rounds[str, str] = Rounds(work)
    answers = await asyncio.gather(*map(rounds.submit, ['good', 'bad', 'fine']), return_exceptions=True)
    assert answers[::2] == ['good', 'fine']
    assert isinstance(answers[1], ValueError)


async def test_two_calls_share_what_waits() -> None:
    """All items that wait at the end of one go with the next."""
    calls: list[Sequence[int]] = []
    ends = [asyncio.Event() for _ in range(3)]

    async def work(items: Sequence[int]) -> Sequence[int]:
        calls.append(items)
        await ends[len(calls) - 1].wait()
        return items

    rounds: Rounds[int, int] = Rounds(work, at_once=2)
    async with asyncio.TaskGroup() as tasks:
        first = [tasks.create_task(rounds.submit(item)) for item in range(8)]
        while len(calls) < 2:
            await asyncio.sleep(0)
        later = [tasks.create_task(rounds.submit(item)) for item in range(8, 14)]
        ends[0].set()
        assert [await each for each in first[:4]] == [0, 1, 2, 3]
        ends[2].set()
        assert [await each for each in later] == [8, 9, 10, 11, 12, 13]
        assert not first[4].done()
        ends[1].set()
    assert calls == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11, 12, 13]]


async def test_an_item_has_a_deadline_of_its_own() -> None:
    """One that still waits then is never handled."""
    handled: list[str] = []
    go_on = asyncio.Event()

    async def work(items: Sequence[str]) -> Sequence[str]:
        await go_on.wait()
        handled.extend(items)
        return items

    rounds: Rounds[str, str] = Rounds(work, seconds=0.05)
    under_way = asyncio.ensure_future(rounds.submit('under way'))
    await asyncio.sleep(0.02)
    with pytest.raises(TimeoutError):
        await rounds.submit('too late')
    with pytest.raises(TimeoutError):
        await under_way
    go_on.set()
    assert await rounds.submit('in time') == 'in time'
    assert handled == ['under way', 'in time']
