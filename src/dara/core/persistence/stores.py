"""`BackendStore`: keeps a variable's value on the server, shared live with every browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

from dara.core._app_code import is_async, is_ours
from dara.core._awaited import awaited_methods
from dara.core._context import UserData, note_read, note_untracked_read
from dara.core._edits import ABSENT, Applied, Value
from dara.core._ids import name_of
from dara.core._json import Json, fresh, to_json
from dara.core._patch import is_patch, patched
from dara.core._stores import SharedStore
from dara.core.errors import Contended, InvalidDefinition
from dara.core.persistence.access import Access, Predicate
from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.bound_store import BoundStore, or_default
from dara.core.persistence.changing import changing
from dara.core.persistence.commit_queue import Raced
from dara.core.persistence.listeners import Listener
from dara.core.persistence.record import Record
from dara.core.persistence.schema import ValueSchema
from dara.core.persistence.scope import Scope
from dara.core.persistence.store_core import StoreCore
from dara.core.persistence.versions import Migration, Versions
from dara.core.variables import AnyVariable, Variable

RACES: Final = 1000


@awaited_methods
class BackendStore(SharedStore):
    """A store that keeps a variable's value on the server, shared live with every browser.

    Works without an app, too: `await BackendStore().write(1)` in a script or a test.

    Args:
        backend: the backend that keeps the value. If not given, that of the app, `config.backend`, and else memory.
        uid: a name that no other store has. That of the store's variable if not given.
        scope: the users who share a value. `'global'`: everybody. `'user'`: each user has their own, in all their
            tabs. A function of the user: all users for whom it returns the same key, such as the name of their team;
            users for whom it returns `None` have no value here.
        readonly: reject every write, by browsers and by `write`.
        type: a type or pydantic model that values must fit strictly: the string `'1'` is not a number.
            Values that do not fit are rejected, and nothing changes.
        can_read: a function of the user, or of the user and the key, that decides whether the user's browser may
            have the value. Sync (it runs in a thread) or async. Called when a page shows the value, and every minute.
            It denies by a falsy result, or by raising `Forbidden`. Any other error, and no answer within 10 s, is an
            outage: nothing is taken away or lost, nothing new is shown, and it is called again.
        can_write: the same for edits by the user's browser; called at every edit. Server code may always write.
        keys: identities of list items: the JSON pointer of a list, in which `*` is any step, and the member that
            identifies its items, such as `{'/items': 'id'}`. Differences between two values are then published as
            items moved, added and removed, and concurrent edits follow their items.
        version: the version of the values, 1 or more. Raise it when the meaning or the `type` of the values changes.
        migrate: by older version, a function that returns the value of the next version: `{1: from_1_to_2}`. It is
            sync, and runs in a thread. A stored value of an older version is migrated when it is read, and stays as it
            is if that fails.

    Raises:
        InvalidDefinition: an argument is not valid.
    """

    _advised: ClassVar = ('backend', 'readonly', 'scope', 'uid')

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
        version: int = 1,
        migrate: Mapping[int, Migration] | None = None,
    ) -> None:
        if backend is not None and not isinstance(backend, PersistenceBackend):
            raise InvalidDefinition(
                f"BackendStore: backend takes a backend such as FileBackend(path='value.json'), not {backend!r}"
            )
        if scope not in ('global', 'user') and not callable(scope):
            raise InvalidDefinition(f"BackendStore: scope is 'global', 'user' or a function of the user, not {scope!r}")
        access, schema = Access(readonly, can_read, can_write), ValueSchema(type, keys)
        versions = Versions(version, migrate, schema.check)
        self._bound = BoundStore(StoreCore(uid, name_of(self), backend, scope, access, schema, versions))

    @property
    def uid(self) -> str:
        """The name of the store; the same in every process that runs the same code."""
        return self._bound.core.uid

    @property
    def backend(self) -> PersistenceBackend:
        """The backend that keeps the values."""
        return self._bound.core.backend

    @property
    def scope(self) -> Scope:
        """The scope of a value: `global` for one value for everybody, `user` for one for each user, or a function."""
        return self._bound.core.scope

    @property
    def readonly(self) -> bool:
        """True if every write is rejected."""
        return self._bound.access.readonly

    def at(self, key: str | AnyVariable[Any]) -> BackendStore:
        """Return the same store at a key of its own: a room, a document, a ticket, or a user's `identity_id`.

        With a variable, such as a parameter of the page's address, the browser chooses the key. It may then ask for
        any key, and `can_read(user, key)` decides.

        Raises:
            InvalidDefinition: `key` is not a string of 1 to 512 characters.
        """
        room = object.__new__(type(self))  # the app may have derived a class with arguments of its own
        room.__dict__.update(self.__dict__, _bound=self._bound.at(key))
        return room

    async def read(self) -> Any:
        """Return a copy of the value, or the variable's default if nothing was written.

        Raises:
            NoUserInContext: each user has a value of their own, and there is no user here.
            BackendFailed: the backend raised.
            StoreCorrupt: the stored value cannot be read, or does not fit the store's type.
            WrongVersion: the stored value is of another version of the app, and cannot be migrated.
        """

        async def read() -> Any:
            record = await self._bound.open()
            await record.refresh()
            note_read(record, record.version)
            await self._bound.core.check_stored(record)
            return fresh(or_default(record, record.value))

        return await self._bound.on_home_loop(read)

    async def write(
        self, value: Any, notify: bool = True, ignore_channel: str | None = None, *, reason: str | None = None
    ) -> None:
        """Store `value`, and show it in every browser, once it is stored. `None` is a value.

        Args:
            value: anything that JSON can hold.
            notify: accepted and ignored, as in the other methods: a browser never shows an outdated value.
            ignore_channel: accepted and ignored for the same reason.
            reason: a text of up to 500 characters that the change log keeps, with the user for whom the code runs.
                Users do not see it.

        Raises:
            NotJson: the value cannot be stored; nothing changes.
            InvalidValue: the value does not fit the store's type; nothing changes.
            ReadOnlyStore: the store is read-only.
            NoUserInContext: each user has a value of their own, and there is no user here.
            BackendFailed: the backend raised; nothing changes.
            WrongVersion: the stored value is of another version of the app, and cannot be migrated; nothing changes.
        """
        stored = to_json(value)
        await self._bound.transact(lambda _, __: stored, reason=reason)

    async def modify(self, change: Callable[[Any], Any], *, reason: str | None = None) -> Any:
        """Store the result of `change(value)`, and return it: an atomic read-modify-write.

        `change` gets a copy. A sync function runs in a thread, and other writers of the value wait for it. An async
        function is called again if the value has changed meanwhile. Raises what `write` does, and:
            NestedWrite: `change` uses this store itself.
            Contended: the value has changed each time while an async function ran.
        """
        self._bound.access.check_writable(self.uid)
        if is_async(change):
            return await self._modify_async(change, reason)

        def changed(record: Record, value: Value) -> Value:
            with changing(record, holds_record=True):
                return to_json(change(fresh(or_default(record, value))))

        return fresh(await self._bound.transact(changed, runs_app_code=not is_ours(change), reason=reason))

    async def _modify_async(self, change: Callable[[Any], Any], reason: str | None) -> Any:
        async def read() -> tuple[Record, tuple[str, int], Json]:
            record = await self._bound.open()  # each time: it may be evicted while `change` runs
            return record, (record.epoch, record.version), fresh(or_default(record, record.value))

        for _ in range(RACES):
            record, expected, value = await self._bound.on_home_loop(read)
            with changing(record, holds_record=False):
                changed = to_json(await change(value))
            try:
                await self._bound.transact(lambda *_, changed=changed: changed, expected, reason=reason)
            except Raced:
                continue
            return fresh(changed)
        raise Contended(f'{self}: the value has changed {RACES} times while the function given to modify() ran')

    async def write_partial(
        self, data: Any, notify: bool = True, in_place: bool = False, *, reason: str | None = None
    ) -> Any:
        """Store a part of the value, and return a copy of the new value.

        Args:
            data: operations of JSON Patch (RFC 6902), or a whole value, of which the difference is published. An empty
                list is a patch without operations, and changes nothing; `write([])` empties a list. Where the value is
                `None`, the operations apply to `{}`.
            notify: accepted and ignored, see `write`.
            in_place: accepted and ignored: values that were read before never change.
            reason: see `write`.

        Raises what `write` does, and:
            InvalidEdit: an operation does not apply to the value; nothing changes.
            TestFailed: a `test` did not hold; nothing changes.
        """
        if is_patch(data):
            return await self.patch(data, reason=reason)
        stored = to_json(data)
        return fresh(await self._bound.transact(lambda _, __: stored, reason=reason))

    async def patch(self, operations: Sequence[Mapping[str, Any]], *, reason: str | None = None) -> Any:
        """Apply operations of JSON Patch (RFC 6902), all or none; return a copy of the new value.

        Raises what `write_partial` does.
        """

        def change(record: Record, value: Value) -> Applied:
            return patched(value, operations, record.default)

        return fresh(await self._bound.transact(change, reason=reason))

    async def delete(self, notify: bool = True, *, reason: str | None = None) -> None:
        """Remove the value; readers and browsers get the default again. Raises what `write` does."""
        await self._bound.transact(lambda _, __: ABSENT, reason=reason)

    async def get_all(self) -> dict[str, Any]:
        """Return all values by key: `{'global': value}`, or one for each user, or `{}`. Needs no user.

        In `config.backend`, this reads the values of all stores, and drops those of the others.

        Raises:
            BackendFailed: the backend raised.
            StoreCorrupt: a stored value cannot be read.
        """
        note_untracked_read()
        return await self._bound.on_home_loop(self._bound.read_all)

    async def present(self) -> list[UserData]:
        """Return the users whose tabs show the value, each user once; nobody if no app runs.

        A tab that has lost its connection counts for some seconds more: it may come back.

        Raises:
            NoUserInContext: each user has a value of their own, and there is no user here.
        """
        note_untracked_read()

        async def find() -> list[UserData]:
            records = self._bound.core.open_records()
            record = records.get(self._bound.core.stored_key(await self._bound.current_key()))
            return [user for app in records.viewers for user in app.looking_at(record)]

        users = await self._bound.on_home_loop(find)
        return list({user.identity_id: user for user in users}.values())

    def on_change(self, listener: Callable[[str, Any], Any]) -> Callable[[], None]:
        """Call `listener(key, value)` after every commit of any writer; return a function that unsubscribes it.

        A sync listener runs in a thread, one call after the other; an async one on the event loop on which this is
        called. A store `at` a key notifies of that key alone. A deletion is notified with the default.
        """
        core, room = self._bound.core, self._bound.room
        calls = Listener(listener, lambda: core.backend.describe())

        def notify(record: Record) -> asyncio.Future[None] | None:
            is_default = record.value is ABSENT and not record.has_default
            value = self._bound.default if is_default else or_default(record, record.value)
            return calls.notify(core.key_of(record), fresh(value))

        forget = core.on_change(notify, room if isinstance(room, str) else None)

        def unsubscribe() -> None:
            calls.stop()
            forget()

        return unsubscribe

    async def recheck(self) -> None:
        """Call `can_read` and `can_write` again, now; a user who may no longer read loses sight of the value.

        While a predicate raises, nothing new is shown.
        """
        await self._bound.on_home_loop(self._bound.access.recheck)

    @property
    def _definition(self) -> dict[str, Json]:
        return self._bound.definition

    @property
    def _room_variable(self) -> object | None:
        return self._bound.room_variable

    def _attach(self, variable: str, default: Any) -> None:
        self._bound.attach(variable, default)

    def __repr__(self) -> str:
        return repr(self._bound)


def store_of(variable: AnyVariable[Any]) -> BoundStore | None:
    """Return the store of a variable that lives in a `BackendStore`."""
    store = variable.store if isinstance(variable, Variable) else None
    return bound(store) if isinstance(store, BackendStore) else None


def bound(store: BackendStore) -> BoundStore:
    """Return the store and its room as Dara's own layers use them."""
    return store._bound
