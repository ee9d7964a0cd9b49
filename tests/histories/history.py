"""`History`: what happened between an app and its clients, as the clients saw it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from dara.core.persistence.changelog import Mark

Outcome: TypeAlias = Literal['open', 'acknowledged', 'rejected']
"""Of a write. An open one may have happened, or happen later."""
Place: TypeAlias = str
"""The place of a value: a server, a reader's tab, or the database."""


@dataclass(slots=True, eq=False)
class Write:
    """A write, which adds one token to the value of a store.

    Attributes:
        token: found in the value as often as the write was applied.
        began: when it was sent first, in seconds of a monotonic clock.
        ended: when its outcome was known.
    """

    writer: str
    store: str
    token: str
    began: float = field(default_factory=time.monotonic)
    ended: float = 0
    outcome: Outcome = 'open'

    def end(self, outcome: Outcome) -> None:
        """Note the outcome."""
        self.outcome, self.ended = outcome, time.monotonic()


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """A value that a server returned.

    Attributes:
        began: when it was asked for.
    """

    place: Place
    store: str
    began: float
    value: Any


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A value that a reader's tab came to show; `digest` tells different values from each other."""

    reader: str
    store: str
    mark: Mark
    digest: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Loss:
    """A time in which acknowledged writes may have been lost: a database without some of them took over."""

    began: float
    ended: float


@dataclass(slots=True, eq=False)
class History:
    """Everything that was written and seen.

    Attributes:
        writes: those that add tokens, in the order of each writer.
        assignments: those of one caller who sets a value as a whole, one after the other.
        finals: the values in the end, by place and store.
        contradictions: answers that cannot be right.
        stuck: the clients that had no answer in the end.
        events: what happened to the servers and the database.
    """

    writes: list[Write] = field(default_factory=list)
    assignments: list[Write] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    sights: list[Sight] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    finals: dict[Place, dict[str, Any]] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def note(self, event: str) -> None:
        """Note something that happens now."""
        self.events.append((time.monotonic(), event))

    def lines(self) -> Iterator[str]:
        """Yield what happened, and how much was written and seen."""
        for at, event in self.events:
            yield f'{at - self.began:7.2f} s  {event}'
        yield self.summary

    @property
    def summary(self) -> str:
        outcomes = [each.outcome for each in (*self.writes, *self.assignments)]
        counts = ', '.join(f'{outcomes.count(each)} {each}' for each in ('acknowledged', 'rejected', 'open'))
        return f'{len(outcomes)} writes ({counts}), {len(self.reads)} reads, {len(self.sights)} sights'
