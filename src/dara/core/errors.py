"""The errors of Dara.

DaraError
├── InvalidDefinition (ValueError)      the app is defined incorrectly
│   ├── InvalidProp                     a prop is unknown, or does not take its value
│   └── ConflictingIds                  two different objects have one uid
├── NotJson (ValueError)                a value cannot be stored as JSON
│   └── TooLarge                        it is larger than the limit
├── InvalidEdit (ValueError)            an op cannot be applied to the value
│   └── TestFailed                      a `test` of a patch failed
├── InvalidValue (ValueError)           a value does not have the declared type
├── ReadOnlyStore (ValueError)          a write to a read-only store
├── NoUserInContext (ValueError)        a user's own value was requested without a user
├── NoBackendStore (TypeError, ValueError)  a variable without a store was read or written
├── NestedWrite (RuntimeError)          the function given to `modify` uses the store that it changes
├── Contended (RuntimeError)            a value kept changing while the function of `modify` ran
├── WrongLoop (RuntimeError)            a backend is used from two event loops that cannot share it
├── NonTabularDataError (TypeError)     a value that a table is to show is no DataFrame
├── Forbidden                           the user has no right to that
├── StoreCorrupt                        stored data cannot be read
│   └── WrongVersion                    a value is of another version of the app
├── Unavailable                         a temporary failure; trying again may help
│   ├── BackendFailed                   a backend raised during a read or a write
│   ├── CheckFailed                     a check of the app raised, or took too long
│   └── JobRefused                      a job cannot be begun now
├── JobFailed                           a job was cancelled, or its process has ended
├── NotHere (ImportError)               a documented name that is not here yet
└── InvalidConfig                       `dara start` cannot serve the app
"""

from __future__ import annotations

from collections.abc import Mapping

from dara.core import _messages as messages


class DaraError(Exception):
    """The base class of all errors of Dara. The message names the problem, its location and the remedy."""


class InvalidDefinition(DaraError, ValueError):
    """A declaration of the app is invalid, such as a component with a wrong argument or a route without a page.

    Attributes:
        place: the app's file and line, if Dara has found the error after the code there has run.
    """

    place: str | None = None


class InvalidProp(InvalidDefinition):
    """A prop of a component is unknown, or does not take its value."""


class ConflictingIds(InvalidDefinition):
    """Two different stores, variables or actions have one uid."""


class NotJson(DaraError, ValueError):
    """A value cannot be stored as JSON; the message has the path inside the value."""


class TooLarge(NotJson):
    """A value is larger than the limit."""


class InvalidEdit(DaraError, ValueError):
    """An op cannot be applied to the value."""


class TestFailed(InvalidEdit):
    """A `test` of a patch failed; the patch was not applied."""

    __test__ = False  # pytest must not collect it


class InvalidValue(DaraError, ValueError):
    """A value does not have the type of its store, or of the parameter of a function; nothing changed.

    The action of a form raises it to say at the fields what is wrong:

        raise InvalidValue({'name': 'Somebody has this name.'})

    Args:
        message: what is wrong; or that of each member by its name, or by its path as in `'address/city'`.
        reasons: the same in words for users, by JSON pointer, if they are others.

    Attributes:
        reasons: what is wrong, in words for users, by JSON pointer; that of the whole value under `''`.
    """

    def __init__(self, message: str | Mapping[str, str], reasons: Mapping[str, str] | None = None) -> None:
        if reasons is None:
            reasons = {'': message} if isinstance(message, str) else {_pointer(name): message[name] for name in message}
        self.reasons = dict(reasons)
        super().__init__(message if isinstance(message, str) else self.for_users)

    @property
    def for_users(self) -> str:
        """The reasons in one text: a line for each, which begins with its pointer."""
        return '\n'.join(f'{pointer}: {reason}' if pointer else reason for pointer, reason in self.reasons.items())


def _pointer(name: str) -> str:
    return f'/{name}' if name else ''


class NoUserInContext(DaraError, ValueError):
    """A user's own value was requested by code that does not run for a user."""


class NoBackendStore(DaraError, TypeError, ValueError):
    """A variable without a `BackendStore` was read or written by server code."""


class NestedWrite(DaraError, RuntimeError):
    """The function given to `modify` uses the store that it changes."""


class Contended(DaraError, RuntimeError):
    """A value kept changing while the function given to `modify` ran; nothing was stored."""


class WrongLoop(DaraError, RuntimeError):
    """A backend is used from two event loops that cannot share it."""


class NonTabularDataError(DaraError, TypeError):
    """A value that a table is to show is no DataFrame."""


class Forbidden(DaraError):
    """The user has no right to that.

    Args:
        message: the reason, for the log.
        for_users: what the user is told; the reason by default.
    """

    def __init__(self, message: str = messages.MAY_NOT_USE, *, for_users: str | None = None) -> None:
        super().__init__(message)
        self.for_users = message if for_users is None else for_users


class ReadOnlyStore(DaraError, ValueError):
    """A write to a read-only store."""


class StoreCorrupt(DaraError):
    """Stored data cannot be read; it is left unchanged."""


class WrongVersion(StoreCorrupt):
    """A stored value is of another version than the store's, and cannot be migrated; it is left unchanged.

    Attributes:
        reason: the description for users, without the location of the data.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message, reason)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.args[0])


class Unavailable(DaraError):
    """A temporary failure: nothing changed, and trying again may help."""

    @property
    def reason(self) -> str:
        """The description for users."""
        return str(self)


class CheckFailed(Unavailable):
    """A check of the app, of rights or of values, raised or took too long."""


class BackendFailed(Unavailable):
    """A backend raised during a read or a write; the cause is chained.

    Attributes:
        reason: the description for users, without the location of the data.
    """

    @property
    def reason(self) -> str:
        cause = self.__cause__
        if not isinstance(cause, OSError):
            return messages.STORE_FAILED
        if isinstance(cause, ConnectionError | TimeoutError):
            return messages.STORE_AWAY
        return cause.strerror or str(cause) or type(cause).__name__


class JobRefused(Unavailable):
    """A job was not begun: too many wait already, or one of its key runs."""


class JobFailed(DaraError):
    """A job has no result: it was cancelled, its process or the server has ended, or the result cannot be sent."""


class JobCancelled(JobFailed):
    """A job was cancelled."""


class NotHere(DaraError, ImportError):
    """A documented name that is not here yet; the message names the nearest thing that is."""


class InvalidConfig(DaraError):
    """`dara start` cannot serve the app."""
