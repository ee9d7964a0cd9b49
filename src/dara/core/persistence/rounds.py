"""Rounds: calls that are combined while an earlier one is running."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

Item = TypeVar('Item')
Result = TypeVar('Result')
ITEMS_AT_ONCE: Final = 256


class Rounds(Generic[Item, Result]):
    """A queue of items, all of which the next call of `work` takes along when the present one has ended.

    Args:
        work: handles some items, and returns a result for each, or an exception to raise.
    """

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Result | Exception]]]) -> None:
        self._work = work
        self._queue: list[tuple[Item, asyncio.Future[Result]]] = []
        self._running: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """Return the result for `item`.

        If the caller is cancelled, an item that still waits is never handled; one under way is handled to the end.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        queued = (item, done)
        self._queue.append(queued)
        if self._running is None or self._running.done() or self._running.get_loop() is not loop:
            self._running = loop.create_task(self._run())
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            with contextlib.suppress(ValueError):  # it is under way
                self._queue.remove(queued)
            raise

    async def _run(self) -> None:
        while self._queue:
            taken, self._queue = self._queue[:ITEMS_AT_ONCE], self._queue[ITEMS_AT_ONCE:]
            try:
                results = await self._work([item for item, _ in taken])
            except BaseException as error:
                for _, done in taken:
                    _fail(done, error)
                if not isinstance(error, Exception):
                    raise
            else:
                for (_, done), result in zip(taken, results, strict=True):
                    if isinstance(result, Exception):
                        _fail(done, result)
                    elif not done.done():
                        done.set_result(result)


def _fail(done: asyncio.Future[Result], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
        done.exception()  # retrieved, in case that the caller was cancelled
