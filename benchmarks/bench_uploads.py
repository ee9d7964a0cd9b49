"""An upload of 1 GB: its time, the processor time of the server, and the growth of its memory.

A raw client sends chunks of 8 MiB, the largest of the browser, one after the other on one connection. They take turns:

- Dara, from the beginning of the upload to the answer of its actions;
- the floor, on the same uvicorn, which adds the bodies of the same requests to a file;
- a bare copy: a process that reads the bytes from a socket, and writes them to a file.

All write to the disk of the temporary directory. The growth of the memory is that of the highest resident memory, as
the kernel notes it, above what it was before.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped, unused-ignore]  # has no types of its own

from benchmarks.bench_results import User
from benchmarks.figures import Figure, Target
from benchmarks.helpers import Helper, helpers
from benchmarks.options import Options
from benchmarks.serving import Server, serving
from benchmarks.systems import checkouts, floor, ours

UPLOADS: Final = 'an upload'
MIB: Final = 1024**2
CHUNK: Final = 8 * MIB
SIZE: Final = 10**9
READ_BYTES: Final = 256 * 1024
MEMORY_TARGET: Final = Target(32)
TIME_TARGET: Final = Target(1.5)
CPU_TARGET: Final = Target(2)
Cost = tuple[float, float, float]
"""The time and the processor time in seconds, and the growth of the memory in MB."""


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara, its other checkouts, the floor and the bare copy in turns."""
    size = SIZE // 10 if options.quick else SIZE
    systems = [ours('uploads'), *checkouts(options, 'uploads'), floor()]
    with contextlib.ExitStack() as stack:
        servers = {system.name: stack.enter_context(serving(system)) for system in systems}
        (helper,) = stack.enter_context(helpers(1))
        costs: dict[str, list[Cost]] = {name: [] for name in (*servers, 'bare')}
        for _ in range(1 if options.quick else 3):
            for name, server in servers.items():
                costs[name].append(_uploaded(server, size, is_floor=name == 'floor'))
            costs['bare'].append(_copied(helper, size))
    medians = {name: [statistics.median(one) for one in zip(*each, strict=True)] for name, each in costs.items()}
    yield from _figures(size, medians)


def _figures(size: int, medians: dict[str, list[float]]) -> Iterator[Figure]:
    subject = f'{UPLOADS} of {size / 1e6:,.0f} MB'
    bare = medians.pop('bare')
    for name, (seconds, cpu, memory) in medians.items():
        is_ours = name != 'floor'
        yield Figure(subject, 'time', 's', name, seconds)
        yield Figure(subject, 'server CPU', 's', name, cpu)
        yield Figure(subject, 'growth of the memory', 'MB', name, memory, MEMORY_TARGET if is_ours else None)
        if is_ours:
            yield Figure(subject, 'time / that of the floor', '', name, seconds / medians['floor'][0], TIME_TARGET)
            yield Figure(subject, 'CPU / that of the floor', '', name, cpu / medians['floor'][1], CPU_TARGET)
        yield Figure(subject, 'time / that of a bare copy', '', name, seconds / bare[0])
        yield Figure(subject, 'CPU / that of a bare copy', '', name, cpu / bare[1])


def _uploaded(server: Server, size: int, *, is_floor: bool) -> Cost:
    if is_floor:
        return _cost(server.process, lambda: _send_all(server.port, '/', '', size))
    user = User(server.port)
    zone, action = re.findall(r'"id":"([^"]+)","props":\{"accept".*"target":"([^"]+on_drop[^"]+)"', user.page)[0]

    def upload() -> None:
        answer = json.loads(user.ask(zone, {'name': 'a.bin', 'size': size, 'type': ''}))['value']
        _send_all(server.port, f'/_dara/upload/{answer["id"]}', user.cookie, size)
        user.ask(action, {'upload': answer['id']})

    try:
        return _cost(server.process, upload)
    finally:
        user.close()


def _send_all(port: int, path: str, cookie: str, size: int) -> None:
    block = os.urandom(CHUNK)
    with contextlib.closing(HTTPConnection('127.0.0.1', port, timeout=60)) as http:
        for offset in range(0, size, CHUNK):
            body = memoryview(block)[: min(CHUNK, size - offset)]
            http.request('PATCH', path, body, {'Cookie': cookie, 'Upload-Offset': f'{offset}'})
            response = http.getresponse()
            assert response.status in (200, 204), response.read()
            response.read()


def _copied(helper: Helper, size: int) -> Cost:
    helper.start(copy)
    process, port = psutil.Process(helper.hear()), helper.hear()

    def send() -> None:
        block = os.urandom(CHUNK)
        with socket.create_connection(('127.0.0.1', port)) as connection:
            for offset in range(0, size, CHUNK):
                connection.sendall(memoryview(block)[: min(CHUNK, size - offset)])
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b'.'

    return _cost(process, send)


async def copy(pipe: Pipe) -> None:
    """Send the id of this process and a port, and copy the bytes of one connection to a file."""
    with tempfile.TemporaryDirectory(prefix='dara-benchmark-') as directory, socket.create_server(('', 0)) as server:
        pipe.send(os.getpid())
        pipe.send(server.getsockname()[1])
        connection, _ = server.accept()
        with connection, open(Path(directory) / 'received', 'wb', buffering=0) as file:
            while piece := connection.recv(READ_BYTES):
                file.write(piece)
            connection.sendall(b'.')


def _cost(process: psutil.Process, work: Callable[[], None]) -> Cost:
    Path(f'/proc/{process.pid}/clear_refs').write_text('5')  # the highest resident memory begins anew
    before, used, began = _highest_memory(process), sum(process.cpu_times()[:2]), time.perf_counter()
    work()
    seconds, cpu = time.perf_counter() - began, sum(process.cpu_times()[:2]) - used
    return seconds, cpu, _highest_memory(process) - before


def _highest_memory(process: psutil.Process) -> float:
    status = Path(f'/proc/{process.pid}/status').read_text()
    return int(status.split('VmHWM:')[1].split()[0]) * 1024 / 1e6
