"""The jobs that all servers of an app have in common, as the jobs of one server see them."""

from __future__ import annotations

import asyncio
import hashlib
import io
import math
import pickle
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import Any, Final, Literal, Protocol, TypeAlias

from dara.core._jobs.messages import Outcome, Progress

Scope: TypeAlias = Literal['everybody', 'user', 'session']
"""The users who may share a job."""


PRESSED_AT: Final[ContextVar[float]] = ContextVar('dara_pressed_at', default=math.inf)
"""The time of the press for which the present action runs, on the monotonic clock. It may have waited for others."""

ACTION: Final[ContextVar[asyncio.Task[Any] | None]] = ContextVar('dara_action', default=None)
"""The task of the present action, also in tasks that it has started."""


class Caller(Protocol):
    """The code that waits for a job, for one or more tabs.

    Attributes:
        scope: the users who may share the job, as far as is known before it runs.
        is_fresh: whether no earlier result will do, nor a job that was begun for somebody for whom it would.
        kept_seconds: the time after its end in which the result will do for others, too.
    """

    scope: Scope
    is_fresh: bool
    kept_seconds: float

    def report(self, progress: Progress) -> None:
        """Show the progress."""

    @property
    def sessions(self) -> set[str]:
        """The names of the sessions whose tabs wait, and are connected."""

    def drop_absent(self, sessions: Collection[str]) -> None:
        """Let the tabs of these sessions that are not connected wait no more: they wait elsewhere."""


class OtherServers(Protocol):
    """The other servers of the app, with their jobs."""

    async def run(self, inputs: str, call: Callable[[], Any], caller: Caller) -> Outcome:
        """Return the outcome of a job that runs on one of the servers, for all callers with equal `inputs`."""

    def alone(self, key: str, cancel: Callable[[], object]) -> AbstractAsyncContextManager[None]:
        """Be the only server that runs the job of a key, while the body runs; call `cancel` if another one wants that.

        Raises:
            JobRefused: another server runs it, or may run it.
        """

    async def cancel(self, key: str) -> bool:
        """End the job of a key; return whether there was one."""


def fingerprint(parts: Any) -> str | None:
    """Return a string that is equal for equal values on all servers; None if there is no such string."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
    pickler.fast = True  # else equal values differ if a part occurs twice, once as two objects
    try:
        pickler.dump(parts)
    except Exception:  # of any class that cannot be pickled, or refers to itself
        return None
    return hashlib.sha256(file.getbuffer()).hexdigest()[:32]
