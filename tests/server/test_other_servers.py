"""Tests of apps under uvicorn, several processes of which cannot share the values of some backends."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Final

import httpx

from tests.process import unused_port

PATIENCE_SECONDS: Final = 60
MEMORY: Final = """
    from dara.components import Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.asgi import create_app
    from dara.core.persistence import BackendStore, FileBackend, InMemoryBackend

    config = ConfigurationBuilder()
    backend = InMemoryBackend()
    config.add_page('Page', content=Text(Variable('text', store=BackendStore(backend, uid='note'))))
    app = create_app(config)
"""
FILE: Final = MEMORY.replace('InMemoryBackend()', "FileBackend(path='note.json')")


@contextmanager
def uvicorn(directory: Path, app: str, *options: str) -> Iterator[tuple[str, Path]]:
    """Run uvicorn; yield its address and its log."""
    (directory / 'main.py').write_text(dedent(app))
    port, log = unused_port(), directory / f'{time.monotonic_ns()}.log'
    with log.open('w') as output:
        command = [sys.executable, '-m', 'uvicorn', 'main:app', '--port', str(port), *options]
        process = subprocess.Popen(command, cwd=directory, stdout=output, stderr=output)
        try:
            yield f'http://127.0.0.1:{port}', log
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def wait_for(log: Path, text: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while text not in log.read_text():
        assert time.monotonic() < give_up_at, log.read_text()
        time.sleep(0.05)


def test_workers_of_uvicorn_cannot_keep_values_in_memory(tmp_path: Path) -> None:
    """The second one is refused, with the way out; the first one serves."""
    with uvicorn(tmp_path, MEMORY, '--workers', '2') as (url, log):
        wait_for(log, 'InvalidConfig')
        assert '<BackendStore note> (in memory' in log.read_text()
        assert 'another worker of process' in log.read_text()
        assert 'such as SQLiteBackend' in log.read_text()
        assert httpx.get(url).status_code == 200


def test_two_servers_of_uvicorn_cannot_keep_values_in_one_file(tmp_path: Path) -> None:
    with uvicorn(tmp_path, FILE) as (url, first):
        wait_for(first, 'startup complete')
        with uvicorn(tmp_path, FILE) as (_, second):
            wait_for(second, 'InvalidConfig')
            assert 'note.json is served by process' in second.read_text()
        assert httpx.get(url).status_code == 200


def test_one_server_of_uvicorn_after_another_needs_nothing(tmp_path: Path) -> None:
    """Two in memory, of one parent and independent of each other; a reload over a file."""
    with uvicorn(tmp_path, MEMORY) as (_, first), uvicorn(tmp_path, MEMORY) as (_, second):
        wait_for(first, 'startup complete')
        wait_for(second, 'startup complete')
    with uvicorn(tmp_path, FILE, '--reload') as (_, log):
        wait_for(log, 'startup complete')
        (tmp_path / 'main.py').write_text(dedent(FILE) + '# changed\n')
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while log.read_text().count('startup complete') < 2:
            assert time.monotonic() < give_up_at, log.read_text()
            time.sleep(0.05)
        assert 'InvalidConfig' not in log.read_text()
