"""A running system with its measurements."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from benchmarks.figures import Figure
from benchmarks.serving import Server


@dataclass(slots=True)
class Contender:
    """A running system with its measurements, by measure and unit; `note` is that of its figures."""

    name: str
    server: Server
    note: str = ''
    measured: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, measure: str, unit: str, value: float) -> None:
        """Add a measurement; an infinite one was given up."""
        self.measured.setdefault((measure, unit), []).append(value)

    def figures(self, subject: str, patience_seconds: float) -> Iterator[Figure]:
        """Yield the median of each measure; if it was given up, the time after which it was, as a lower bound."""
        for (measure, unit), values in self.measured.items():
            value = median(values)
            is_least = math.isinf(value)
            if is_least:
                value = patience_seconds * (1000 if unit == 'ms' else 1)
            yield Figure(subject, measure, unit, self.name, value, is_least=is_least, note=self.note)
