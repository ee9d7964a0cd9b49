"""Fixtures of the tests that attack a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.process import AppServer
from tests.server.hostile.attack import Bystanders
from tests.tab import logged_in


@pytest.fixture(scope='module')
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """A server for all attacks of a module: damage by one shows in the next."""
    server = AppServer(tmp_path_factory.mktemp('app'), 'fortress')
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
async def bystanders(server: AppServer) -> AsyncIterator[Bystanders]:
    """Two users who work before, during and after every attack."""
    async with logged_in(server, 'ann', 'ben') as (writer, reader):
        await reader.subscribe('note')
        watching = Bystanders(server, writer, reader, await writer.subscribe('note'))
        await watching.are_unaffected()
        yield watching
        await watching.are_unaffected()
        assert 'A message could not be answered' not in server.log
