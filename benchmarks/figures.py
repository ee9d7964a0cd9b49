"""Figures: the measured values, and their tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LAST: Final = ('dara-core', 'nicegui', 'dash', 'streamlit', 'floor')


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
        note: what makes it another measurement than those of the other systems, such as a smaller table.
    """

    subject: str
    measure: str
    unit: str
    system: str
    value: float
    target: Target | None = None
    is_least: bool = False
    note: str = ''

    def __str__(self) -> str:
        return f'{"> " if self.is_least else ""}{readable(self.value)}'

    @property
    def remark(self) -> str:
        """The note as it follows the value and its unit."""
        return f' ({self.note})' if self.note else ''


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
    systems = columns(figures)
    rows = [['subject', 'measure', *systems, 'target']]
    for subject, measure, unit in dict.fromkeys((f.subject, f.measure, f.unit) for f in figures):
        cells = {f.system: f for f in figures if (f.subject, f.measure) == (subject, measure)}
        target = next((_verdict(figure) for figure in cells.values() if figure.target), '')
        values = [f'{cells[system]}{cells[system].remark}' if system in cells else '' for system in systems]
        rows.append([subject, f'{measure}, {unit}' if unit else measure, *values, target])
    return aligned(rows)


def columns(figures: Sequence[Figure]) -> list[str]:
    """Return the systems in the order of their columns: Dara and its other checkouts, the peers, the floor."""
    systems = list(dict.fromkeys(figure.system for figure in figures))
    return sorted(systems, key=lambda system: _LAST.index(system) if system in _LAST else -1)


def merged(earlier: Sequence[Figure], later: Sequence[Figure]) -> list[Figure]:
    """Return the figures of both; a later one replaces the earlier one of the same subject, measure and system."""
    by_key = {(each.subject, each.measure, each.system): each for each in (*earlier, *later)}
    return list(by_key.values())


def aligned(rows: list[list[str]], labels: int = 2) -> str:
    """Return rows as a Markdown table; the columns after the labels are on the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths, labels) for row in rows]
    rule = [f'{"-" * (width - 1)}{"-" if column < labels else ":"}' for column, width in enumerate(widths)]
    return '\n'.join([lines[0], _line(rule, widths, labels), *lines[1:]])


def _verdict(figure: Figure) -> str:
    assert figure.target
    return f'{figure.target}{"" if figure.target.is_met(figure.value) else " MISSED"}'


def _line(row: list[str], widths: list[int], labels: int) -> str:
    cells = [
        cell.ljust(width) if column < labels else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return f'| {" | ".join(cells)} |'
