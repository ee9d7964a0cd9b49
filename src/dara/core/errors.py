"""The errors that Dara raises on purpose.

DaraError
├── InvalidDefinition (ValueError)      the app is written wrongly; raised while it is defined
│   ├── InvalidProp                     a component was given a prop that it does not have or take
│   └── ConflictingIds                  two different things have one uid
├── NotJson (ValueError)                a value cannot be stored as JSON
│   └── TooLarge                        it is larger than the limit
├── InvalidEdit (ValueError)            an op has no place in the value that it is applied to
│   └── TestFailed                      a `test` of a patch did not hold
├── InvalidValue (ValueError)           a value is not of the type that its store takes
├── ReadOnlyStore (ValueError)          a write to a store that may only be read
├── NoUserInContext (ValueError)        a user's own value was asked for where there is no user
├── NestedWrite (RuntimeError)          the function given to `modify` uses the store that it changes
├── Contended (RuntimeError)            a value changed again and again while the function of `modify` ran
├── WrongLoop (RuntimeError)            a backend is used from two event loops that cannot share it
├── Forbidden                           a user may not see or do that
├── StoreCorrupt                        what a backend holds cannot be read
├── Unavailable                         something does not work now, and may in a moment
│   ├── BackendFailed                   a backend raised while it was read or written
│   └── CheckFailed                     a function of the app that says what may be raised, or took too long
└── InvalidConfig                       `dara start` was given something that it cannot serve
"""

from __future__ import annotations

from dara.core import _messages as messages


class DaraError(Exception):
    """Whatever Dara raises on purpose; its text says what was wrong, where, and what to do."""


class InvalidDefinition(DaraError, ValueError):
    """A declaration of the app is invalid, such as a component with a wrong argument or a route without a page."""


class InvalidProp(InvalidDefinition):
    """A component was given a prop that it does not have, or a value that the prop does not take."""


class ConflictingIds(InvalidDefinition):
    """Two different stores, variables or actions have one uid."""


class NotJson(DaraError, ValueError):
    """A value cannot be stored as JSON; the text names the place inside the value."""


class TooLarge(NotJson):
    """A value is larger than the limit."""


class InvalidEdit(DaraError, ValueError):
    """An op has no place in the value that it is applied to."""


class TestFailed(InvalidEdit):
    """A `test` of a patch did not hold; nothing of the patch was applied."""

    __test__ = False  # it is no test of pytest's


class InvalidValue(DaraError, ValueError):
    """A value is not of the type that its store takes; nothing changed."""


class NoUserInContext(DaraError, ValueError):
    """A user's own value was asked for where the app's code does not run for any user."""


class NestedWrite(DaraError, RuntimeError):
    """The function given to `modify` uses the store that it changes."""


class Contended(DaraError, RuntimeError):
    """A value changed again and again while the function given to `modify` ran; nothing was stored."""


class WrongLoop(DaraError, RuntimeError):
    """A backend is used from two event loops that cannot share it."""


class Forbidden(DaraError):
    """A user may not see or do that."""


class ReadOnlyStore(DaraError, ValueError):
    """A write to a store that may only be read."""


class StoreCorrupt(DaraError):
    """What a backend holds cannot be read; it was left as it is."""


class Unavailable(DaraError):
    """Something does not work now: nothing changed, nobody was refused, and trying again may help."""

    @property
    def reason(self) -> str:
        """What a page may say of it."""
        return str(self)


class CheckFailed(Unavailable):
    """A function of the app that says who may see or change a value, or which are valid, raised or took too long."""


class BackendFailed(Unavailable):
    """A backend raised while it was read or written; the cause is chained.

    Attributes:
        reason: what a page may say of it: nothing of where and how the server keeps its data.
    """

    @property
    def reason(self) -> str:
        cause = self.__cause__
        if not isinstance(cause, OSError):
            return messages.STORE_FAILED
        return cause.strerror or str(cause) or type(cause).__name__


class InvalidConfig(DaraError):
    """`dara start` was given something that it cannot serve."""
