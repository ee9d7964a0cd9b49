"""Fan-out: one change to many subscribers of one value, beside the floor.

The subscribers are raw websockets in this process (see wire.py), each of which may edit; each server is a process of
its own, so on two cores the one that is measured has one to itself.

- One edit at a time: the time from sending it until the last of N sockets has been handed it, on one clock.
- A stream: edits in flight, each by another subscriber, for a few seconds, or so many that nobody exceeds the
  rate which the protocol permits.

A delivery is one edit that reached one socket. Edits that travel in one frame count each, so the frames are told too.
`server busy` and `client busy` say who had no more to give. The systems take turns, round by round, so that a noisy
moment of the machine hits all of them.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from benchmarks import dialects
from benchmarks.figures import Figure, Target, percentile
from benchmarks.options import Options
from benchmarks.serving import Server, serving
from benchmarks.systems import System, floor, original, ours
from benchmarks.wire import Dialect, Swarm

IN_FLIGHT: Final = 8
ROUNDS: Final = 4
TARGET: Final = Target(25_000, is_minimum=True)


@dataclass(frozen=True, slots=True)
class Stream:
    """What a stream of edits came to."""

    made: int
    delivered: int
    frames: int
    seconds: float
    server_seconds: float
    client_seconds: float


@dataclass(slots=True)
class Contender:
    """A system with its subscribers, and what was measured of it. `idle_bytes`: RSS per connection."""

    name: str
    server: Server
    swarm: Swarm
    idle_bytes: float
    latencies: list[float] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)


def run(options: Options) -> Iterator[Figure]:
    """Measure ours, the floor, and the original."""
    systems: list[tuple[System, Callable[[int], Dialect]]] = [(ours(), dialects.dara), (floor(), dialects.floor)]
    if options.peers:
        systems.append((original(options.peers), dialects.original))
    for size in (10, 100) if options.quick else (10, 100, 1000):
        with contextlib.ExitStack() as stack:
            contenders = [_enter(stack, system, speak, size) for system, speak in systems]
            for _ in range(1 if options.quick else ROUNDS):
                for contender in contenders:
                    _rest(contenders)
                    _round(contender, options)
        for contender in contenders:
            yield from _figures(contender, size)


def _enter(stack: contextlib.ExitStack, system: System, speak: Callable[[int], Dialect], size: int) -> Contender:
    server = stack.enter_context(serving(system))
    dialect = speak(server.port)
    before = server.rss()
    swarm = Swarm(server.port, dialect, size)
    stack.callback(swarm.close)
    swarm.rest(1)
    return Contender(system.name, server, swarm, (server.rss() - before) * 1e6 / size)


def _rest(contenders: list[Contender]) -> None:
    """Let all of them answer what the servers ask, or they would be taken for dead; and let everybody edit again."""
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
    if size >= 1000:
        yield figure('RSS per idle connection', 'kB', contender.idle_bytes / 1000)
