"""Figures: the measured values, and their tables."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Target:
    """A limit that the project sets itself."""

    limit: float
    is_minimum: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.is_minimum else value < self.limit

    def __str__(self) -> str:
        return f'{">" if self.is_minimum else "<"} {readable(self.limit)}'


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes:
        system: its column in the table.
        is_least: the measurement was given up, so the value is a lower bound.
    """

    subject: str
    measure: str
    unit: str
    system: str
    value: float
    target: Target | None = None
    is_least: bool = False

    def __str__(self) -> str:
        return f'{"> " if self.is_least else ""}{readable(self.value)}'


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest of `values` that is at least as large as `percent` of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def readable(value: float) -> str:
    """Return `value` with three significant digits, and with thousands separators."""
    if abs(value) >= 100 or value == int(value):
        return f'{value:,.0f}'
    return f'{value:.3g}'


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table: a row for each measure, a column for each system."""
    systems = list(dict.fromkeys(figure.system for figure in figures))
    rows = [['subject', 'measure', *systems, 'target']]
    for subject, measure, unit in dict.fromkeys((f.subject, f.measure, f.unit) for f in figures):
        cells = {f.system: f for f in figures if (f.subject, f.measure) == (subject, measure)}
        target = next((_verdict(figure) for figure in cells.values() if figure.target), '')
        values = [str(cells[system]) if system in cells else '' for system in systems]
        rows.append([subject, f'{measure}, {unit}' if unit else measure, *values, target])
    return _aligned(rows)


def save(figures: Sequence[Figure], file: Path) -> None:
    """Write the figures as JSON: an array of objects."""
    file.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + '\n')


def _verdict(figure: Figure) -> str:
    assert figure.target
    return f'{figure.target}{"" if figure.target.is_met(figure.value) else " MISSED"}'


def _aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    rule = [f'{"-" * (width - 1)}{"-" if column < 2 else ":"}' for column, width in enumerate(widths)]
    return '\n'.join([lines[0], _line(rule, widths), *lines[1:]])


def _line(row: list[str], widths: list[int]) -> str:
    cells = [
        cell.ljust(width) if column < 2 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return f'| {" | ".join(cells)} |'
