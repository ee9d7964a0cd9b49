"""Fixtures of the tests of `SQLiteBackend`: a database, and a backend over it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dara.core.persistence.databases.sqlite import SQLiteBackend


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'data.db'


@pytest.fixture
async def backend(path: Path) -> AsyncIterator[SQLiteBackend]:
    opened = SQLiteBackend(path)
    yield opened
    await opened.close()
