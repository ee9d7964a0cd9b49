"""Who may see or change a store's value: `can_read`, `can_write`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from dara.core._context import Identity, UserData, running_for
from dara.core._outages import OUTAGES
from dara.core._threads import Threads, call_in
from dara.core.errors import CheckFailed, Forbidden, InvalidDefinition

THREADS: Final = 16  # they begin when they are needed, and end when they are not
ANSWER_SECONDS: Final = 10
_WHETHER: Final = {'can_read': 'whether you may see this', 'can_write': 'whether you may change this'}
Predicate: TypeAlias = Callable[..., Any]


class Check:
    """A predicate of the app's about a user, or a user and a key. Without one everybody may."""

    def __init__(self, name: str, predicate: Predicate | None) -> None:
        if predicate is not None and not callable(predicate):
            raise InvalidDefinition(f'BackendStore: {name} is a function of the user, not {predicate!r}')
        self._name = name
        self._predicate = predicate
        self._threads = Threads(f'dara-{name}', THREADS)
        self._takes_key = predicate is not None and _takes_key(predicate)

    @property
    def predicate(self) -> Predicate | None:
        """The function itself: what tells one check from another."""
        return self._predicate

    @property
    def is_asked(self) -> bool:
        """Whether anybody may be refused."""
        return self._predicate is not None

    async def __call__(self, user: UserData, key: str) -> bool:
        """Return whether the user may. A predicate says no by something false, or by raising Forbidden.

        Raises:
            CheckFailed: it raised anything else, or took too long: that is neither yes nor no.
        """
        if self._predicate is None:
            return True
        who = (self._predicate, user.identity_id, key)
        try:
            with running_for(Identity(user, '')):  # whoever made us ask
                async with asyncio.timeout(ANSWER_SECONDS):
                    asked = (user, key) if self._takes_key else (user,)
                    is_allowed = bool(await call_in(self._threads, self._predicate, *asked))
        except Forbidden:
            is_allowed = False
        except (Exception, asyncio.CancelledError) as error:
            raise_if_cancelled(error)
            OUTAGES.failed(f'{self._name} of a store', who, error)
            raise CheckFailed(f'The server cannot check now {_WHETHER[self._name]}') from error
        OUTAGES.worked(f'{self._name} of a store', who)
        return is_allowed


def raise_if_cancelled(error: BaseException) -> None:
    """Raise the cancellation of this task again; that of something which the app's code awaited is a failure of it."""
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
        raise error


def _takes_key(predicate: Predicate) -> bool:
    """Whether its second argument is the key: one without a default, or called so."""
    parameters = list(inspect.signature(predicate).parameters.values())
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return True
    return len(parameters) > 1 and (parameters[1].default is inspect.Parameter.empty or parameters[1].name == 'key')
