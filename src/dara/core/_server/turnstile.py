"""A queue in front of costly work: an address that fills it delays itself, and others little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

MAX_INSIDE: Final = 64
MAX_INSIDE_PER_ADDRESS: Final = 16
MAX_TOTAL: Final = 1000
MAX_TOTAL_PER_ADDRESS: Final = 250
MAX_WAIT_SECONDS: Final = 30


class Busy(Exception):
    """The queue is full, or the wait was too long."""


@dataclass(slots=True)
class _Gate:
    """The gate of one address.

    Attributes:
        count: the number of the address's entries, waiting and inside.
    """

    semaphore: asyncio.Semaphore
    count: int = 0


class Turnstile:
    """A gate for 64 at a time, of which 16 per address, in the order of arrival."""

    def __init__(self) -> None:
        self._semaphore = asyncio.Semaphore(MAX_INSIDE)
        self._gates: dict[str, _Gate] = {}
        self._count = 0

    def check(self, address: str) -> None:
        """Check that the queue has room for another entry of that address.

        Raises:
            Busy: it has none.
        """
        gate = self._gates.get(address)
        if self._count >= MAX_TOTAL or (gate and gate.count >= MAX_TOTAL_PER_ADDRESS):
            raise Busy

    @asynccontextmanager
    async def enter(self, address: str) -> AsyncIterator[None]:
        """Wait in the queue, and stay inside until the end of the block.

        Raises:
            Busy: the wait was too long.
        """
        gate = self._gates.setdefault(address, _Gate(asyncio.Semaphore(MAX_INSIDE_PER_ADDRESS)))
        gate.count += 1
        self._count += 1
        try:
            async with _acquired(gate.semaphore), _acquired(self._semaphore):
                yield
        finally:
            self._count -= 1
            gate.count -= 1
            if not gate.count:
                del self._gates[address]


@asynccontextmanager
async def _acquired(semaphore: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(MAX_WAIT_SECONDS):
            await semaphore.acquire()
    except TimeoutError:
        raise Busy from None
    try:
        yield
    finally:
        semaphore.release()
