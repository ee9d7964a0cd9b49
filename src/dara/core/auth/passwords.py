"""Passwords, plain or as argon2 hashes, and whether one is right."""

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
    """The passwords of some users.

    A check takes as long for a user who does not exist as for one who does: with one hash among the passwords, every
    check computes one.

    Args:
        users: returns them as they are at present, by name.

    Raises:
        InvalidDefinition: there is none, or one cannot be used.
    """

    def __init__(self, users: Callable[[], Mapping[str, str]]) -> None:
        if not users():
            raise InvalidDefinition('There is no user: give users={name: password}')
        for name, stored in users().items():
            _check(name, stored)
        self._users = users
        # Each check of a hash takes a lot of memory, by design, so there are few at once.
        self._threads = Threads('dara-password', 2)

    async def are(self, name: str, password: str) -> bool:
        """Return whether that user exists and has that password."""
        users = self._users()
        stored, decoy = users.get(name), next(filter(_is_hash, users.values()), None)
        if decoy is None:
            return _match(stored, decoy, password)
        return await self._threads.run(_match, stored, decoy, password)

    def stored(self, name: str) -> str | None:
        """Return the password as it was given to us."""
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
    """All of one length, so that the time of a comparison does not tell that of the password."""
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
        raise InvalidDefinition(f'A user has a name, a string that is not empty; this one has {name!r}')
    if not isinstance(stored, str) or not stored:
        raise InvalidDefinition(f'The password of {name!r} is empty or no string')
    if _OTHER_HASHES.match(stored):
        raise InvalidDefinition(
            f'The password of {name!r} looks like a hash that is not of argon2; hash it with argon2'
        )
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
        raise InvalidDefinition(f'The password of {name!r} begins like an argon2 hash, but is none') from error
