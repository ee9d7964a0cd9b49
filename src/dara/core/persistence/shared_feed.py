"""`SharedFeed`: passes the commits of all servers to the records of one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine
from functools import partial
from typing import Any, Final
from weakref import WeakMethod

from dara.core._metrics import METRICS
from dara.core._outages import OUTAGES
from dara.core.errors import BackendFailed, DaraError, InvalidConfig, WrongVersion
from dara.core.persistence.changelog import Update
from dara.core.persistence.commit_listeners import CommitListeners
from dara.core.persistence.outside_commits import OutsideCommits
from dara.core.persistence.record import Record
from dara.core.persistence.rounds import Rounds
from dara.core.persistence.shared import NO_TIP, SharedBackend

SAMPLE_SECONDS: Final = 30
CLOSE_SECONDS: Final = 1
logger = logging.getLogger('dara')


class SharedFeed:
    """Follows the commits of all servers in a shared backend, for the records in memory.

    A feed may lose what it reports. A record notices a gap by the tips, and asks the backend. A regular sample of the
    tips finds a loss at the end.

    Args:
        record: returns the record in memory of a key, if there is one.
        keys: returns the keys of the records in memory.
        listeners: those that are told of commits.
        tell: tells them of the present value of a key.
    """

    def __init__(
        self,
        backend: SharedBackend,
        record: Callable[[str], Record | None],
        keys: Callable[[], Collection[str]],
        listeners: CommitListeners,
        tell: Callable[[str], Awaitable[None]],
    ) -> None:
        self._backend = backend
        self._listeners = listeners
        self._outside = OutsideCommits(backend, tell)
        self._record = record
        self._keys = keys
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_watching = False
        self._served: set[str] = set()
        self._surplus: set[str] = set()  # keys that are reported, though no record needs them
        self._serving = Rounds(self._serve)
        self._tasks: set[asyncio.Future[None]] = set()
        self._sampling: asyncio.TimerHandle | None = None

    async def watch(self, key: str) -> None:
        """Follow the commits of a key on this event loop. Whatever is committed after that is reported.

        Raises:
            BackendFailed: the backend raised.
        """
        self._begin()
        if key not in self._served:
            await self._serving.submit(key)

    async def watch_outside(self) -> None:
        """Tell the listeners of commits past the stores, of all keys. Raises what `watch` does."""
        self._begin()
        try:
            await self._watch()
            await self._within(self._backend.watch_outside(self._on_outside))
        except InvalidConfig:
            raise
        except Exception as error:
            raise self._failed(error) from error

    def _begin(self) -> None:
        """Begin on this event loop, if that has not been done."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._is_watching = False
            self._served.clear()
            self._sample_later(loop)

    async def _watch(self) -> None:
        if not self._is_watching:
            await self._within(self._backend.watch(self._on_update, self._on_loss))
            self._is_watching = True

    def _failed(self, error: Exception) -> BackendFailed:
        reason = str(error) or f'no answer within {self._backend.seconds_per_call:g} s'
        return BackendFailed(f'{self._backend.describe()}: could not follow it: {reason}')

    def forget(self, key: str) -> None:
        """Note that the record of a key has left memory: the next call that follows another key ends following this."""
        if key in self._served:
            self._served.remove(key)
            self._surplus.add(key)

    async def close(self, records: Collection[Record]) -> None:
        """Flush the records, and release the connections, each within a second; the next `watch` starts again."""
        if self._sampling:
            self._sampling.cancel()
        for task in self._tasks:
            task.cancel()
        self._loop = None
        self._is_watching = False
        self._served.clear()
        self._surplus.clear()
        for record in records:
            record.hear(None)  # what is committed from now on is missed
        for step in (partial(_flush, records), self._outside.close, self._backend.close):
            try:
                async with asyncio.timeout(CLOSE_SECONDS):
                    await step()
            except Exception as error:
                reason = str(error) or f'it took more than {CLOSE_SECONDS} s'
                logger.warning('%s: could not be closed in order: %s', self._backend.describe(), reason)

    async def _serve(self, keys: Collection[str]) -> list[None]:
        """Serve keys, and drop those whose records have left memory. It takes no time for the others."""
        added = set(keys) - self._served
        self._surplus -= added
        dropped = set(self._surplus)
        try:
            await self._watch()
            await self._within(self._backend.serve(added, dropped))
        except Exception as error:
            raise self._failed(error) from error
        self._surplus -= dropped  # a key that is used again meanwhile is served again by the next call
        self._served |= added
        return [None] * len(keys)

    async def _within(self, work: Awaitable[None]) -> None:
        async with asyncio.timeout(self._backend.seconds_per_call):
            await work

    def _on_update(self, key: str, update: Update) -> None:
        record = self._record(key) if self._loop else None
        if record and record.hear(update):
            self._start(record.adopt_news())

    def _on_outside(self, key: str, tip: str) -> None:
        if self._loop and self._listeners.want(key):
            self._outside.hear(key, tip)

    def _on_loss(self, keys: Collection[str] | None) -> None:
        METRICS.feed_losses.add((self._backend._kind,))
        for key in self._keys() if keys is None else keys:
            record = self._record(key)
            if record:
                record.hear(None)
                self._start(record.adopt_news())

    def _sample_later(self, loop: asyncio.AbstractEventLoop) -> None:
        start = WeakMethod(self._start_sample)  # the timer keeps neither this object nor the loop alive

        def sample_if_in_use() -> None:
            found = start()
            if found:
                found(loop)

        self._sampling = loop.call_later(SAMPLE_SECONDS, sample_if_in_use)

    def _start_sample(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is loop:
            self._start(self._sample(loop))

    async def _sample(self, loop: asyncio.AbstractEventLoop) -> None:
        """Compare the tips of all records with those in the backend."""
        try:
            keys = set(self._keys())
            tips = await self._backend.tips(keys)
            behind = [key for key in keys if self._is_behind(key, tips.get(key, NO_TIP))]
            if behind:
                self._on_loss(behind)
        except Exception as error:
            logger.warning('%s: could not be compared: %s', self._backend.describe(), error)
        finally:
            if self._loop is loop:
                self._sample_later(loop)

    def _is_behind(self, key: str, tip: str) -> bool:
        record = self._record(key)
        return record is not None and record.tip != tip

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, WrongVersion):  # at every commit of a newer server
            OUTAGES.failed(self._backend.describe(), '', error, is_ours=True)
        elif isinstance(error, DaraError):
            logger.error('%s', error)
        elif error:
            logger.error('%s: an update could not be adopted', self._backend.describe(), exc_info=error)


async def _flush(records: Collection[Record]) -> None:
    for record in records:
        await record.wait_until_idle()
        await record.flush()
