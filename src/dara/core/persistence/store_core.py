"""State that one declared store shares with all of its rooms."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from dara.core import _messages as messages
from dara.core._context import UserData
from dara.core._edits import Value
from dara.core._fleet import is_alone
from dara.core._json import Json, to_json
from dara.core._outages import OUTAGES
from dara.core._threads import Threads
from dara.core.errors import BackendFailed, CheckFailed, InvalidConfig, InvalidValue, NotJson, StoreCorrupt
from dara.core.persistence.access import Access
from dara.core.persistence.backend import PersistenceBackend, call
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.record import Record
from dara.core.persistence.records import OPEN_BACKENDS, Records
from dara.core.persistence.schema import ValueSchema
from dara.core.persistence.scope import Scope, ScopeFunction, key_from

ALL_KEYS: Final = ''  # no key
THREADS: Final = 16


class Declaration(NamedTuple):
    """The default of a value, as declared by the variable of that uid."""

    variable: str
    default: Json


class StoreCore:
    """The state that one declared store shares with all of its rooms.

    Args:
        uid: the explicit uid, if the app gave one.
        name: the uid for want of an explicit uid and a variable.
        backend: `None` for memory of the store's own.

    Attributes:
        declaration: the default as declared by a variable of the store itself.
        room_declaration: the default as declared by the newest variable of a room.
    """

    def __init__(
        self,
        uid: str | None,
        name: str,
        backend: PersistenceBackend | None,
        scope: Scope,
        access: Access,
        schema: ValueSchema,
    ) -> None:
        self._explicit_uid = uid
        self._name = name
        self.is_private_memory: Final = backend is None
        self.backend: Final = backend or InMemoryBackend()
        self.scope: Final = scope
        self.access: Final = access
        self.schema: Final = schema
        self.declaration: Declaration | None = None
        self.room_declaration: Declaration | None = None
        self.modify_threads: Final = Threads('dara-modify', THREADS)
        self._scope_threads = Threads('dara-scope', THREADS)
        self._records: Records | None = None

    @property
    def uid(self) -> str:
        """The name of the store on the wire; the same in every process that runs the same code."""
        return self._explicit_uid or (self.declaration.variable if self.declaration else self._name)

    @property
    def has_dynamic_access(self) -> bool:
        """True if rights depend on functions of the app, and so have to be rechecked."""
        return self.access.has_predicates or callable(self.scope)

    def open_records(self) -> Records:
        """Return the records of the backend, which all stores over it share. They stay for as long as they are held.

        Raises:
            ConflictingIds: another store over the backend has another kind of scope.
            InvalidConfig: several processes serve the app, and the backend is for one.
        """
        if self._records is None:
            self._check_sharing()
            identity = ('memory', self.uid) if self.is_private_memory else self.backend.identity
            records = OPEN_BACKENDS.records(self.backend, identity)
            records.join('custom' if callable(self.scope) else self.scope, repr(self))
            self._records = records
        return self._records

    def _check_sharing(self) -> None:
        if not (self.backend._is_shared or is_alone()):
            place = 'the memory of one process' if self.is_private_memory else self.backend.describe()
            raise InvalidConfig(
                f'{self} keeps its values in {place}, which several workers cannot share. Keep them in a database, '
                'such as SQLiteBackend or PostgresBackend, or start one worker.'
            )

    async def key_from_scope(self, scope: ScopeFunction, user: UserData) -> str:
        """Return the key that the store's scope function assigns to the user. Raises what `scope.key_from` does."""
        return await key_from(scope, user, self._scope_threads, repr(self))

    def check_type(self, value: Value) -> None:
        """Validate a value.

        Raises:
            InvalidValue: the value does not fit the store's type.
            CheckFailed: a validator of the app raised another error.
        """
        if self.schema.type is None:
            return
        try:
            self.schema.check(value)
        except InvalidValue:
            raise
        except Exception as error:
            OUTAGES.failed(f'A validator of {self}', '', error)
            raise CheckFailed(messages.VALIDATION_FAILED) from error
        OUTAGES.worked(f'A validator of {self}', '')

    async def check_stored(self, record: Record) -> None:
        """Validate the value of a record.

        Raises:
            StoreCorrupt: the value does not fit the store's type; it stays as it is.
        """
        try:
            if self.schema.threads:
                await self.schema.threads.run(self.check_type, record.value)
            else:
                self.check_type(record.value)
        except InvalidValue as error:
            raise StoreCorrupt(
                f'{self}: the value under {record.key!r} does not fit its type: {error}. It was left as it is.'
            ) from error

    async def read_all(self) -> dict[str, Any]:
        """Return the values of all keys from the backend.

        Raises:
            BackendFailed: the backend raised.
            StoreCorrupt: a stored value cannot be read.
        """
        backend = self.open_records().backend
        bulkhead = backend._dara_bulkhead
        try:
            reading = call(backend, backend.get_all)
            stored = await bulkhead.within(backend.seconds_per_call, ALL_KEYS, reading, may_be_cancelled=True)
            values = dict(stored)
        except StoreCorrupt:
            raise
        except Exception as error:
            raise BackendFailed(f'{self.backend.describe()}: could not read: {error}') from error
        return await bulkhead.run(self._to_json, values)  # in a thread: there may be very many

    def _to_json(self, values: dict[str, Any]) -> dict[str, Json]:
        """Convert the values in place, so that only one of them is in memory twice."""
        for key, value in values.items():
            try:
                values[key] = to_json(value)
            except NotJson as error:
                raise StoreCorrupt(f'{self.backend.describe()}, key {key!r}: {error} It was left as it is.') from error
        return values

    def __repr__(self) -> str:
        return f'<BackendStore {self.uid}>'
