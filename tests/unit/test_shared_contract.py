"""The promises of shared backends, kept by the one in memory."""

from __future__ import annotations

import pytest

from dara.core.persistence.shared import SharedBackend
from dara.testing import MemoryDatabase, SharedBackendContract, SharedMemoryBackend


class TestSharedMemory(SharedBackendContract):
    """Of the reference."""

    @pytest.fixture(autouse=True)
    def _with_a_database(self) -> None:
        self.database = MemoryDatabase()

    async def open(self) -> SharedBackend:
        return SharedMemoryBackend(database=self.database)
