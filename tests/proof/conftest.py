"""Fixtures of all proofs: the process with the tabs, and the number of examples."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.proof.browsers import Browsers

RUNS: Final = int(os.environ.get('RUNS', '0'))
"""The factor of the number of examples. If it is set, they are others in every run."""


@pytest.fixture(scope='session')
def browsers() -> Iterator[Browsers]:
    browsers = Browsers()
    yield browsers
    browsers.close()


def examples(count: int, steps: int = 50) -> settings:
    """Return settings: the same examples in every run, or many others if RUNS is set; a failing one is made small."""
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
