"""SQLiteBackend: the promises of shared backends, and those of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from dara.core.persistence.databases.sqlite import SQLiteBackend
from dara.core.persistence.shared import SharedBackend
from dara.testing import SharedBackendContract


class TestSQLite(SharedBackendContract):
    """The promises of all shared backends."""

    @pytest.fixture(autouse=True)
    def _with_a_database(self, tmp_path: Path) -> None:
        self.path = tmp_path / 'data.db'

    async def open(self) -> SharedBackend:
        return SQLiteBackend(self.path)
