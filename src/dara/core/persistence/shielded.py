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
        return not all(task.done() for task in self._running)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task, and keep it until it has ended."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def wait(self) -> None:
        """Wait until no task is running on this event loop; tasks of other loops ended with theirs."""
        loop = asyncio.get_running_loop()
        while self._running_on(loop):
            await self.finish()

    async def finish(self) -> None:
        """Wait until the tasks have ended that are running now on this event loop."""
        running = self._running_on(asyncio.get_running_loop())
        if running:
            await asyncio.wait(running)

    def _running_on(self, loop: asyncio.AbstractEventLoop) -> set[asyncio.Task[None]]:
        return {task for task in self._running if task.get_loop() is loop}
