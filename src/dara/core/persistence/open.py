"""Which backends are in use in this process, and their records."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable, Iterator
from typing import Any, Final
from weakref import WeakValueDictionary

from dara.core.errors import BackendFailed, DaraError
from dara.core.persistence.backend import LoopLock, PersistenceBackend, call
from dara.core.persistence.record import Record

SUBSCRIBE_SECONDS: Final = 10
log = logging.getLogger('dara')


class Records:
    """The records of one backend, and what it says of changes by others."""

    def __init__(self, backend: PersistenceBackend) -> None:
        self.backend = backend
        self._records: dict[str, Record] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_subscribed = False
        self._subscribing = LoopLock()
        self._rereading: set[asyncio.Task[None]] = set()

    def get(self, key: str) -> Record:
        """Return the record of `key`, always the same."""
        if key not in self._records:
            self._records[key] = Record(self.backend, key)
        return self._records[key]

    async def follow(self) -> None:
        """Take in what the backend says of changes by others, from now on and on this loop.

        Raises:
            BackendFailed: the backend raised.
        """
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.get_running_loop()
        if self._is_subscribed or not self.backend.has_feed:
            return
        async with self._subscribing:
            if not self._is_subscribed:
                await self._subscribe()
                self._is_subscribed = True

    async def _subscribe(self) -> None:
        where = self.backend.describe()
        try:
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await call(self.backend.subscribe, self._on_value)
        except TimeoutError as error:
            raise BackendFailed(
                f'{where}: subscribe() has not returned for {SUBSCRIBE_SECONDS} s. It arranges that the callback is '
                'called and returns; start what listens as a task or a thread of its own.'
            ) from error
        except Exception as error:
            raise BackendFailed(f'{where}: could not subscribe: {error}') from error

    def _on_value(self, *announced: Any) -> Any:
        """Called by the backend, in any thread: with a key and a value, with a value, or with nothing."""
        if self._loop is None or self._loop.is_closed():
            return None
        keys = [announced[0]] if len(announced) > 1 else list(self._records)
        self._loop.call_soon_threadsafe(self._start_rereading, keys)
        return _Done()

    def _start_rereading(self, keys: list[str]) -> None:
        task = asyncio.ensure_future(self._reread(keys))
        self._rereading.add(task)
        task.add_done_callback(self._rereading.discard)

    async def _reread(self, keys: list[str]) -> None:
        for key in keys:
            if key in self._records:
                try:
                    await self._records[key].reread()
                except DaraError as error:
                    log.error('%s', error)


class OpenBackends:
    """Which backends are in use in this process: two of one identity share their records."""

    def __init__(self) -> None:
        self._records: WeakValueDictionary[Hashable, Records] = WeakValueDictionary()

    def records(self, backend: PersistenceBackend, identity: Hashable) -> Records:
        """Return the records of the backend of that identity, as long as somebody holds them."""
        return self._records.setdefault(identity, Records(backend))


OPEN_BACKENDS: Final = OpenBackends()


class _Done:
    """What a backend may await after it called us: nothing. It must not wait for a record that waits for it."""

    def __await__(self) -> Iterator[None]:
        return iter(())
