"""State that one declared store shares with all of its rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from dara.core import _messages as messages
from dara.core._context import UserData
from dara.core._edits import Value
from dara.core._fleet import is_alone
from dara.core._ids import naming_place
from dara.core._jobs.functions import is_process_of_jobs
from dara.core._json import Json, to_json
from dara.core._outages import OUTAGES
from dara.core._threads import Threads
from dara.core.errors import (
    BackendFailed,
    CheckFailed,
    ConflictingIds,
    DaraError,
    InvalidConfig,
    InvalidDefinition,
    InvalidValue,
    NotJson,
    StoreCorrupt,
)
from dara.core.persistence.access import Access
from dara.core.persistence.backend import PersistenceBackend, call, stored_value
from dara.core.persistence.commit_listeners import CommitListener
from dara.core.persistence.default_backend import DEFAULT_BACKENDS, DefaultBackend
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.record import Record
from dara.core.persistence.records import OPEN_BACKENDS, Records
from dara.core.persistence.schema import ValueSchema
from dara.core.persistence.scope import MAX_KEY, Scope, ScopeFunction, key_from
from dara.core.persistence.timeline import checked_size
from dara.core.persistence.versions import Versions

ALL_KEYS: Final = ''  # no key
THREADS: Final = 16
_NOTED: Final[ContextVar[list[StoreCore] | None]] = ContextVar('dara_noted_stores', default=None)


class Declaration(NamedTuple):
    """The default of a value, as declared by the variable of that uid."""

    variable: str
    default: Json


class _Listening(NamedTuple):
    """A listener in the backend, for one room or for all."""

    stop: Callable[[], None]
    room: str | None


class StoreCore:
    """The state that one declared store shares with all of its rooms.

    Args:
        uid: the explicit uid, if the app gave one.
        name: the uid for want of an explicit uid and a variable.
        backend: `None` for the default backend of the app, and without an app for memory of the store's own.

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
        versions: Versions,
    ) -> None:
        self._explicit_uid = uid
        self._name = name
        self._made_in = naming_place()
        self._has_own_backend = backend is not None
        self._own_backend = InMemoryBackend() if backend is None else backend
        self._default_backend: DefaultBackend | None = None
        self._prefix = ''  # of the store's keys in the default backend
        self._namesake = ''  # the variable after which they are named
        self._listeners: dict[CommitListener, _Listening] = {}
        self.scope: Final = scope
        self.access: Final = access
        self.schema: Final = schema
        self.versions: Final = versions
        self.declaration: Declaration | None = None
        self.room_declaration: Declaration | None = None
        self.modify_threads: Final = Threads('dara-modify', THREADS)
        self._scope_threads = Threads('dara-scope', THREADS)
        self._records: Records | None = None
        self._is_checked = False
        noted = _NOTED.get()
        if noted is not None:
            noted.append(self)

    @property
    def uid(self) -> str:
        """The name of the store; the same in every process that runs the same code."""
        return self._explicit_uid or (self.declaration.variable if self.declaration else self._name)

    @property
    def backend(self) -> PersistenceBackend:
        """The backend that keeps the values."""
        if self._default_backend is None or self._records is None:
            return self._own_backend
        return self._records.backend

    @property
    def is_private_memory(self) -> bool:
        """True if the values are in memory of the store's own."""
        return not self._has_own_backend and self._default_backend is None

    @property
    def has_dynamic_access(self) -> bool:
        """True if rights depend on functions of the app, and so have to be rechecked."""
        return self.access.has_predicates or callable(self.scope)

    def open_records(self) -> Records:
        """Return the records of the backend, which all stores over it share. They stay for as long as they are held.

        Raises:
            ConflictingIds: another store over the backend has another kind of scope, or another version.
            InvalidConfig: several processes serve the app, and the backend is for one.
            InvalidDefinition: the store has no backend, and cannot move to the default one of the app; or this is the
                process of a job.
        """
        if self._is_checked:
            return self._found_records()
        if is_process_of_jobs():
            raise InvalidDefinition(
                f'{self!r}: stores belong to the server, and cannot be used in the process of a task. Pass the value '
                'as an argument, and write the result where ctx.run_task returns it.'
            )
        records = self._found_records()
        self._check_sharing()
        self._is_checked = True
        return records

    def _found_records(self) -> Records:
        if not self._has_own_backend:
            default = DEFAULT_BACKENDS.find(self._default_backend, self)
            if default is not None:
                self.move_to(default)
        if self._records is None:
            identity = ('memory', self.uid) if self.is_private_memory else self._own_backend.identity
            self._records = self._join(OPEN_BACKENDS.records(self._own_backend, identity))
            app = DEFAULT_BACKENDS.running
            if app is not None and self.is_private_memory and self._explicit_uid:
                app.memories[self.uid] = self._records  # another store of that uid finds the values
        return self._records

    def _check_sharing(self) -> None:
        if not (self.backend._is_shared or is_alone()):
            place = 'the memory of one process' if self.is_private_memory else self.backend.describe()
            raise InvalidConfig(
                f'{self} keeps its values in {place}, which several workers cannot share. Keep them in a database, '
                'such as SQLiteBackend or PostgresBackend, or start one worker.'
            )

    def move_to(self, default: DefaultBackend) -> None:
        """Keep the values in the default backend of an app, unless the store has a backend of its own.

        Raises:
            ConflictingIds: another store of that uid has another kind of scope.
            InvalidDefinition: the values are in memory, or in the default backend of another app.
        """
        records, former = default.records, self._records
        if self._has_own_backend or records is None or records is former:
            return
        if former is not None:
            self._check_movable(former)
        prefix = f'{self._stored_name.replace("~", "~0").replace("/", "~1")}/'
        self._records = self._join(records, prefix)
        self._default_backend, self._prefix, self._is_checked = default, prefix, False
        for listener, listening in list(self._listeners.items()):
            listening.stop()
            self._listen(listener, listening.room)

    def _join(self, records: Records, prefix: str = '') -> Records:
        records.join('custom' if callable(self.scope) else self.scope, repr(self), prefix, self.versions)
        return records

    def _check_movable(self, records: Records) -> None:
        if isinstance(records.backend, InMemoryBackend) and self.is_private_memory and records.backend._written:
            raise InvalidDefinition(
                f'{self} was written before its app was built, in memory, and the app has config.backend. Write it in '
                'a function of config.on_startup, or give it a backend of its own.'
            )
        if DEFAULT_BACKENDS.are_served(records):
            raise InvalidDefinition(
                f'{self} has no backend, and two apps of this process use it, with different ones in config.backend. '
                'Give it a backend of its own.'
            )

    @property
    def _stored_name(self) -> str:
        """The name of the store in a default backend, the same in every process that runs the same code."""
        return self._explicit_uid or self._namesake or self._name

    def declare(self, declaration: Declaration) -> None:
        """Adopt the default that a variable of the store itself declares.

        Raises:
            ConflictingIds: the values were stored under another name before.
        """
        if naming_place() == self._made_in:  # else, which variable is the first depends on what people do
            if self._prefix and self._stored_name != (self._explicit_uid or declaration.variable):
                raise ConflictingIds(
                    f'{self} was used before the variable {declaration.variable}, after which its values are named. '
                    'Make the variable first, or give the store a uid.'
                )
            self._namesake = declaration.variable
        self.declaration = declaration

    def stored_key(self, key: str) -> str:
        """Return the key in the open backend of one of the store's own keys.

        Raises:
            InvalidDefinition: the key is too long, together with the name of the store.
        """
        if self._prefix and len(self._prefix) + len(key) > MAX_KEY:
            raise InvalidDefinition(
                f'{self}: a key can have {MAX_KEY - len(self._prefix)} characters in config.backend, where the name of '
                f'the store stands before it, and this one has {len(key)}: {key!r}'
            )
        return self._prefix + key

    def key_of(self, record: Record) -> str:
        """Return the store's own key of a record of the store."""
        return record.key.removeprefix(self._prefix)

    def own_key(self, key: str) -> str | None:
        """Return the store's own key of a key of its backend, or `None` if that is a key of another store."""
        return key.removeprefix(self._prefix) if key.startswith(self._prefix) else None

    def on_change(self, listener: CommitListener, room: str | None) -> Callable[[], None]:
        """Call `listener` after every commit of the store, or of one room; return a function that unsubscribes it."""
        self._listen(listener, room)

        def unsubscribe() -> None:
            listening = self._listeners.pop(listener, None)
            if listening:
                listening.stop()

        return unsubscribe

    def _listen(self, listener: CommitListener, room: str | None) -> None:
        def wants(key: str) -> bool:
            own = self.own_key(key)
            return own is not None and room in (None, own)

        stop = self._found_records().on_change(listener, wants)  # it may move before it is used
        self._listeners[listener] = _Listening(stop, room)

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

    def check(self, value: Any) -> Json:
        """Return a value as it would be stored.

        Raises:
            NotJson: the value cannot be stored.
            TooLarge: the value exceeds the limit.
            InvalidValue: the value does not fit the store's type.
            CheckFailed: a validator of the app raised another error.
        """
        stored = to_json(value)
        checked_size(stored)
        self.check_type(stored)
        return stored

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

    async def stored(self, key: str) -> Any:
        """Return the value under a key exactly as the backend returns it, or `ABSENT`.

        Raises:
            BackendFailed: the backend raised.
        """
        backend = self.open_records().backend
        try:
            return await stored_value(backend, self.stored_key(key))
        except DaraError:
            raise
        except Exception as error:
            raise BackendFailed(f'{backend.describe()}: could not read {key!r}: {error}') from error

    async def read_all(self) -> dict[str, Any]:
        """Return the values of all keys from the backend.

        A default backend returns the values of all stores, and those of others are dropped here.

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
        return await bulkhead.run(self._own_values, values)  # in a thread: there may be very many

    def _own_values(self, values: dict[str, Any]) -> dict[str, Json]:
        if self._prefix:
            values = {key.removeprefix(self._prefix): values[key] for key in values if key.startswith(self._prefix)}
        return self._to_json(values)

    def _to_json(self, values: dict[str, Any]) -> dict[str, Json]:
        """Convert and migrate the values in place, so that only one of them is in memory twice."""
        for key, value in values.items():
            try:
                values[key] = self.versions.read(self.backend.describe(), key, value)
            except NotJson as error:
                raise StoreCorrupt(f'{self.backend.describe()}, key {key!r}: {error} It was left as it is.') from error
        return values

    def __repr__(self) -> str:
        return f'<BackendStore {self.uid}>'


@contextmanager
def noting_stores() -> Iterator[list[StoreCore]]:
    """Note the stores that are declared in the body, in their order."""
    stores: list[StoreCore] = []
    token = _NOTED.set(stores)
    try:
        yield stores
    finally:
        _NOTED.reset(token)
