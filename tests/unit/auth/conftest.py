"""Fixtures of the tests of sessions and of the throttle."""

from __future__ import annotations

import pytest


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.time = 1_000_000.0

    def __call__(self) -> float:
        return self.time

    def skip_an_hour(self) -> None:
        self.time += 3601


@pytest.fixture
def clock() -> Clock:
    return Clock()
