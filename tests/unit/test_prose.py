"""Tests of docstrings and JSDoc: each summary names a thing or an act."""

from __future__ import annotations

import pytest

from tests.prose import ROOT, faults_in, source_files

COVERED = (
    'src/dara',
    'client/src',
    'tools',
    'benchmarks',
    'examples',
    'hatch_build.py',
    'tests/apps',
    'tests/scripts',
    'tests/server',
    'tests/unit',
    *sorted(f'tests/{file.name}' for file in (ROOT / 'tests').glob('*.py')),
)


@pytest.mark.parametrize('place', COVERED)
def test_docstrings_follow_the_rules(place: str) -> None:
    found = [str(fault) for file in source_files(place) for fault in faults_in(file)]
    assert not found, '\n'.join(found)
