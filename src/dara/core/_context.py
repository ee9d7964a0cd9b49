"""Context of the app's running code: its user, and the dependencies that it has read."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, Token
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

T = TypeVar('T')
logger = logging.getLogger('dara')


class UserData(BaseModel):
    """A user of the app.

    Args:
        identity_id: the permanent, unique id of the user; the key of the user's values in `scope='user'`.
        identity_name: the user's name, as others see it.
        identity_email: the user's address, if it is known.
        groups: the groups that the user belongs to.
        extra: further data of the app about the user, as attributes of the user. Like all data of a user it has to be
            JSON, and is kept in a signed cookie that the user's browser can read.

    Raises:
        ValueError: an argument does not have its type.
    """

    model_config = ConfigDict(extra='allow', frozen=True, defer_build=True)

    identity_id: str
    identity_name: str
    identity_email: str | None = None
    groups: list[str] = []

    def __init__(
        self,
        identity_id: str,
        identity_name: str,
        identity_email: str | None = None,
        groups: Iterable[str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(
            identity_id=identity_id,
            identity_name=identity_name,
            identity_email=identity_email,
            groups=[] if groups is None else groups,
            **extra,
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """A user in one login session."""

    user: UserData
    session_id: str


def hashed_session(session_id: str) -> str:
    """Return the name of a login session in files that must not let anybody use the session."""
    return sha256(session_id.encode()).hexdigest()


@dataclass(slots=True, eq=False)
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


_DEPENDENCIES: Final[ContextVar[Dependencies | None]] = ContextVar('dara_dependencies', default=None)


class Current(Generic[T]):
    """A context variable with a part of the current identity. Reading it makes the result depend on it.

    Dara sets it before it runs code of the app; the app's own tests set it to run code for a user.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._variable: ContextVar[T | None] = ContextVar(f'dara_{name}', default=None)

    def get(self, default: T | None = None) -> T | None:
        """Return the current value, or `default` where the app's code does not run for a user."""
        value, dependencies = self._variable.get(), _DEPENDENCIES.get()
        if dependencies is not None:
            dependencies.user = True
            dependencies.session = dependencies.session or self is not USER
        return default if value is None else value

    def set(self, value: T | None) -> Token[T | None]:
        """Set the value in the running context; return the token with which `reset` restores the previous one."""
        return self._variable.set(value)

    def reset(self, token: Token[T | None]) -> None:
        """Restore the value from before the `set` that returned `token`."""
        self._variable.reset(token)


USER: Final[Current[UserData]] = Current('user')
SESSION_ID: Final[Current[str]] = Current('session_id')
ID_TOKEN: Final[Current[str]] = Current('id_token')


def user_in(context: Context) -> UserData | None:
    """Return the user for whom the app's code runs in that context. This makes no result depend on the user."""
    return context.get(USER._variable)


def identity_in() -> Identity | None:
    """Return the user and the session for which the app's code runs. This makes no result depend on them."""
    user, session_id = USER._variable.get(), SESSION_ID._variable.get()
    return Identity(user, session_id or '') if user else None


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
    user = USER.set(identity.user if identity else None)
    session_id = SESSION_ID.set(identity.session_id if identity else None)
    id_token, previous = ID_TOKEN.set(None), _DEPENDENCIES.set(dependencies)
    try:
        yield dependencies
    finally:
        _DEPENDENCIES.reset(previous)
        ID_TOKEN.reset(id_token)
        SESSION_ID.reset(session_id)
        USER.reset(user)
