"""Changes of a backend's data by others: its feed, or regular checks of its stamp."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterator
from contextlib import suppress
from typing import Any, Final
from weakref import WeakMethod

from dara.core._app_code import is_ours
from dara.core.errors import BackendFailed, DaraError
from dara.core.persistence.backend import LoopLock, PersistenceBackend, call
from dara.core.persistence.home import Home
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.record import Record

SUBSCRIBE_SECONDS: Final = 10
CHECK_SECONDS: Final = 0.25
CHECK_ATTEMPTS: Final = 4
logger = logging.getLogger('dara')


class ExternalChanges:
    """Follows the changes that others make in a backend, and has them read.

    Args:
        home: the event loop to which the records belong.
        records: returns the records in memory.
        reread: reads the value of a key again and publishes it.
    """

    def __init__(
        self,
        backend: PersistenceBackend,
        home: Home,
        records: Callable[[], list[Record]],
        reread: Callable[[str], Awaitable[None]],
    ) -> None:
        self._backend = backend
        self._home = home
        self._records = records
        self._reread = reread
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_subscribed = False
        self._subscribing = LoopLock()
        self._tasks: set[asyncio.Future[None]] = set()
        self._stamp: Hashable | None = None
        self._failures = 0

    async def watch(self, _: str) -> None:
        """Start to follow external changes of all keys on this event loop, if that has not been done.

        Raises:
            BackendFailed: the backend raised.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            if self._has_stamp:
                self._check_soon(loop)
        if self._is_subscribed or not self._backend._has_feed:
            return
        async with self._subscribing:
            if not self._is_subscribed:
                await self._subscribe()
                self._is_subscribed = True

    async def _subscribe(self) -> None:
        where = self._backend.describe()
        try:
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await call(self._backend, self._backend.subscribe, self._on_value)
        except TimeoutError as error:
            raise BackendFailed(
                f'{where}: subscribe() has not returned for {SUBSCRIBE_SECONDS} s. It arranges that the callback is '
                'called and returns; start what listens as a task or a thread of its own.'
            ) from error
        except Exception as error:
            raise BackendFailed(f'{where}: could not subscribe: {error}') from error

    @property
    def _has_stamp(self) -> bool:
        """True if the backend has a stamp to check, and no feed."""
        is_checked = type(self._backend).outside_stamp is not PersistenceBackend.outside_stamp
        return is_checked and not self._backend._has_feed and not isinstance(self._backend, InMemoryBackend)

    def _check_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        check = WeakMethod(self._check)  # the timer keeps neither this object nor the loop alive

        def check_if_in_use() -> None:
            found = check()
            if found:
                found(loop)

        loop.call_later(CHECK_SECONDS, check_if_in_use)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not loop:
            return
        if is_ours(self._backend.outside_stamp):  # and fast
            self._check_soon(loop)
            self._compare(self._backend.outside_stamp)
        else:
            self._start(self._check_in_thread(loop))

    async def _check_in_thread(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            stamp = await call(self._backend, self._backend.outside_stamp)
        except Exception:  # reported to the next reader or writer
            return
        else:
            self._compare(lambda: stamp)
        finally:
            self._check_soon(loop)

    def _compare(self, stamp_of: Callable[[], Hashable | None]) -> None:
        try:
            stamp = stamp_of()
        except Exception:  # reported to the next reader or writer
            return
        if stamp is not None and stamp != self._stamp:
            self._start(self._refresh(stamp))

    async def _refresh(self, stamp: Hashable) -> None:
        """Read all records in memory again. A failure is tried again a few times, then logged once."""
        before, self._stamp = self._stamp, stamp
        try:
            for record in self._records():
                await record.refresh()
        except DaraError as error:
            self._failures += 1
            if self._failures < CHECK_ATTEMPTS:
                self._stamp = before
            elif self._failures == CHECK_ATTEMPTS:
                logger.error('%s', error)
        else:
            self._failures = 0

    def _on_value(self, *announced: Any) -> Any:
        """Receive an announcement of the backend in any thread: a key and a value, a value, or nothing."""
        loop = self._home.loop
        if loop is None:
            return None
        keys = [announced[0]] if len(announced) > 1 else [record.key for record in self._records()]
        with suppress(RuntimeError):  # the loop was closed just now
            loop.call_soon_threadsafe(lambda: self._start(self._reread_all(keys)))
        return _Done()

    async def _reread_all(self, keys: list[str]) -> None:
        for key in keys:
            try:
                await self._reread(key)
            except DaraError as error:
                logger.error('%s', error)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Done:
    """An awaitable that is done, for a backend that awaits the callback while the record waits for the backend."""

    def __await__(self) -> Iterator[None]:
        return iter(())
