"""Versions of stored values, and the functions that migrate older values to the present version.

A value of version 1 is stored as it is, and a later one in an envelope: `{"$version": 2, "value": ...}`. So value and
version are one thing in every backend. One write stores both, and no crash comes between them. Every copy has both, and
so has every server that shares the database. Other programs see the version, and keep it when they change the value
inside. A version under a key of its own would need a second write, and could be lost or left behind by each of these;
one in a journal would be unknown to most backends. The price is the envelope, paid by apps that declare a version.

A value without an envelope is of version 1, unless its key is known to have had a later version. Then another program
has written it, and its version is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from dara.core import _messages as messages
from dara.core._app_code import is_async
from dara.core._edits import ABSENT, Value
from dara.core._json import Json, fresh, to_json
from dara.core._outages import OUTAGES
from dara.core._threads import Threads
from dara.core.errors import InvalidDefinition, WrongVersion

VERSION: Final = '$version'
VALUE: Final = 'value'
THREADS: Final = 16
Migration: TypeAlias = Callable[[Any], Any]


class Versioned(NamedTuple):
    """A value with its version; `is_stated` if the version is stored with it."""

    version: int
    value: Value
    is_stated: bool


def opened(stored: Value) -> Versioned:
    """Return the value in a stored one, with its version."""
    if not _is_envelope(stored):
        return Versioned(1, stored, is_stated=False)
    assert isinstance(stored, dict)
    version = stored[VERSION]
    assert isinstance(version, int)
    return Versioned(version, stored[VALUE], is_stated=True)


def enveloped(value: Value, version: int, *, is_stated: bool = False) -> Value:
    """Return the form in which a value is stored. One of version 1 that looks like an envelope is put into one.

    Args:
        is_stated: the form in which version 1 is stored with any value.
    """
    if value is ABSENT or (version == 1 and not is_stated and not _is_envelope(value)):
        return value
    return {VERSION: version, VALUE: value}


def _is_envelope(stored: Value) -> bool:
    if not isinstance(stored, dict) or len(stored) != 2 or VALUE not in stored:
        return False
    return is_version(stored.get(VERSION))


def is_version(version: object) -> bool:
    """Return whether something is a version of values."""
    return isinstance(version, int) and not isinstance(version, bool) and version >= 1


class Versions:
    """The version of a store's values, and the functions that migrate older ones.

    Args:
        version: the version that the app reads and writes.
        migrate: by version, the function that returns the value of the next version.
        check: raises an exception if a migrated value does not fit the store's type.

    Raises:
        InvalidDefinition: an argument is not valid.
    """

    def __init__(
        self,
        version: int = 1,
        migrate: Mapping[int, Migration] | None = None,
        check: Callable[[Value], None] = lambda _: None,
    ) -> None:
        if not is_version(version):
            raise InvalidDefinition(f'BackendStore: version is an int from 1 on, not {version!r}')
        self.version: Final = version
        self._functions = dict(migrate or {})
        for before, function in self._functions.items():
            _check_migration(before, function, version)
        self._check = check
        self.threads: Final = Threads('dara-migrate', THREADS)

    def check_known(self, where: str, key: str, found: Versioned, latest: int) -> None:
        """Check that a stored value may be read.

        Args:
            latest: the latest version that the key is known to have had.

        Raises:
            WrongVersion: it is of a later version, or its version is unknown.
        """
        if found.version > self.version:
            raise _wrong(where, key, messages.value_is_newer(key, found.version, self.version))
        if self.version > 1 and latest > 1 and not found.is_stated and found.value is not ABSENT:
            raise _wrong(
                where,
                key,
                messages.value_without_version(key, latest),
                f'Another program has written it; let it write {{"{VERSION}": N, "{VALUE}": ...}}.',
            )

    def migrated(self, where: str, key: str, version: int, value: Json) -> Json:
        """Return the value of the present version for one of an older version. Runs the app's functions.

        Raises:
            WrongVersion: a function is missing, or raised, or its result does not fit.
        """
        function: Migration | None = None
        try:
            for before in range(version, self.version):
                function = self._functions.get(before)
                if function is None:
                    reason = messages.migration_missing(key, version, self.version)
                    raise _wrong(where, key, reason, f'Add the function for {before} to `migrate`.')
                value = to_json(function(fresh(value)))
            self._check(value)
        except WrongVersion:
            raise
        except Exception as error:
            name = getattr(function, '__qualname__', repr(function))
            OUTAGES.failed(f'The migration {name} of {where}', key, error)
            reason = messages.migration_failed(key, version, self.version, name)
            raise _wrong(where, key, reason, f'{type(error).__name__}: {error}.') from error
        return value

    def read(self, where: str, key: str, stored: Any) -> Json:
        """Return the present version of a stored value, without storing it. Raises what the other methods do."""
        found = opened(stored)
        self.check_known(where, key, found, 1)
        if found.version == self.version:
            return to_json(found.value)
        return self.migrated(where, key, found.version, to_json(found.value))


UNVERSIONED: Final = Versions()


def _wrong(where: str, key: str, reason: str, detail: str = '') -> WrongVersion:
    return WrongVersion(f'{where}, key {key!r}: {reason} {detail + " " if detail else ""}It was left as it is.', reason)


def _check_migration(before: object, function: object, version: int) -> None:
    if not isinstance(before, int) or isinstance(before, bool) or not 1 <= before < version:
        raise InvalidDefinition(
            f'BackendStore: migrate maps versions before {version} to functions; {before!r} is no such version'
        )
    if not callable(function) or is_async(function):
        raise InvalidDefinition(
            f'BackendStore: migrate[{before}] is a sync function of a value, which runs in a thread, not {function!r}'
        )
