"""Context of the app's running code: its user, and the dependencies that it has read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

T = TypeVar('T')
logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True)
class UserData:
    """A user of the app.

    Attributes:
        identity_id: the permanent, unique id of the user; the key of the user's values in `scope='user'`.
        identity_name: the user's name, as others see it.
        identity_email: the user's address, if it is known.
        groups: the groups that the user belongs to.
    """

    identity_id: str
    identity_name: str
    identity_email: str | None = None
    groups: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Identity:
    """A user in one login session."""

    user: UserData
    session_id: str


@dataclass(slots=True)
class Dependencies:
    """The dependencies of a result, read while it was computed: it is valid while they are unchanged.

    Attributes:
        user: whether the user was read, so that the result is for that user alone.
        session: whether the session was read, so that the result is for that session alone.
        records: the records that were read, with their versions.
        is_complete: whether `records` are all; otherwise the result is not valid later.
    """

    user: bool = False
    session: bool = False
    records: dict[Any, int] = field(default_factory=dict)
    is_complete: bool = True


_IDENTITY: Final[ContextVar[Identity | None]] = ContextVar('dara_identity', default=None)
_DEPENDENCIES: Final[ContextVar[Dependencies | None]] = ContextVar('dara_dependencies', default=None)


class Current(Generic[T]):
    """A part of the current identity, read like a `ContextVar`. Reading it makes the result depend on it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, default: T | None = None) -> T | None:
        """Return the current value, or `default` where the app's code does not run for a user."""
        identity, dependencies = _IDENTITY.get(), _DEPENDENCIES.get()
        if dependencies is not None:
            dependencies.user = True
            dependencies.session = dependencies.session or self.name == 'session_id'
        return default if identity is None else getattr(identity, self.name)


USER: Final[Current[UserData]] = Current('user')
SESSION_ID: Final[Current[str]] = Current('session_id')


def has_user(context: Context) -> bool:
    """Return whether the app's code runs for a user in that context. This makes no result depend on the user."""
    return context.get(_IDENTITY) is not None


def get_user_data() -> UserData | None:
    """Return the user for whom a py_component, DerivedVariable resolver, action or endpoint runs.

    Elsewhere there is no user: it returns `None`, and logs a warning.
    """
    user = USER.get()
    if user is None:
        logger.warning(
            'get_user_data() was called where there is no user. There is one inside py_components, '
            'DerivedVariable resolvers, actions and endpoints.'
        )
    return user


def note_read(record: Any, version: int) -> None:
    """Make the result of the running code depend on `record` at `version`."""
    dependencies = _DEPENDENCIES.get()
    if dependencies is not None:
        dependencies.records.setdefault(record, version)


def note_untracked_read() -> None:
    """Make the result of the running code invalid later, because it depends on data without versions."""
    dependencies = _DEPENDENCIES.get()
    if dependencies is not None:
        dependencies.is_complete = False


@contextmanager
def running_for(identity: Identity | None) -> Iterator[Dependencies]:
    """Run the body for that user; yield the dependencies that it reads."""
    dependencies = Dependencies()
    identity_token, dependencies_token = _IDENTITY.set(identity), _DEPENDENCIES.set(dependencies)
    try:
        yield dependencies
    finally:
        _IDENTITY.reset(identity_token)
        _DEPENDENCIES.reset(dependencies_token)
