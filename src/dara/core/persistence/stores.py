"""`BackendStore`: a variable's value lives on the server, shared live with every browser."""

from __future__ import annotations

import asyncio
import copy
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, TypeVar

import orjson

from dara.core._context import USER, Identity, UserData, note_read, note_read_of_everything, running_for
from dara.core._edits import ABSENT, Applied, Keys, Value, parse_keys
from dara.core._ids import name_of
from dara.core._json import Json, fresh, json_equal, to_json
from dara.core._outages import OUTAGES
from dara.core._patch import is_patch, patched
from dara.core._stores import SharedStore
from dara.core._threads import Threads, call_in, is_async, is_ours
from dara.core.errors import (
    BackendFailed,
    CheckFailed,
    ConflictingIds,
    Contended,
    Forbidden,
    InvalidDefinition,
    InvalidValue,
    NotJson,
    NoUserInContext,
    ReadOnlyStore,
    StoreCorrupt,
)
from dara.core.persistence.access import Check, Predicate
from dara.core.persistence.backend import PersistenceBackend, call
from dara.core.persistence.changing import changing
from dara.core.persistence.commit_queue import Raced
from dara.core.persistence.listeners import Listener
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.record import Record
from dara.core.persistence.records import OPEN_BACKENDS, Kind, Records
from dara.core.variables import AnyVariable, dump_ref

GLOBAL_KEY: Final = 'global'
ALL_KEYS: Final = ''  # no key
MAX_KEY: Final = 512
STORE_THREADS: Final = 16
RACES: Final = 1000
SCOPE_SECONDS: Final = 10
Scope: TypeAlias = 'Literal["global", "user"] | Callable[[UserData], str | None]'
T = TypeVar('T')
logger = logging.getLogger('dara')


