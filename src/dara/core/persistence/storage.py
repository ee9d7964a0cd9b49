"""`Storage`: one key of one backend, as a record sees it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Coroutine, Hashable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from dara.core._app_code import is_ours
from dara.core._edits import ABSENT, Value
from dara.core._json import fresh, json_equal, to_json
from dara.core.errors import BackendFailed, DaraError, NotJson, StoreCorrupt
from dara.core.persistence.backend import (
    Outdated,
    PersistenceBackend,
    RememberingBackend,
    Stored,
    call,
    stored_value,
)
from dara.core.persistence.checkpoints import Commit
from dara.core.persistence.volatile import Forgot, Seen, VolatileBackend, WrittenBy

T = TypeVar('T')


class Storage:
    """One key of one backend. Every exception of the backend becomes a DaraError that names backend and key."""

    def __init__(self, backend: PersistenceBackend, key: str) -> None:
        self._backend = backend
        self._key = key

    def __str__(self) -> str:
        return self._backend.describe()

    @property
    def remembers(self) -> bool:
        """True if the backend keeps the record's checkpoint, which then survives a restart."""
        return isinstance(self._backend, RememberingBackend)

    def new_epoch(self) -> str:
        """Return an epoch that no other record uses."""
        return self._backend._new_epoch() if isinstance(self._backend, VolatileBackend) else secrets.token_hex(8)

    @property
    def written_by(self) -> WrittenBy | None:
        """The kind of writer since the process started, if the backend's values end with the process."""
        return self._backend._written_by(self._key) if isinstance(self._backend, VolatileBackend) else None

    def note_write(self, by: WrittenBy, restored: Seen | None = None) -> None:
        """Note a write since the process started: values from before are replaced, or `restored`."""
        if isinstance(self._backend, VolatileBackend):
            self._backend._note_write(self._key, by, restored)

    def has_forgotten(self, seen: Seen) -> Forgot | None:
        """Return what is missing of a version that a tab has seen, because the process that had it ended."""
        return self._backend._has_forgotten(self._key, seen) if isinstance(self._backend, VolatileBackend) else None

    async def read(self) -> Value:
        """Return the value.

        Raises:
            StoreCorrupt: the stored value is not JSON.
            BackendFailed: the backend raised.
        """
        with self._reading():
            return await self._within(self._read(), is_read=True)

    async def load(self) -> Stored | None:
        """Return the value with its checkpoint; None if the backend keeps no checkpoints. Raises as `read` does."""
        if not isinstance(self._backend, RememberingBackend):
            return None
        with self._reading():
            stored = await self._within(self._backend._load(self._key), is_read=True)
            return replace(stored, value=stored.value if stored.value is ABSENT else to_json(stored.value))

    async def store(self, value: Value, commit: Commit, *, is_new: bool) -> None:
        """Store the value if it `is_new` to the backend, and advance the checkpoint if the backend keeps one.

        Raises:
            BackendFailed: the backend raised or took too long. The value may be stored all the same; ask `holds`.
            Outdated: somebody else has replaced the expected value; nothing was stored.
        """
        backend = self._backend
        try:
            if isinstance(backend, RememberingBackend):
                keep = backend._commit if is_new else backend._remember
                await self._within(keep(self._key, value, commit))
            elif is_new:
                await self._within(self._write(value))
        except Outdated:
            raise
        except Exception as error:
            raise self.failed('write', error) from error

    async def holds(self, value: Value, commit: Commit) -> bool:
        """Return whether a commit has happened, as far as the backend can tell. Raises as `read` does."""
        stored = await self.load()
        if stored:
            return stored.includes(commit)
        held = await self.read()
        return held is value if ABSENT in (held, value) else json_equal(held, value)

    async def stamp(self) -> Hashable | None:
        """Return a value that differs after others have changed the data; None if only reading can tell.

        Raises:
            BackendFailed: the backend raised or took too long.
        """
        try:
            if is_ours(self._backend.outside_stamp):  # and fast
                return self._backend.outside_stamp()
            stamp: Hashable | None = await self._within(call(self._backend, self._backend.outside_stamp), is_read=True)
            return stamp
        except Exception as error:
            raise self.failed('read', error) from error

    @property
    def is_overdue(self) -> bool:
        """True while a call past its time limit is still running, so that no other can be made."""
        return self._backend._dara_bulkhead.is_overdue(self._key)

    async def _read(self) -> Value:
        value = await stored_value(self._backend, self._key)
        return value if value is ABSENT else to_json(value)

    async def _write(self, value: Value) -> None:
        backend = self._backend
        if value is ABSENT:
            await call(backend, backend.delete, self._key)
        else:
            await call(backend, backend.write, self._key, value if backend.leaves_values_alone else fresh(value))

    async def _within(self, work: Coroutine[Any, Any, T], *, is_read: bool = False) -> T:
        may_be_cancelled = is_read and not self.remembers  # such a backend holds our locks meanwhile
        backend = self._backend
        return await backend._dara_bulkhead.within(
            backend.seconds_per_call, self._key, work, may_be_cancelled=may_be_cancelled
        )

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except NotJson as error:
            raise StoreCorrupt(f'{self}, key {self._key!r}: {error} It was left as it is.') from error
        except DaraError:
            raise
        except Exception as error:
            raise self.failed('read', error) from error

    def failed(self, doing: str, error: BaseException) -> BackendFailed:
        """Return the error to raise for an exception of the backend."""
        reason = str(error) or type(error).__name__
        return BackendFailed(f'{self}: could not {doing} {self._key!r}: {reason}')
