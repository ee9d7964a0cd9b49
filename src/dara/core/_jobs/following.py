"""`Following`: calls of a function of the app with the progress of a job."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, TypeAlias

from dara.core._jobs.jobs import Jobs
from dara.core._jobs.messages import Progress
from dara.core.progress import TaskProgressUpdate

OnProgress: TypeAlias = Callable[[TaskProgressUpdate], Awaitable[None] | None]


async def run_followed(jobs: Jobs, call: Callable[[], Any], on_progress: OnProgress | None, key: str | None) -> Any:
    """Run a job, and pass its progress to a function. Raises what `Jobs.run_alone` does."""
    if on_progress is None:
        return await jobs.run_alone(key, call, lambda _: None)
    async with Following(on_progress) as follow:
        return await jobs.run_alone(key, call, follow)


class Following:
    """A task that passes the newest progress to a function, one after another, while the body runs.

    An error of the function is raised at the end of the body, unless that has failed itself.
    """

    def __init__(self, function: OnProgress) -> None:
        self._function = function
        self._changed = asyncio.Event()
        self._newest: Progress | None = None
        self._is_over = False

    async def __aenter__(self) -> Callable[[Progress], None]:
        self._task = asyncio.create_task(self._run())
        return self._note

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        self._changed.set()
        if error is None:
            await self._task
            return
        self._task.cancel()
        with contextlib.suppress(BaseException):
            await self._task

    def _note(self, progress: Progress) -> None:
        self._newest = progress
        self._changed.set()

    async def _run(self) -> None:
        task_id = f'task-{id(self):x}'
        while self._newest or not self._is_over:
            await self._changed.wait()
            self._changed.clear()
            newest, self._newest = self._newest, None
            if newest:
                result = self._function(TaskProgressUpdate(task_id, newest.percent, newest.message))
                if inspect.isawaitable(result):
                    await result
