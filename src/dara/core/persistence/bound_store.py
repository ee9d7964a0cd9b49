"""Stores bound to a room: the objects that Dara's own layers read and write through."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias, TypeVar

from dara.core._context import USER, UserData
from dara.core._edits import ABSENT, Applied, Value
from dara.core._json import Json, fresh, json_equal, shortened, to_json
from dara.core._threads import Threads
from dara.core.errors import ConflictingIds, InvalidDefinition, InvalidValue, NoUserInContext
from dara.core.persistence.record import Record
from dara.core.persistence.scope import GLOBAL_KEY, check_key
from dara.core.persistence.store_core import Declaration, StoreCore
from dara.core.variables import AnyVariable, dump_ref

T = TypeVar('T')
Room: TypeAlias = 'str | AnyVariable[Any] | None'
REASON_CHARACTERS: Final = 500
VERSION_MARK: Final = '#v'
Change: TypeAlias = 'Callable[[Record, Value], Value | Applied]'


class BoundStore:
    """A store bound to one of its rooms, or to none.

    Attributes:
        core: the state that all rooms of the store share.
        access: the rights to the store's values.
        room: the key given to `BackendStore.at`; a variable if the browser chooses the key.
    """

    def __init__(self, core: StoreCore, room: Room = None, declaration: Declaration | None = None) -> None:
        self.core: Final = core
        self.access: Final = core.access
        self.room: Final = room
        self._own_declaration = declaration

    @property
    def uid(self) -> str:
        """The name of the store on the wire, the same for all rooms. It has the version, if that is not 1.

        So a tab of another version cannot address the store: its edits are made for values of another shape.
        """
        version = self.core.versions.version
        return self.core.uid if version == 1 else f'{self.core.uid}{VERSION_MARK}{version}'

    @property
    def is_personal(self) -> bool:
        """True if the key depends on the user."""
        return self.room is None and self.core.scope != 'global'

    @property
    def room_variable(self) -> AnyVariable[Any] | None:
        """The variable by which the browser chooses the room, if it does."""
        return self.room if isinstance(self.room, AnyVariable) else None

    @property
    def definition(self) -> dict[str, Json]:
        """The description of the store for the browser."""
        at: dict[str, Json] = {}
        if self.room is not None:
            at = {'at': self.room if isinstance(self.room, str) else dump_ref(self.room)}
        item_keys = self.core.schema.dumped_item_keys
        return {'kind': 'store', 'store': self.uid, **at, **({'keys': item_keys} if item_keys else {})}

    @property
    def default(self) -> Json:
        """The value for as long as nothing is stored."""
        declaration = self._declaration
        return declaration.default if declaration else None

    @property
    def _declaration(self) -> Declaration | None:
        """The declaration of this room, else of the store, else of the room that was declared last."""
        return self._own_declaration or self.core.declaration or self.core.room_declaration

    def at(self, key: str | AnyVariable[Any]) -> BoundStore:
        """Return the store bound to another room. Raises what `BackendStore.at` does."""
        if not isinstance(key, AnyVariable):
            check_key(key, f'{self}.at()')
        elif self.core.scope == 'user':
            raise InvalidDefinition(
                f'{self}.at(): a browser may not choose whose value it sees; give a key, not a variable'
            )
        return BoundStore(self.core, key)

    def enter(self, key: str) -> BoundStore:
        """Return the store bound to the room that a browser chose. It keeps the default of this one.

        Raises:
            InvalidDefinition: `key` is not a valid key.
        """
        self.core.stored_key(check_key(key, repr(self)))  # which may be too long
        return BoundStore(self.core, key, self._own_declaration)

    def attach(self, variable: str, default: Any) -> None:
        """Attach the variable of that uid, and adopt its default.

        Raises:
            ConflictingIds: another variable was attached with another default.
            InvalidValue: the default does not fit the store's type.
        """
        declaration = Declaration(variable, to_json(default))
        known = self._own_declaration
        if known is None:
            if declaration.default is not None:  # no value until somebody has written one
                self.core.check_type(declaration.default)
            self._own_declaration = declaration
            if self.room is None:
                self.core.declare(declaration)
            else:
                self.core.room_declaration = declaration
        elif not json_equal(known.default, declaration.default):
            raise ConflictingIds(
                f'Variables {known.variable} and {variable} share the store {self.uid} but not their default '
                f'({known.default!r} and {declaration.default!r}). Give both the same default, or each its own store.'
            )

    async def key_for(self, user: UserData | None) -> str:
        """Return the key of the user's value.

        Raises:
            NoUserInContext: the key depends on the user, and `user` is `None`.
            Forbidden: the scope function returned `None`: the user has no value here.
            CheckFailed: the scope function raised.
            InvalidDefinition: the scope function returned no valid key, or only the browser knows the room.
        """
        if callable(self.core.scope) and self.room is None and user is not None:
            return await self.core.key_from_scope(self.core.scope, user)
        return self._static_key(user)

    async def current_key(self) -> str:
        """Return the key of the user for whom the app's code runs. Raises what `key_for` does."""
        return await self.key_for(USER.get() if self.is_personal else None)

    def _static_key(self, user: UserData | None) -> str:
        """Return the key if no function of the app computes it."""
        if isinstance(self.room, str):
            return self.room
        if self.room is not None:
            raise InvalidDefinition(f'{self} follows {self.room!r}, which is known in the browser only; use at(key)')
        if self.core.scope == 'global':
            return GLOBAL_KEY
        if user is None:
            raise NoUserInContext(
                f'{self} has a value for each user, and there is no user here. read, write, modify and delete work '
                'inside a py_component, a DerivedVariable resolver or an action; elsewhere use '
                'store.at(identity_id) or get_all().'
            )
        assert not callable(self.core.scope)
        return user.identity_id

    @property
    def record(self) -> Record:
        """The record of the current key, if no function of the app computes the key. It may not be loaded yet."""
        key = self._static_key(USER.get() if self.is_personal else None)
        return self.core.open_records().get(self.core.stored_key(key))

    async def open(self, key: str | None = None) -> Record:
        """Return the loaded record of `key`, or of the current key.

        Where nothing is stored, this stores the default of a writable store in global scope.

        Raises:
            BackendFailed: the backend raised.
            StoreCorrupt: the stored value cannot be read.
            WrongVersion: it is of another version of the app, and cannot be migrated.
            ConflictingIds: another store over the same backend has another default.
            WrongLoop: the backend belongs to another event loop.
        """
        records = self.core.open_records()
        await records.home.claim()
        record = records.get(self.core.stored_key(await self.current_key() if key is None else key))
        declaration = self._declaration
        if declaration is not None:
            is_value = declaration.default is not None or self.core.schema.type is None
            may_be_stored = self.core.scope == 'global' and self.room is None and not self.access.readonly
            record.set_default(declaration.default, store=self.uid, may_be_stored=may_be_stored and is_value)
        if self.core.schema.item_keys:
            record.set_keys(self.core.schema.item_keys, store=self.uid)
        await records.watch(record.key)
        await record.load()
        return record

    async def on_home_loop(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run `work` on the event loop of the records, and return its result."""
        return await self.core.open_records().home.run(work)

    async def transact(
        self,
        change: Change,
        expected: tuple[str, int] | None = None,
        *,
        runs_app_code: bool = False,
        reason: str | None = None,
    ) -> Json:
        """Commit the result of `change`, and return the value or the default in place of an absent one.

        Args:
            change: computes the new value, or ops with their result, from the record and its value.
            expected: the epoch and version that the record must have.
            runs_app_code: call `change` in a thread.
            reason: the reason to store with it.

        Raises:
            InvalidValue: the reason is not a text that can be stored.
            ReadOnlyStore: the store is read-only.
            Raced: the record has another epoch or version than `expected`.
            InvalidValue: the new value does not fit the store's type.
            BackendFailed: the backend raised; nothing changed.
        """
        self.access.check_writable(self.core.uid)
        _check_reason(reason)
        threads = self.core.modify_threads if runs_app_code else self.core.schema.threads
        return await self.on_home_loop(lambda: self._commit(change, expected, threads, reason))

    async def _commit(
        self, change: Change, expected: tuple[str, int] | None, threads: Threads | None, reason: str | None
    ) -> Json:
        record = await self.open()

        def checked(value: Value) -> Value | Applied:
            changed = change(record, value)
            self.core.check_type(changed.value if isinstance(changed, Applied) else changed)
            return changed

        committed = or_default(record, await record.transact(checked, expected, threads, reason))
        await self.core.open_records().wait_for_listeners()
        return committed

    async def read_all(self) -> dict[str, Any]:
        """Return the stored values by key; those of a room by its key alone.

        Raises:
            BackendFailed: the backend raised.
            StoreCorrupt: a stored value cannot be read.
        """
        if self.room is not None:
            record = await self.open()
            await record.refresh()
            return {} if record.value is ABSENT else {self.core.key_of(record): fresh(record.value)}
        if self.core.scope == 'global' and self.core.declaration is not None:
            await self.open()  # which stores the default
        return await self.core.read_all()

    def __repr__(self) -> str:
        return repr(self.core) if self.room is None else f'{self.core}.at({self.room!r})'


def _check_reason(reason: str | None) -> None:
    if reason is None:
        return
    if not isinstance(reason, str) or len(reason) > REASON_CHARACTERS:
        raise InvalidValue(
            f'reason is a text of at most {REASON_CHARACTERS} characters, not {shortened(repr(reason), 50)}'
        )
    to_json(reason)


def parse_uid(name: str) -> tuple[str, int]:
    """Return the uid and the version in the name of a store on the wire."""
    uid, mark, version = name.rpartition(VERSION_MARK)
    return (uid, int(version)) if mark and version.isascii() and version.isdigit() else (name, 1)


def or_default(record: Record, value: Value) -> Json:
    """Return `value`, or the record's default if the value is absent."""
    return record.default if value is ABSENT else value
