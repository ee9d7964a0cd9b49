"""Tests of `PostgresBackend` with a real server."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from dara.core.persistence.databases.postgres import PostgresBackend
from dara.core.persistence.shared import SharedBackend
from dara.testing import SharedBackendContract
from tests.postgres_server import PostgresServer

NAMES = count()


@pytest.fixture(scope='module')
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    started = PostgresServer(tmp_path_factory.mktemp('postgres')).create().start()
    yield started
    started.stop()


class TestPostgres(SharedBackendContract):
    """The promises of shared backends. Each test has a name of its own in one database."""

    @pytest.fixture(autouse=True)
    def _with_a_name(self, server: PostgresServer) -> None:
        self.dsn, self.name = server.dsn, f'test{next(NAMES)}'

    async def open(self) -> SharedBackend:
        return PostgresBackend(self.dsn, name=self.name)
