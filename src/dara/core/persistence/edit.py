"""Edits that browsers send to a record, and their possible outcomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from dara.core._edits import Ops, Value
from dara.core._json import shortened
from dara.core._threads import Threads
from dara.core.errors import DaraError, InvalidValue, TestFailed, TooLarge
from dara.core.persistence.changelog import Writer
from dara.core.persistence.volatile import Seen

MESSAGE_CHARACTERS: Final = 500
RejectCode: TypeAlias = Literal['invalid', 'readonly', 'too_large', 'forbidden', 'conflict', 'test_failed']


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit as sent by a browser.

    Attributes:
        n: the number of the edit among its writer's edits, starting at 1.
        base: the version against which the ops are expressed.
        exact: reject the edit if the record has changed since `base`.
        check: raises InvalidValue if the writer's store does not accept the new value.
        threads: the threads that run `check`, if it is the app's own code.
        restores: the version that the edit brings back after a restart. The edit is rejected if the key was written
            since the restart.
    """

    writer: Writer
    author: int
    n: int
    epoch: str
    base: int
    ops: Ops
    exact: bool = False
    check: Callable[[Value], None] | None = None
    threads: Threads | None = None
    restores: Seen | None = None


@dataclass(slots=True)
class Committed:
    """Outcome: the edit is stored. Its published change is the acknowledgement."""

    version: int


@dataclass(slots=True)
class Rejected:
    """Outcome: the edit is rejected for good, and its number is used up."""

    code: RejectCode
    message: str

    @classmethod
    def invalid(cls, error: DaraError) -> Rejected:
        """Return the rejection for an error of validation, with a message of bounded length."""
        match error:
            case TooLarge():
                code: RejectCode = 'too_large'
            case TestFailed():
                code = 'test_failed'
            case _:
                code = 'invalid'
        reason = error.for_users if isinstance(error, InvalidValue) else str(error)
        return cls(code, shortened(reason, MESSAGE_CHARACTERS))


@dataclass(slots=True)
class Settled:
    """Outcome: the edit was acknowledged or rejected before.

    Attributes:
        rejection: the reason if it was rejected. The acknowledgement of any other is on its way to the writer already.
    """

    rejection: str | None = None


@dataclass(slots=True)
class OutOfStep:
    """Outcome: the writer needs the record's present state first. Then the edit may be sent again."""

    reason: Literal['epoch', 'stale']


@dataclass(slots=True)
class Failed:
    """Outcome: the backend failed and nothing changed. The edit may be sent again."""

    message: str


@dataclass(slots=True)
class OutOfOrder:
    """Outcome: a protocol error. The writer skipped a number, or names a version that does not exist."""

    message: str


Outcome: TypeAlias = Committed | Rejected | Settled | OutOfStep | Failed | OutOfOrder
