"""Upkeep of `RedisBackend`: stores the values that a server has left to the log when it ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

PAUSE_SECONDS: Final = 3
"""The time without commits after which another server has failed to store a value."""
logger = logging.getLogger('dara')
Stale: TypeAlias = Sequence[tuple[str, str]]
"""Keys whose values are older than their latest edits, and their tips."""


class Upkeep:
    """A task that looks at a few records after another.

    Args:
        look: returns what is stale among the next records after a cursor, and the cursor after these.
        store: stores the value of a key, if its tip is still this one.
    """

    def __init__(
        self, look: Callable[[bytes], Awaitable[tuple[Stale, bytes]]], store: Callable[[str, str], Awaitable[None]]
    ) -> None:
        self._look = look
        self._store = store
        self._cursor = b'0'
        self._stale: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start on this event loop, unless that has been done."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._run())

    def note(self, key: str, tip: str) -> None:
        """Note that a value is stale, which its server may still store."""
        if self._task:
            self._stale[key] = tip

    async def close(self) -> None:
        """End."""
        task, self._task = self._task, None
        if task and task.get_loop() is asyncio.get_running_loop():
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await self._step()
            except Exception as error:
                logger.debug('upkeep of Redis: %s', error)

    async def _step(self) -> None:
        stale, self._stale = self._stale, {}
        for key, tip in stale.items():
            await self._store(key, tip)
        found, self._cursor = await self._look(self._cursor)
        self._stale.update(found)
