"""What all proofs share: the process with the tabs, and how much is tried."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.proof.browsers import Browsers

RUNS: Final = int(os.environ.get('RUNS', '0'))
"""How many times as many examples; they are others in every run then."""


@pytest.fixture(scope='session')
def browsers() -> Iterator[Browsers]:
    browsers = Browsers()
    yield browsers
    browsers.close()


def examples(count: int, steps: int = 50) -> settings:
    """The same examples in every run, or, where RUNS is set, many others; these are made small when one fails."""
    return settings(
        max_examples=count * (RUNS or 1),
        stateful_step_count=steps,
        derandomize=not RUNS,
        database=None,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        phases=list(Phase) if RUNS else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
