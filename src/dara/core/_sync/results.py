"""Cached results of DerivedVariables: computed once for equal inputs, and shared by the users who may see them."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

from dara.core._context import Dependencies, Identity, hashed_session
from dara.core._jobs.common import Scope
from dara.core._jobs.jobs import Report
from dara.core._jobs.messages import Progress
from dara.core.derived import CachePolicy, CacheType

_SERIALS: Final = itertools.count()
SHARED_SECONDS: Final = 60
"""The time after its end in which the result of a job reaches tabs that come to another server."""


class Visibility(IntEnum):
    """The users who may see a result; a greater value means fewer."""

    EVERYBODY = 0
    USER = 1
    SESSION = 2

    @classmethod
    def of(cls, dependencies: Dependencies) -> Visibility:
        """Return the visibility of a result with these dependencies."""
        return cls.SESSION if dependencies.session else cls.USER if dependencies.user else cls.EVERYBODY


_OF_CACHE: Final = {
    CacheType.GLOBAL: Visibility.EVERYBODY,
    CacheType.USER: Visibility.USER,
    CacheType.SESSION: Visibility.SESSION,
}
SCOPES: Final[dict[Visibility, Scope]] = {
    Visibility.EVERYBODY: 'everybody',
    Visibility.USER: 'user',
    Visibility.SESSION: 'session',
}


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Computed:
    """A result, or the error that was raised instead.

    Attributes:
        identity: the user for whom it was computed.
        at: the time of the computation, in seconds of the monotonic clock.
        serial: a number that no other result has.
    """

    value: Any
    identity: Identity
    visibility: Visibility
    dependencies: Dependencies
    error: Exception | None = None
    at: float = field(default_factory=time.monotonic)
    serial: int = field(default_factory=lambda: next(_SERIALS))

    def is_for(self, identity: Identity) -> bool:
        """Return whether that user may see the result, in that session."""
        return owner_of(self.visibility, identity) == owner_of(self.visibility, self.identity)

    async def is_valid(self, ttl: float | None) -> bool:
        """Return whether the result is younger than `ttl` seconds, and every record that was read is unchanged."""
        if not self.dependencies.is_complete or (ttl is not None and time.monotonic() - self.at >= ttl):
            return False
        for record, version in self.dependencies.records.items():
            if not record.is_live:
                return False
            await record.refresh()
            if record.version != version:
                return False
        return True


class _CacheKey(NamedTuple):
    inputs: str
    owner: str


@dataclass(frozen=True, slots=True, eq=False)
class Watcher:
    """A call of a tab that shows the progress of the computations for which it waits.

    Attributes:
        report: shows the progress.
        is_absent: tells whether the tab is not connected any more.
        leave: ends the call.
    """

    identity: Identity
    report: Report
    is_absent: Callable[[], bool]
    leave: Callable[[], object]

    @property
    def session(self) -> str:
        """The name of the session, for other servers."""
        return hashed_session(self.identity.session_id)[:32]


WATCHER: Final[ContextVar[Watcher | None]] = ContextVar('dara_watcher', default=None)
"""The watcher of the computations for which the running code waits."""


@dataclass(slots=True, eq=False)
class Flight:
    """A running computation, for a user, and the callers that wait for it. `number` grows with the time of the start.

    All of them see its progress; but if it has read the user, only those of that user. Attributes as in `Caller`.
    """

    identity: Identity
    scope: Scope
    is_fresh: bool
    kept_seconds: float
    waiting: int = 0
    number: int = field(default_factory=lambda: next(_SERIALS))
    watchers: list[Watcher] = field(default_factory=list)
    progress: Progress | None = None
    task: asyncio.Task[Computed] = field(init=False)

    def start(self, compute: Compute) -> Flight:
        """Begin the computation."""
        self.task = asyncio.create_task(compute(self))
        return self

    async def join(self) -> Computed:
        """Wait for the result; cancel the computation when no caller waits any more."""
        watcher = WATCHER.get()
        self.waiting += 1
        if watcher:
            self.watchers.append(watcher)
            self._tell(watcher)
            self.drop_absent({watcher.session})
        try:
            return await asyncio.shield(self.task)
        finally:
            if watcher:
                self.watchers.remove(watcher)
            self.waiting -= 1
            if self.waiting == 0:
                self.task.cancel()

    def report(self, progress: Progress) -> None:
        """Show the progress to all who may see it."""
        self.progress = progress
        for watcher in self.watchers:
            self._tell(watcher)

    @property
    def sessions(self) -> set[str]:
        """The names of the sessions whose tabs wait, and are connected."""
        return {each.session for each in self.watchers if not each.is_absent()}

    def drop_absent(self, sessions: Collection[str]) -> None:
        """Let the tabs of these sessions that are not connected wait no more: they wait elsewhere."""
        for watcher in self.watchers:
            if watcher.is_absent() and watcher.session in sessions:
                watcher.leave()

    def _tell(self, watcher: Watcher) -> None:
        progress = self.progress
        if progress and (not progress.reads_user or watcher.identity == self.identity):
            watcher.report(progress)


Compute: TypeAlias = Callable[[Flight], Coroutine[Any, Any, Computed]]


class Results:
    """The results of one computation.

    Args:
        policy: the number of results to keep, for whom and for how long; `None` keeps none.
        ttl: the seconds after which a result is computed again, in any case.
        is_job: whether the computations are jobs: a fresh one that runs will do for others who ask for a fresh result.
    """

    def __init__(self, policy: CachePolicy | None, ttl: float | None, *, is_job: bool = False) -> None:
        self._is_job = is_job
        ttls = [each for each in (ttl, policy.ttl if policy else None) if each is not None]
        self._ttl = min(ttls) if ttls else None
        self._max_size = policy.max_size if policy else 0
        self._shared_seconds = SHARED_SECONDS if policy and self._ttl is None else 0
        self._visibility = _OF_CACHE[policy.cache_type] if policy else Visibility.EVERYBODY
        self._kept: OrderedDict[_CacheKey, tuple[int, Computed]] = OrderedDict()  # with the number of its flight
        self._flights: dict[_CacheKey, Flight] = {}

    async def get(
        self, inputs: str, identity: Identity, visibility: Visibility, compute: Compute, *, is_fresh: bool
    ) -> Computed:
        """Return the result for `inputs`: a kept one, that of a running computation, or a new one.

        A caller never gets a result that its user may not see.

        Args:
            inputs: equal strings mean equal inputs.
            visibility: the users who may see the inputs.
            compute: computes the result for `identity`.
            is_fresh: compute a new result in any case.
        """
        self._visibility = max(self._visibility, visibility)
        inputs = hashlib.sha256(inputs.encode()).hexdigest()  # they may be large, and are kept with the result
        while True:
            key = _CacheKey(inputs, owner_of(self._visibility, identity))
            _, kept = self._kept.get(key, (0, None))
            if kept is not None and not is_fresh and await kept.is_valid(self._ttl):
                if key in self._kept:
                    self._kept.move_to_end(key)
                return kept
            computed, is_own = await self._fly(key, identity, compute, is_fresh)
            # A computation that was running before this call may have read records that have changed since.
            if computed.is_for(identity) and (is_own or await computed.is_valid(None)):
                if computed.error:
                    raise computed.error
                return computed
            # Else the computation of another user turned out to depend on that user, and this user needs another.

    async def _fly(self, key: _CacheKey, identity: Identity, compute: Compute, is_fresh: bool) -> tuple[Computed, bool]:
        """Join the running computation, or start one; return the result, and whether this call has started it."""
        flight = self._flights.get(key)
        is_own = flight is None or (is_fresh and not (self._is_job and flight.is_fresh))
        if flight is None or is_own:
            flight = self._flights[key] = Flight(
                identity, SCOPES[self._visibility], is_fresh, self._shared_seconds
            ).start(compute)
        try:
            computed = await flight.join()
        finally:
            if self._flights.get(key) is flight and (flight.task.done() or not flight.waiting):
                del self._flights[key]
        self._visibility = max(self._visibility, computed.visibility)
        if computed.error is None:
            self._keep(key.inputs, computed, flight.number)
        return computed, is_own

    def _keep(self, inputs: str, computed: Computed, number: int) -> None:
        key = _CacheKey(inputs, owner_of(self._visibility, computed.identity))
        if self._kept.get(key, (-1, None))[0] > number:
            return  # a computation that began later has ended sooner
        self._kept[key] = (number, computed)
        self._kept.move_to_end(key)
        while len(self._kept) > self._max_size:
            self._kept.popitem(last=False)


def owner_of(visibility: Visibility, identity: Identity) -> str:
    """Return a string that is equal for all users who may see the same results."""
    if visibility is Visibility.EVERYBODY:
        return ''
    return f'user {identity.user.identity_id}' if visibility is Visibility.USER else f'session {identity.session_id}'
