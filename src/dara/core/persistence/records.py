"""The records of each backend in this process, and the registry of the backends in use."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypeAlias
from weakref import WeakSet, WeakValueDictionary

from dara.core._context import UserData
from dara.core._loops import SERVER_LOOPS, running_loop
from dara.core._metrics import METRICS
from dara.core.errors import BackendFailed, ConflictingIds, DaraError, InvalidConfig
from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.checkpoints import Checkpoints
from dara.core.persistence.commit_listeners import CommitListener, CommitListeners
from dara.core.persistence.external import ExternalChanges
from dara.core.persistence.handover import take_over
from dara.core.persistence.home import Home
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.record import Record
from dara.core.persistence.versions import UNVERSIONED, Versions

if TYPE_CHECKING:
    from dara.core.persistence.shared_feed import SharedFeed

IDLE_SECONDS: Final = 60
MAX_RECORDS: Final = 10_000
CROWDED_SECONDS: Final = 5
FOLLOW_SECONDS: Final = 5
"""The longest pause between attempts to follow a backend for the listeners."""
Kind: TypeAlias = Literal['global', 'user', 'custom']

logger = logging.getLogger('dara')


class Viewers(Protocol):
    """A running app that knows which users' tabs show a record."""

    def looking_at(self, record: Record) -> list[UserData]:
        """Return the users whose tabs show the record."""


class _Member(NamedTuple):
    """A store over a backend."""

    kind: Kind
    store: str
    versions: Versions


