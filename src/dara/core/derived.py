"""`DerivedVariable`: a value that the server computes from others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias, TypeVar

from dara.core._effects import Action, TriggerVariable
from dara.core._ids import name_of
from dara.core._json import Json
from dara.core.errors import InvalidDefinition
from dara.core.variables import AnyVariable, dump_ref

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
    """

    cache: CachePolicy | None
    ttl: float | None


CacheArgument: TypeAlias = 'CachePolicy | CacheType | Literal["global", "user", "session"] | None'


class DerivedVariable(AnyVariable[T]):
    """A value that a function of the app computes on the server, again whenever one of its inputs changes.

        total = DerivedVariable(lambda price, count: price * count, variables=[price, count])

    Results are cached, and equal inputs are computed once for all tabs. If `func` reads the user, or a value of the
    user's own, its result is never shown to another user, regardless of `cache`.

    Args:
        func: gets the values of `variables`, in order; sync (it runs in a thread) or async.
        variables: the inputs; other DerivedVariables may be among them.
        cache: the users who share results: `'global'`, `'user'`, `'session'`, a `Cache.Policy`, or `None` for no cache.
        deps: the variables whose change causes a computation; all if not given, `[]` for none but `trigger`.
        polling_interval: compute again after that many seconds, while a tab shows the value.
        run_as_task: accepted and ignored: functions never block the server.
        uid: a name that no other variable has. Derived from the position in the code if not given.

    Raises:
        InvalidDefinition: `func` is not a function, or `variables` or `deps` are not variables.
    """

    func: Callable[..., Any]
    variables: tuple[AnyVariable[Any], ...]
    polling_interval: float | None

    def __init__(
        self,
        func: Callable[..., Any],
        variables: Sequence[AnyVariable[Any]],
        *,
        cache: CacheArgument = 'global',
        deps: Sequence[AnyVariable[Any]] | None = None,
        polling_interval: float | None = None,
        run_as_task: bool = False,
        uid: str | None = None,
    ) -> None:
        self.uid = uid or name_of(self)
        if not callable(func):
            raise InvalidDefinition(f'DerivedVariable {self.uid}: func must be a function, not {func!r}')
        if isinstance(variables, AnyVariable) or isinstance(deps, AnyVariable):
            raise InvalidDefinition(f'DerivedVariable {self.uid}: variables and deps are lists: variables=[variable]')
        for variable in [*variables, *(() if deps is None else deps)]:
            if not isinstance(variable, AnyVariable):
                raise InvalidDefinition(f'DerivedVariable {self.uid}: {variable!r} is not a variable')
        if polling_interval is not None and polling_interval <= 0:
            raise InvalidDefinition(f'DerivedVariable {self.uid}: polling_interval is a number of seconds above 0')
        _check_arguments(f'DerivedVariable {self.uid}', func, len(variables))
        self.func = func
        self.variables = tuple(variables)
        self._computation = Computation(_policy(cache), polling_interval)
        self.polling_interval = polling_interval
        self._deps = None if deps is None else [self._index(variable) for variable in deps]

    @property
    def _definition(self) -> dict[str, Json]:
        return {
            'kind': 'derived',
            'target': self.uid,
            'inputs': [dump_ref(variable) for variable in self.variables],
            'deps': None if self._deps is None else [*self._deps],
            'polling': self.polling_interval,
        }

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        return self.variables

    @property
    def is_loading(self) -> DerivedState:
        """True while the value is being computed."""
        return DerivedState(self, 'loading')

    @property
    def has_error(self) -> DerivedState:
        """True after the computation has failed."""
        return DerivedState(self, 'error')

    def trigger(self) -> Action:
        """Return an action that computes the value anew."""
        return TriggerVariable(self)

    def _index(self, dependency: AnyVariable[Any]) -> int:
        for index, variable in enumerate(self.variables):
            if (variable.uid, variable.path) == (dependency.uid, dependency.path):
                return index
        raise InvalidDefinition(f'DerivedVariable {self.uid}: deps must be among its variables; {dependency!r} is not')


class DerivedState(AnyVariable[bool]):
    """The state of a DerivedVariable: true while it is being computed, or after it has failed."""

    def __init__(self, derived: DerivedVariable[Any], state: Literal['loading', 'error']) -> None:
        self._derived = derived
        self._state = state
        self.uid = f'{derived.uid}:{state}'

    @property
    def _definition(self) -> dict[str, Json]:
        return {'kind': 'state', 'of': self._derived.uid, 'is': self._state}

    @property
    def _dependencies(self) -> tuple[AnyVariable[Any], ...]:
        return (self._derived,)


def _check_arguments(name: str, func: Callable[..., Any], count: int) -> None:
    try:
        inspect.signature(func).bind(*range(count))
    except TypeError as error:
        raise InvalidDefinition(f'{name}: its function gets {count} values, one for each variable. {error}') from None
    except ValueError:  # builtins have no signature
        return


def _policy(cache: CacheArgument) -> CachePolicy | None:
    if cache is None or isinstance(cache, CachePolicy):
        return cache
    try:
        return CachePolicy(CacheType(cache))
    except ValueError:
        raise InvalidDefinition(
            f"cache takes 'global', 'user', 'session', None or a Cache.Policy, not {cache!r}"
        ) from None
