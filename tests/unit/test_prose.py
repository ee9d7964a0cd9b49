"""Tests of docstrings and JSDoc: each summary names a thing or an act."""

from __future__ import annotations

import pytest

from tests.prose import PLACES, faults_in, source_files


@pytest.mark.parametrize('place', PLACES)
def test_docstrings_follow_the_rules(place: str) -> None:
    found = [str(fault) for file in source_files(place) for fault in faults_in(file)]
    assert not found, '\n'.join(found)
