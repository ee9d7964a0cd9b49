"""Where the value of one record is kept: its backend, at its key."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterator
from dataclasses import replace

from dara.core._edits import ABSENT, Value
from dara.core._json import fresh, json_equal, to_json
from dara.core.errors import BackendFailed, DaraError, NotJson, StoreCorrupt
from dara.core.persistence.backend import Outdated, PersistenceBackend, Position, RememberingBackend, Stored, call


class Storage:
    """One key of one backend. Whatever a backend raises comes out as a DaraError that names it and the key."""

    def __init__(self, backend: PersistenceBackend, key: str) -> None:
        self._backend = backend
        self._key = key

    def __str__(self) -> str:
        return self._backend.describe()

    @property
    def durability(self) -> str:
        return self._backend.durability

    @property
    def remembers(self) -> bool:
        """Whether the backend keeps where a record stands, so that a restart does not forget it."""
        return isinstance(self._backend, RememberingBackend)

    async def read(self) -> Value:
        """Return the value.

        Raises:
            StoreCorrupt: it is not JSON.
            BackendFailed: the backend raised.
        """
        with self._reading():
            if not await call(self._backend.has, self._key):
                return ABSENT
            return to_json(await call(self._backend.read, self._key))

    async def load(self) -> Stored | None:
        """Return the value and where its record stood, in one read; `None` if the backend keeps no such thing.

        Raises what `read` does.
        """
        if not isinstance(self._backend, RememberingBackend):
            return None
        with self._reading():
            stored = await self._backend.load(self._key)
            return replace(stored, value=stored.value if stored.value is ABSENT else to_json(stored.value))

    async def store(self, value: Value, position: Position, *, is_new: bool) -> None:
        """Store where the record stands, if the backend can remember that, and the value if it `is_new` there.

        Raises:
            BackendFailed: the backend raised; whether it has stored it all the same, `holds` tells.
            Outdated: somebody else has changed the value that the record has gone out from; nothing was stored.
        """
        backend = self._backend
        try:
            if isinstance(backend, RememberingBackend):
                await (backend.commit if is_new else backend.remember)(self._key, value, position)
            elif not is_new:
                return
            elif value is ABSENT:
                await call(backend.delete, self._key)
            else:
                await call(backend.write, self._key, value if backend.leaves_values_alone else fresh(value))
        except Outdated:
            raise
        except Exception as error:
            raise self.failed('write', error) from error

    async def holds(self, value: Value, position: Position) -> bool:
        """Whether the backend has that value now, or what was to be stored with it. Raises what `read` does."""
        stored = await self.load()
        if stored:
            return stored.includes(position)
        held = await self.read()
        return held is value if ABSENT in (held, value) else json_equal(held, value)

    def stamp(self) -> Hashable | None:
        """Return what differs after others changed the data; `None` if only reading it can tell.

        Raises:
            BackendFailed: the backend raised.
        """
        try:
            return self._backend.outside_stamp()
        except Exception as error:
            raise self.failed('read', error) from error

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
        """What to raise where the backend has."""
        reason = str(error) or type(error).__name__
        return BackendFailed(f'{self}: could not {doing} {self._key!r}: {reason}')
