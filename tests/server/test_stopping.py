"""Tests of stopping: a server ends within seconds, and has stored all acknowledged edits, whatever else runs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.conftest import Serve
from tests.patience import stretched
from tests.process import DARA, NO_TLS, AppServer
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
    async with asyncio.timeout(60):
        while not path.exists():
            await asyncio.sleep(0.02)


def stop(server: AppServer) -> tuple[int, float]:
    """Stop the server; return the exit code and the seconds that it took."""
    began = time.monotonic()
    return server.stop(), time.monotonic() - began


async def test_a_request_on_its_way_is_answered(serve: Serve) -> None:
    """On a connection that was accepted before the server stops: a proxy would answer 502."""
    server = serve('hanging', HANGS='nothing')
    address = httpx.URL(server.url)
    reader, writer = await asyncio.open_connection(address.host, address.port)
    assert server.get('/_dara/health').status_code == 200  # the connection before this one has been accepted
    os.kill(server.pid, signal.SIGTERM)
    with suppress(OSError):
        while True:  # until the server listens no more
            _, other = await asyncio.open_connection(address.host, address.port)
            other.close()
    writer.write(b'GET /_dara/health HTTP/1.1\r\nHost: test\r\n\r\n')
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b'HTTP/1.1 200'), answer
    assert server.stop() == 0


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
    assert seconds < stretched(10)
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
    assert seconds < stretched(10)
    assert json.loads((server.directory / 'kept.json').read_text()) == {'global': 'kept'}


async def test_a_server_stops_although_requests_write_all_the_time(serve: Serve) -> None:
    """It waits for the writes that are under way, and not until there are none."""
    server = serve('hanging', HANGS='nothing')
    acknowledged = 0

    async def write() -> None:
        nonlocal acknowledged
        async with httpx.AsyncClient(verify=NO_TLS, timeout=10) as client:
            with suppress(httpx.HTTPError):
                while (await client.post(f'{server.url}/api/count')).is_success:
                    acknowledged += 1

    writers = [asyncio.create_task(write()) for _ in range(8)]
    async with asyncio.timeout(30):
        while acknowledged < 100:
            await asyncio.sleep(0.01)
    assert await asyncio.to_thread(server.stop) == 0
    await asyncio.gather(*writers)
    assert 'has not answered' not in server.log
    assert json.loads((server.directory / 'count.json').read_text())['global'] >= acknowledged


async def test_a_server_stops_although_a_tab_that_leaves_reads_nothing(serve: Serve) -> None:
    """Its socket is closing and still full when the server ends."""
    server = serve('hanging', HANGS='nothing')
    async with connected(server.socket_url, max_queue=1, close_timeout=0) as tab:
        at = await tab.subscribe('text')
        await tab.edit(at, replace('x' * 200_000))
        await tab.receive('change')
        for number in range(10, 110):
            await tab.send(type='subscribe', id=number, store='text')
        tab.leave()
        async with connected(server.socket_url) as other:
            await other.subscribe('text')
            assert await asyncio.to_thread(server.stop) == 0, server.log
        assert 'Traceback' not in server.log


async def test_a_server_that_hangs_at_the_start_can_be_stopped(tmp_path: Path) -> None:
    AppServer(tmp_path, 'hanging')
    environment = {**os.environ, 'HANGS': 'a function at the start'}
    command = [*DARA, 'start', '--config', 'app:config', '--port', '0']
    process = subprocess.Popen(command, cwd=tmp_path, env=environment)
    await until_there(tmp_path / 'begun')
    process.terminate()
    assert await asyncio.to_thread(process.wait, 10) == 0
