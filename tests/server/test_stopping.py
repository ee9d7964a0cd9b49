"""Tests of stopping: a server ends within seconds, and has stored all acknowledged edits, whatever else runs."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import Serve
from tests.process import DARA, AppServer
from tests.tab import connected, replace

HANGING = (
    'a synchronous action asleep',
    'a synchronous action without end',
    'a synchronous action that writes all the time',
    'a task that takes no cancellation',
    'a thread in the default executor',
    'a thread that is no daemon',
    'an async action that never lets go',
    'a clean-up at the end',
)


async def until_there(path: Path) -> None:
    """Wait until the file exists."""
    async with asyncio.timeout(10):
        while not path.exists():
            await asyncio.sleep(0.02)


def stop(server: AppServer) -> tuple[int, float]:
    """Stop the server; return the exit code and the seconds that it took."""
    began = time.monotonic()
    return server.stop(), time.monotonic() - began


@pytest.mark.parametrize('hanging', HANGING)
async def test_a_server_stops_in_time(serve: Serve, hanging: str) -> None:
    server = serve('hanging', HANGS=hanging)
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('text')
        await tab.edit(at, replace('kept'))
        await tab.receive('change')
        await tab.send(type='call', id=99, target=server.buttons()['Go'], inputs=[{'value': None}])
        await until_there(server.directory / 'begun')
        code, seconds = await asyncio.to_thread(stop, server)
    assert code == 0, server.log
    assert seconds < 10
    assert json.loads((server.directory / 'kept.json').read_text()) == {'global': 'kept'}


async def test_a_server_stops_although_a_backend_hangs(serve: Serve) -> None:
    server = serve('hanging', HANGS='a backend')
    async with connected(server.socket_url) as tab:
        at = await tab.subscribe('text')
        await tab.edit(await tab.subscribe('hung'), replace('lost'))
        await until_there(server.directory / 'begun')
        await tab.edit(at, replace('kept'))
        await tab.receive('change')
        code, seconds = await asyncio.to_thread(stop, server)
    assert code == 0, server.log
    assert seconds < 10
    assert json.loads((server.directory / 'kept.json').read_text()) == {'global': 'kept'}


async def test_a_server_that_hangs_at_the_start_can_be_stopped(tmp_path: Path) -> None:
    AppServer(tmp_path, 'hanging')
    environment = {**os.environ, 'HANGS': 'a function at the start'}
    command = [*DARA, 'start', '--config', 'app:config', '--port', '0']
    process = subprocess.Popen(command, cwd=tmp_path, env=environment)
    await until_there(tmp_path / 'begun')
    process.terminate()
    assert await asyncio.to_thread(process.wait, 10) == 0