class BackendStore(SharedStore):
    """Keeps a variable's value on the server, shared live with every browser.

    Works without an app, too: `await BackendStore().write(1)` in a script or a test.

    Args:
        backend: where the value is kept; in memory if not given.
        uid: a name that no other store has. That of the store's variable if not given.
        scope: who shares a value. `'global'`: everybody; `'user'`: each user has their own, in all their tabs;
            a function of the user: all for whom it returns the same key, such as the name of their team; for whom it
            returns `None` there is no value here.
        readonly: browsers show the value and cannot change it; neither can `write`.
        type: a type or pydantic model that values must fit, strictly: a text is no number, though it looks like one.
            What does not fit is rejected, and nothing changes.
        can_read: a function of the user, or of the user and the key: whether their browser may have the value.
            Sync (it runs in a thread) or async. Asked when a page shows the value, and every minute.
            It says no by something false, or by raising `Forbidden`. Any other error, and no answer within 10 s, is an
            outage: nothing is taken away or lost, nothing new is shown, and it is asked again.
        can_write: the same for edits from their browser; asked at every edit. Server code may always write.
        keys: where items of lists have an identity: the list's JSON pointer, in which `*` is any step, and the
            member that tells its items apart, such as `{'/items': 'id'}`. What happened between two values is then
            told as items that moved, came and went, and edits under way follow theirs.

    Raises:
        InvalidDefinition: an argument is not what it must be.
    """

    backend: PersistenceBackend
    scope: Scope
    readonly: bool
    may_read: Check
    may_write: Check

    def __init__(
        self,
        backend: PersistenceBackend | None = None,
        uid: str | None = None,
        scope: Scope = 'global',
        readonly: bool = False,
        *,
        type: Any = None,
        can_read: Predicate | None = None,
        can_write: Predicate | None = None,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        if backend is not None and not isinstance(backend, PersistenceBackend):
            raise InvalidDefinition(f'BackendStore: backend must be a PersistenceBackend, not {backend!r}')
        if scope not in ('global', 'user') and not callable(scope):
            raise InvalidDefinition(f"BackendStore: scope is 'global', 'user' or a function of the user, not {scope!r}")
        self.backend = backend or InMemoryBackend()
        self.scope = scope
        self.readonly = readonly
        self.may_read = Check('can_read', can_read)
        self.may_write = Check('can_write', can_write)
        self._type = type
        self._named_keys = dict(keys or {})
        self._keys = _checked_keys(self._named_keys)
        self._is_private_memory = backend is None
        self._explicit_uid = uid
        self._place = name_of(self)
        self._variable: str | None = None
        self._default: Json = None
        self._root = self
        self._room: str | AnyVariable[Any] | None = None
        self._newest_room: BackendStore | None = None
        self._access_listeners: dict[Callable[[], Awaitable[Any]], None] = {}
        self._records: Records | None = None
        self._threads = Threads('dara-store', STORE_THREADS)
        self._changing = Threads('dara-modify', STORE_THREADS)

    @property
    def uid(self) -> str:
        """What names the store on the wire; the same in every process that runs the same code."""
        root = self._root
        return root._explicit_uid or root._variable or root._place

    @property
    def room(self) -> str | AnyVariable[Any] | None:
        """The key that this store was put `at`; a variable if the browser chooses it."""
        return self._room

    @property
    def is_personal(self) -> bool:
        """Whether the value depends on who asks."""
        return self._room is None and self.scope != 'global'

    @property
    def is_watched(self) -> bool:
        """Whether who may see or change a value can differ from user to user, and from minute to minute."""
        return self.may_read.is_asked or self.may_write.is_asked or callable(self.scope)

    @property
    def definition(self) -> dict[str, Json]:
        at: dict[str, Json] = {}
        if self._room is not None:
            at = {'at': dump_ref(self._room.ref) if isinstance(self._room, AnyVariable) else self._room}
        keys: dict[str, Json] = {'keys': {**self._named_keys}} if self._named_keys else {}
        return {'kind': 'store', 'store': self.uid, **at, **keys}

    def identity_at(self, path: Sequence[str | int | None]) -> str | None:
        """Return the member that tells the items of the list at `path` apart, if `keys` has one; `None` is any item."""
        for pattern, member in self._keys:
            if len(pattern) == len(path) and all(
                each == '*' or each == str(step) for each, step in zip(pattern, path, strict=True)
            ):
                return member
        return None

    @property
    def follows(self) -> object | None:
        return self._room if isinstance(self._room, AnyVariable) else None

    @property
    def default(self) -> Json:
        """What the value is while nothing is stored."""
        return self._speaker._default

    @property
    def _speaker(self) -> BackendStore:
        """Who knows the default: this store if it has a variable, else the one it is a room of, or another room."""
        root = self._root
        if self._variable is not None or (root._variable is None and root._newest_room is None):
            return self
        return root if root._variable is not None or root._newest_room is None else root._newest_room

    def at(self, key: str | AnyVariable[Any]) -> BackendStore:
        """Return the same store at a key of its own: a room, a document, a ticket, or a user's `identity_id`.

        With a variable, such as a parameter of the page's address, the browser says which: it may then ask for
        any key, and `can_read(user, key)` decides.

        Raises:
            InvalidDefinition: `key` is not a text of 1 to 512 characters.
        """
        if not isinstance(key, AnyVariable):
            _check_key(key, f'{self}.at()')
        elif self.scope == 'user':
            raise InvalidDefinition(
                f'{self}.at(): a browser may not choose whose value it sees; give a key, no variable'
            )
        room = copy.copy(self)
        room._variable = None
        room._room = key
        return room

    def enter(self, key: str) -> BackendStore:
        """Return the store at the key that a browser chose, with the default of the variable that follows it."""
        room = copy.copy(self)
        room._room = _check_key(key, f'{self}')
        return room

    def is_same_as(self, other: BackendStore) -> bool:
        """Whether both are one store, at whatever rooms."""
        return self._root is other._root

    def attach(self, variable: str, default: Any) -> None:
        """Take the variable of that uid as one of ours; it shows `default` while nothing is stored.

        Raises:
            ConflictingIds: another variable of this store has another default.
            InvalidValue: the default is not of the store's type.
        """
        if self._variable is None:
            self._variable, self._default = variable, to_json(default)
            self._root._newest_room = None if self._room is None else self
            self.check_type(self._default)
        elif not json_equal(self._default, to_json(default)):
            raise ConflictingIds(
                f'Variables {self._variable} and {variable} share the store {self.uid} but not their default '
                f'({self._default!r} and {default!r}). Give both the same default, or each a store of its own.'
            )

    def join(self) -> None:
        """Take our place among the stores over our backend.

        Raises:
            ConflictingIds: another store over it has another kind of scope.
        """
        self._open_records()

    async def key_for(self, user: UserData | None) -> str:
        """Return the key of the value that this user has here.

        Raises:
            NoUserInContext: it depends on the user, and there is none.
            Forbidden: the scope's function returned `None`: the user has no value here.
            CheckFailed: it raised.
            InvalidDefinition: it returned no key, or the room is known in the browser only.
        """
        if callable(self.scope) and self._room is None and user is not None:
            return _check_key(await self._key_of(user, self.scope), f'the scope of {self}')
        return self._known_key(user)

    def _known_key(self, user: UserData | None) -> str:
        if isinstance(self._room, str):
            return self._room
        if self._room is not None:
            raise InvalidDefinition(f'{self} follows {self._room!r}, which is known in the browser only; use at(key)')
        if self.scope == 'global':
            return GLOBAL_KEY
        if user is None:
            raise NoUserInContext(
                f'{self} has a value for each user, and there is no user here. read, write, modify and delete work '
                'inside a py_component, a DerivedVariable resolver or an action; elsewhere use '
                'store.at(identity_id) or get_all().'
            )
        assert not callable(self.scope)
        return user.identity_id

    async def _key_of(self, user: UserData, scope: Callable[[UserData], str | None]) -> str:
        who = (scope, user.identity_id)
        try:
            with running_for(Identity(user, '')):
                async with asyncio.timeout(SCOPE_SECONDS):
                    key: str | None = await call_in(self._root._threads, scope, user)
        except Forbidden:
            raise
        except Exception as error:
            OUTAGES.failed('The scope of a store', who, error)
            raise CheckFailed('The server cannot find out now which value is yours') from error
        OUTAGES.worked('The scope of a store', who)
        if key is None:
            raise Forbidden(f'{self}: user {user.identity_id!r} has no value here, says its scope.')
        return key

    @property
    def record(self) -> Record:
        """The record of this store's key, where that is no function's to say; not loaded before `open`."""
        return self._open_records().get(self._known_key(USER.get() if self.is_personal else None))

    async def open(self, key: str | None = None) -> Record:
        """Return the record of `key`, loaded; the global one's default is stored on first use, where nothing is.

        Raises:
            BackendFailed: the backend raised.
            StoreCorrupt: what it holds cannot be read.
            ConflictingIds: another store over the same backend has another default.
            WrongLoop: it belongs to another event loop.
        """
        records = self._open_records()
        await records.home.enter()
        record = records.get(await self.find_key() if key is None else key)
        if self._speaker._variable is not None:
            is_global = self.scope == 'global' and self._room is None
            record.set_default(self.default, store=self.uid, may_be_stored=is_global and not self.readonly)
        if self._keys:
            record.set_keys(self._keys, store=self.uid)
        await records.follow()
        await record.load()
        return record

    async def read(self) -> Any:
        """Return a copy of the value, or the variable's default if nothing was written.

        Raises:
            NoUserInContext: the value is a user's own, and there is no user here.
            BackendFailed: the backend raised.
            StoreCorrupt: what it holds cannot be read, or is not of the store's type.
        """

        async def read() -> Any:
            record = await self.open()
            await record.refresh()
            note_read(record, record.version)
            await self.check_stored(record)
            return fresh(self._shown(record, record.value))

        return await self._at_home(read)

    async def write(self, value: Any) -> None:
        """Store `value`, and show it in every browser, once it is stored. `None` is a value.

        Raises:
            NotJson: the value cannot be stored; nothing changes.
            InvalidValue: it is not of the store's type; nothing changes.
            ReadOnlyStore: the store may only be read.
            NoUserInContext: the value is a user's own, and there is no user here.
            BackendFailed: the backend raised; nothing changes.
        """
        stored = to_json(value)
        await self._transact(lambda _, __: stored)

    async def modify(self, change: Callable[[Any], Any]) -> Any:
        """Store what `change` makes of the value, and return it: an atomic read-modify-write.

        `change` gets a copy. A sync one runs in a thread, and whoever else writes the value waits for it; an async one
        runs again if the value has changed meanwhile. Raises what `write` does, and:
            NestedWrite: `change` uses this store itself.
            Contended: the value has changed each time while an async one ran.
        """
        self._check_writable()
        if is_async(change):
            return await self._modify_async(change)

        def changed(record: Record, value: Value) -> Value:
            with changing(record, holds_record=True):
                return to_json(change(fresh(self._shown(record, value))))

        return fresh(await self._transact(changed, runs_app_code=not is_ours(change)))

    async def write_partial(self, changes: Any) -> None:
        """Store a part: operations of JSON Patch (RFC 6902), or a whole value, of which the difference is published.

        An empty list is a patch without operations, and changes nothing; `write([])` empties a list.

        Raises what `write` does, and:
            InvalidEdit: an operation has no place in the value; nothing changes.
            TestFailed: a `test` did not hold; nothing changes.
        """
        await (self.patch(changes) if is_patch(changes) else self.write(changes))

    async def patch(self, operations: Sequence[Mapping[str, Any]]) -> None:
        """Apply operations of JSON Patch (RFC 6902), all or none. Raises what `write_partial` does."""
        await self._transact(lambda record, value: patched(value, operations, record.default))

    async def delete(self) -> None:
        """Remove the value; readers and browsers get the default again. Raises what `write` does."""
        await self._transact(lambda _, __: ABSENT)

    async def get_all(self) -> dict[str, Any]:
        """Return all values by key: `{'global': value}`, or one for each user, or `{}`. Needs no user.

        Raises:
            BackendFailed: the backend raised.
            StoreCorrupt: what it holds cannot be read.
        """
        note_read_of_everything()
        return await self._at_home(self._get_all)

    async def _get_all(self) -> dict[str, Any]:
        if self._room is not None:
            record = await self.open()
            await record.refresh()
            return {} if record.value is ABSENT else {record.key: fresh(record.value)}
        if self.scope == 'global' and self._variable is not None:
            await self.open()
        backend = self._open_records().backend
        limit = backend.seconds_per_call
        try:
            work = call(backend, backend.get_all)
            values = dict(await backend._dara_bulkhead.within(limit, ALL_KEYS, work, may_be_cancelled=True))
        except StoreCorrupt:
            raise
        except Exception as error:
            raise BackendFailed(f'{self.backend.describe()}: could not read: {error}') from error
        return await backend._dara_bulkhead.run(self._read_all_back, values)  # there may be very many

    async def present(self) -> list[UserData]:
        """Return who has the value on show now, each user once; nobody where no app runs.

        A tab that has lost its connection counts for some seconds more: it may come back.

        Raises:
            NoUserInContext: the value is a user's own, and there is no user here.
        """
        note_read_of_everything()

        async def look() -> list[UserData]:
            records = self._open_records()
            record = records.get(await self.find_key())
            return [user for app in records.onlookers for user in app.looking_at(record)]

        users = await self._at_home(look)
        return list({user.identity_id: user for user in users}.values())

    def on_change(self, listener: Callable[[str, Any], Any]) -> Callable[[], None]:
        """Call `listener(key, value)`, sync or async, after every commit, whoever made it; return what stops that.

        A sync one runs in a thread, one call after the other; an async one on the event loop on which this is called.
        A store `at` a key tells of that key alone. What was deleted is told as the default.
        """

        told = Listener(listener, self.backend.describe())

        def tell(record: Record) -> asyncio.Future[None] | None:
            if isinstance(self._room, str) and record.key != self._room:
                return None
            return told.tell(record.key, fresh(self._shown(record, record.value)))

        forget = self._open_records().on_change(tell)

        def stop() -> None:
            told.stop()
            forget()

        return stop

    async def recheck(self) -> None:
        """Ask `can_read` and `can_write` again, now; who may not read any more loses sight of the value.

        Where that cannot be told, because a predicate raises, nothing new is shown until it can.
        """

        async def ask() -> None:
            await asyncio.gather(*(listener() for listener in list(self._access_listeners)))

        await self._at_home(ask)

    def on_recheck(self, listener: Callable[[], Awaitable[Any]]) -> Callable[[], None]:
        """Call `listener` at every `recheck`; return what stops that."""
        self._access_listeners[listener] = None
        return lambda: self._access_listeners.pop(listener, None)

    @property
    def threads(self) -> Threads | None:
        """Where `check_type` runs, if the type has validators of the app's: they may take their time."""
        return self._root._threads if self._has_validators else None

    @functools.cached_property
    def _has_validators(self) -> bool:
        if self._type is None:
            return False
        from pydantic import TypeAdapter

        return runs_python(TypeAdapter(self._type).core_schema)

    def check_type(self, value: Value) -> None:
        """Accept a value of the store's type.

        Raises:
            InvalidValue: it is not.
            CheckFailed: a validator raised, so that it cannot be told.
        """
        if self._type is None or value is ABSENT:
            return
        from pydantic import TypeAdapter, ValidationError

        try:
            adapter = self._adapter = getattr(self, '_adapter', None) or TypeAdapter(self._type)
            adapter.validate_json(orjson.dumps(value), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ''.join(f'/{step}' for step in first['loc'])
            raise InvalidValue(f'{place + ": " if place else ""}{first["msg"]}') from error
        except Exception as error:  # of a validator of the app's
            OUTAGES.failed(f'A validator of {self}', '', error)
            raise CheckFailed('The server cannot check now whether this is valid') from error
        OUTAGES.worked(f'A validator of {self}', '')

    async def check_stored(self, record: Record) -> None:
        """Accept what the record holds, if it is of the store's type.

        Raises:
            StoreCorrupt: it is not; it was left as it is.
        """
        try:
            if self.threads:
                await self.threads.run(self.check_type, record.value)
            else:
                self.check_type(record.value)
        except InvalidValue as error:
            raise StoreCorrupt(
                f'{self}: what is stored under {record.key!r} is not of its type: {error}. It was left as it is.'
            ) from error

    def keep_open(self) -> Records:
        """Return what keeps the values of this store in memory, for as long as somebody holds it."""
        return self._open_records()

    @property
    def is_private_memory(self) -> bool:
        """Whether nothing but this process has the values."""
        return self._is_private_memory

    async def find_key(self) -> str:
        """Return the key of the user for whom the app's code runs. Raises what `key_for` does."""
        return await self.key_for(USER.get() if self.is_personal else None)

    def _open_records(self) -> Records:
        if self._root._records is None:
            records = OPEN_BACKENDS.records(self._root.backend, self._root._backend_identity)
            records.join(self._kind, repr(self))
            self._root._records = records
        return self._root._records

    @property
    def _kind(self) -> Kind:
        return 'custom' if callable(self.scope) else self.scope

    async def _modify_async(self, change: Callable[[Any], Any]) -> Any:
        async def look() -> tuple[Record, tuple[str, int], Json]:
            record = await self.open()  # anew: it may leave memory while `change` takes its time
            return record, (record.epoch, record.version), fresh(self._shown(record, record.value))

        for _ in range(RACES):
            record, seen, value = await self._at_home(look)
            with changing(record, holds_record=False):
                changed = to_json(await change(value))
            try:
                await self._transact(lambda _, __, changed=changed: changed, seen)  # type: ignore[misc]
            except Raced:
                continue
            return fresh(changed)
        raise Contended(f'{self}: the value has changed {RACES} times while the function given to modify() ran')

    async def _transact(
        self,
        change: Callable[[Record, Value], Value | Applied],
        expected: tuple[str, int] | None = None,
        *,
        runs_app_code: bool = False,
    ) -> Json:
        """Commit what `change` makes of the record's value; return what readers see then."""
        self._check_writable()
        threads = self._root._changing if runs_app_code else self.threads
        return await self._at_home(lambda: self._commit(change, expected, threads))

    async def _commit(
        self,
        change: Callable[[Record, Value], Value | Applied],
        expected: tuple[str, int] | None,
        threads: Threads | None,
    ) -> Json:
        record = await self.open()

        def checked(value: Value) -> Value | Applied:
            changed = change(record, value)
            self.check_type(changed.value if isinstance(changed, Applied) else changed)
            return changed

        shown = self._shown(record, await record.transact(checked, expected, threads))
        await self._open_records().told()
        return shown

    async def _at_home(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do `work` on the event loop that our records belong to."""
        return await self._open_records().home.do(work)

    def _check_writable(self) -> None:
        if self.readonly:
            raise ReadOnlyStore(f'Store {self.uid} is readonly; write to its backend instead.')

    def _shown(self, record: Record, value: Value) -> Json:
        return record.default if value is ABSENT else value

    def _read_all_back(self, values: dict[str, Any]) -> dict[str, Json]:
        for key, value in values.items():
            values[key] = self._read_back(key, value)  # so that no more than one is there twice
        return values

    def _read_back(self, key: str, value: Any) -> Json:
        try:
            return to_json(value)
        except NotJson as error:
            raise StoreCorrupt(f'{self.backend.describe()}, key {key!r}: {error} It was left as it is.') from error

    @property
    def _backend_identity(self) -> Hashable:
        return ('memory', self.uid) if self._is_private_memory else self.backend.identity

    def __repr__(self) -> str:
        at = '' if self._room is None else f'.at({self._room!r})'
        return f'<BackendStore {self.uid}>{at}'


def _checked_keys(keys: Mapping[str, str]) -> Keys:
    for pointer, member in keys.items():
        if not isinstance(pointer, str) or (pointer and not pointer.startswith('/')) or not isinstance(member, str):
            raise InvalidDefinition(
                f'BackendStore: keys name lists by JSON pointer and the member that tells their items apart, such as '
                f"{{'/items': 'id'}}, not {{{pointer!r}: {member!r}}}"
            )
    return parse_keys(keys)


def runs_python(schema: Any) -> bool:
    """Whether checking a value by this schema of pydantic's calls functions."""
    if isinstance(schema, dict):
        kind = schema.get('type')
        is_function = isinstance(kind, str) and kind.startswith('function-')
        has_hook = schema.get('post_init') or schema.get('custom_init')
        return bool(is_function or has_hook) or any(map(runs_python, schema.values()))
    return isinstance(schema, (list, tuple)) and any(map(runs_python, schema))


def _check_key(key: object, where: str) -> str:
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY:
        raise InvalidDefinition(f'{where}: a key is a text of 1 to {MAX_KEY} characters, not {key!r}')
    try:
        to_json(key)
    except NotJson as error:
        raise InvalidDefinition(f'{where}: a key cannot be stored that {error}') from error
    return key
