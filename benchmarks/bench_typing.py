"""Typing together: from a key press until another tab has it, while 1, 10 or 100 people type into one field.

The typists are raw websockets (see wire.py). Each presses about eight keys a second, at independent times, and follows
the protocol: one edit is in flight, further keystrokes join the next edit, and edits of others move the
caret. A reader is another socket of the same process. It records the arrival of each keystroke, on the same clock. The
time of a keystroke starts when it was due, even if it had to wait for the previous edit. At the end the text must
contain every typed character.

At the same time two real tabs (see browser.py) are measured: one types into the same field, one key at a time, and the
other shows it.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import json
import random
import select
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks import dialects
from benchmarks.browser import EDITABLE, chromium, latencies, watched
from benchmarks.dialects import DaraTab
from benchmarks.figures import Figure, Target, percentile
from benchmarks.options import Options
from benchmarks.serving import Server, serving
from benchmarks.systems import ours
from benchmarks.wire import CONFIRM_SECONDS, PATIENCE_SECONDS, Connection

KEYS_PER_SECOND: Final = 8
WORD: Final = 'once upon a time '
TARGETS: Final = {10: Target(50), 100: Target(150)}


@dataclass(slots=True)
class Typist:
    """A replica that only inserts; the caret is after its last insertion.

    Attributes:
        at: the position of the pending text.
        pending: typed text that is not sent yet.
        pressed: the times at which the characters of `pending` were due.
        flying: the text of the edit in flight.
        flying_at: the position of that text.
        sent: the due times of the characters of each edit, by its number.
    """

    tab: DaraTab
    at: int
    pending: str = ''
    pressed: list[float] = field(default_factory=list)
    flying: str = ''
    flying_at: int = 0
    sent: dict[int, list[float]] = field(default_factory=dict)

    @property
    def author(self) -> int:
        alias: int = self.tab.snapshot['author']
        return alias

    def press(self, character: str, due: float) -> None:
        """Type a character that was due at the time `due`."""
        self.pending += character
        self.pressed.append(due)
        self._send()

    def receive(self, version: int, edits: list[Any]) -> None:
        """Process a received change."""
        self.tab.version = version
        for author, n, ops in edits:
            if author == self.author and n == self.tab.n:
                self.flying = ''
            else:
                for op in ops:
                    self._move(author, op['at'], len(op['insert']))
        self._send()

    def _move(self, author: int, at: int, size: int) -> None:
        """Shift the positions past an insertion of another author, given in the text without the edit in flight."""
        if self.flying:
            if self._is_before(author, at, self.flying_at):
                self.flying_at += size
            else:
                at += len(self.flying)
        if self._is_before(author, at, self.at):
            self.at += size

    def _is_before(self, author: int, at: int, mine: int) -> bool:
        return at < mine or (at == mine and author < self.author)

    def _send(self) -> None:
        if self.flying or not self.pending:
            return
        self.flying, self.flying_at, self.pending = self.pending, self.at, ''
        self.at += len(self.flying)
        splice = {'op': 'splice', 'path': [], 'at': self.flying_at, 'delete': 0, 'insert': self.flying}
        self.tab.write(json.dumps([splice]))
        self.sent[self.tab.n], self.pressed = self.pressed, []


class Typists:
    """Typists, and a reader of their text; they take turns in connecting to the servers."""

    def __init__(self, servers: Sequence[Server], size: int) -> None:
        self._dialect = dialects.dara(servers[0].port)
        self._poll = select.epoll()
        ports = [server.port for server in servers]
        self._connections = [Connection(ports[i % len(ports)], self._dialect) for i in range(size + 1)]
        tabs = [self._dialect.greet(connection) for connection in self._connections]
        self._reader = self._connections[0]
        self.typists = [Typist(tab, 0) for tab in tabs[1:]]
        self._by_file: dict[int, Typist | None] = {self._reader.socket.fileno(): None}
        self._by_file |= {typist.tab.connection.socket.fileno(): typist for typist in self.typists}
        for file in self._by_file:
            self._poll.register(file, select.EPOLLIN)
        self.arrived: dict[tuple[int, int], float] = {}
        self._parsed: tuple[bytes, list[Any]] = (b'', [])
        self._confirm_at = 0.0

    def type(self, seconds: float) -> list[float]:
        """Let all typists type for that many seconds; return the latency of each keystroke to the reader.

        Raises:
            TimeoutError: a keystroke did not arrive.
        """
        self.arrived.clear()
        now = time.perf_counter()
        until = now + seconds
        due = [(now + random.random() / KEYS_PER_SECOND, i) for i in range(len(self.typists))]
        heapq.heapify(due)
        while due or not self._is_settled():
            if time.perf_counter() > until + PATIENCE_SECONDS:
                raise TimeoutError('something that was typed did not arrive')
            self._receive(max(0.0, due[0][0] - time.perf_counter()) if due else 0.1)
            while due and due[0][0] <= time.perf_counter():
                at, i = heapq.heappop(due)
                self.typists[i].press(random.choice(WORD), at)
                again = at + random.uniform(0.5, 1.5) / KEYS_PER_SECOND
                if again < until:
                    heapq.heappush(due, (again, i))
        taken = []
        for typist in self.typists:
            for n, pressed in typist.sent.items():
                taken += [self.arrived[typist.author, n] - at for at in pressed]
            typist.sent.clear()
        return taken

    def close(self) -> None:
        """Close all connections."""
        self._poll.close()
        for connection in self._connections:
            connection.close()

    def _is_settled(self) -> bool:
        is_quiet = not any(typist.flying or typist.pending for typist in self.typists)
        return is_quiet and all((each.author, n) in self.arrived for each in self.typists for n in each.sent)

    def _receive(self, patience: float) -> None:
        ready = [self._by_file[file] for file, _ in self._poll.poll(patience)]
        if None in ready:
            self._read()
        for typist in ready:
            if typist is not None:
                for frame in typist.tab.connection.take():
                    for change in self._changes(frame):
                        typist.receive(change['version'], change['edits'])
        if time.perf_counter() > self._confirm_at:
            self._confirm_at = time.perf_counter() + CONFIRM_SECONDS
            for connection in self._connections:
                if connection.confirmed != connection.frames:
                    connection.confirm()

    def _read(self) -> None:
        for frame in self._reader.take():
            now = time.perf_counter()
            for change in self._changes(frame):
                for author, n, _ in change['edits']:
                    self.arrived.setdefault((author, n), now)

    def _changes(self, frame: bytes) -> list[Any]:
        """Return the changes in a frame; most frames equal that of the previous socket."""
        if self._parsed[0] != frame:
            messages = json.loads(frame)
            messages = messages if isinstance(messages, list) else [messages]
            changes = [message for message in messages if message['type'] != 'presence']
            if any(message['type'] != 'change' for message in changes):
                raise ValueError(f'the protocol was not kept: {frame[:300]!r}')
            self._parsed = (frame, changes)
        return self._parsed[1]


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara; the peers have no such feature."""
    seconds, keystrokes = (3, 20) if options.quick else (15, 100)
    for size in (1, 10) if options.quick else (1, 10, 100):
        with serving(ours()) as server, contextlib.closing(Typists([server], size)) as typists:
            alone = typists.type(seconds)
            yield from _figures(size, 'raw sockets', [1000 * each for each in alone])
            both, in_tabs = asyncio.run(_beside_tabs(server, typists, keystrokes))
            yield from _figures(size, 'two tabs beside them', in_tabs)
            check(server, len(alone) + len(both))


