"""Rights to a store's values: `can_read` and `can_write`."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeAlias

from dara.core import _messages as messages
from dara.core._app_code import call_app_code
from dara.core._context import Identity, UserData, running_for
from dara.core._outages import OUTAGES
from dara.core._threads import Threads
from dara.core.errors import CheckFailed, Forbidden, InvalidDefinition, ReadOnlyStore

THREADS: Final = 16
ANSWER_SECONDS: Final = 10
_CHECK_FAILED: Final = {'can_read': messages.READ_CHECK_FAILED, 'can_write': messages.WRITE_CHECK_FAILED}
Predicate: TypeAlias = Callable[..., Any]


class Check:
    """A right that a predicate of the app grants to a user, or to a user for a key. Without one everybody has it."""

    def __init__(self, name: str, predicate: Predicate | None) -> None:
        if predicate is not None and not callable(predicate):
            raise InvalidDefinition(f'BackendStore: {name} is a function of the user, not {predicate!r}')
        self._name = name
        self._threads = Threads(f'dara-{name}', THREADS)
        self._takes_key = predicate is not None and _takes_key(predicate)
        self.predicate: Final = predicate

    async def __call__(self, user: UserData, key: str) -> bool:
        """Return whether the user has the right. A predicate denies it by a falsy result, or by raising Forbidden.

        Raises:
            CheckFailed: the predicate raised anything else, or took too long: the right is unknown.
        """
        if self.predicate is None:
            return True
        subject = (self.predicate, user.identity_id, key)
        try:
            with running_for(Identity(user, '')):  # not for the user whose call caused the check
                async with asyncio.timeout(ANSWER_SECONDS):
                    arguments = (user, key) if self._takes_key else (user,)
                    is_allowed = bool(await call_app_code(self._threads, self.predicate, *arguments))
        except Forbidden:
            is_allowed = False
        except (Exception, asyncio.CancelledError) as error:
            _raise_if_cancelled(error)
            OUTAGES.failed(f'{self._name} of a store', subject, error)
            raise CheckFailed(_CHECK_FAILED[self._name]) from error
        OUTAGES.worked(f'{self._name} of a store', subject)
        return is_allowed


class Access:
    """The rights to the values of one store.

    Attributes:
        readonly: rejects every write through the store, by browsers and by server code.
    """

    def __init__(self, readonly: bool, can_read: Predicate | None, can_write: Predicate | None) -> None:
        self.readonly: Final = readonly
        self.may_read: Final = Check('can_read', can_read)
        self.may_write: Final = Check('can_write', can_write)
        self._recheck_listeners: dict[Callable[[], Awaitable[Any]], None] = {}

    @property
    def has_predicates(self) -> bool:
        """True if a predicate of the app decides."""
        return self.may_read.predicate is not None or self.may_write.predicate is not None

    @property
    def rules(self) -> Hashable:
        """The identity of the rules: stores of equal rules grant a user the same rights to a key."""
        return (self.may_read.predicate, self.may_write.predicate, self.readonly)

    def check_writable(self, store: str) -> None:
        """Accept writes by server code; `store` names the store in the message.

        Raises:
            ReadOnlyStore: the store is read-only.
        """
        if self.readonly:
            raise ReadOnlyStore(f'Cannot write to a read-only store: {store}. Write to its backend instead.')

    def on_recheck(self, listener: Callable[[], Awaitable[Any]]) -> Callable[[], None]:
        """Call `listener` at every `recheck`; return a function that unsubscribes it."""
        self._recheck_listeners[listener] = None
        return lambda: self._recheck_listeners.pop(listener, None)

    async def recheck(self) -> None:
        """Have all listeners check their rights again, and wait for them."""
        await asyncio.gather(*(listener() for listener in list(self._recheck_listeners)))


def _raise_if_cancelled(error: BaseException) -> None:
    """Re-raise a cancellation of the present task. One of a future that the app's code awaited is a failure instead."""
    task = asyncio.current_task()
    if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
        raise error


def _takes_key(predicate: Predicate) -> bool:
    """Return whether the predicate takes the key: its second parameter has no default, or is called `key`."""
    parameters = list(inspect.signature(predicate).parameters.values())
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return True
    return len(parameters) > 1 and (parameters[1].default is inspect.Parameter.empty or parameters[1].name == 'key')
