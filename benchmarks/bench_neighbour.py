"""A neighbour who replaces a long text: what the calls of another user take meanwhile.

One tab replaces a text of 400 letters by another of the same words, 44 times a second, below the limit of edits.
Another user calls a function again and again, alone and meanwhile, in turns. Both are raw websockets; they and the
server are processes of their own.
"""

from __future__ import annotations

import contextlib
import json
import random
import string
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from benchmarks import dialects
from benchmarks.callers import Calls, Crowd
from benchmarks.figures import Figure, Target, percentile
from benchmarks.options import Options
from benchmarks.questions import caller
from benchmarks.serving import Server, serving
from benchmarks.systems import checkouts, ours
from benchmarks.wire import CONFIRM_FRAMES, Connection

APP: Final = 'text_and_function'
SUBJECT: Final = 'a call while another replaces texts'
EDITS_A_SECOND: Final = 44
LETTERS: Final = 400
WORDS: Final = [''.join(random.choices(string.ascii_lowercase, k=2 + i % 8)) for i in range(300)]
PAUSE_SECONDS: Final = 0.01
TARGET: Final = Target(1.2)


def run(options: Options) -> Iterator[Figure]:
    """Yield the time of a call alone and meanwhile, and the CPU time of the server for each replaced text."""
    rounds, seconds = (1, 1) if options.quick else (8, 2)
    for system in [ours(APP), *checkouts(options, APP)]:
        with serving(system) as server:
            yield from _figures(system.name, server, rounds, seconds)


def _figures(name: str, server: Server, rounds: int, seconds: float) -> Iterator[Figure]:
    alone, meanwhile = Calls(), Calls()
    edits, cpu_seconds = 0, 0.0
    with contextlib.closing(Crowd([caller(name, server.port, 'double')])) as user, ProcessPoolExecutor(1) as pool:
        pool.submit(_replace, server.port, 0).result()
        user.call(0)
        for _ in range(rounds):
            before = server.cpu_seconds()
            alone.add(user.call(seconds, PAUSE_SECONDS))
            between = server.cpu_seconds()
            replacing = pool.submit(_replace, server.port, seconds)
            meanwhile.add(user.call(seconds, PAUSE_SECONDS))
            edits += replacing.result()
            cpu_seconds += server.cpu_seconds() - between - (between - before)
    medians = [1000 * percentile(each.seconds, 50) for each in (alone, meanwhile)]
    yield Figure(SUBJECT, 'alone, p50', 'ms', name, medians[0])
    yield Figure(SUBJECT, 'meanwhile, p50', 'ms', name, medians[1])
    yield Figure(SUBJECT, 'meanwhile, p95', 'ms', name, 1000 * percentile(meanwhile.seconds, 95))
    yield Figure(SUBJECT, 'meanwhile / alone, p50', '', name, medians[1] / medians[0], TARGET)
    yield Figure(SUBJECT, 'server CPU per replaced text', 'ms', name, 1000 * cpu_seconds / edits)


def _replace(port: int, seconds: float) -> int:
    """Connect, and replace the whole text for that many seconds; return how often."""
    dialect = dialects.dara(port)
    connection = Connection(port, dialect)
    with contextlib.closing(connection):
        tab = dialect.greet(connection)
        count, began = 0, time.perf_counter()
        while (due := count / EDITS_A_SECOND) < seconds:
            time.sleep(max(0, began + due - time.perf_counter()))
            text = ' '.join(random.choices(WORDS, k=LETTERS))[:LETTERS]
            acknowledged = tab.write(json.dumps([{'op': 'replace', 'path': [], 'value': text}]))
            while acknowledged not in connection.read_frame():
                pass
            if connection.frames - connection.confirmed >= CONFIRM_FRAMES:
                connection.confirm()
            count += 1
    return count
