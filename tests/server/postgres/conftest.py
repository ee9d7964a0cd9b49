"""Fixtures of the tests of `PostgresBackend`: a server for each module, and a name for each test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

import pytest

from tests.postgres_server import PostgresServer

NAMES: Final = count()


@pytest.fixture(scope='module')
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as started:
        yield started


@pytest.fixture
def name() -> str:
    """A name of an app that no other test uses."""
    return f'test{next(NAMES)}'
