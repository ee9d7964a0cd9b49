"""The records of each backend in this process, and the registry of the backends in use."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, TypeAlias
from weakref import WeakSet, WeakValueDictionary

from dara.core._context import UserData
from dara.core._metrics import METRICS
from dara.core.errors import BackendFailed, ConflictingIds
from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.checkpoints import Checkpoints
from dara.core.persistence.external import ExternalChanges
from dara.core.persistence.home import Home
from dara.core.persistence.listeners import is_listener
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.record import Record
from dara.core.persistence.versions import UNVERSIONED, Versions

if TYPE_CHECKING:
    from dara.core.persistence.shared_feed import SharedFeed

IDLE_SECONDS: Final = 60
MAX_RECORDS: Final = 10_000
CROWDED_SECONDS: Final = 5
LISTENER_SECONDS: Final = 0.5
Kind: TypeAlias = Literal['global', 'user', 'custom']
CommitListener: TypeAlias = 'Callable[[Record], asyncio.Future[None] | None]'


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
        self._listeners: dict[CommitListener, None] = {}
        self._notifying: set[asyncio.Future[None]] = set()
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

    async def close(self) -> None:
        """Store what waits for that, and release the connections of a shared backend. The next use opens it again."""
        if not isinstance(self._others, ExternalChanges):
            await self._others.close(list(self._records.values()))

    async def watch(self, key: str) -> None:
        """Start to follow the changes by others of a key on this event loop, if that has not been done.

        Raises:
            BackendFailed: the backend raised.
        """
        try:
            await self._others.watch(key)
        except BackendFailed:
            METRICS.backend_errors.add((self.backend._kind, 'follow'))
            self._bulkhead.note_failure('follow')
            raise
        self._bulkhead.note_success('follow')

    async def wait_for_listeners(self) -> None:
        """Wait until the sync listeners have seen the commits made here, for `LISTENER_SECONDS` at most."""
        loop = asyncio.get_running_loop()
        notifying = {each for each in self._notifying if each.get_loop() is loop}
        if notifying and not is_listener():
            await asyncio.wait(notifying, timeout=LISTENER_SECONDS)

    def on_change(self, listener: CommitListener) -> Callable[[], None]:
        """Call `listener`, which never blocks, after every commit; return a function that unsubscribes."""
        self._listeners[listener] = None
        return lambda: self._listeners.pop(listener, None)

    def _followed(self) -> ExternalChanges | SharedFeed:
        """Return what follows the changes by others."""
        if not self.backend._is_shared:
            return ExternalChanges(self.backend, self.home, lambda: list(self._records.values()), self._reread)
        from dara.core.persistence.shared import SharedBackend  # loaded when used
        from dara.core.persistence.shared_feed import SharedFeed

        assert isinstance(self.backend, SharedBackend)
        return SharedFeed(self.backend, self._records.get, self._records.keys)

    def _evict_some(self) -> None:
        """Evict the least recently used two if they are idle, so that memory follows use and not the number of keys."""
        seconds = IDLE_SECONDS if len(self._records) < MAX_RECORDS else CROWDED_SECONDS
        for record in list(islice(self._records.values(), 2)):
            if record.is_idle(seconds):
                self._evict(record)

    def _evict(self, record: Record) -> None:
        del self._records[record.key]
        checkpoint = record.evict()
        if checkpoint:
            self._checkpoints.put(record.key, checkpoint)

    def _on_commit(self, record: Record) -> None:
        for listener in list(self._listeners):
            notifying = listener(record)
            if notifying is not None:
                self._notifying.add(notifying)
                notifying.add_done_callback(self._notifying.discard)

    async def _reread(self, key: str) -> None:
        """Read a key that others have changed: a record in memory, or one for the listeners."""
        if key in self._records:
            await self._records[key].reread()
        elif self._listeners and isinstance(key, str):
            record = self.get(key)
            await record.load()
            self._on_commit(record)


class OpenBackends:
    """Registry of the backends in use in this process: backends of equal identity share their records."""

    def __init__(self) -> None:
        self._records: WeakValueDictionary[Hashable, Records] = WeakValueDictionary()

    @property
    def size(self) -> int:
        """The number of records in memory."""
        return sum(map(len, list(self._records.values())))

    def records(self, backend: PersistenceBackend, identity: Hashable) -> Records:
        """Return the records of the backend of that identity, which live as long as a caller holds them."""
        return self._records.setdefault(identity, Records(backend))


OPEN_BACKENDS: Final = OpenBackends()
