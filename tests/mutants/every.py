"""All breaks."""

from __future__ import annotations

from typing import Final

from tests.mutants.client import CLIENT
from tests.mutants.databases import DATABASE
from tests.mutants.fleets import FLEETS
from tests.mutants.mutant import Mutant
from tests.mutants.server import SERVER

EVERY: Final[tuple[Mutant, ...]] = (*SERVER, *FLEETS, *DATABASE, *CLIENT)
