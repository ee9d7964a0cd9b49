"""The options of the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a run.

    Attributes:
        quick: make few repetitions.
        peers: the directory of the peers' environments, or `None` if the peers are not measured.
        against: checkouts of other commits, each with a built client, that are measured as well.
    """

    quick: bool = False
    peers: Path | None = None
    against: tuple[Path, ...] = ()
