"""`ServerVariable`: a value that stays on the server; tabs see tables of it, and what is computed from it."""

from __future__ import annotations

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections import defaultdict
from typing import Any, ClassVar, Final, Literal, TypeAlias, TypedDict, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from dara.core._awaited import awaited_methods
from dara.core._context import USER, UserData
from dara.core._effects import Action, CallAction
from dara.core._frames.frame import is_tabular
from dara.core._ids import name_of
from dara.core._json import Json
from dara.core._shared_values import fetch, forget, hold, is_there, share, share_start, shared_files
from dara.core.derived import CachePolicy, CacheType, Computation, DerivedVariable
from dara.core.errors import InvalidDefinition, NonTabularDataError, NoUserInContext
from dara.core.filtering import FilterQuery, Pagination, apply_filters, coerce_to_filter_query
from dara.core.persistence.stores import BackendStore
from dara.core.variables import AnyVariable, Variable, dump_ref

__all__ = [
    'AnyDataVariable',
    'DataResponse',
    'DataVariable',
    'DerivedDataVariable',
    'MemoryBackend',
    'ServerBackend',
    'ServerVariable',
    'append_index',
    'build_data_response',
]

T = TypeVar('T')
Scope: TypeAlias = Literal['global', 'user']
GLOBAL: Final = 'global'
"""The key of the one value of scope 'global'."""
INDEX: Final = '__index__'
PERSONAL_RESULTS: Final = 100
RACES: Final = 100
NEWS_SECONDS: Final = 1
"""The time after which a process surely knows a version that another one has written."""
STARTED: Final = 'started.'
"""The beginning of the versions of values that no process has written: those with which an app starts."""


class ServerBackend(BaseModel, ABC):
    """The base class of backends of a `ServerVariable`: subclass it to keep the values elsewhere, in a database.

    A Table asks `read_filtered` for the rows in view, and does not read the whole value.

    Args:
        scope: `'global'` for one value, `'user'` for one of each user.
    """

    model_config: ClassVar = ConfigDict(arbitrary_types_allowed=True, defer_build=True)

    scope: Scope

    @abstractmethod
    async def write(self, key: str, value: Any) -> Any:
        """Keep a value."""

    @abstractmethod
    async def read(self, key: str) -> Any:
        """Return a value."""

    @abstractmethod
    async def read_filtered(
        self,
        key: str,
        filters: FilterQuery | dict[str, Any] | None = None,
        pagination: Pagination | None = None,
    ) -> tuple[Any, int]:
        """Return those rows of a value that pass the filters, and their number before the pagination.

        The index of a pandas DataFrame, or a column `__index__`, may tell the numbers of the rows in the value.

        Raises:
            NotImplementedError: the backend finds no rows; then the whole value is read for a Table.
        """

    @abstractmethod
    async def get_sequence_number(self, key: str) -> int:
        """Return a number that grows with every write of a value."""


class MemoryBackend(ServerBackend):
    """A backend that keeps the values in memory. Several processes of one app share what is written.

    Args:
        scope: `'global'` for one value, `'user'` for one of each user.
    """

    data: dict[str, Any] = Field(default_factory=dict)
    sequence_number: defaultdict[str, int] = Field(default_factory=lambda: defaultdict(int))

    def __init__(self, scope: Scope = 'user', **fields: Any) -> None:
        super().__init__(scope=scope, **fields)

    async def write(self, key: str, value: Any) -> Any:
        """Keep a value; return it."""
        self.data[key] = value
        self.sequence_number[key] += 1
        return value

    async def read(self, key: str) -> Any:
        """Return a value; `None` if there is none."""
        return self.data.get(key)

    async def read_filtered(
        self,
        key: str,
        filters: FilterQuery | dict[str, Any] | None = None,
        pagination: Pagination | None = None,
    ) -> tuple[Any, int]:
        """Return those rows of a DataFrame that pass the filters, and their number before the pagination.

        Raises:
            NonTabularDataError: the value is no DataFrame.
        """
        value = self.data.get(key)
        if value is not None and not is_tabular(value):
            raise NonTabularDataError(f'The value is a {type(value).__name__}, and no DataFrame.')
        return apply_filters(append_index(value), coerce_to_filter_query(filters), pagination)

    async def get_sequence_number(self, key: str) -> int:
        """Return the number of writes of a value."""
        return self.sequence_number[key]


async def _nobody(_: UserData) -> bool:
    return False


