"""Fixtures that every part of the tests uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.process import AppServer

Serve = Callable[[str], AppServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start a real server for an app that is given as source text."""
    servers: list[AppServer] = []

    def start(source: str) -> AppServer:
        directory = tmp_path / f'app{len(servers)}'
        directory.mkdir()
        server = AppServer(directory, source)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.stop()
