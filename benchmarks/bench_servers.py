"""Several servers of one app over a database: real server processes, and raw websockets as their tabs (see wire.py).

- A keystroke at a time into a text of one server, by one socket: until another socket of that server has it, and until
  one of a second server has it. Both readers see the same keystrokes.
- 30 people type into one text, ten at each of three servers, as in bench_typing.py.
- One server with 1, 2 and 4 workers over SQLite, and 2,000 sockets: its memory for each, the time until all of them
  have one edit, and its CPU for each message. Then edits of one text by 200 sockets.

The clients have the two cores together with the servers, so processor time is reported as well. All workers adopt each
commit of a text that they show: workers divide the sockets, and not the edits of one text.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import select
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from benchmarks import databases, dialects
from benchmarks.bench_typing import Typists, check
from benchmarks.databases import Database
from benchmarks.figures import Figure, Target, percentile
from benchmarks.options import Options
from benchmarks.serving import Server, serving
from benchmarks.systems import System, ours
from benchmarks.wire import PATIENCE_SECONDS, Connection, Swarm

TYPISTS: Final = 30
SERVERS: Final = 3
MANY_SOCKETS: Final = 2000
SOCKETS: Final = 200
IN_FLIGHT: Final = 32
EDITS_OF_SOCKET: Final = 75
INSERTION: Final = '[{"op":"splice","path":[],"at":0,"delete":0,"insert":"x"}]'
FAR_TARGET: Final = Target(3)
TYPING_TARGET: Final = Target(250)


def run(options: Options) -> Iterator[Figure]:
    """Yield the figures of each database whose programs are there, and those of workers."""
    for database in databases.running():
        with contextlib.ExitStack() as stack:
            system = _over(database)
            servers = [stack.enter_context(serving(system)) for _ in range(SERVERS)]
            yield from _keystrokes(database.kind, servers, 20 if options.quick else 500)
        with contextlib.ExitStack() as stack:
            system = _over(database)
            servers = [stack.enter_context(serving(system)) for _ in range(SERVERS)]
            yield from _typing(database.kind, servers, 2 if options.quick else 10)
    for workers in (1, 2) if options.quick else (1, 2, 4):
        yield from _many_sockets(workers, options)
        yield from _stream(workers, options)


def _over(database: Database) -> System:
    """Return the app over a new place in the database."""
    return ours('text_in_database').given(PLACE=' '.join(asyncio.run(database.place())))


def _keystrokes(kind: str, servers: list[Server], number: int) -> Iterator[Figure]:
    """Measure keystrokes at one server until they are shown there, and at another one."""
    here, there, *_ = servers
    dialect = dialects.dara(here.port)
    with contextlib.ExitStack() as stack:
        ports = (here.port, here.port, there.port)
        connections = [stack.enter_context(contextlib.closing(Connection(port, dialect))) for port in ports]
        writer, *_ = [dialect.greet(each) for each in connections]
        taken: list[list[float]] = []
        began = here.cpu_seconds() + there.cpu_seconds()
        for _ in range(number):
            sent = time.perf_counter()
            mark = writer.write(INSERTION)
            arrived = _arrivals(connections, mark)
            taken.append([1000 * (each - sent) for each in arrived])
            time.sleep(random.uniform(0.02, 0.03))  # below the limit of edits a second
        used = here.cpu_seconds() + there.cpu_seconds() - began
    subject = f'a keystroke over {kind}'
    _, near, far = (list(times) for times in zip(*taken, strict=True))
    for name, times in (('the same server', near), ('another server', far)):
        yield Figure(subject, f'{name}, p50', 'ms', 'dara', percentile(times, 50))
        yield Figure(subject, f'{name}, p99', 'ms', 'dara', percentile(times, 99))
    share = percentile(far, 50) / percentile(near, 50)
    yield Figure(subject, 'another server / the same, p50', '', 'dara', share, FAR_TARGET)
    yield Figure(subject, 'CPU of both servers', 'us', 'dara', used / number * 1e6)


def _arrivals(connections: list[Connection], mark: bytes) -> list[float]:
    """Return the times at which each connection has received a frame with that mark.

    Raises:
        TimeoutError: one has not.
    """
    by_file = {each.socket.fileno(): each for each in connections}
    arrived: dict[int, float] = {}
    for each in connections:
        each.awaited = mark
    while len(arrived) < len(connections):
        ready, _, _ = select.select(list(by_file), [], [], PATIENCE_SECONDS)
        if not ready:
            raise TimeoutError('a keystroke did not arrive')
        for file in ready:
            by_file[file].receive()
            if by_file[file].awaited is None:
                arrived.setdefault(file, time.perf_counter())
    return [arrived[each] for each in by_file]


def _typing(kind: str, servers: list[Server], seconds: float) -> Iterator[Figure]:
    """Let people at all servers type into one text."""
    with contextlib.closing(Typists(servers, TYPISTS)) as typists:
        began, client = sum(each.cpu_seconds() for each in servers), time.process_time()
        times = [1000 * each for each in typists.type(seconds)]
        used = sum(each.cpu_seconds() for each in servers) - began, time.process_time() - client
        check(servers[-1], len(times))
    subject = f'{TYPISTS} typing over {kind}, {len(servers)} servers'
    yield Figure(subject, 'a key, p50', 'ms', 'dara', percentile(times, 50))
    yield Figure(subject, 'a key, p99', 'ms', 'dara', percentile(times, 99), TYPING_TARGET)
    for name, cpu in zip(('CPU of all servers for a key', 'CPU of the clients for a key'), used, strict=True):
        yield Figure(subject, name, 'us', 'dara', cpu / len(times) * 1e6)


def _many_sockets(workers: int, options: Options) -> Iterator[Figure]:
    """Measure the memory of many sockets, and the time until all of them have an edit."""
    size, changes = (200, 3) if options.quick else (MANY_SOCKETS, 20)
    subject = f'workers over SQLite, {size:,} sockets'
    with serving(_with_workers(workers)) as server:
        dialect, before = dialects.dara(server.port), server.rss()
        with contextlib.closing(Swarm(server.port, dialect, size)) as swarm:
            swarm.rest(1)
            kilobytes = (server.rss() - before) * 1e3 / size
            gc.collect()
            began, client = server.cpu_seconds(), time.process_time()
            taken = [1000 * swarm.one_change() for _ in range(changes)]
            server_used, client_used = server.cpu_seconds() - began, time.process_time() - client
    name = _name(workers)
    yield Figure(subject, f'{name}, RSS of each', 'kB', 'dara', kilobytes)
    yield Figure(subject, f'{name}, until all have an edit, p50', 'ms', 'dara', percentile(taken, 50))
    yield Figure(subject, f'{name}, until all have an edit, p99', 'ms', 'dara', percentile(taken, 99))
    yield Figure(subject, f'{name}, server CPU per message', 'us', 'dara', server_used / changes / size * 1e6)
    yield Figure(subject, f'{name}, client CPU per message', 'us', 'dara', client_used / changes / size * 1e6)


def _stream(workers: int, options: Options) -> Iterator[Figure]:
    """Measure the edits of one text that workers deliver to all sockets."""
    sockets = SOCKETS // 4 if options.quick else SOCKETS
    subject = f'workers over SQLite, {sockets} sockets'
    with (
        serving(_with_workers(workers)) as server,
        contextlib.closing(Swarm(server.port, dialects.dara(server.port), sockets)) as swarm,
    ):
        began, client = server.cpu_seconds(), time.process_time()
        made, delivered, seconds = swarm.stream(0.5 if options.quick else 3, EDITS_OF_SOCKET * sockets, IN_FLIGHT)
        server_used, client_used = server.cpu_seconds() - began, time.process_time() - client
    name = _name(workers)
    yield Figure(subject, f'{name}, edits delivered to all', '1/s', 'dara', delivered / sockets / seconds)
    yield Figure(subject, f'{name}, not delivered', '%', 'dara', 100 - delivered / (made * sockets) * 100)
    yield Figure(subject, f'{name}, server CPU per edit', 'us', 'dara', server_used / made * 1e6)
    yield Figure(subject, f'{name}, client CPU per edit', 'us', 'dara', client_used / made * 1e6)


def _name(workers: int) -> str:
    return f'{workers} workers' if workers > 1 else 'one worker'


def _with_workers(number: int) -> System:
    system = ours('text_in_database')
    return replace(system, command=lambda port: [*system.command(port), '--workers', str(number)])
