"""Cached results of DerivedVariables: computed once for equal inputs, and shared by the users who may see them."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

from dara.core._context import Dependencies, Identity
from dara.core.derived import CachePolicy, CacheType

_SERIALS: Final = itertools.count()


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
        return _owner(self.visibility, identity) == _owner(self.visibility, self.identity)

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


_Compute: TypeAlias = Callable[[], Coroutine[Any, Any, Computed]]


@dataclass(slots=True)
class _Flight:
    """A running computation, and the number of callers that wait for it. `number` grows with the time of the start."""

    task: asyncio.Task[Computed]
    waiting: int = 0
    number: int = field(default_factory=lambda: next(_SERIALS))

    async def join(self) -> Computed:
        """Wait for the result; cancel the computation when no caller waits any more."""
        self.waiting += 1
        try:
            return await asyncio.shield(self.task)
        finally:
            self.waiting -= 1
            if self.waiting == 0:
                self.task.cancel()


class Results:
    """The results of one computation.

    Args:
        policy: the number of results to keep, for whom and for how long; `None` keeps none.
        ttl: the seconds after which a result is computed again, in any case.
    """

    def __init__(self, policy: CachePolicy | None, ttl: float | None) -> None:
        ttls = [each for each in (ttl, policy.ttl if policy else None) if each is not None]
        self._ttl = min(ttls) if ttls else None
        self._max_size = policy.max_size if policy else 0
        self._visibility = _OF_CACHE[policy.cache_type] if policy else Visibility.EVERYBODY
        self._kept: OrderedDict[_CacheKey, tuple[int, Computed]] = OrderedDict()  # with the number of its flight
        self._flights: dict[_CacheKey, _Flight] = {}

    async def get(
        self, inputs: str, identity: Identity, visibility: Visibility, compute: _Compute, *, is_fresh: bool
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
            key = _CacheKey(inputs, _owner(self._visibility, identity))
            _, kept = self._kept.get(key, (0, None))
            if kept is not None and not is_fresh and await kept.is_valid(self._ttl):
                if key in self._kept:
                    self._kept.move_to_end(key)
                return kept
            computed, is_own = await self._fly(key, compute, is_fresh)
            # A computation that was running before this call may have read records that have changed since.
            if computed.is_for(identity) and (is_own or await computed.is_valid(None)):
                if computed.error:
                    raise computed.error
                return computed
            # Else the computation of another user turned out to depend on that user, and this user needs another.

    async def _fly(self, key: _CacheKey, compute: _Compute, is_fresh: bool) -> tuple[Computed, bool]:
        """Join the running computation, or start one; return the result, and whether this call has started it."""
        flight = self._flights.get(key)
        is_own = flight is None or is_fresh
        if flight is None or is_fresh:
            flight = self._flights[key] = _Flight(asyncio.create_task(compute()))
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
        key = _CacheKey(inputs, _owner(self._visibility, computed.identity))
        if self._kept.get(key, (-1, None))[0] > number:
            return  # a computation that began later has ended sooner
        self._kept[key] = (number, computed)
        self._kept.move_to_end(key)
        while len(self._kept) > self._max_size:
            self._kept.popitem(last=False)


def _owner(visibility: Visibility, identity: Identity) -> str:
    """Return a string that is equal for all who may see the same results."""
    if visibility is Visibility.EVERYBODY:
        return ''
    return f'user {identity.user.identity_id}' if visibility is Visibility.USER else f'session {identity.session_id}'
