"""`Storage`: one key of one backend, as a record sees it."""

from __future__ import annotations

import contextlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Collection, Coroutine, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from dara.core._app_code import is_ours
from dara.core._edits import ABSENT, Value
from dara.core._json import fresh, json_equal, to_json
from dara.core._metrics import METRICS
from dara.core.errors import BackendFailed, DaraError, NotJson, StoreCorrupt
from dara.core.persistence.backend import (
    Outdated,
    PersistenceBackend,
    RememberingBackend,
    Stored,
    call,
    stored_value,
)
from dara.core.persistence.bulkhead import Operation
from dara.core.persistence.changelog import Mark, Receipt, Update, Whole, Writer
from dara.core.persistence.checkpoints import ANYTHING, Commit
from dara.core.persistence.versions import UNVERSIONED, Versions, enveloped, opened
from dara.core.persistence.volatile import Forgot, Seen, VolatileBackend, WrittenBy

T = TypeVar('T')


class Storage(ABC):
    """One key of one backend. Every exception of the backend becomes a DaraError that names backend and key.

    It knows which commits the record has adopted, and reports those that others have made since. Its values are those
    of the app; the backend has them in the form of `versions.enveloped`.

    Attributes:
        latest_version: the latest version of the app that a value of the key is known to have belonged to.
    """

    is_shared = False
    """True if other servers commit to the key, and the backend orders the commits of all."""
    remembers = False
    """True if the backend keeps the record's checkpoint, which then survives a restart."""

    def __init__(self, backend: PersistenceBackend, key: str, versions: Versions = UNVERSIONED) -> None:
        self._backend = backend
        self._key = key
        self._kind = backend._kind
        self._bulkhead = backend._dara_bulkhead
        self._versions = versions
        self._value_version = versions.version
        self._is_version_stated = False
        self.latest_version = 1

    def __str__(self) -> str:
        return self._backend.describe()

    @property
    def address(self) -> str | None:
        """The name of the key among all servers; None if no other one can have it."""
        return None

    @property
    def durability(self) -> str:
        """The guarantee of a completed write; see `PersistenceBackend.durability`."""
        return self._backend.durability

    @property
    def tip(self) -> str:
        """The name of the latest commit that the record has adopted, in a shared backend."""
        return ''

    def hear(self, update: Update | None) -> bool:
        """Note a commit of another server, or that some may have been missed; return whether it is new."""
        return False

    def new_epoch(self) -> str:
        """Return an epoch that no other record uses."""
        return secrets.token_hex(8)

    @property
    def written_by(self) -> WrittenBy | None:
        """The kind of writer since the process started, if the backend's values end with the process."""
        return None

    def note_write(self, by: WrittenBy, restored: Seen | None = None) -> None:  # noqa: B027  # most need no note
        """Note a write since the process started: values from before are replaced, or `restored`."""

    def has_forgotten(self, seen: Seen) -> Forgot | None:
        """Return what is missing of a version that a tab has seen, because the process that had it ended."""
        return None

    @property
    def is_overdue(self) -> bool:
        """True while a call past its time limit is still running, so that no other can be made."""
        return False

    @abstractmethod
    async def load(self) -> Stored:
        """Return the value with its checkpoint, if the backend keeps one.

        Raises:
            StoreCorrupt: the stored value is not JSON.
            BackendFailed: the backend raised, or took too long.
        """

    @abstractmethod
    async def is_outdated(self) -> bool:
        """Return whether others may have committed since. Raises as `load` does."""

    async def has_news(self) -> bool:
        """Return whether others may have committed since, as far as that is known without asking a database."""
        return await self.is_outdated()

    @abstractmethod
    async def news(self, *, ask: bool) -> Whole | Sequence[Update] | Stored:
        """Return what others have committed since: the present value, or the commits, or all of it to start again.

        Args:
            ask: ask the backend, even if nothing is known of any commit.

        Raises:
            BackendFailed, StoreCorrupt: as `load` does.
        """

    def adopted(self, update: Update) -> None:  # noqa: B027  # where nobody else commits, there are no updates
        """Note that the record has adopted one of the updates that `news` has returned."""

    async def flush(self) -> None:  # noqa: B027  # most store everything with each commit
        """Store now what would be stored after a pause."""

    async def receipts(self, writers: Collection[Writer]) -> Mapping[Writer, Receipt]:
        """Return receipts of edits that these writers have sent to any server. Raises as `load` does."""
        return {}

    @abstractmethod
    async def store(self, value: Value, commit: Commit, *, is_new: bool) -> None:
        """Store the value if it `is_new` to the backend, and the metadata of its commit if the backend keeps such.

        Raises:
            BackendFailed: the backend raised or took too long. The value may be stored all the same; ask `holds`.
            Outdated: somebody else has replaced the expected value; nothing was stored.
        """

    @abstractmethod
    async def holds(self, value: Value, commit: Commit) -> bool:
        """Return whether the latest commit has happened, as far as the backend can tell. Raises as `load` does."""

    async def confirm(self) -> None:  # noqa: B027  # most know it already
        """Check that nobody has committed since, where nothing is to be stored.

        Raises:
            Outdated: somebody has.
        """

    async def begin_epoch(self, mark: Mark, value: Value) -> Stored | None:
        """Begin a new epoch for all servers; return the state to start again with, or None if the record is alone."""
        return None

    @property
    def is_old(self) -> bool:
        """True if the stored value belongs to an older version of the app than the record's, and is to be migrated."""
        return self._value_version < self._versions.version

    async def migrated(self, value: Value) -> Value:
        """Return the value of the present version for one that is old.

        Raises:
            WrongVersion: it cannot be migrated; it stays as it is.
        """
        assert value is not ABSENT
        work = self._versions.migrated
        return await self._versions.threads.run(work, str(self), self._key, self._value_version, value)

    def _opened(self, stored: Value) -> Value:
        """Return the value in a stored one, and note its version.

        Raises:
            WrongVersion: it may not be read here.
        """
        found = opened(stored)
        self._versions.check_known(str(self), self._key, found, self.latest_version)
        self._value_version = self._versions.version if found.value is ABSENT else found.version
        self._is_version_stated = found.is_stated
        self.latest_version = max(self.latest_version, found.version)
        return found.value

    def _enveloped(self, value: Value) -> Value:
        return enveloped(value, self._versions.version)

    def _note_stored(self) -> None:
        """Note that the present value belongs to the present version of the app."""
        self._value_version, self._is_version_stated = self._versions.version, False
        self.latest_version = max(self.latest_version, self._value_version)

    def failed(self, doing: str, error: BaseException) -> BackendFailed:
        """Note a failure of the backend, and return the error to raise for it."""
        self._note_failure('read' if doing == 'read' else 'write')
        reason = str(error) or type(error).__name__
        return BackendFailed(f'{self}: could not {doing} {self._key!r}: {reason}')

    def _note_failure(self, operation: Operation) -> None:
        self._bulkhead.note_failure(operation)
        METRICS.backend_errors.add((self._kind, operation))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except NotJson as error:
            self._note_failure('read')
            raise StoreCorrupt(f'{self}, key {self._key!r}: {error} It was left as it is.') from error
        except StoreCorrupt:
            self._note_failure('read')
            raise
        except DaraError:
            raise
        except Exception as error:
            raise self.failed('read', error) from error


