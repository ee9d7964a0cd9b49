"""Tasks that finish even if their callers are cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class ShieldedTasks:
    """The running tasks of one owner, shielded from the cancellation of whoever waits for them."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    @property
    def are_running(self) -> bool:
        """True while a task is running."""
        return bool(self._running)

    async def run(
        self, work: Coroutine[Any, Any, None], limit: float | None, result: asyncio.Future[Any] | None = None
    ) -> bool:
        """Start `work`, and wait until it has ended or `result` is there, `limit` seconds at most.

        Return whether that happened in time.
        """
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._end)
        awaited = {task} if result is None else {task, result}
        done, _ = await asyncio.wait(awaited, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            task.result()
        return bool(done)

    async def wait(self) -> None:
        """Wait until no task is running on this event loop; tasks of other loops ended with theirs."""
        loop = asyncio.get_running_loop()
        while running := {task for task in self._running if task.get_loop() is loop}:
            await asyncio.wait(running)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, in case that the caller was cancelled
