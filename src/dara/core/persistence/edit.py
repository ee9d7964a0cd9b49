"""What a browser asks of a record, and how that can end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from dara.core._edits import Ops, Value
from dara.core._json import shortened
from dara.core._threads import Threads
from dara.core.errors import DaraError, TestFailed, TooLarge
from dara.core.persistence.changelog import Writer
from dara.core.persistence.volatile import Seen

MESSAGE_CHARACTERS: Final = 500
RejectCode: TypeAlias = Literal['invalid', 'readonly', 'too_large', 'forbidden', 'conflict', 'test_failed']


@dataclass(frozen=True, slots=True)
class Edit:
    """What a browser asks for: `ops`, expressed against version `base`. `n` counts the writer's edits.

    One that is `exact` is refused unless nothing has happened since. One that `restores` brings back what the end of
    the process has cost, and is refused unless nothing was written since the process began.
    """

    writer: Writer
    author: int
    n: int
    epoch: str
    base: int
    ops: Ops
    exact: bool = False
    check: Callable[[Value], None] | None = None
    """Raises InvalidValue for a value that the writer's store does not take."""
    threads: Threads | None = None
    """Where `check` runs, if it is the app's own code."""
    restores: Seen | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """The edit is stored, and was published: that is its acknowledgement."""

    version: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The edit is refused for good; its number is used up."""

    code: RejectCode
    message: str

    @classmethod
    def invalid(cls, error: DaraError) -> Rejected:
        """Refuse an edit that is wrong; what is remembered of it is short, however long a name it has in it."""
        match error:
            case TooLarge():
                code: RejectCode = 'too_large'
            case TestFailed():
                code = 'test_failed'
            case _:
                code = 'invalid'
        return cls(code, shortened(str(error), MESSAGE_CHARACTERS))


@dataclass(frozen=True, slots=True)
class OutOfStep:
    """The writer must see the record's position first; if the edit is not settled, its number is kept."""

    reason: Literal['settled', 'epoch', 'stale']


@dataclass(frozen=True, slots=True)
class Failed:
    """The backend failed; nothing changed, and the edit may be sent again."""

    message: str


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """The writer skipped a number, or knows a version that does not exist."""

    message: str


Outcome: TypeAlias = Committed | Rejected | OutOfStep | Failed | OutOfOrder
