"""The record of a run: its figures, and the machine and the versions that it measured, as JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped, unused-ignore]  # has no types of its own

from benchmarks.figures import Figure, Target, merged
from benchmarks.systems import HERE, PEERS


@dataclass(frozen=True, slots=True)
class Record:
    """The figures of a run.

    Attributes:
        conditions: a sentence about the date, the machine, and the versions.
        is_quick: true if a part of it is a smoke test.
    """

    figures: list[Figure]
    conditions: str
    is_quick: bool

    def save(self, file: Path) -> None:
        """Write the record; figures of other subjects that are in the file stay."""
        earlier = load(file) if file.exists() else Record([], '', False)
        figures = merged(earlier.figures, self.figures)
        is_quick = self.is_quick or earlier.is_quick
        record = {'conditions': self.conditions, 'is_quick': is_quick, 'figures': [asdict(each) for each in figures]}
        file.write_text(json.dumps(record, indent=1) + '\n')

    def divided(self, marks: Sequence[str]) -> tuple[Record, Record]:
        """Return the part whose subjects contain one of the marks, and the rest."""
        is_part = [any(mark in each.subject for mark in marks) for each in self.figures]
        parts = (
            [figure for figure, is_in in zip(self.figures, is_part, strict=True) if is_in is which]
            for which in (True, False)
        )
        part, rest = (replace(self, figures=figures) for figures in parts)
        return part, rest


def load(file: Path) -> Record:
    """Read a record."""
    record = json.loads(file.read_text())
    return Record([_figure(each) for each in record['figures']], record['conditions'], record['is_quick'])


def medians(records: Sequence[Record]) -> Record:
    """Return the record of several runs, with the median of each figure and the conditions of the last run."""
    values: dict[tuple[str, str, str], list[float]] = {}
    every = [figure for each in records for figure in each.figures]
    for each in every:
        values.setdefault((each.subject, each.measure, each.system), []).append(each.value)
    figures = [
        replace(each, value=statistics.median(values[each.subject, each.measure, each.system]))
        for each in merged([], every)
    ]
    text = records[-1].conditions
    if len(records) > 1:
        text = f'Medians of {len(records)} runs. {text}'
    return Record(figures, text, any(each.is_quick for each in records))


def conditions(with_peers: bool) -> str:
    """Return a sentence about today, this machine, and the measured versions."""
    peers = [each for distributions in PEERS.values() for each in distributions] if with_peers else []
    peers = [name for name in peers if not name.startswith('dara-components')]
    versions = [
        f'Python {platform.python_version()}',
        *(f'{name} {version(name)}' for name in ('uvicorn', 'websockets')),
    ]
    return (
        f'{datetime.now(UTC):%Y-%m-%d}, commit {_commit()}: {os.cpu_count()} cores of {_processor()}, '
        f'{psutil.virtual_memory().total / 1e9:.0f} GB, {platform.system()}; {", ".join(versions)}'
        f'{"".join(f", {each}".replace("==", " ") for each in peers)}; load {os.getloadavg()[0]:.1f} at the end.'
    )


def _figure(saved: dict[str, Any]) -> Figure:
    target = Target(**saved['target']) if saved['target'] else None
    return Figure(**{**saved, 'target': target})


def _commit() -> str:
    found = subprocess.run(['git', 'rev-parse', '--short', 'HEAD'], cwd=HERE, capture_output=True, text=True)
    return found.stdout.strip() or 'unknown'


def _processor() -> str:
    for line in Path('/proc/cpuinfo').read_text().splitlines() if sys.platform == 'linux' else ():
        if line.startswith('model name'):
            return line.partition(':')[2].strip()
    return platform.machine()
