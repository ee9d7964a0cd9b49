"""Fan-out: one change to many subscribers of one value, compared with the floor.

The subscribers are raw websockets in this process (see wire.py), and each may edit. Each server is a separate process,
so on two cores the server under measurement has one core to itself.

- One edit at a time: the time from sending the edit until the last of N sockets has received it, on one clock.
- A stream: several edits in flight, each by another subscriber, for a few seconds. The number of edits is limited so
  that no subscriber exceeds the rate limit of the protocol.

A delivery is one edit that reached one socket. Edits in one frame count separately, so the frames are reported as well.
`server busy` and `client busy` show which side was saturated. The systems take turns, round by round, so that noise
of the machine affects all of them. One process cannot open ten thousand sockets to each system at once. For that number
each system runs alone, in two turns, one at the beginning and one at the end.

Memory is the increase in RSS of a server for each socket. An idle socket has only sent `hello`; a subscribed socket has
also subscribed to the value.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from benchmarks import dialects
from benchmarks.figures import Figure, Target, percentile
from benchmarks.options import Options
from benchmarks.serving import Server, serving
from benchmarks.systems import System, checkouts, floor, original, ours
from benchmarks.wire import Dialect, Swarm

IN_FLIGHT: Final = 8
ROUNDS: Final = 4
MANY: Final = 10_000
TARGET: Final = Target(25_000, is_minimum=True)
SHARE_TARGET: Final = Target(60, is_minimum=True)
LATENCY_TARGET: Final = Target(67, is_minimum=True)
MEMORY_TARGET: Final = Target(25)
Speak: TypeAlias = Callable[[int], Dialect]


@dataclass(frozen=True, slots=True)
class Stream:
    """Totals of a stream of edits."""

    made: int
    delivered: int
    frames: int
    seconds: float
    server_seconds: float
    client_seconds: float


@dataclass(slots=True)
class Contender:
    """A system with its subscribers and its measurements."""

    name: str
    server: Server
    swarm: Swarm
    latencies: list[float] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)

    @property
    def deliveries(self) -> float:
        """Deliveries per second, over all streams."""
        return sum(each.delivered for each in self.streams) / sum(each.seconds for each in self.streams)


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara, the floor, and the original."""
    systems: list[tuple[System, Speak]] = [(ours(), dialects.dara), (floor(), dialects.floor)]
    systems += [(each, dialects.dara) for each in checkouts(options)]
    compared = len(systems)  # with the floor, also in the longer measurements
    if options.peers:
        systems.append((original(options.peers), dialects.original))
    for size in (10, 100) if options.quick else (10, 100, 1000):
        with contextlib.ExitStack() as stack:
            contenders = [_enter(stack, system, speak, size) for system, speak in systems]
            for _ in range(1 if options.quick else ROUNDS):
                for contender in contenders:
                    _rest(contenders)
                    _round(contender, options)
        yield from _compared(contenders, size)
    if not options.quick:
        yield from _one_by_one(systems[:compared], MANY, options)
    yield from _memory(systems[:compared], 100 if options.quick else 1000)


def _one_by_one(systems: list[tuple[System, Speak]], size: int, options: Options) -> Iterator[Figure]:
    contenders: dict[str, Contender] = {}
    for system, speak in (*systems, *reversed(systems)):
        with contextlib.ExitStack() as stack:
            contender = _enter(stack, system, speak, size)
            if system.name in contenders:
                earlier = contenders[system.name]
                contender.latencies, contender.streams = earlier.latencies, earlier.streams
            contenders[system.name] = contender
            _rest([contender])
            _round(contender, options)
    yield from _compared(list(contenders.values()), size)


