"""Passwords, in plain text or as argon2 hashes."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Final

from dara.core._threads import Threads
from dara.core.errors import InvalidDefinition

ARGON2: Final = '$argon2'
_OTHER_HASHES: Final = re.compile(r'\$(2[abxy]?|5|6|y|bcrypt\S*|scrypt|pbkdf2\S*)\$|pbkdf2:|scrypt:')


class Passwords:
    """The passwords of an app's users.

    A check takes the same time for existing and for unknown users: if any password is hashed, every check computes a
    hash.

    Args:
        users: returns the present passwords by name.

    Raises:
        InvalidDefinition: there is no user, or a password is invalid.
    """

    def __init__(self, users: Callable[[], Mapping[str, str]]) -> None:
        if not users():
            raise InvalidDefinition('There is no user: give users={name: password}')
        for name, stored in users().items():
            _check(name, stored)
        self._users = users
        # Computing an argon2 hash takes much memory; therefore few run at once.
        self._threads = Threads('dara-password', 2)

    async def match(self, name: str, password: str) -> bool:
        """Return whether the user exists and has that password."""
        users = self._users()
        stored, decoy = users.get(name), next(filter(_is_hash, users.values()), None)
        if decoy is None:
            return _match(stored, decoy, password)
        return await self._threads.run(_match, stored, decoy, password)

    def stored(self, name: str) -> str | None:
        """Return a user's password or hash, or `None` if there is no such user."""
        return self._users().get(name)


def _match(stored: str | None, decoy: str | None, password: str) -> bool:
    plain, hashed = ('', stored) if stored and _is_hash(stored) else (stored or '', decoy)
    is_plain = hmac.compare_digest(_digest(plain), _digest(password))
    is_hashed = hashed is not None and _verify(hashed, password)
    if not stored:
        return False
    return is_hashed if _is_hash(stored) else is_plain


def _is_hash(stored: str) -> bool:
    return stored.startswith(ARGON2)


def _digest(password: str) -> bytes:
    """Return a digest of constant length, so that the time of a comparison does not reveal the password's length."""
    return hashlib.sha256(password.encode('utf-8', 'surrogatepass')).digest()


def _verify(hashed: str, password: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import VerificationError

    try:
        return PasswordHasher().verify(hashed, password)
    except VerificationError:
        return False


def _check(name: str, stored: str) -> None:
    if not isinstance(name, str) or not name:
        raise InvalidDefinition(f'The name of a user is a non-empty string, not {name!r}')
    if not isinstance(stored, str) or not stored:
        raise InvalidDefinition(f'The password of {name!r} is empty, or not a string')
    if _OTHER_HASHES.match(stored):
        raise InvalidDefinition(f'The password of {name!r} looks like a hash of another kind; hash it with argon2')
    if _is_hash(stored):
        _check_hash(name, stored)


def _check_hash(name: str, stored: str) -> None:
    try:
        from argon2 import extract_parameters
        from argon2.exceptions import InvalidHash
    except ImportError as error:
        raise InvalidDefinition(
            f'The password of {name!r} is an argon2 hash; to check it: pip install "dara-live[argon2]"'
        ) from error
    try:
        extract_parameters(stored)
    except InvalidHash as error:
        raise InvalidDefinition(f'The password of {name!r} begins like an argon2 hash, but is not valid') from error
