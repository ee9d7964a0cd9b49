"""Rounds of a few faults each, over every database. `python -m tests.histories` runs others, and longer ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from tests.histories import faults
from tests.histories.faults import Fault
from tests.histories.rounds import Round
from tests.repeats import repeated

FAULTS: Final[dict[str, list[Fault[Any]]]] = {
    'sqlite': [faults.a_server_crashes, faults.a_server_stands_still, faults.the_parent_is_killed],
    'redis': [faults.a_server_crashes_at_rest, faults.the_database_is_killed, faults.a_replica_takes_over],
    'everysec': [faults.the_power_fails, faults.a_server_crashes],
    'replicated': [faults.a_server_crashes, faults.lines_are_silent, faults.a_replica_takes_over],
    'postgres': [faults.a_server_crashes, faults.connections_end, faults.lines_carry_one_way, faults.a_clock_jumps],
    'synchronous': [faults.the_standby_stands_still, faults.a_replica_takes_over],
}
QUICKEST: Final = ['sqlite', 'redis']
"""The kinds whose rounds take the least time."""
SEED: Final = 4


@pytest.mark.parametrize('kind', [kind if kind in QUICKEST else repeated(kind) for kind in FAULTS])
async def test_what_was_acknowledged_is_there_once_on_all_servers(tmp_path: Path, kind: str) -> None:
    """In the order of its writers, although servers, databases and lines fail; and no version is two values."""
    one = Round(kind, SEED, FAULTS[kind])
    assert not await one.run(tmp_path), '\n'.join([f'seed {SEED}', *one.history.lines()])