@awaited_methods
class ServerVariable(AnyVariable[T]):
    """A value that stays on the server: a large DataFrame, a model, any object.

        flights = ServerVariable(pandas.read_parquet('flights.parquet'))
        config.add_page('Flights', content=Table(data=flights))

    The functions of DerivedVariables, py_components and actions get the value itself. A Table and a
    Chart show one that is a DataFrame of pandas or polars or an Arrow table: the Table gets the rows in view, and the
    Chart what it draws. The server sorts, filters and searches. A write shows at once in all tabs.

    Args:
        default: the value until one is written, in scope `'global'`.
        backend: keeps the values; memory if not given.
        scope: `'global'` for one value, `'user'` for one of each user.
        uid: a name that no other variable has. Derived from the position in the code if not given.

    Raises:
        InvalidDefinition: an argument is not valid.
    """

    backend: ServerBackend
    scope: Scope
    default: T | None

    def __init__(
        self,
        default: T | None = None,
        backend: ServerBackend | None = None,
        scope: Scope = 'global',
        uid: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.uid = uid or name_of(self)
        if scope not in ('global', 'user'):
            raise InvalidDefinition(f"ServerVariable {self.uid}: scope is 'global' or 'user', not {scope!r}")
        if scope == 'user' and default is not None:
            raise InvalidDefinition(f'ServerVariable {self.uid}: a default is for all users; write one for each user')
        if backend is not None and not isinstance(backend, ServerBackend):
            raise InvalidDefinition(f'ServerVariable {self.uid}: backend must be a ServerBackend, not {backend!r}')
        self.default = default
        self.backend = MemoryBackend(scope) if backend is None else backend
        self.scope = scope
        if default is not None and isinstance(self.backend, MemoryBackend):
            self.backend.data.setdefault(GLOBAL, default)
        results = CachePolicy(CacheType.GLOBAL, 1 if scope == 'global' else PERSONAL_RESULTS)
        self._computation = Computation(results, None)
        self._version = self._make_version()
        self._known: dict[str, str] = {}  # the version of each value in memory, by key

    def _make_version(self) -> Variable[str] | None:
        """Return the shared variable whose change tells all tabs and servers that the value was written."""
        name = f'{self.uid}:version'
        store = BackendStore(uid=name, scope=self.scope, can_write=_nobody)
        return Variable('', store=store, uid=name)

    @property
    def _definition(self) -> dict[str, Json]:
        inputs: list[Json] = [dump_ref(variable) for variable in self._dependencies]
        return {'kind': 'derived', 'target': self.uid, 'inputs': inputs, 'deps': None, 'polling': None}

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        return () if self._version is None else (self._version,)

    @property
    def key(self) -> str:
        """The key of the present user's value in the backend.

        Raises:
            NoUserInContext: each user has a value, and there is no user here.
        """
        if self.scope == 'global':
            return GLOBAL
        user = USER.get()
        if user is None:
            raise NoUserInContext(f'{self!r} has a value for each user, and there is no user here')
        return user.identity_id

    def update(self, value: Any) -> Action:
        """Return an action that writes `value`, which stays on the server."""

        async def update() -> None:
            await self.write(value)

        return CallAction(update, (), (), f'{self!r}.update', takes_ctx=False)

    def reset(self) -> Action:
        """Return an action that writes the default."""
        return self.update(self.default)

    async def read(self) -> Any:
        """Return the value, of the present user in scope `'user'`. It is shared: change a copy of it."""
        key = self.key
        await self._follow(key)
        return await self.backend.read(key)

    async def write(self, value: Any) -> None:
        """Keep a value, of the present user in scope `'user'`, and show it in all tabs.

        Raises:
            InvalidValue: several processes serve the app, and the value cannot be given to another one.
        """
        key, version = self.key, secrets.token_urlsafe(12)
        if self._version is None:
            raise InvalidDefinition(f'{self!r} is the DataFrame of one component, and is never written')
        if isinstance(self.backend, MemoryBackend):
            value = await share(version, value)
        await self.backend.write(key, value)
        self._hold(key, version)
        previous = await self._version.read()
        await self._version.write(version)
        if not previous.startswith(STARTED):
            await forget(previous)

    async def read_filtered(
        self, filters: FilterQuery | dict[str, Any] | None = None, pagination: Pagination | None = None
    ) -> tuple[Any, int]:
        """Return those rows that pass the filters, and their number before the pagination."""
        key = self.key
        await self._follow(key)
        return await self.backend.read_filtered(key, filters, pagination)

    @property
    def _finds_rows(self) -> bool:
        """True if the backend itself finds the rows that a table shows, so that the whole value is not read."""
        return type(self.backend).read_filtered is not MemoryBackend.read_filtered

    async def _find_rows(self, _: Any, filters: FilterQuery | None, pagination: Pagination | None) -> tuple[Any, int]:
        return await self.read_filtered(filters, pagination)

    async def _sequence(self) -> str:
        """Return the name of the present version in a backend that finds rows."""
        return f'{self.uid} {self.key} {await self.backend.get_sequence_number(self.key)}'

    async def _follow(self, key: str) -> None:
        """Adopt the newest value, if another process has written it. This makes results depend on the version."""
        if self._version is None:
            return
        for _ in range(RACES):
            version = await self._version.read()
            if not version or version == self._known.get(key) or not isinstance(self.backend, MemoryBackend):
                return
            if version.startswith(STARTED):
                return
            is_found, value = await fetch(version)
            if is_found:
                await self.backend.write(key, value)
            if is_found:
                self._hold(key, version)
                return
            if shared_files() is None:
                await self._announce_loss()
                return
            # The file is gone because a newer version has been written, or with all processes that had it.

    def _hold(self, key: str, version: str) -> None:
        if self._is_in_memory:
            hold(version, self._known.get(key))
        self._known[key] = version

    async def _start(self) -> None:
        """Announce the value with which the app starts: open tabs may show that of a process that has ended."""
        if self.scope != 'global' or not self._is_in_memory:
            return
        await share_start(self, lambda: self.default, self._set_default)
        if self._version is None:
            return
        version = await self._version.read()
        is_lost = bool(version) and not version.startswith(STARTED) and not await is_there(version)
        is_same = await self._version.read() == version
        if (is_lost and is_same) or shared_files() is None:
            await self._version.write(f'{STARTED}{secrets.token_urlsafe(12)}')

    async def _announce_loss(self) -> None:
        """Announce that the present user's value has ended with the processes that had it: open tabs may show it."""
        if self._version is None:
            return
        version = await self._version.read()
        if not version or version.startswith(STARTED) or version == self._known.get(self.key):
            return
        if shared_files() is not None:
            if await is_there(version):
                return
            await asyncio.sleep(NEWS_SECONDS)
        if await self._version.read() == version:
            await self._version.write(f'{STARTED}{secrets.token_urlsafe(12)}')

    def _set_default(self, value: Any) -> None:
        assert isinstance(self.backend, MemoryBackend)
        self.default = self.backend.data[GLOBAL] = value

    @property
    def _is_in_memory(self) -> bool:
        return isinstance(self.backend, MemoryBackend)


class ConstantTable(ServerVariable[Any]):
    """The DataFrame of one component, which is too large for the page."""

    def _make_version(self) -> None:
        return None


class DataVariable(ServerVariable[Any]):
    """An older spelling of `ServerVariable`, for DataFrames.

    Args:
        data: the DataFrame until one is written.
        cache: `'global'` for one value for all users, `'user'` or `'session'` for one of each user.
        uid: a name that no other variable has. Derived from the position in the code if not given.
    """

    def __init__(
        self, data: Any = None, cache: CacheType | str = CacheType.GLOBAL, uid: str | None = None, **kwargs: Any
    ) -> None:
        scope: Scope = 'global' if CacheType(getattr(cache, 'cache_type', cache)) is CacheType.GLOBAL else 'user'
        super().__init__(data, scope=scope, uid=uid)

    def filter(self, filters: FilterQuery | dict[str, Any] | None) -> DerivedDataVariable:
        """Return a variable with the rows that pass the filters."""
        query = coerce_to_filter_query(filters)
        return DerivedDataVariable(lambda data: apply_filters(data, query)[0], variables=[self])


class DerivedDataVariable(DerivedVariable[Any]):
    """A DerivedVariable whose function returns a DataFrame. Any DerivedVariable may: this is an older spelling."""


AnyDataVariable = AnyVariable


class DataResponse(TypedDict):
    """Rows, and their number before a pagination."""

    data: Any
    count: int


def append_index(df: Any) -> Any:
    """Return a DataFrame with the numbers of its rows as the column `__index__`, unless it has that; or `None`."""
    if df is None or not hasattr(df, 'iloc') or INDEX in df.columns:
        return df
    numbered = df.copy()
    numbered.insert(0, INDEX, range(len(df.index)))
    return numbered


def build_data_response(data: Any, count: int) -> DataResponse:
    """Return rows with their number before a pagination."""
    return {'data': data, 'count': count}
