"""Catch-up: a thousand disconnected tabs reconnect at once, compared with the floor.

The time starts when the first tab connects and ends when the last is current. It includes the handshake, `hello`,
`subscribe`, and the answer. A tab that sends `since` gets `current` and the missed changes from the log. A tab without
`since`, as after a restart of the server, gets a snapshot of the whole value.

The floor makes the same handshakes, and sends the same number of bytes to each tab. The systems take turns.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Final

from benchmarks import dialects
from benchmarks.dialects import Dara, DaraTab, Floor
from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.serving import Server, serving
from benchmarks.systems import floor, ours
from benchmarks.wire import Connection, Dialect, rush

MISSED: Final = 50
SNAPSHOT_BYTES: Final = 100_000
ROUNDS: Final = 5
LAST: Final = 'the end'
TARGET: Final = Target(3)


@dataclass(slots=True)
class Contender:
    """A system under measurement.

    Attributes:
        greeting: returns the first message of a reconnecting tab.
        last: bytes that occur in the last frame of the answer.
    """

    name: str
    server: Server
    dialect: Dialect
    greeting: Callable[[], str]
    last: bytes
    seconds: list[float] = field(default_factory=list)
    server_seconds: list[float] = field(default_factory=list)


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara and the floor in turns."""
    tabs, rounds = (100, 2) if options.quick else (1000, ROUNDS)
    with serving(ours()) as server, serving(floor()) as floor_server:
        dialect = dialects.dara(server.port)
        with contextlib.closing(Connection(server.port, dialect)) as connection:
            tab = dialect.greet(connection)
            for what, prepare in (('missed changes', _change), ('a snapshot of 100 kB', _grow)):
                ours_now = prepare(server, dialect, tab)
                size = str(_answer_size(ours_now))
                floor_now = Contender('floor', floor_server, Floor(), partial(str, size), LAST.encode())
                for _ in range(rounds):
                    for contender in (ours_now, floor_now):
                        _come_back(contender, tabs)
                for contender in (ours_now, floor_now):
                    yield from _figures(contender, f'{tabs} come back', what, tabs)


def _change(server: Server, dialect: Dara, tab: DaraTab) -> Contender:
    """Make the changes that the disconnected tabs miss."""
    since = {'epoch': tab.snapshot['epoch'], 'version': tab.snapshot['version']}
    for number in range(MISSED):
        insert = f'{number:08d} the quick brown fox jumps. '
        _settle(tab, tab.write(f'[{{"op":"splice","path":[],"at":0,"delete":0,"insert":"{insert}"}}]'))
    return Contender('dara', server, dialect, lambda: dialect.greeting(since), f'{MISSED - 1:08d} the'.encode())


def _grow(server: Server, dialect: Dara, tab: DaraTab) -> Contender:
    """Replace the value by a large one."""
    text = 'x' * (SNAPSHOT_BYTES - len(LAST)) + LAST
    _settle(tab, tab.write(f'[{{"op":"replace","path":[],"value":"{text}"}}]'))
    return Contender('dara', server, dialect, dialect.greeting, LAST.encode())


def _settle(tab: DaraTab, acknowledged: bytes) -> None:
    while acknowledged not in tab.connection.read_frame():
        pass


def _answer_size(contender: Contender) -> int:
    with contextlib.closing(Connection(contender.server.port, contender.dialect)) as connection:
        connection.send(contender.greeting())
        frames = [connection.read_frame()]
        while contender.last not in frames[-1]:
            frames.append(connection.read_frame())
    return sum(map(len, frames))


def _come_back(contender: Contender, tabs: int) -> None:
    before = contender.server.cpu_seconds()
    greetings = [contender.greeting() for _ in range(tabs)]
    contender.seconds.append(rush(contender.server.port, contender.dialect, greetings, contender.last))
    time.sleep(1)  # until the server has closed the connections
    contender.server_seconds.append(contender.server.cpu_seconds() - before)


def _figures(contender: Contender, subject: str, what: str, tabs: int) -> Iterator[Figure]:
    target = TARGET if contender.name == 'dara' else None
    yield Figure(subject, f'{what}, to the last', 's', contender.name, median(contender.seconds), target)
    used = median(contender.server_seconds) / tabs * 1000
    yield Figure(subject, f'{what}, server CPU per tab', 'ms', contender.name, used)
