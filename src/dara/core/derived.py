"""`DerivedVariable`: a value that the server computes from others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal, TypeAlias, TypeVar

from dara.core._effects import Action, TriggerVariable
from dara.core._ids import name_of
from dara.core._json import Json
from dara.core.errors import InvalidDefinition
from dara.core.variables import AnyVariable, dump_ref

T = TypeVar('T')


class CacheType(StrEnum):
    """Who shares a computed result."""

    GLOBAL = 'global'
    USER = 'user'
    SESSION = 'session'


@dataclass(frozen=True)
class CachePolicy:
    """How many results are kept, for whom, and for how long.

    Attributes:
        cache_type: who shares a result.
        max_size: how many results are kept; the least recently used goes first.
        ttl: after how many seconds a result is computed anew; `None`: never.
    """

    cache_type: CacheType = CacheType.GLOBAL
    max_size: int = 100
    ttl: float | None = None


class Cache:
    """What `DerivedVariable(cache=...)` takes besides `'global'`, `'user'`, `'session'` and `None`."""

    Type: TypeAlias = CacheType

    class Policy:
        """Ways to bound a cache."""

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
    """What computes a DerivedVariable: all views of one share it, and so its results.

    Attributes:
        ttl: after how many seconds a result is computed anew, whatever the cache says; `None`: never.
    """

    cache: CachePolicy | None
    ttl: float | None


CacheArgument: TypeAlias = 'CachePolicy | CacheType | Literal["global", "user", "session"] | None'


class DerivedVariable(AnyVariable[T]):
    """A value that a function of the app computes on the server, whenever the values it is made of change.

        total = DerivedVariable(lambda price, count: price * count, variables=[price, count])

    Results are kept, and equal values are computed once however many tabs ask. A result computed while looking
    at the user, or at a user's own value, is never shown to another user, whatever `cache` says.

    Args:
        func: gets the values of `variables`, in order; sync (it runs in a thread) or async.
        variables: what it is computed from; other DerivedVariables may be among them.
        cache: who shares results: `'global'`, `'user'`, `'session'`, a `Cache.Policy`, or `None` to keep none.
        deps: those of `variables` whose change computes it anew; all if not given, `[]` for only on `trigger`.
        polling_interval: compute it anew after that many seconds, while somebody looks.
        run_as_task: accepted; functions never hold up the server here.
        uid: a name that no other variable has. Derived from the place in the code if not given.

    Raises:
        InvalidDefinition: `func` is no function, or `variables` and `deps` are not variables.
    """

    _STATES: ClassVar[tuple[str, ...]] = ('loading', 'error')
    func: Callable[..., Any]
    variables: tuple[AnyVariable[Any], ...]
    computation: Computation
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
        self.computation = Computation(_policy(cache), polling_interval)
        self.polling_interval = polling_interval
        self._deps = None if deps is None else [self._index(variable) for variable in deps]

    @property
    def definition(self) -> dict[str, Json]:
        return {
            'kind': 'derived',
            'target': self.uid,
            'inputs': [dump_ref(variable.ref) for variable in self.variables],
            'deps': None if self._deps is None else [*self._deps],
            'polling': self.polling_interval,
        }

    @property
    def needs(self) -> tuple[AnyVariable[Any], ...]:
        return self.variables

    @property
    def is_loading(self) -> DerivedState:
        """Whether it is being computed."""
        return DerivedState(self, 'loading')

    @property
    def has_error(self) -> DerivedState:
        """Whether computing it failed."""
        return DerivedState(self, 'error')

    def trigger(self) -> Action:
        """Return an action that computes it anew."""
        return TriggerVariable(self)

    def _index(self, dependency: AnyVariable[Any]) -> int:
        for index, variable in enumerate(self.variables):
            if variable.ref == dependency.ref:
                return index
        raise InvalidDefinition(f'DerivedVariable {self.uid}: deps must be among its variables; {dependency!r} is not')


class DerivedState(AnyVariable[bool]):
    """Whether a DerivedVariable is being computed, or failed."""

    derived: DerivedVariable[Any]
    state: Literal['loading', 'error']

    def __init__(self, derived: DerivedVariable[Any], state: Literal['loading', 'error']) -> None:
        self.derived = derived
        self.state = state
        self.uid = f'{derived.uid}:{state}'

    @property
    def definition(self) -> dict[str, Json]:
        return {'kind': 'state', 'of': self.derived.uid, 'is': self.state}

    @property
    def needs(self) -> tuple[AnyVariable[Any], ...]:
        return (self.derived,)


def _check_arguments(name: str, func: Callable[..., Any], count: int) -> None:
    try:
        inspect.signature(func).bind(*range(count))
    except TypeError as error:
        raise InvalidDefinition(
            f'{name}: its function is given {count} values, one for each variable. {error}'
        ) from None
    except ValueError:  # of a builtin nothing can be told
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
