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
