"""What DerivedVariables were computed to: computed once for equal inputs, kept, and shared with whom it may be."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from dara.core._context import Identity, Watched
from dara.core.derived import CachePolicy, CacheType

_SERIALS: Final = itertools.count()


class Visibility(IntEnum):
    """Who may see a result; a later one is a smaller circle."""

    EVERYBODY = 0
    USER = 1
    SESSION = 2


_OF_CACHE: Final = {
    CacheType.GLOBAL: Visibility.EVERYBODY,
    CacheType.USER: Visibility.USER,
    CacheType.SESSION: Visibility.SESSION,
}


@dataclass(frozen=True, slots=True)
class Computed:
    """A result, for whom it was computed, and what it depends on. `serial` tells it from every other one.

    Attributes:
        error: what was raised in the place of a value; that may be somebody's own as well as a value is.
    """

    value: Any
    identity: Identity
    audience: Visibility
    watched: Watched
    error: Exception | None = None
    at: float = field(default_factory=time.monotonic)
    serial: int = field(default_factory=lambda: next(_SERIALS))

    def is_for(self, identity: Identity) -> bool:
        """Whether that identity may see it."""
        return _owner(self.audience, identity) == _owner(self.audience, self.identity)

    async def holds(self, ttl: float | None) -> bool:
        """Whether computing it again would give the same, as far as can be told."""
        if self.watched.everything or (ttl is not None and time.monotonic() - self.at >= ttl):
            return False
        for record, version in self.watched.reads.items():
            if not record.is_live:
                return False
            await record.refresh()
            if record.version != version:
                return False
        return True


@dataclass(slots=True)
class _Flight:
    """One computation under way, and how many wait for it. `number` tells which began first."""

    task: asyncio.Task[Computed]
    waiting: int = 0
    number: int = field(default_factory=lambda: next(_SERIALS))

    async def join(self) -> Computed:
        """Wait for the result; when nobody waits any more the computation is cancelled."""
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
        policy: how many are kept, for whom and for how long; `None`: they are not kept.
        ttl: after how many seconds a result is computed anew, besides.
    """

    def __init__(self, policy: CachePolicy | None, ttl: float | None) -> None:
        ttls = [each for each in (ttl, policy.ttl if policy else None) if each is not None]
        self._ttl = min(ttls) if ttls else None
        self._max_size = policy.max_size if policy else 0
        self._audience = _OF_CACHE[policy.cache_type] if policy else Visibility.EVERYBODY
        self._kept: OrderedDict[tuple[str, str], tuple[int, Computed]] = OrderedDict()
        self._flights: dict[tuple[str, str], _Flight] = {}

    async def get(
        self,
        inputs: str,
        identity: Identity,
        audience: Visibility,
        compute: Callable[[], Coroutine[Any, Any, Computed]],
        *,
        is_fresh: bool,
    ) -> Computed:
        """Return the result for `inputs`, computed now if need be. Nobody is shown what is not for them.

        Args:
            inputs: what tells the inputs from others.
            audience: who may see the inputs.
            compute: computes it, for that identity.
            is_fresh: compute it in any case.
        """
        self._audience = max(self._audience, audience)
        inputs = hashlib.sha256(inputs.encode()).hexdigest()  # they may be large, and are kept with the result
        while True:
            place = (inputs, _owner(self._audience, identity))
            _, kept = self._kept.get(place, (0, None))
            if kept is not None and not is_fresh and await kept.holds(self._ttl):
                return kept
            computed, is_own = await self._fly(place, compute, is_fresh)
            # What began before we asked may have read what has changed since.
            if computed.is_for(identity) and (is_own or await computed.holds(None)):
                if computed.error:
                    raise computed.error
                return computed
            # It looked at the user, while we waited for one computed for somebody else.

    async def _fly(
        self, place: tuple[str, str], compute: Callable[[], Coroutine[Any, Any, Computed]], is_fresh: bool
    ) -> tuple[Computed, bool]:
        """Return the result of the flight under way, or of one of our own, and which of both it is."""
        flight = self._flights.get(place)
        is_own = flight is None or is_fresh
        if flight is None or is_fresh:
            flight = self._flights[place] = _Flight(asyncio.create_task(compute()))
        try:
            computed = await flight.join()
        finally:
            if self._flights.get(place) is flight and (flight.task.done() or not flight.waiting):
                del self._flights[place]
        self._audience = max(self._audience, computed.audience)
        if computed.error is None:
            self._keep(place[0], computed, flight.number)
        return computed, is_own

    def _keep(self, inputs: str, computed: Computed, number: int) -> None:
        place = (inputs, _owner(self._audience, computed.identity))
        if self._kept.get(place, (-1, None))[0] > number:
            return  # one that began later was there sooner
        self._kept[place] = (number, computed)
        self._kept.move_to_end(place)
        while len(self._kept) > self._max_size:
            self._kept.popitem(last=False)


def _owner(audience: Visibility, identity: Identity) -> str:
    if audience is Visibility.EVERYBODY:
        return ''
    return f'user {identity.user.identity_id}' if audience is Visibility.USER else f'session {identity.session_id}'