def _memory(systems: list[tuple[System, Speak]], size: int) -> Iterator[Figure]:
    """Measure the memory of a socket that has only sent `hello`, and of a subscribed one."""
    for way in ('idle', 'subscribed'):
        for system, speak in systems:
            with serving(system) as server:
                dialect = speak(server.port)
                if way == 'idle' and isinstance(dialect, dialects.Dara):
                    dialect = replace(dialect, subscribes=False)
                before = server.rss()
                with contextlib.closing(Swarm(server.port, dialect, size)) as swarm:
                    swarm.rest(1)
                    bytes_each = (server.rss() - before) * 1e6 / size
            target = MEMORY_TARGET if system.name == 'dara' else None
            yield Figure(f'{size} connections', f'RSS of each, {way}', 'kB', system.name, bytes_each / 1000, target)


def _enter(stack: contextlib.ExitStack, system: System, speak: Speak, size: int) -> Contender:
    server = stack.enter_context(serving(system))
    dialect = speak(server.port)
    swarm = Swarm(server.port, dialect, size)
    stack.callback(swarm.close)
    swarm.rest(1)
    return Contender(system.name, server, swarm)


def _rest(contenders: list[Contender]) -> None:
    """Answer the pings of all servers, so that no socket times out, and wait until every subscriber may edit again."""
    for contender in contenders:
        contender.swarm.rest(2 / len(contenders))


def _round(contender: Contender, options: Options) -> None:
    swarm = contender.swarm
    seconds = 1 if options.quick else 3
    until = time.perf_counter() + seconds
    for _ in range(40):
        contender.latencies.append(swarm.one_change())
        if time.perf_counter() > until:
            break
    contender.streams.append(_stream(contender, 75 * len(swarm.connections), seconds))


def _stream(contender: Contender, edits: int, seconds: float) -> Stream:
    swarm, server = contender.swarm, contender.server
    gc.collect()
    gc.disable()
    frames, server_began, client_began = swarm.frames, server.cpu_seconds(), time.process_time()
    try:
        made, delivered, lasted = swarm.stream(seconds, edits, IN_FLIGHT)
    finally:
        gc.enable()
    server_used, client_used = server.cpu_seconds() - server_began, time.process_time() - client_began
    return Stream(made, delivered, swarm.frames - frames, lasted, server_used, client_used)


def _compared(contenders: list[Contender], size: int) -> Iterator[Figure]:
    for contender in contenders:
        yield from _figures(contender, size)
    dara, least = (next(each for each in contenders if each.name == name) for name in ('dara', 'floor'))
    subject = f'fan-out to {size}'
    target = LATENCY_TARGET if size >= 100 else None
    share = percentile(least.latencies, 50) / percentile(dara.latencies, 50)
    yield Figure(subject, "one edit, of the floor's speed", '%', 'dara', share * 100, target)
    target = SHARE_TARGET if size >= 100 else None
    share = dara.deliveries / least.deliveries
    yield Figure(subject, "stream, of the floor's deliveries", '%', 'dara', share * 100, target)


def _figures(contender: Contender, size: int) -> Iterator[Figure]:
    def figure(measure: str, unit: str, value: float, target: Target | None = None) -> Figure:
        return Figure(f'fan-out to {size}', measure, unit, contender.name, value, target)

    latencies, streams = contender.latencies, contender.streams
    seconds, delivered = sum(each.seconds for each in streams), sum(each.delivered for each in streams)
    server, client = sum(each.server_seconds for each in streams), sum(each.client_seconds for each in streams)
    is_target = contender.name == 'dara' and size == 1000
    yield figure('one edit, to the last, p50', 'ms', percentile(latencies, 50) * 1000)
    yield figure('one edit, to the last, p99', 'ms', percentile(latencies, 99) * 1000)
    yield figure('stream, deliveries', '1/s', delivered / seconds, TARGET if is_target else None)
    yield figure('stream, frames', '1/s', sum(each.frames for each in streams) / seconds)
    yield figure('stream, server CPU per delivery', 'us', server / delivered * 1e6)
    yield figure('stream, server busy', '%', server / seconds * 100)
    yield figure('stream, client busy', '%', client / seconds * 100)
    yield figure('stream, not delivered', '%', 100 - delivered / (sum(each.made for each in streams) * size) * 100)
