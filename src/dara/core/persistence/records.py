"""Which backends are in use in this process, and their records."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Final, Literal, Protocol, TypeAlias
from weakref import WeakMethod, WeakSet, WeakValueDictionary

from dara.core._app_code import is_ours
from dara.core._context import UserData
from dara.core.errors import BackendFailed, ConflictingIds, DaraError
from dara.core.persistence.backend import LoopLock, PersistenceBackend, call
from dara.core.persistence.checkpoints import Checkpoints
from dara.core.persistence.home import Home
from dara.core.persistence.listeners import is_listener
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.record import Record

SUBSCRIBE_SECONDS: Final = 10
IDLE_SECONDS: Final = 60
RECORDS: Final = 10_000
CROWDED_SECONDS: Final = 5
LOOK_SECONDS: Final = 0.25
LOOKS: Final = 4
TOLD_SECONDS: Final = 0.5
Kind: TypeAlias = Literal['global', 'user', 'custom']
logger = logging.getLogger('dara')


class Onlookers(Protocol):
    """Knows whose browsers show what."""

    def looking_at(self, record: Record) -> list[UserData]:
        """Return whose tabs show the record."""


class Records:
    """The records of one backend, and what it says of changes by others.

    A record that nobody has used for a while leaves memory. What is needed to go on where it was stays for a day.

    Attributes:
        onlookers: the running apps that have shown some of them.
    """

    def __init__(self, backend: PersistenceBackend) -> None:
        self.backend = backend
        self._kind: Kind | None = None
        self._first_store = ''
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._checkpoints = Checkpoints()
        self._listeners: dict[Callable[[Record], asyncio.Future[None] | None], None] = {}
        self._telling: set[asyncio.Future[None]] = set()
        self.onlookers: WeakSet[Onlookers] = WeakSet()
        self.home = Home(lambda: any(record.is_busy for record in self._records.values()))
        self._looking: asyncio.AbstractEventLoop | None = None
        self._is_subscribed = False
        self._subscribing = LoopLock()
        self._tasks: set[asyncio.Future[None]] = set()
        self._seen: Hashable | None = None
        self._failures = 0

    def __len__(self) -> int:
        """How many records are in memory."""
        return len(self._records)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be lost with this."""
        return not self._records and isinstance(self.backend, InMemoryBackend) and self.backend.is_empty

    async def idle(self) -> None:
        """Wait until nothing is being committed."""
        for record in list(self._records.values()):
            await record.wait_until_idle()

    def join(self, kind: Kind, store: str) -> None:
        """Take a store of that kind of scope among those over this backend.

        Raises:
            ConflictingIds: another store has another kind: a user may be called what is a key of that.
        """
        if self._kind is None:
            self._kind, self._first_store = kind, store
        elif kind != self._kind:
            raise ConflictingIds(
                f'{self.backend.describe()}: {self._first_store} and {store} share it, but the one has scope '
                f'{self._kind!r} and the other {kind!r}. Give each a backend of its own.'
            )

    def get(self, key: str) -> Record:
        """Return the record of `key`, the same for everybody who uses it at one time."""
        record = self._records.get(key)
        if record is None:
            self._forget_some()
            record = self._records[key] = Record(self.backend, key, self._on_commit, self._checkpoints.pop(key))
        self._records.move_to_end(key)
        record.touch()
        return record

    def forget_idle(self, idle_seconds: float = IDLE_SECONDS) -> None:
        """Let go of the records that nobody has used for that long."""
        for record in list(self._records.values()):
            if record.is_idle(idle_seconds):
                self._forget(record)

    async def told(self) -> None:
        """Wait until the sync listeners have heard of what was committed here, unless they take their time."""
        loop = asyncio.get_running_loop()
        telling = {each for each in self._telling if each.get_loop() is loop}
        if telling and not is_listener():
            await asyncio.wait(telling, timeout=TOLD_SECONDS)

    def on_change(self, listener: Callable[[Record], asyncio.Future[None] | None]) -> Callable[[], None]:
        """Call `listener`, which waits for nothing, after every commit; return what stops that."""
        self._listeners[listener] = None
        return lambda: self._listeners.pop(listener, None)

    def _forget_some(self) -> None:
        """Look at the least recently used two, so that memory follows use however many keys there are."""
        seconds = IDLE_SECONDS if len(self._records) < RECORDS else CROWDED_SECONDS
        for record in list(islice(self._records.values(), 2)):
            if record.is_idle(seconds):
                self._forget(record)

    def _forget(self, record: Record) -> None:
        del self._records[record.key]
        checkpoint = record.evict()
        if checkpoint:
            self._checkpoints.put(record.key, checkpoint)

    def _on_commit(self, record: Record) -> None:
        for listener in list(self._listeners):
            telling = listener(record)
            if telling is not None:
                self._telling.add(telling)
                telling.add_done_callback(self._telling.discard)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def follow(self) -> None:
        """Take in what the backend says of changes by others, from now on and on this loop.

        Raises:
            BackendFailed: the backend raised.
        """
        loop = asyncio.get_running_loop()
        if self._looking is not loop:
            self._looking = loop
            if self._has_stamp:
                self._look_soon(loop)
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
                await call(self.backend, self.backend.subscribe, self._on_value)
        except TimeoutError as error:
            raise BackendFailed(
                f'{where}: subscribe() has not returned for {SUBSCRIBE_SECONDS} s. It arranges that the callback is '
                'called and returns; start what listens as a task or a thread of its own.'
            ) from error
        except Exception as error:
            raise BackendFailed(f'{where}: could not subscribe: {error}') from error

    @property
    def _has_stamp(self) -> bool:
        """Whether the backend can say quickly that others have changed something, and does not tell by itself."""
        is_asked = type(self.backend).outside_stamp is not PersistenceBackend.outside_stamp
        return is_asked and not self.backend.has_feed and not isinstance(self.backend, InMemoryBackend)

    def _look_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        look = WeakMethod(self._look)  # whoever looks keeps nobody in memory, and no loop from ending

        def look_if_in_use() -> None:
            found = look()
            if found:
                found(loop)

        loop.call_later(LOOK_SECONDS, look_if_in_use)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Show what others have changed soon after, to those who look at it without asking."""
        if self._looking is not loop:
            return
        if is_ours(self.backend.outside_stamp):  # and quick
            self._look_soon(loop)
            self._compare(self.backend.outside_stamp)
        else:
            self._start(self._ask(loop))

    async def _ask(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            stamp = await call(self.backend, self.backend.outside_stamp)
        except Exception:  # whoever reads or writes is told
            return
        else:
            self._compare(lambda: stamp)
        finally:
            self._look_soon(loop)

    def _compare(self, ask: Callable[[], Hashable | None]) -> None:
        try:
            stamp = ask()
        except Exception:  # whoever reads or writes is told
            return
        if stamp is not None and stamp != self._seen:
            self._start(self._take_in(stamp))

    async def _take_in(self, stamp: Hashable) -> None:
        """Read all that is in use; if that cannot be read, try again a few times, and say so once."""
        seen, self._seen = self._seen, stamp
        try:
            for record in list(self._records.values()):
                await record.refresh()
        except DaraError as error:
            self._failures += 1
            if self._failures < LOOKS:
                self._seen = seen
            elif self._failures == LOOKS:
                logger.error('%s', error)
        else:
            self._failures = 0

    def _on_value(self, *announced: Any) -> Any:
        """Called by the backend, in any thread: with a key and a value, with a value, or with nothing."""
        loop = self.home.loop
        if loop is None:
            return None
        keys = [announced[0]] if len(announced) > 1 else list(self._records)
        with suppress(RuntimeError):  # it was closed just now
            loop.call_soon_threadsafe(lambda: self._start(self._reread(keys)))
        return _Done()

    async def _reread(self, keys: list[str]) -> None:
        for key in keys:
            try:
                if key in self._records:
                    await self._records[key].reread()
                elif self._listeners and isinstance(key, str):
                    record = self.get(key)
                    await record.load()
                    self._on_commit(record)
            except DaraError as error:
                logger.error('%s', error)


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
