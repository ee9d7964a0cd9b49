"""Fixtures of all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.process import AppServer


class Serve(Protocol):
    """The fixture `serve`: start a server for an app, given by its name in `tests/apps` or by its source text."""

    def __call__(self, app: str, *options: str, directory: Path | None = None, **environment: str) -> AppServer: ...


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A starter of servers, each in a directory of its own unless a test gives one."""
    servers: list[AppServer] = []

    def start(app: str, *options: str, directory: Path | None = None, **environment: str) -> AppServer:
        directory = directory or tmp_path / f'app{len(servers)}'
        directory.mkdir(exist_ok=True)
        servers.append(AppServer(directory, app, environment=environment))
        return servers[-1].start(*options)

    yield start
    for server in servers:
        server.stop()
