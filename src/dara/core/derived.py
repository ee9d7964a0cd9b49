"""`DerivedVariable`: a value that the server computes from others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias, TypeVar

from dara.core._effects import Action, TriggerVariable
from dara.core._ids import name_of
from dara.core._jobs.functions import check_can_be_sent
from dara.core._json import Json
from dara.core._shown_columns import MAX_TABLES, ShownColumns
from dara.core.errors import InvalidDefinition
from dara.core.variables import AnyVariable, Key, checked_keys, dump_ref, variables_among

T = TypeVar('T')


class CacheType(StrEnum):
    """Sharing of computed results: between all users, the sessions of one user, or the tabs of one session."""

    GLOBAL = 'global'
    USER = 'user'
    SESSION = 'session'


@dataclass(frozen=True)
class CachePolicy:
    """Bounds of a cache.

    Attributes:
        cache_type: the users who share a result.
        max_size: the number of results kept; the least recently used is dropped first.
        ttl: the seconds after which a result is computed anew; `None`: never.
    """

    cache_type: CacheType = CacheType.GLOBAL
    max_size: int = 100
    ttl: float | None = None


class Cache:
    """Cache policies for `DerivedVariable(cache=...)`, besides `'global'`, `'user'`, `'session'` and `None`."""

    Type: TypeAlias = CacheType

    class Policy:
        """Policies that bound a cache."""

        @staticmethod
        def LRU(max_size: int = 10, cache_type: CacheType | str = CacheType.GLOBAL) -> CachePolicy:  # noqa: N802
            """Keep the `max_size` most recently used results."""
            return CachePolicy(CacheType(cache_type), max_size)

        @staticmethod
        def MostRecent(cache_type: CacheType | str = CacheType.GLOBAL) -> CachePolicy:  # noqa: N802
            """Keep the last result alone."""
            return CachePolicy(CacheType(cache_type), 1)

        @staticmethod
        def TTL(ttl: float = 60, cache_type: CacheType | str = CacheType.GLOBAL) -> CachePolicy:  # noqa: N802
            """Keep a result for `ttl` seconds."""
            return CachePolicy(CacheType(cache_type), ttl=ttl)

        @staticmethod
        def KeepAll(cache_type: CacheType | str = CacheType.GLOBAL) -> CachePolicy:  # noqa: N802
            """Keep results for as long as the server has room: 10,000 of them."""
            return CachePolicy(CacheType(cache_type), 10_000)


@dataclass(frozen=True, eq=False)
class Computation:
    """The identity of a DerivedVariable's results: all views of the variable share it, and so the results.

    Attributes:
        ttl: the seconds after which a result is computed anew, regardless of the cache; `None`: never.
        shown: the columns of the tables that show results.
    """

    cache: CachePolicy | None
    ttl: float | None
    shown: set[ShownColumns] = field(default_factory=set)

    def note_shown(self, columns: ShownColumns) -> None:
        """Have the columns of a Table checked when its rows are known."""
        if len(self.shown) < MAX_TABLES:
            self.shown.add(columns)

    def check_columns(self, known: Collection[str], path: Sequence[str | int]) -> None:
        """Warn of columns of tables that a part of a result does not have, unless it has none at all."""
        for each in [*self.shown] if known else []:
            if each.path == (*path,):
                each.check(known)


Interval: TypeAlias = float | AnyVariable[Any] | None
CacheArgument: TypeAlias = 'CachePolicy | CacheType | Literal["global", "user", "session"] | None'


class DerivedVariable(AnyVariable[T]):
    """A value that a function of the app computes on the server, again whenever one of its inputs changes.

        total = DerivedVariable(lambda price, count: price * count, variables=[price, count])

    Results are cached, and equal inputs are computed once for all tabs. If `func` reads the user, or a value of the
    user's own, its result is never shown to another user, regardless of `cache`.

    Args:
        func: gets the values of `variables`, in order; sync (it runs in a thread) or async. If it takes fewer, it
            gets the first ones, and a change of the others computes the value anew, too.
        variables: the inputs; other DerivedVariables may be among them.
        cache: the users who share results: `'global'`, `'user'`, `'session'`, a `Cache.Policy`, or `None` for no cache.
        run_as_task: run `func` in a process of its own, which can be cancelled, and can report its progress with
            `track_progress`. It is a function at the top of a module, and its arguments and its result can be pickled.
        polling_interval: compute again after that many seconds, while a tab shows the value. A variable may hold the
            number; `None` in it means no polling.
        deps: the variables whose change causes a computation; all if not given, `[]` for none but `trigger`.
        uid: a name that no other variable has. Derived from the position in the code if not given.
        nested: the keys of a nested value, for a view of it as by `get`.
        filter_resolver: finds the rows that a Table shows, in a database or an API: gets the result of `func`, a
            `FilterQuery` or `None`, and a `Pagination` or `None`; returns a DataFrame, and the number of all rows that
            the filters find. Sync or async. Without it, the result is the DataFrame itself.

    Raises:
        InvalidDefinition: `func` is not a function, requires more arguments than there are variables, or cannot be
            sent to another process; or `variables` or `deps` are not variables.
    """

    func: Callable[..., Any]
    polling_interval: Interval
    filter_resolver: Callable[..., Any] | None

    def __init__(
        self,
        func: Callable[..., Any],
        variables: Sequence[AnyVariable[Any]],
        cache: CacheArgument = 'global',
        run_as_task: bool = False,
        polling_interval: Interval = None,
        deps: Sequence[AnyVariable[Any]] | None = None,
        uid: str | None = None,
        nested: Sequence[Key] | None = None,
        filter_resolver: Callable[..., Any] | None = None,
    ) -> None:
        self.uid = uid or name_of(self)
        self.path = checked_keys(self, nested or ())
        if not callable(func):
            raise InvalidDefinition(f'DerivedVariable {self.uid}: func must be a function, not {func!r}')
        if isinstance(variables, AnyVariable) or isinstance(deps, AnyVariable):
            raise InvalidDefinition(f'DerivedVariable {self.uid}: variables and deps are lists: variables=[variable]')
        for variable in [*variables, *(() if deps is None else deps)]:
            if not isinstance(variable, AnyVariable):
                raise InvalidDefinition(f'DerivedVariable {self.uid}: {variable!r} is not a variable')
        check_interval(f'DerivedVariable {self.uid}', polling_interval)
        if run_as_task:
            check_can_be_sent(f'DerivedVariable {self.uid}', func)
        if filter_resolver is not None and not callable(filter_resolver):
            raise InvalidDefinition(f'DerivedVariable {self.uid}: filter_resolver must be a function')
        self._runs_as_job = run_as_task
        self.filter_resolver = filter_resolver
        self._taken = _number_taken(f'DerivedVariable {self.uid}', func, len(variables))
        self.func = func
        self._variables = tuple(variables)
        ttl = None if isinstance(polling_interval, AnyVariable) else polling_interval
        self._computation = Computation(_policy(cache), ttl)
        self.polling_interval = polling_interval
        self._deps = None if deps is None else [self._index(variable) for variable in deps]

    @property
    def variables(self) -> tuple[AnyVariable[Any], ...]:
        """The inputs. They cannot be replaced, so that no value is computed from itself."""
        return self._variables

    @property
    def _definition(self) -> dict[str, Json]:
        return {
            'kind': 'derived',
            'target': self.uid,
            'inputs': [dump_ref(variable) for variable in self.variables],
            'deps': None if self._deps is None else [*self._deps],
            'polling': dump_interval(self.polling_interval),
        }

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        return (*self.variables, *variables_among(self.polling_interval))

    @property
    def is_loading(self) -> DerivedState:
        """True while the value is being computed."""
        return DerivedState(self, 'loading')

    @property
    def has_error(self) -> DerivedState:
        """True after the computation has failed."""
        return DerivedState(self, 'error')

    @property
    def has_value(self) -> DerivedState:
        """True while the value is up to date: it is not being computed, and the computation has not failed."""
        return DerivedState(self, 'value')

    def trigger(self, force: bool = True) -> Action:
        """Return an action that computes the value anew; without `force`, a cached result will do."""
        return TriggerVariable(self, force)

    def reset(self) -> Action:
        """Return an action that computes the value anew."""
        return self.trigger()

    def _index(self, dependency: AnyVariable[Any]) -> int:
        for index, variable in enumerate(self.variables):
            if dump_ref(variable) == dump_ref(dependency):
                return index
        raise InvalidDefinition(f'DerivedVariable {self.uid}: deps must be among its variables; {dependency!r} is not')


class DerivedState(AnyVariable[bool]):
    """The state of a DerivedVariable: true while it is being computed, after it has failed, or while it has a value."""

    def __init__(self, derived: DerivedVariable[Any], state: Literal['loading', 'error', 'value']) -> None:
        self._derived = derived
        self._state = state
        self.uid = f'{derived.uid}:{state}'

    @property
    def _definition(self) -> dict[str, Json]:
        return {'kind': 'state', 'of': self._derived.uid, 'is': self._state}

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        return (self._derived,)


def check_interval(name: str, interval: object) -> None:
    """Check the polling interval of a DerivedVariable or a py_component.

    Raises:
        InvalidDefinition: it is neither a number of seconds above 0 nor a variable.
    """
    is_number = isinstance(interval, (int, float)) and not isinstance(interval, bool) and interval > 0
    if interval is not None and not isinstance(interval, AnyVariable) and not is_number:
        raise InvalidDefinition(
            f'{name}: polling_interval is a number of seconds above 0, or a variable that holds one, not {interval!r}'
        )


def dump_interval(interval: Interval) -> Json:
    """Return a polling interval for the browser."""
    return dump_ref(interval) if isinstance(interval, AnyVariable) else interval


def _number_taken(name: str, func: Callable[..., Any], count: int) -> int:
    """Return how many of `count` values a function takes."""
    try:
        signature = inspect.signature(func)
    except ValueError:  # builtins have no signature
        return count
    parameters = signature.parameters.values()
    if not any(each.kind is each.VAR_POSITIONAL for each in parameters):
        taken = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
        count = min(count, len(taken))
    try:
        signature.bind(*range(count))
    except TypeError as error:
        raise InvalidDefinition(f'{name}: its function gets {count} values, one for each variable. {error}') from None
    return count


def _policy(cache: CacheArgument) -> CachePolicy | None:
    if cache is None or isinstance(cache, CachePolicy):
        return cache
    try:
        return CachePolicy(CacheType(cache))
    except ValueError:
        raise InvalidDefinition(
            f"cache takes 'global', 'user', 'session', None or a Cache.Policy, not {cache!r}"
        ) from None
