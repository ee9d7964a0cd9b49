"""Function calls by raw clients of one server process, each in a closed loop.

A client speaks the protocol of its server as its page does (see questions.py), asks again as soon as the answer is
there, and never asks the same twice. The systems take turns, round by round.

- Calls per second, the time of each, and the CPU time of the server for each: for 20 and for 100 users.
- A neighbour: 20, 40 and 100 users call a function that waits 0.2 s, again and again, while another calls a quick one;
  20 for the peers.

Dara and the original have more than one way to call a function, and a row for each: a DerivedVariable (sync or async)
and a py_component. An action, a callback and a rerun are each what a click on a button starts.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from benchmarks.callers import Calls, Crowd
from benchmarks.figures import Figure, Target, percentile
from benchmarks.options import Options
from benchmarks.questions import caller
from benchmarks.serving import Server, serving
from benchmarks.systems import contenders

OUTPUTS: Final = {
    'double': 'a function',
    'async': 'an async function',
    'component': 'a py_component',
    'clicks': 'a button',
}
WITHOUT: Final = {
    'dara-core': ('component', 'clicks'),
    'nicegui': ('async', 'component'),
    'dash': ('async', 'component'),
    'streamlit': ('async', 'component'),
}
"""The outputs that a system has not, or that have no raw client."""
PAUSE_SECONDS: Final = 0.01
START_SECONDS: Final = 0.5
"""The time in which the slow calls start before the first quick one, and go on after the last."""
TARGET: Final = Target(20)


@dataclass(slots=True)
class Contender:
    """A running system with its measurements."""

    name: str
    server: Server
    calls: dict[str, Calls] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    def call(self, output: str, users: int, seconds: float) -> None:
        """Let that many users call a function, in a turn of that many seconds."""
        with contextlib.closing(self.crowd(output, users)) as crowd:
            crowd.call(0)
            before = self.server.cpu_seconds()
            self.calls.setdefault(output, Calls()).add(crowd.call(seconds))
            used = self.server.cpu_seconds() - before
            self.cpu_seconds[output] = self.cpu_seconds.get(output, 0) + used

    def crowd(self, output: str, users: int) -> Crowd:
        """Connect that many users, who change that output."""
        return Crowd([caller(self.name, self.server.port, output) for _ in range(users)])


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara and the peers."""
    rounds, seconds = (1, 0.5) if options.quick else (2, 2)
    with contextlib.ExitStack() as stack:
        systems = contenders(options, 'functions')
        running = [(system.name, stack.enter_context(serving(system))) for system in systems]
        for users in (20, 100):
            taking_part = [Contender(name, server) for name, server in running]
            for _ in range(rounds):
                for output in OUTPUTS:
                    for contender in taking_part:
                        if output not in WITHOUT.get(contender.name, ()):
                            contender.call(output, users, seconds)
            for contender in taking_part:
                yield from _figures(contender, users)
        for users in (20, 40, 100):
            for name, server in running if users == 20 else running[: 1 + len(options.against)]:
                yield from _neighbour(Contender(name, server), users, 1 if options.quick else 4)


def _figures(contender: Contender, users: int) -> Iterator[Figure]:
    for output, calls in contender.calls.items():
        subject = f'{OUTPUTS[output]}, {users} users'
        milliseconds = [1000 * each for each in calls.seconds]
        yield Figure(subject, 'calls', '1/s', contender.name, len(calls.seconds) / calls.lasted)
        for percent in (50, 95, 99):
            yield Figure(subject, f'p{percent}', 'ms', contender.name, percentile(milliseconds, percent))
        used = contender.cpu_seconds[output] / len(calls.seconds)
        yield Figure(subject, 'server CPU per call', 'us', contender.name, used * 1e6)


def _neighbour(contender: Contender, users: int, seconds: float) -> Iterator[Figure]:
    subject = f'a quick call while {users} wait 0.2 s'
    with contextlib.closing(contender.crowd('double', 1)) as quick:
        quick.call(0)
        alone = quick.call(seconds / 2, PAUSE_SECONDS).seconds
    with ProcessPoolExecutor(1) as others:  # a process of their own, since their answers delay those of this one
        waiting = others.submit(_call_slow_ones, contender.name, contender.server.port, users, seconds)
        time.sleep(START_SECONDS)
        with contextlib.closing(contender.crowd('double', 1)) as quick:  # new: servers close idle connections
            meanwhile = quick.call(seconds, PAUSE_SECONDS).seconds
        waited = waiting.result()
    for measure, value, target in (
        ('alone, p50', percentile(alone, 50), None),
        ('meanwhile, p50', percentile(meanwhile, 50), None),
        ('meanwhile, p99', percentile(meanwhile, 99), None),
        ('meanwhile, worst', max(meanwhile), TARGET if contender.name == 'dara' else None),
        ('the slow ones, p50', percentile(waited, 50), None),
    ):
        yield Figure(subject, measure, 'ms', contender.name, value * 1000, target)


def _call_slow_ones(name: str, port: int, users: int, seconds: float) -> list[float]:
    with contextlib.closing(Crowd([caller(name, port, 'slow') for _ in range(users)])) as crowd:
        return crowd.call(seconds + 2 * START_SECONDS).seconds
