"""Tests of large results on the connection of a tab: complete, in small steps, and not longer than they are wanted."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import Callable
from typing import Any, Final

import pytest

from dara.core._context import Identity, UserData
from dara.core._json_parts import json_parts
from dara.core._limits import DEFAULT_LIMITS
from dara.core._sync.connection import Connection
from dara.core._sync.encoded import MESSAGE_BYTES, Encoded
from dara.core._sync.large_results import send_in_parts
from tests.tab import joined

LONG: Final = 'é😀"\\\n' * 100_000
VALUES: Final[dict[str, Any]] = {
    'a text': LONG,
    'an object': {'text': LONG, 'rest': [1, None]},
    'rows': [{'id': i, 'text': 'é' * 50} for i in range(20_000)],
    'long elements': [LONG, {'text': LONG}],
    'long and short elements': [*range(100_000), LONG, [], LONG, *range(100_000)],
    'a text as long as two messages': 'x' * (2 * MESSAGE_BYTES - 2),
}


def encoded(value: Any) -> Encoded:
    made = Encoded.of(json_parts(value))
    assert made.is_large
    return made


class Browser:
    """A tab that takes each frame at once.

    Attributes:
        on_frame: called after each frame.
    """

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.on_frame: Callable[[], object] = lambda: None
        self.connection = Connection('tab', Identity(UserData('ann', 'Ann'), 's'), DEFAULT_LIMITS, lambda *_: [])
        self.connection.open(self._take, lambda: None)

    def _take(self, frame: str) -> None:
        self.frames.append(frame)
        self.connection.acknowledge(len(self.frames))
        self.on_frame()

    @property
    def result(self) -> Any:
        """The result in all frames."""
        *parts, end = map(json.loads, self.frames)
        assert end == {'type': 'result', 'id': 7, 'parts': True}
        return joined(parts)


@pytest.mark.parametrize('name', VALUES)
async def test_a_result_is_complete(name: str) -> None:
    browser = Browser()
    await send_in_parts(browser.connection, 7, encoded(VALUES[name]))
    assert browser.result == VALUES[name]


@pytest.mark.parametrize('name', VALUES)
def test_a_piece_is_no_longer_than_a_message(name: str) -> None:
    """Whole lines are lists."""
    pieces = list(encoded(VALUES[name]).pieces())
    assert max(len(piece.text.encode()) for piece in pieces) <= MESSAGE_BYTES
    assert all(isinstance(json.loads(piece.text), list) for piece in pieces if piece.is_line)


async def test_other_work_is_done_between_two_parts() -> None:
    """Also if there is always room."""
    browser = Browser()
    noted: set[int] = set()
    task = asyncio.create_task(send_in_parts(browser.connection, 7, encoded(VALUES['rows'])))
    while not task.done():
        noted.add(len(browser.frames))
        await asyncio.sleep(0)
    assert len(browser.frames) > 10
    assert set(range(len(browser.frames))) <= noted


async def test_a_call_that_is_cancelled_gets_no_further_parts() -> None:
    browser = Browser()
    task = asyncio.create_task(send_in_parts(browser.connection, 7, encoded(VALUES['rows'])))
    browser.on_frame = task.cancel
    with pytest.raises(asyncio.CancelledError):
        await task
    browser.connection.send('"another answer"')
    while browser.frames[-1] != '"another answer"':
        await asyncio.sleep(0)
    assert len(browser.frames) == 2


def processor_time(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


def test_the_effort_for_one_long_text_grows_with_its_length() -> None:
    """It does not grow with the square; the unit is the time to decompress the text at once."""
    long = encoded('x' * 40_000_000)
    ratios = (
        processor_time(lambda: list(long.pieces())) / processor_time(lambda: zlib.decompress(long.content, wbits=31))
        for _ in range(3)
    )
    assert any(ratio < 20 for ratio in ratios)
