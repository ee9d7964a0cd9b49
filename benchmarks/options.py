"""What the command line asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """`quick`: few repetitions. `peers`: where their environments are, if they are to be measured."""

    quick: bool = False
    peers: Path | None = None
