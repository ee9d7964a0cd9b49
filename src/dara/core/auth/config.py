"""Auth configs: the ways in which an app identifies its users."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from dara.core._context import UserData
from dara.core._people import guest_name
from dara.core._strict import Strict
from dara.core.auth.passwords import Passwords
from dara.core.errors import InvalidDefinition

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

LOGIN: Final = '/login'
LOGOUT: Final = '/logout'
Identification: TypeAlias = Literal['login', 'authenticate', 'guest']
"""The method of an auth config that identifies users."""


@dataclass(kw_only=True)
class BaseAuthConfig(Strict):
    """The identification of an app's users. Subclass it, and override one of `login`, `authenticate` and `guest`.

    Each identified browser gets a session in a signed cookie.

    Args:
        lifetime: the time after which an unused session expires. Using a session in the second half renews it.
    """

    lifetime: timedelta = timedelta(days=7)

    async def login(self, name: str, password: str) -> UserData | None:
        """Return the user with this name and password, or `None`. The login page calls it.

        After some failures in a row, further attempts have to wait. The method may be sync; then it runs in a thread.
        """
        raise NotImplementedError

    async def authenticate(self, request: HTTPConnection) -> UserData | None:
        """Return the user that a proxy in front of the app names in the headers of `request`, or `None`.

        It is called for every request, and when a page opens its websocket. It may be sync; then it runs in a thread.
        """
        raise NotImplementedError

    def guest(self) -> UserData:
        """Return a new user, for a browser without a session."""
        raise NotImplementedError

    def credential(self, user: UserData) -> str | None:
        """Return the credential of a user, such as the stored password; the user's sessions end when it changes.

        They also end when it is `None`: at the next request, and open websockets within a minute. If the method
        raises, no session ends, and requests are rejected until it returns. The credential is not sent to the browser.
        """
        return ''

    @property
    def _identification(self) -> Identification:
        """The method that this class overrides. An app's subclass declares it by nothing else."""
        return self._overridden()[0]

    @property
    def _has_login(self) -> bool:
        """True if there is a login page, and therefore logging out."""
        return self._identification == 'login'

    @property
    def _reserved(self) -> tuple[str, ...]:
        """The paths for logging in and out, below the app's root."""
        match self._identification:
            case 'login':
                return LOGIN, LOGOUT
            case 'authenticate':
                return (LOGIN,)
            case 'guest':
                return ()

    def _check(self) -> None:
        """Check that the config is usable.

        Raises:
            InvalidDefinition: not exactly one of the three methods is overridden, or the lifetime is too short.
        """
        if len(self._overridden()) != 1:
            raise InvalidDefinition(
                f'{type(self).__name__} overrides {" and ".join(self._overridden()) or "nothing"}; '
                'it must override exactly one of login, authenticate and guest'
            )
        if self.lifetime < timedelta(seconds=1):
            raise InvalidDefinition(f'{type(self).__name__}: lifetime is {self.lifetime}; it must be a second or more')

    def _overridden(self) -> list[Identification]:
        methods: tuple[Identification, ...] = ('login', 'authenticate', 'guest')
        return [each for each in methods if getattr(type(self), each) is not getattr(BaseAuthConfig, each)]


@dataclass(kw_only=True)
class DefaultAuthConfig(BaseAuthConfig):
    """Guests without a login: each browser is a new user, until its cookie expires or is deleted.

    The name of a guest consists of a colour and an animal, such as 'Teal Otter'.
    """

    lifetime: timedelta = timedelta(days=365)

    def guest(self) -> UserData:
        identity_id = secrets.token_urlsafe(16)
        return UserData(identity_id, guest_name(identity_id))


@dataclass
class MultiBasicAuthConfig(BaseAuthConfig):
    """Users who log in with a name and a password.

    The name is also the `identity_id`. A user's sessions end when the user is removed or the password changes, even if
    `users` changes while the app runs; open websockets end within a minute.

    Args:
        users: passwords by name, in plain text or as argon2 hashes (`$argon2id$...`, with the extra `argon2`).

    Raises:
        InvalidDefinition: there is no user, or a password is invalid; the message names the user.
    """

    users: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        self._passwords = Passwords(lambda: self.users)

    async def login(self, name: str, password: str) -> UserData | None:
        return UserData(name, name) if await self._passwords.match(name, password) else None

    def credential(self, user: UserData) -> str | None:
        return self._passwords.stored(user.identity_id)


@dataclass
class BasicAuthConfig(BaseAuthConfig):
    """One user who logs in with a name and a password; for several, use `MultiBasicAuthConfig`.

    Args:
        username: the user's name, which is also the `identity_id`.
        password: in plain text or as an argon2 hash.

    Raises:
        InvalidDefinition: the password is invalid.
    """

    username: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        self._passwords = Passwords(lambda: {self.username: self.password})

    async def login(self, name: str, password: str) -> UserData | None:
        return UserData(name, name) if await self._passwords.match(name, password) else None

    def credential(self, user: UserData) -> str | None:
        return self._passwords.stored(user.identity_id)
