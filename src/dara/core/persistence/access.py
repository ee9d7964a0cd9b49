"""Who may see or change a store's value: `can_read`, `can_write`."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from dara.core._context import Identity, UserData, running_for
from dara.core._threads import Threads, call_in
from dara.core.errors import InvalidDefinition

THREADS: Final = 4
ANSWER_SECONDS: Final = 10
Predicate: TypeAlias = Callable[..., Any]
log = logging.getLogger('dara')


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
    def is_asked(self) -> bool:
        """Whether anybody may be refused."""
        return self._predicate is not None

    async def __call__(self, user: UserData, key: str) -> bool:
        """Return whether the user may; one that raises says no, and the log tells why."""
        if self._predicate is None:
            return True
        try:
            with running_for(Identity(user, '')):  # whoever made us ask
                async with asyncio.timeout(ANSWER_SECONDS):
                    asked = (user, key) if self._takes_key else (user,)
                    return bool(await call_in(self._threads, self._predicate, *asked))
        except Exception:
            log.exception('%s of a store failed for user %r; taken as no', self._name, user.identity_id)
            return False


def _takes_key(predicate: Predicate) -> bool:
    """Whether its second argument is the key: one without a default, or called so."""
    parameters = list(inspect.signature(predicate).parameters.values())
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return True
    return len(parameters) > 1 and (parameters[1].default is inspect.Parameter.empty or parameters[1].name == 'key')
