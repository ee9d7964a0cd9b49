"""The record of a run: its figures, and the machine and the versions that it measured, as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
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


def load(file: Path) -> Record:
    """Read a record."""
    record = json.loads(file.read_text())
    return Record([_figure(each) for each in record['figures']], record['conditions'], record['is_quick'])


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
