"""How an app knows its users: what is given to `config.add_auth`."""

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
Way: TypeAlias = Literal['login', 'authenticate', 'guest']


@dataclass(kw_only=True)
class BaseAuthConfig(Strict):
    """How an app knows its users. Subclass it, and override one of `login`, `authenticate` and `guest`.

    Whichever it is, the browser gets a session, which a signed cookie keeps.

    Args:
        lifetime: how long a session lasts that is not used. One that is used after half of it lasts as long again.
    """

    lifetime: timedelta = timedelta(days=7)

    async def login(self, name: str, password: str) -> UserData | None:
        """Return the user whose name and password these are, as the login page took them, or `None`.

        After some failures in a row it is not asked for a while. It may be sync, and then runs in a thread.
        """
        raise NotImplementedError

    async def authenticate(self, request: HTTPConnection) -> UserData | None:
        """Return who sends `request`, by what a proxy in front of the app says in its headers, or `None` for nobody.

        It is asked at every request, and when a page opens its websocket. It may be sync, and then runs in a thread.
        """
        raise NotImplementedError

    def guest(self) -> UserData:
        """Return a new user, for a browser that was not here before."""
        raise NotImplementedError

    def credential(self, user: UserData) -> str | None:
        """Return what the sessions of a user who has logged in hang on, such as their stored password.

        They end when it changes, and when it is `None`: at the next request, and sockets that are open within a minute.
        One that raises ends nothing: who the user is cannot be told until it returns. It is not sent to the browser.
        """
        return ''

    @property
    def _way(self) -> Way:
        """Which of the three methods tells who somebody is."""
        return self._overridden()[0]

    @property
    def _has_login(self) -> bool:
        """Whether there is a login page, and so a way to log out."""
        return self._way == 'login'

    @property
    def _reserved(self) -> tuple[str, ...]:
        """The addresses, below the app's root, that belong to logging in and out."""
        match self._way:
            case 'login':
                return LOGIN, LOGOUT
            case 'authenticate':
                return (LOGIN,)
            case 'guest':
                return ()

    def _check(self) -> None:
        """Make sure that it can be used.

        Raises:
            InvalidDefinition: not exactly one of the three methods is overridden, or sessions would not last.
        """
        if len(self._overridden()) != 1:
            raise InvalidDefinition(
                f'{type(self).__name__} overrides {" and ".join(self._overridden()) or "nothing"}; '
                'it has to override one of login, authenticate and guest'
            )
        if self.lifetime < timedelta(seconds=1):
            raise InvalidDefinition(f'{type(self).__name__}: lifetime is {self.lifetime}; sessions have to last')

    def _overridden(self) -> list[Way]:
        ways: tuple[Way, ...] = ('login', 'authenticate', 'guest')
        return [way for way in ways if getattr(type(self), way) is not getattr(BaseAuthConfig, way)]


@dataclass(kw_only=True)
class DefaultAuthConfig(BaseAuthConfig):
    """No login: whoever comes is a user of their own, for as long as their browser keeps its cookie.

    They are called after a colour and an animal, such as 'Teal Otter', so that others can tell them apart.
    """

    lifetime: timedelta = timedelta(days=365)

    def guest(self) -> UserData:
        identity_id = secrets.token_urlsafe(16)
        return UserData(identity_id, guest_name(identity_id))


@dataclass(kw_only=True)
class MultiBasicAuthConfig(BaseAuthConfig):
    """Users with names and passwords, who log in on a page.

    A user's name is their `identity_id` as well. Sessions end when the user is gone or has another password, also when
    `users` changes while the app runs: open sockets within a minute.

    Args:
        users: passwords by name, as they are or as argon2 hashes (`$argon2id$...`, with the extra `argon2`).

    Raises:
        InvalidDefinition: there is no user, or a password cannot be used; says whose.
    """

    users: Mapping[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        self._passwords = Passwords(lambda: self.users)

    async def login(self, name: str, password: str) -> UserData | None:
        return UserData(name, name) if await self._passwords.are(name, password) else None

    def credential(self, user: UserData) -> str | None:
        return self._passwords.stored(user.identity_id)


@dataclass(kw_only=True)
class BasicAuthConfig(BaseAuthConfig):
    """One user with a name and a password; for several there is `MultiBasicAuthConfig`.

    Args:
        username: their name, which is their `identity_id` as well.
        password: as it is or as an argon2 hash.

    Raises:
        InvalidDefinition: the password cannot be used.
    """

    username: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        self._passwords = Passwords(lambda: {self.username: self.password})

    async def login(self, name: str, password: str) -> UserData | None:
        return UserData(name, name) if await self._passwords.are(name, password) else None

    def credential(self, user: UserData) -> str | None:
        return self._passwords.stored(user.identity_id)
