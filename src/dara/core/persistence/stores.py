"""`BackendStore`: a variable's value lives on the server, shared live with every browser."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any, Literal

from dara.core._edits import ABSENT, Value
from dara.core._ids import PLACES
from dara.core._json import Json, fresh, json_equal, to_json
from dara.core._patch import is_patch, patched
from dara.core._stores import SharedStore
from dara.core.errors import ConflictingIds, InvalidDefinition, ReadOnlyStore
from dara.core.persistence.backend import PersistenceBackend
from dara.core.persistence.memory import InMemoryBackend
from dara.core.persistence.open import OPEN_BACKENDS, Records
from dara.core.persistence.record import Raced, Record

GLOBAL_KEY = 'global'


class BackendStore(SharedStore):
    """Keeps a variable's value on the server, shared live with every browser.

    Works without an app, too: `await BackendStore().write(1)` in a script or a test.

    Args:
        backend: where the value is kept; in memory if not given.
        uid: a name that no other store has. That of the store's variable if not given.
        scope: `'global'`: one value for everybody.
        readonly: browsers show the value and cannot change it; neither can `write`.
    """

    def __init__(
        self,
        backend: PersistenceBackend | None = None,
        uid: str | None = None,
        scope: Literal['global'] = 'global',
        readonly: bool = False,
    ) -> None:
        if backend is not None and not isinstance(backend, PersistenceBackend):
            raise InvalidDefinition(f'BackendStore: backend must be a PersistenceBackend, not {backend!r}')
        if scope != 'global':
            raise InvalidDefinition(f"BackendStore: scope {scope!r} is not supported yet; use 'global'")
        self.backend = backend or InMemoryBackend()
        self.scope = scope
        self.readonly = readonly
        self._is_private_memory = backend is None
        self._explicit_uid = uid
        self._place = PLACES.name(self)
        self._variable: str | None = None
        self._default: Json = None
        self._records: Records | None = None

    @property
    def uid(self) -> str:
        """What names the store on the wire; the same in every process that runs the same code."""
        return self._explicit_uid or self._variable or self._place

    @property
    def default(self) -> Json:
        """What the value is while nothing is stored."""
        return self._default

    def attach(self, variable: str, default: Any) -> None:
        """Take the variable of that uid as one of ours; it shows `default` while nothing is stored.

        Raises:
            ConflictingIds: another variable of this store has another default.
        """
        if self._variable is None:
            self._variable, self._default = variable, to_json(default)
        elif not json_equal(self._default, to_json(default)):
            raise ConflictingIds(
                f'Variables {self._variable} and {variable} share the store {self.uid} but not their default '
                f'({self._default!r} and {default!r}). Give both the same default, or each a store of its own.'
            )

    @property
    def record(self) -> Record:
        """The record of this store's key; not loaded before `open`."""
        return self._backend_records.get(GLOBAL_KEY)

    @property
    def _backend_records(self) -> Records:
        if self._records is None:
            self._records = OPEN_BACKENDS.records(self.backend, self._backend_identity)
        return self._records

    async def open(self) -> Record:
        """Return the record, loaded; on first use the variable's default is stored where nothing is.

        Raises:
            BackendFailed: the backend raised.
            StoreCorrupt: what it holds cannot be read.
            ConflictingIds: another store over the same backend has another default.
        """
        record = self.record
        if self._variable is not None:
            record.set_default(self._default, may_be_stored=not self.readonly)
        await self._backend_records.follow()
        await record.load()
        return record

    async def _open_and_ask(self) -> Record:
        """Return the record, as the backend has it now, unless that tells us of changes itself."""
        record = await self.open()
        await record.refresh()
        return record

    async def read(self) -> Any:
        """Return a copy of the value, or the variable's default if nothing was written.

        Raises:
            BackendFailed: the backend raised.
            StoreCorrupt: what it holds cannot be read.
        """
        record = await self._open_and_ask()
        return fresh(self._shown(record.value))

    async def write(self, value: Any) -> None:
        """Store `value`, and show it in every browser, once it is stored. `None` is a value.

        Raises:
            NotJson: the value cannot be stored; nothing changes.
            ReadOnlyStore: the store may only be read.
            BackendFailed: the backend raised; nothing changes.
        """
        stored = to_json(value)
        await self._transact(lambda _: stored)

    async def modify(self, change: Callable[[Any], Any]) -> Any:
        """Store what `change` makes of the value, and return it: an atomic read-modify-write.

        `change` gets a copy. It may be sync or async; an async one runs again if the value changed meanwhile.

        Raises:
            NotJson: the new value cannot be stored; nothing changes.
            ReadOnlyStore: the store may only be read.
            BackendFailed: the backend raised; nothing changes.
        """
        self._check_writable()
        if iscoroutinefunction(change) or iscoroutinefunction(getattr(change, '__call__', None)):  # noqa: B004
            return await self._modify_async(change)
        return fresh(self._shown(await self._transact(lambda value: to_json(change(fresh(self._shown(value)))))))

    async def write_partial(self, changes: Any) -> None:
        """Store a part: operations of JSON Patch (RFC 6902), or a whole value, of which the difference is published.

        Raises:
            InvalidEdit: an operation has no place in the value; nothing changes.
            TestFailed: a `test` did not hold; nothing changes.
            NotJson: a value cannot be stored; nothing changes.
            ReadOnlyStore: the store may only be read.
            BackendFailed: the backend raised; nothing changes.
        """
        await (self.patch(changes) if is_patch(changes) else self.write(changes))

    async def patch(self, operations: Sequence[Mapping[str, Any]]) -> None:
        """Apply operations of JSON Patch (RFC 6902), all or none. Raises what `write_partial` does."""
        await self._transact(lambda value: patched(self._shown(value), operations))

    async def delete(self) -> None:
        """Remove the value; readers and browsers get the default again."""
        await self._transact(lambda _: ABSENT)

    async def get_all(self) -> dict[str, Any]:
        """Return `{'global': value}`, or `{}` if nothing was written."""
        record = await self._open_and_ask()
        return {} if record.value is ABSENT else {GLOBAL_KEY: fresh(record.value)}

    async def _modify_async(self, change: Callable[[Any], Any]) -> Any:
        record = await self.open()
        while True:
            version, value = record.version, fresh(self._shown(record.value))
            changed = to_json(await change(value))
            try:
                await self._transact(lambda _, changed=changed: changed, version)  # type: ignore[misc]
            except Raced:
                continue
            return fresh(changed)

    async def _transact(self, change: Callable[[Value], Value], expected: int | None = None) -> Value:
        self._check_writable()
        record = await self.open()
        return await record.transact(change, expected)

    def _check_writable(self) -> None:
        if self.readonly:
            raise ReadOnlyStore(f'Store {self.uid} is readonly; write to its backend instead.')

    def _shown(self, value: Value) -> Json:
        return self._default if value is ABSENT else value

    @property
    def _backend_identity(self) -> Hashable:
        return ('memory', self.uid) if self._is_private_memory else self.backend.identity

    def __repr__(self) -> str:
        return f'<BackendStore {self.uid}>'
