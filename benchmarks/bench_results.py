"""Large results: the time for which a result of 100,000 rows with ten columns holds up the event loop, and other users.

One user calls for the result, as a list of objects or as a DataFrame, and reads all of it; another one calls a quick
function, again and again. The first call of a round has a new input, so that its result is encoded; the further ones
have the same input.

- The longest hold: a task in the server waits for a millisecond, again and again, and records how late it is continued.
- The longest quick call.

Both are measured idle, too, for as long: the difference is the price of the result.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from itertools import count
from typing import Final

from benchmarks import dialects
from benchmarks.figures import Figure, Target
from benchmarks.options import Options
from benchmarks.serving import Server, serving
from benchmarks.systems import checkouts, ours
from benchmarks.wire import Connection

ROWS: Final = 100_000
KINDS: Final = {'list': 'a list of objects', 'frame': 'a DataFrame'}
FURTHER: Final = 5
QUIET_SECONDS: Final = 1
PAUSE_SECONDS: Final = 0.002
FIRST_TARGET: Final = Target(20)
FURTHER_TARGET: Final = Target(2)


@dataclass(frozen=True, slots=True)
class _Upgrade:
    """A websocket of a session."""

    headers: str
    path: str = '/_dara/ws'
    edit_mark: bytes = b''
    confirms: bool = True

    def greet(self, connection: Connection) -> dialects.FloorTab:
        return dialects.FloorTab(connection)


class User:
    """A user with one tab, who fetches its large results."""

    def __init__(self, port: int) -> None:
        self._port, self.cookie = port, ''
        self.page = self._get('/').decode()
        build = json.loads(self.page.split('id="dara-page">')[1].split('</script>')[0])['build']
        self._tab = Connection(port, _Upgrade(f'Cookie: {self.cookie}\r\n'))
        hello = {'type': 'hello', 'protocol': 1, 'client': f'{id(self):032x}', 'build': build, 'page': '/'}
        self._tab.send(json.dumps(hello))
        self._tab.read_frame()
        self._ids = count(1)

    def call(self, target: str, number: int) -> int:
        """Call a function, and return the size of its result when all of it has arrived."""
        frame = self.ask(target, number)
        address = '' if b'"value"' in frame[:100] else json.loads(frame)['at']
        return len(self._get(address)) if address else len(frame)

    def ask(self, target: str, given: object) -> bytes:
        """Call a function with one input, and return the message with its result."""
        call = next(self._ids)
        self._tab.send(json.dumps({'type': 'call', 'id': call, 'target': target, 'inputs': [{'value': given}]}))
        while f'"id":{call},'.encode() not in (frame := self._tab.read_frame())[:50]:
            continue
        assert frame.startswith(b'{"type":"result"'), frame[:300]
        self._tab.confirm()
        return frame

    def held(self) -> float:
        """Return the longest hold of the event loop since the last request, in milliseconds."""
        return float(self._get('/api/held')) * 1000

    def close(self) -> None:
        """Close the tab."""
        self._tab.close()

    def _get(self, path: str) -> bytes:
        with contextlib.closing(HTTPConnection('127.0.0.1', self._port, timeout=60)) as http:
            http.request('GET', path, headers={'Cookie': self.cookie})
            response = http.getresponse()
            content = response.read()
            assert response.status == 200, (response.status, content[:300])
            self.cookie = self.cookie or (response.headers['Set-Cookie'] or '').partition(';')[0]
            return content


@dataclass(slots=True)
class Contender:
    """A running system with its measurements in milliseconds, by subject and measure."""

    name: str
    server: Server
    measured: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def measure(self, quick: User, other: User) -> None:
        """Measure a round."""
        self._beside(quick, other, 'nothing', 'idle', lambda: time.sleep(QUIET_SECONDS))
        for kind, name in KINDS.items():
            call = partial(other.call, kind, next(self.numbers))
            self._beside(quick, other, name, 'first call', call)
            for _ in range(FURTHER):
                self._beside(quick, other, name, 'further call', call)

    def _beside(self, quick: User, other: User, name: str, moment: str, work: Callable[[], object]) -> None:
        other.held()
        worker = threading.Thread(target=work)
        worker.start()
        longest = 0.0
        while worker.is_alive():
            began = time.perf_counter()
            quick.call('quick', next(self.numbers))
            longest = max(longest, time.perf_counter() - began)
            time.sleep(PAUSE_SECONDS)
        worker.join()
        self._add(name, f'{moment}, longest hold', other.held())
        self._add(name, f'{moment}, longest quick call', longest * 1000)

    def _add(self, name: str, measure: str, milliseconds: float) -> None:
        self.measured.setdefault((f'{ROWS:,} rows: {name}', measure), []).append(milliseconds)


def run(options: Options) -> Iterator[Figure]:
    """Measure Dara and its other checkouts: the best of several rounds, since noise only adds to a hold."""
    systems = [system.given(ROWS=f'{ROWS}') for system in (ours('results'), *checkouts(options, 'results'))]
    with contextlib.ExitStack() as stack:
        taking_part = [Contender(system.name, stack.enter_context(serving(system))) for system in systems]
        for _ in range(1 if options.quick else 5):
            for contender in taking_part:
                users = [User(contender.server.port) for _ in range(2)]
                contender.measure(*users)
                for user in users:
                    user.close()
    for contender in taking_part:
        for (subject, measure), values in contender.measured.items():
            is_hold = measure.endswith('hold') and contender.name == 'dara' and 'idle' not in measure
            target = (FIRST_TARGET if measure.startswith('first') else FURTHER_TARGET) if is_hold else None
            yield Figure(subject, measure, 'ms', contender.name, min(values), target)