class Records:
    """The records of one backend.

    An idle record is evicted. Its checkpoint stays in a bounded table, so that the next record of its key resumes.

    Attributes:
        apps: the running apps that may use the backend.
        viewers: the running apps that have shown any of them.
        home: the event loop to which the records belong.
    """

    def __init__(self, backend: PersistenceBackend) -> None:
        self.backend = backend
        self.apps: WeakSet[Any] = WeakSet()
        self.viewers: WeakSet[Viewers] = WeakSet()
        self.home = Home(lambda: any(record.is_busy for record in self._records.values()))
        self._members: dict[str, _Member] = {}  # the first store below each prefix
        self._is_divided = False
        self._records: OrderedDict[str, Record] = OrderedDict()
        self._checkpoints = Checkpoints()
        self._listeners = CommitListeners()
        self._following: asyncio.Task[None] | None = None
        self._others = self._followed()
        self._bulkhead = backend._dara_bulkhead

    def __len__(self) -> int:
        """Return the number of records in memory."""
        return len(self._records)

    @property
    def is_empty(self) -> bool:
        """True if dropping the records and their backend would lose no value."""
        return not self._records and isinstance(self.backend, InMemoryBackend) and self.backend._is_empty

    async def wait_until_idle(self) -> None:
        """Wait until no commit is running."""
        for record in list(self._records.values()):
            await record.wait_until_idle()

    async def finish(self) -> None:
        """Wait for the commits that are running or waiting now. Later ones may follow for ever."""
        for record in list(self._records.values()):
            await record.finish()

    def divide(self) -> None:
        """Give each store keys of its own, below a prefix.

        Raises:
            ConflictingIds: a store uses the keys as they are.
        """
        if '' in self._members:
            raise self._divided(self._members[''].store)
        self._is_divided = True

    def join(self, kind: Kind, store: str, prefix: str = '', versions: Versions = UNVERSIONED) -> None:
        """Register a store with that kind of scope and that version of its values, whose keys begin with `prefix`.

        Raises:
            ConflictingIds: another store has another kind of scope, in which keys have another meaning, or another
                version; or the keys are divided, and the store has no prefix.
        """
        if self._is_divided and not prefix:
            raise self._divided(store)
        first = self._members.setdefault(prefix, _Member(kind, store, versions))
        if versions.version != first.versions.version:
            raise ConflictingIds(
                f'{self.backend.describe()}: {first.store} and {store} share it, but not their version '
                f'({first.versions.version} and {versions.version}). Give both the same, or each a backend of its own.'
            )
        if kind != first.kind:
            raise ConflictingIds(
                f'{self.backend.describe()}: {first.store} and {store} share it, but the one has scope '
                f'{first.kind!r} and the other {kind!r}. Give each a backend of its own.'
            )

    def _divided(self, store: str) -> ConflictingIds:
        return ConflictingIds(
            f'{self.backend.describe()}: {store} has it as its own backend, and an app has it as config.backend, where '
            'each store has keys of its own. Give the store another backend, or none.'
        )

    def get(self, key: str) -> Record:
        """Return the record of `key`, the same object to all users at any one time."""
        record = self._records.get(key)
        if record is None:
            self._evict_some()
            checkpoint = self._checkpoints.pop(key)
            record = self._records[key] = Record(self.backend, key, self._on_commit, checkpoint, self._versions_of(key))
        self._records.move_to_end(key)
        record.touch()
        return record

    def find(self, key: str) -> Record | None:
        """Return the record of `key` if it is in memory."""
        return self._records.get(key)

    def _versions_of(self, key: str) -> Versions:
        """Return the version of the store to which a key belongs."""
        prefix = key[: key.find('/') + 1] if self._is_divided else ''
        return self._members[prefix].versions if prefix in self._members else UNVERSIONED

    def evict_idle(self, idle_seconds: float = IDLE_SECONDS) -> None:
        """Evict the records that have been unused for that long."""
        for record in list(self._records.values()):
            if record.is_idle(idle_seconds):
                self._evict(record)

    async def serve_alone(self) -> None:
        """Be the one server of a backend that servers cannot share.

        Raises:
            InvalidConfig: another server serves it.
        """
        await take_over(self.backend._claim, self.backend.describe())

    async def close(self) -> None:
        """Store what waits for that, and let other servers use the backend. The next use opens it again."""
        if self._following:
            self._following.cancel()
        self._following = None
        await self.backend._release()
        if not isinstance(self._others, ExternalChanges):
            await self._others.close(list(self._records.values()))

    async def watch(self, key: str) -> None:
        """Start to follow the changes by others of a key on this event loop, if that has not been done.

        Raises:
            BackendFailed: the backend raised.
        """
        if self._listeners:
            self._start_following()
        try:
            await (self._others.watch() if isinstance(self._others, ExternalChanges) else self._others.watch(key))
        except BackendFailed:
            METRICS.backend_errors.add((self.backend._kind, 'follow'))
            self._bulkhead.note_failure('follow')
            raise
        self._bulkhead.note_success('follow')

    async def _watch_for_listeners(self) -> None:
        await self.home.claim()
        others = self._others
        await (others.watch() if isinstance(others, ExternalChanges) else others.watch_outside())

    async def wait_for_listeners(self) -> None:
        """Wait until the sync listeners have seen the commits made here, for half a second at most."""
        await self._listeners.wait()

    def on_change(self, listener: CommitListener, wants: Callable[[str], bool]) -> Callable[[], None]:
        """Call `listener` after every commit of a key that it wants; return a function that unsubscribes it."""
        forget = self._listeners.add(listener, wants)
        self.follow()
        return forget

    def follow(self) -> None:
        """Follow the changes by others for the listeners from now on, if there are any, and an event loop runs."""
        loop = SERVER_LOOPS.current() or running_loop()
        if loop and self._listeners:
            with suppress(RuntimeError):  # it was closed just now
                loop.call_soon_threadsafe(self._start_following)

    def _start_following(self) -> None:
        loop = asyncio.get_running_loop()
        if self._following is None or self._following.get_loop() is not loop:
            self._following = loop.create_task(self._follow())

    async def _follow(self) -> None:
        pause = 0.1
        while self._listeners:
            try:
                await self.home.run(self._watch_for_listeners)
            except InvalidConfig:  # of which the backend has warned
                return
            except (DaraError, OSError) as error:
                logger.info('%s: listeners hear of no changes by others yet: %s', self.backend.describe(), error)
            else:
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, FOLLOW_SECONDS)

    def _followed(self) -> ExternalChanges | SharedFeed:
        """Return what follows the changes by others."""
        if not self.backend._is_shared:
            return ExternalChanges(self.backend, self.home, self._records, self._listeners, self._reread, self._tell)
        from dara.core.persistence.shared import SharedBackend  # loaded when used
        from dara.core.persistence.shared_feed import SharedFeed

        assert isinstance(self.backend, SharedBackend)
        return SharedFeed(self.backend, self._records.get, self._records.keys, self._listeners, self._tell)

    def _evict_some(self) -> None:
        """Evict the least recently used two if they are idle, so that memory follows use and not the number of keys."""
        seconds = IDLE_SECONDS if len(self._records) < MAX_RECORDS else CROWDED_SECONDS
        for record in list(islice(self._records.values(), 2)):
            if record.is_idle(seconds):
                self._evict(record)

    def _evict(self, record: Record) -> None:
        del self._records[record.key]
        self._others.forget(record.key)
        checkpoint = record.evict()
        if checkpoint:
            self._checkpoints.put(record.key, checkpoint)

    def _on_commit(self, record: Record) -> None:
        if isinstance(self._others, ExternalChanges):
            self._others.note_commit(record.key)
        self._listeners.notify(record)

    async def _reread(self, key: str) -> None:
        """Read a key that others have changed: a record in memory, or one for the listeners."""
        record = self._records.get(key)
        if record and record.is_loaded:
            await record.refresh()
        elif self._listeners.want(key):
            record = self.get(key)
            await record.load()
            self._on_commit(record)

    async def _tell(self, key: str) -> None:
        """Tell the listeners of the present value of a key that others have changed, though it may be known here."""
        if not self._listeners.want(key):
            return
        is_new = key not in self._records
        record = self.get(key)
        began = time.monotonic()
        await (record.refresh() if record.is_loaded else record.load())
        self._on_commit(record)
        if is_new and record.is_idle(time.monotonic() - began):  # nobody else has used it; there may be very many
            self._evict(record)


class OpenBackends:
    """Registry of the backends in use in this process: backends of equal identity share their records."""

    def __init__(self) -> None:
        self._records: WeakValueDictionary[Hashable, Records] = WeakValueDictionary()

    @property
    def size(self) -> int:
        """The number of records in memory."""
        return sum(map(len, list(self._records.values())))

    def follow(self) -> None:
        """Follow the changes by others in each backend that has listeners, on the event loop that serves the app."""
        for records in list(self._records.values()):
            records.follow()

    def records(self, backend: PersistenceBackend, identity: Hashable) -> Records:
        """Return the records of the backend of that identity, which live as long as a caller holds them."""
        return self._records.setdefault(identity, Records(backend))


OPEN_BACKENDS: Final = OpenBackends()
