"""Keys of a store's values, and the scopes that assign keys to users."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from dara.core import _messages as messages
from dara.core._app_code import call_app_code
from dara.core._context import Identity, UserData, running_for
from dara.core._json import to_json
from dara.core._outages import OUTAGES
from dara.core._threads import Threads
from dara.core.errors import CheckFailed, Forbidden, InvalidDefinition, NotJson

GLOBAL_KEY: Final = 'global'
MAX_KEY: Final = 512
SCOPE_SECONDS: Final = 10
ScopeFunction: TypeAlias = Callable[[UserData], str | None]
Scope: TypeAlias = 'Literal["global", "user"] | Callable[[UserData], str | None]'


async def key_from(scope: ScopeFunction, user: UserData, threads: Threads, store: str) -> str:
    """Return the key that the app's scope function assigns to the user.

    Args:
        threads: run the function if it is sync.
        store: names the store in messages.

    Raises:
        Forbidden: the function returned `None`, or raised this.
        CheckFailed: the function raised anything else, or took too long.
        InvalidDefinition: the function returned no valid key.
    """
    subject = (scope, user.identity_id)
    try:
        with running_for(Identity(user, '')):
            async with asyncio.timeout(SCOPE_SECONDS):
                key: str | None = await call_app_code(threads, scope, user)
    except Forbidden:
        raise
    except Exception as error:
        OUTAGES.failed('The scope of a store', subject, error)
        raise CheckFailed(messages.SCOPE_FAILED) from error
    OUTAGES.worked('The scope of a store', subject)
    if key is None:
        reason = f'{store}: user {user.identity_id!r} has no value here: the scope returned None.'
        raise Forbidden(reason, for_users=messages.MAY_NOT_USE)
    return check_key(key, f'the scope of {store}')


def check_key(key: object, origin: str) -> str:
    """Return `key` if it is a valid key; `origin` names its source in the message.

    Raises:
        InvalidDefinition: `key` is not a string of 1 to 512 characters, or cannot be stored.
    """
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY:
        raise InvalidDefinition(f'{origin}: a key is a string of 1 to {MAX_KEY} characters, not {key!r}')
    try:
        to_json(key)
    except NotJson as error:
        raise InvalidDefinition(f'{origin}: this key cannot be stored: {error}') from error
    return key
