"""Changes of a backend's data by others: its feed, or regular checks of its stamp."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Hashable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final
from weakref import WeakMethod

from dara.core._app_code import is_ours
from dara.core.errors import BackendFailed, DaraError
from dara.core.persistence.backend import LoopLock, PersistenceBackend, call
from dara.core.persistence.commit_listeners import CommitListeners
from dara.core.persistence.home import Home
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.record import Record
from dara.core.persistence.scope import GLOBAL_KEY

SUBSCRIBE_SECONDS: Final = 10
CHECK_SECONDS: Final = 0.25
RETRY_SECONDS: Final = 0.5
MAX_DOUBLINGS: Final = 6
REPORTED_FAILURES: Final = 3
logger = logging.getLogger('dara')


class ExternalChanges:
    """Follows the changes that others make in a backend, and has them read.

    Args:
        home: the event loop to which the records belong.
        records: the records in memory, by key; a view of the present ones.
        listeners: those that are told of commits. They hear of keys that are not in memory, too.
        reread: reads the value of a key again if it is outdated, and publishes it.
        tell: reads the value of a key, and tells the listeners of it, though it may be known here already.
    """

    def __init__(
        self,
        backend: PersistenceBackend,
        home: Home,
        records: Mapping[str, Record],
        listeners: CommitListeners,
        reread: Callable[[str], Awaitable[None]],
        tell: Callable[[str], Awaitable[None]],
    ) -> None:
        self._backend = backend
        self._home = home
        self._records = records
        self._listeners = listeners
        self._reread = reread
        self._tell = tell
        self._notes_keys = False
        self._committed: set[str] = set()  # keys in memory whose changes the backend may report as those of others
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_subscribed = False
        self._subscribing = LoopLock()
        self._tasks: set[asyncio.Future[None]] = set()
        self._stamp: Hashable | None = None
        self._failures: dict[str, int] = {}  # of keys that could not be read again
        self._is_retrying = False

    async def watch(self) -> None:
        """Start to follow external changes of all keys on this event loop, if that has not been done.

        Raises:
            BackendFailed: the backend raised.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._failures.clear()  # the records know that they are outdated, and the next use reads them
            self._is_retrying = False
            if self._has_stamp:
                self._later(CHECK_SECONDS, self._check)
        if self._listeners and self._has_stamp and self._names_keys and not self._notes_keys:
            with suppress(Exception):  # it is reported to the next reader or writer, and tried again
                await call(self._backend, self._backend.changed_keys)
                self._notes_keys = True
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

    @property
    def _names_keys(self) -> bool:
        return type(self._backend).changed_keys is not PersistenceBackend.changed_keys

    def note_commit(self, key: str) -> None:
        """Note that a record has committed a key, and that the listeners know."""
        if self._notes_keys:
            self._committed.add(key)

    def forget(self, key: str) -> None:
        """Note that the record of a key has left memory."""
        self._committed.discard(key)

    @staticmethod
    def _later(seconds: float, method: Callable[[asyncio.AbstractEventLoop], None]) -> None:
        """Call a method of such an object after a time, on this event loop."""
        loop = asyncio.get_running_loop()
        method_in_use = WeakMethod(method)  # the timer keeps neither the object nor the loop alive

        def call_if_in_use() -> None:
            found = method_in_use()
            if found:
                found(loop)

        loop.call_later(seconds, call_if_in_use)

    def _check(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not loop:
            return
        if is_ours(self._backend.outside_stamp):  # and fast
            self._later(CHECK_SECONDS, self._check)
            self._compare(self._backend.outside_stamp)
        else:
            self._start(self._check_in_thread())

    async def _check_in_thread(self) -> None:
        with suppress(Exception):  # reported to the next reader or writer
            stamp = await call(self._backend, self._backend.outside_stamp)
            self._compare(lambda: stamp)
        self._later(CHECK_SECONDS, self._check)  # unless the loop ends

    def _compare(self, stamp_of: Callable[[], Hashable | None]) -> None:
        try:
            stamp = stamp_of()
        except Exception:  # reported to the next reader or writer
            return
        if stamp is not None and stamp != self._stamp:
            self._stamp = stamp
            self._start(self._read_changed())

    async def _read_changed(self) -> None:
        """Read all keys in memory again, and tell the listeners of others that the backend can name."""
        await self._read_again(list(self._records))
        if self._notes_keys:
            await self._tell_changed()

    async def _tell_changed(self) -> None:
        before, self._committed = self._committed, set()
        try:
            changed = await call(self._backend, self._backend.changed_keys)
        except Exception:  # reported to the next reader or writer
            self._committed |= before
            self._later(RETRY_SECONDS, self._retry_changed)
            return
        committed = before | self._committed  # whose present values, if they are in memory, the listeners know
        await self._read_again([key for key in changed if key not in committed], self._tell)
        await self._read_again([key for key in changed if key in committed])

    def _retry_changed(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is loop:
            self._start(self._tell_changed())

    def _on_value(self, *announced: Any) -> Any:
        """Receive an announcement of the backend in any thread: a key and a value, a value, or nothing."""
        keys = [announced[0]] if len(announced) > 1 else list(self._records)
        if len(announced) == 1:
            keys.append(GLOBAL_KEY)
        keys = [key for key in dict.fromkeys(keys) if isinstance(key, str)]
        for key in keys:
            record = self._records.get(key)
            if record:
                record.hear(None)  # whatever comes of the reading now, later users read it
        loop = self._home.loop
        if loop is None:
            return None
        with suppress(RuntimeError):  # the loop was closed just now
            loop.call_soon_threadsafe(lambda: self._start(self._read_again(keys)))
        return _Done()

    async def _read_again(self, keys: Collection[str], read: Callable[[str], Awaitable[None]] | None = None) -> None:
        """Read keys again, and those that cannot be read once more after a pause: the pages that show them wait."""
        for key in keys:
            try:
                await (read or self._reread)(key)
            except DaraError as error:
                self._failures[key] = self._failures.get(key, 0) + 1
                if self._failures[key] == REPORTED_FAILURES:  # a file that is just being written is whole soon
                    logger.error('%s', error)
            else:
                self._failures.pop(key, None)
        if self._failures and not self._is_retrying:
            self._is_retrying = True
            doublings = min(*self._failures.values(), MAX_DOUBLINGS + 1) - 1
            self._later(RETRY_SECONDS * 2**doublings, self._retry)

    def _retry(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is loop:
            self._is_retrying = False
            self._start(self._read_again(list(self._failures)))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Done:
    """An awaitable that is done, for a backend that awaits the callback while the record waits for the backend."""

    def __await__(self) -> Iterator[None]:
        return iter(())