async def _beside_tabs(server: Server, typists: Typists, keystrokes: int) -> tuple[list[float], list[float]]:
    """Let a tab type into the same field; return the latencies of its keystrokes and of the typists'."""
    async with chromium() as browser:
        writer, reader = [await watched(browser, server.url, '[A-Z]') for _ in range(2)]
        await writer.click(EDITABLE)
        stop = asyncio.Event()
        others: list[float] = []

        async def go_on() -> None:
            while not stop.is_set():
                others.extend(await asyncio.to_thread(typists.type, 2))

        typing = asyncio.create_task(go_on())
        for typed in range(1, keystrokes + 1):
            await writer.keyboard.press(random.choice('ABCDEFGHIJKLMNOPQRSTUVWXYZ'))
            await asyncio.wait_for(reader.evaluate('(length) => window.seen(length)', typed), PATIENCE_SECONDS)
            await asyncio.sleep(random.uniform(0.02, 0.06))
        stop.set()
        await typing
        return others, await latencies(writer, reader)


def check(server: Server, typed: int) -> None:
    """Check that every typed character is in the text."""
    dialect = dialects.dara(server.port)
    with contextlib.closing(Connection(server.port, dialect)) as connection:
        text = dialect.greet(connection).snapshot['value']
    arrived = sum(not character.isupper() for character in text)
    if arrived != typed:
        raise AssertionError(f'{typed} characters were typed, and {arrived} are there')


def _figures(size: int, how: str, milliseconds: list[float]) -> Iterator[Figure]:
    subject = f'{size} typing' if size > 1 else 'one typing'
    yield Figure(subject, f'{how}, p50', 'ms', 'dara', percentile(milliseconds, 50))
    yield Figure(subject, f'{how}, p99', 'ms', 'dara', percentile(milliseconds, 99), TARGETS.get(size))
