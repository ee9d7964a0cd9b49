"""A queue in front of what is costly: whoever fills it holds up their own address, and others little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

AT_ONCE: Final = 64
OF_ONE_AT_ONCE: Final = 16
WAITING: Final = 1000
OF_ONE_WAITING: Final = 250
LONGEST_SECONDS: Final = 30


class Busy(Exception):
    """Too many are in front."""


@dataclass(slots=True)
class _Gate:
    """What one address has let through, and how many of it are here."""

    room: asyncio.Semaphore
    here: int = 0


class Turnstile:
    """Lets 64 in at once, of them 16 of one address, in the order in which they come."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(AT_ONCE)
        self._gates: dict[str, _Gate] = {}
        self._here = 0

    def check(self, address: str) -> None:
        """Accept another one of that address.

        Raises:
            Busy: too many wait.
        """
        gate = self._gates.get(address)
        if self._here >= WAITING or (gate and gate.here >= OF_ONE_WAITING):
            raise Busy

    @asynccontextmanager
    async def enter(self, address: str) -> AsyncIterator[None]:
        """Wait for one's turn; it ends with the block.

        Raises:
            Busy: that has taken too long.
        """
        gate = self._gates.setdefault(address, _Gate(asyncio.Semaphore(OF_ONE_AT_ONCE)))
        gate.here += 1
        self._here += 1
        try:
            async with _in_time(gate.room), _in_time(self._room):
                yield
        finally:
            self._here -= 1
            gate.here -= 1
            if not gate.here:
                del self._gates[address]


@asynccontextmanager
async def _in_time(room: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            await room.acquire()
    except TimeoutError:
        raise Busy from None
    try:
        yield
    finally:
        room.release()