class OwnStorage(Storage):
    """One key of a backend that this process has for itself, but for other programs that may write there."""

    def __init__(self, backend: PersistenceBackend, key: str, versions: Versions = UNVERSIONED) -> None:
        super().__init__(backend, key, versions)
        self.remembers = isinstance(backend, RememberingBackend)
        self._stamp: Hashable | None = None
        self._announced: object = None  # another object after each announcement

    def hear(self, update: Update | None) -> bool:
        self._announced = object()
        return True

    def new_epoch(self) -> str:
        return self._backend._new_epoch() if isinstance(self._backend, VolatileBackend) else super().new_epoch()

    @property
    def written_by(self) -> WrittenBy | None:
        return self._backend._written_by(self._key) if isinstance(self._backend, VolatileBackend) else None

    def note_write(self, by: WrittenBy, restored: Seen | None = None) -> None:
        if isinstance(self._backend, VolatileBackend):
            self._backend._note_write(self._key, by, restored)

    def has_forgotten(self, seen: Seen) -> Forgot | None:
        return self._backend._has_forgotten(self._key, seen) if isinstance(self._backend, VolatileBackend) else None

    @property
    def is_overdue(self) -> bool:
        return self._bulkhead.is_overdue(self._key)

    async def load(self) -> Stored:
        stamp = await self._outside_stamp()  # before the value: a change in between is read again
        stored = await self._stored() or Stored(await self._read(), None)
        if stored.checkpoint:
            self.latest_version = max(self.latest_version, stored.checkpoint.value_version)
        value = self._opened(stored.value)
        self._stamp = stamp
        return replace(stored, value=value)

    async def is_outdated(self) -> bool:
        stamp = await self._outside_stamp()
        return self.is_old or stamp is None or stamp != self._stamp

    async def news(self, *, ask: bool) -> Whole:
        stamp = await self._outside_stamp()
        stored = await self._read()
        self._stamp = None  # in case that it may not be read
        value = self._opened(stored)
        self._stamp = stamp
        return Whole(value)

    async def store(self, value: Value, commit: Commit, *, is_new: bool) -> None:
        backend, stored = self._backend, self._enveloped(value)
        try:
            if isinstance(backend, RememberingBackend):
                keep = backend._commit if is_new else backend._remember
                await self._commit(keep(self._key, stored, self._as_stored(commit)))
            elif is_new:
                await self._commit(self._write(stored))
        except Outdated:
            raise
        except Exception as error:
            self._stamp = self._stamp if is_new else None  # the value that was read is not noted yet
            raise self.failed('write', error) from error
        self._note_stored()

    async def holds(self, value: Value, commit: Commit) -> bool:
        has_happened = await self._has_happened(value, commit)
        if has_happened:
            self._note_stored()
        return has_happened

    async def _has_happened(self, value: Value, commit: Commit) -> bool:
        stored = await self._stored()
        if stored:
            return stored.includes(commit)
        held, wanted = await self._read(), self._enveloped(value)
        return held is wanted if ABSENT in (held, wanted) else json_equal(held, wanted)

    def _as_stored(self, commit: Commit) -> Commit:
        """Return the metadata of a commit with the expected value as the backend has it."""
        expected = commit.expected
        if expected is not ANYTHING:
            expected = enveloped(expected, self._value_version, is_stated=self._is_version_stated)
        return replace(commit, expected=expected, value_version=self._versions.version)

    async def _stored(self) -> Stored | None:
        """Return the value with its checkpoint; None if the backend keeps no checkpoints."""
        if not isinstance(self._backend, RememberingBackend):
            return None
        with self._reading():
            stored = await self._within(self._backend._load(self._key), is_read=True)
            return replace(stored, value=stored.value if stored.value is ABSENT else to_json(stored.value))

    async def _outside_stamp(self) -> Hashable | None:
        """Return a value that differs after others have changed the data; None if only reading can tell."""
        backend, announced = self._backend, self._announced
        try:
            if is_ours(backend.outside_stamp):  # and fast
                stamp = backend.outside_stamp()
            else:
                stamp = await self._within(call(backend, backend.outside_stamp), is_read=True)
            return None if stamp is None else (stamp, announced)
        except Exception as error:
            raise self.failed('read', error) from error

    async def _read(self) -> Value:
        with self._reading():
            return await self._within(self._read_value(), is_read=True)

    async def _read_value(self) -> Value:
        value = await stored_value(self._backend, self._key)
        return value if value is ABSENT else to_json(value)

    async def _write(self, value: Value) -> None:
        backend = self._backend
        if value is ABSENT:
            await call(backend, backend.delete, self._key)
        else:
            await call(backend, backend.write, self._key, value if backend.leaves_values_alone else fresh(value))

    async def _commit(self, work: Coroutine[Any, Any, None]) -> None:
        with METRICS.commits.measure(self._kind) as span:
            try:
                await self._within(work)
            except Outdated:
                span.end_as('lost_race')
                raise

    async def _within(self, work: Coroutine[Any, Any, T], *, is_read: bool = False) -> T:
        may_be_cancelled = is_read and not self.remembers  # such a backend holds our locks meanwhile
        result = await self._bulkhead.within(
            self._backend.seconds_per_call, self._key, work, may_be_cancelled=may_be_cancelled
        )
        self._bulkhead.note_success('read' if is_read else 'write')
        return result
