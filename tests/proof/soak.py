"""A crowd types for hours while everything breaks: `python -m tests.proof.soak --clients 300 --seconds 3600`.

At the end nothing is lost, nothing is there twice, all see the same, and the server's memory has not grown.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression
from typing import Any, Final

import orjson
import psutil

from tests.network import Network
from tests.process import DARA, AppServer
from tests.proof.crowd import Crowd
from tests.tab import splice

ROOM: Final = 30
"""So many people share a document."""
PAUSE_SECONDS: Final = 4.0
"""So long a person pauses between edits, on average."""
HELD: Final = 5
"""So many marks a person leaves standing in the text."""
GROWTH_BYTES: Final = 8 * 1024 * 1024
"""Memory may grow by so much once the server is warm; an hour's noise is less."""
WARM_SECONDS: Final = 300
"""A server that has just started takes what it needs for so long; only then can be seen whether it takes more."""
SETTLE_SECONDS: Final = 60
MARKS: Final = 128
"""So many marks a person has, one after the other; each is one character, and nobody else's."""
DEFAULT: Final[dict[str, Any]] = {'text': '', 'last': {}}
APP: Final = """
    from dara.components import Stack, Text
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    def room(i):
        store = BackendStore(FileBackend(path=f'room{{i}}.json'), uid=f'room{{i}}')
        return Variable(default={default}, store=store, uid=f'v{{i}}')

    config = ConfigurationBuilder()
    config.add_page('Rooms', content=Stack(*(Text(room(i).get('text')) for i in range({rooms}))))
"""


@dataclass
class Person:
    """One tab, the marks that its user has left in the text, and the last number that they wrote."""

    id: int
    store: str
    count: int = 0
    marks: list[str] = field(default_factory=list)

    def decide(self, view: dict[str, Any], dice: random.Random) -> list[dict[str, Any]]:
        """Leave another mark somewhere between the others, or take the oldest away; and write a number."""
        text: str = view['text']
        number = {'op': 'add', 'path': ['last', f'{self.id}'], 'value': self.count + 1}
        if len(self.marks) >= HELD:
            return [splice(text.index(self.marks[0]), 1, '', 'text'), number]
        return [splice(dice.randint(0, len(text)), 0, self._next, 'text'), number]

    def do(self) -> None:
        """Take note that the edit is made."""
        if len(self.marks) >= HELD:
            del self.marks[0]
        else:
            self.marks.append(self._next)
        self.count += 1

    @property
    def _next(self) -> str:
        return chr(0x20000 + self.id * MARKS + self.count % MARKS)


@dataclass
class Sample:
    """The state of a soak at one moment."""

    seconds: float
    edits: int
    heard: int
    connected: int
    rss: int


class Soak:
    """A server behind a network that breaks, and people who do not stop.

    Attributes:
        samples: how the server's memory went.
    """

    def __init__(self, clients: int, seconds: float, seed: int, kills: int) -> None:
        self.samples: list[Sample] = []
        self._seconds, self._kills = seconds, kills
        self._dice = random.Random(seed)
        self._people = [Person(i, f'room{i // ROOM}') for i in range(clients)]
        self._edits = 0
        self._ends = 0.0

    async def run(self, directory: Path) -> None:
        """Let them type, break things, then mend everything and look at what is there.

        Raises:
            AssertionError: something is lost or doubled, somebody sees something else, or memory has grown.
        """
        rooms = sorted({person.store for person in self._people})
        server = AppServer(directory, APP.format(default=DEFAULT, rooms=len(rooms)), command=DARA).start()
        try:
            async with Network(server.url, delay=0.05, jitter=0.04) as network:
                address = f'{network.url.replace("http", "ws")}/_dara/ws'
                async with Crowd(address) as crowd:
                    await self._live(server, network, crowd)
                    await self._settle(server, crowd)
        finally:
            server.stop()
        self._check_memory()

    async def _live(self, server: AppServer, network: Network, crowd: Crowd) -> None:
        for person in self._people:
            await crowd.open(person.id, store=person.store, default=DEFAULT)
        began = time.monotonic()
        self._ends = began + self._seconds
        async with asyncio.TaskGroup() as everything:
            for person in self._people:
                everything.create_task(self._type(person, crowd))
            everything.create_task(self._break(network))
            everything.create_task(self._kill(server))
            everything.create_task(self._watch(server, crowd, began))
        network.mend()
        network.resume()

    @property
    def _goes_on(self) -> bool:
        return time.monotonic() < self._ends

    async def _type(self, person: Person, crowd: Crowd) -> None:
        while True:
            await asyncio.sleep(self._dice.uniform(0, 2 * PAUSE_SECONDS))
            if not self._goes_on:
                return
            await self._edit(person, crowd)
            self._edits += 1

    async def _edit(self, person: Person, crowd: Crowd) -> None:
        """Make an edit. If others have edited while this user decided, its place has moved: look again."""
        is_made = False
        while not is_made:
            state = await self._state(person, crowd)
            ops = person.decide(state['view'], self._dice)
            edit = {'tab': person.id, 'store': person.store, 'ops': ops, 'changes': state['changes']}
            is_made = await crowd.call('editIfSame', **edit)
        person.do()

    async def _state(self, person: Person, crowd: Crowd) -> dict[str, Any]:
        state: dict[str, Any] = await crowd.call('state', tab=person.id, store=person.store)
        return state

    async def _break(self, network: Network) -> None:
        """Break the line every few seconds."""
        while self._goes_on:
            await asyncio.sleep(self._dice.uniform(0.5, 4))
            match self._dice.choice(['drop', 'drop', 'stall', 'cut']):
                case 'drop':
                    network.drop(share=0.2)
                case 'stall':
                    network.stall()
                    await asyncio.sleep(self._dice.uniform(0.2, 2))
                    network.resume()
                case _:
                    network.cut()
                    await asyncio.sleep(self._dice.uniform(0.2, 2))
                    network.mend()

    async def _kill(self, server: AppServer) -> None:
        """Kill the server with SIGKILL, in the first half: after that its memory is watched."""
        for _ in range(self._kills):
            await asyncio.sleep(self._seconds / 2 / (self._kills + 1))
            server.kill()
            await asyncio.to_thread(server.start)

    async def _watch(self, server: AppServer, crowd: Crowd, began: float) -> None:
        while self._goes_on:
            await asyncio.sleep(min(10, self._seconds / 20))
            with suppress(psutil.NoSuchProcess, AssertionError):  # it is being killed
                rss = psutil.Process(server.pid).memory_info().rss
                seconds = time.monotonic() - began
                self.samples.append(Sample(seconds, self._edits, crowd.heard, crowd.connected, rss))

    async def _settle(self, server: AppServer, crowd: Crowd) -> None:
        async with asyncio.timeout(SETTLE_SECONDS):
            while any([(await self._state(person, crowd))['hasUnsent'] for person in self._people]):
                await asyncio.sleep(0.1)
            for person in self._people:
                while (await self._state(person, crowd))['view'] != _stored(server, person):
                    await asyncio.sleep(0.1)
        assert not crowd.notices, f'somebody was told that something is lost: {crowd.notices[:3]}'
        for store in {person.store for person in self._people}:
            here = [person for person in self._people if person.store == store]
            value = _stored(server, here[0])
            there, expected = Counter(value['text']), Counter(mark for person in here for mark in person.marks)
            assert there == expected, f'lost {expected - there}, doubled or come back {there - expected} [I2, I3]'
            assert value['last'] == {f'{person.id}': person.count for person in here if person.count}

    def _check_memory(self) -> None:
        warm_at = self._seconds / 2 + WARM_SECONDS
        warm = [sample for sample in self.samples if sample.seconds > warm_at]
        if len(warm) < 2:
            return
        slope = linear_regression([each.seconds for each in warm], [each.rss for each in warm]).slope
        growth = slope * (self._seconds - warm_at)
        assert growth < GROWTH_BYTES, f'memory grew by {growth / 2**20:.1f} MiB after {warm_at:.0f} s'

    def table(self) -> str:
        """Return the samples, some of them."""
        step = max(1, len(self.samples) // 12)
        lines = [f'{"time":>8} {"edits":>8} {"frames":>9} {"connects":>9} {"memory":>9}']
        lines += [
            f'{each.seconds:7.0f}s {each.edits:8} {each.heard:9} {each.connected:9} {each.rss / 2**20:5.1f} MiB'
            for each in self.samples[::step]
        ]
        return '\n'.join(lines)


def _stored(server: AppServer, person: Person) -> Any:
    return orjson.loads((server.directory / f'{person.store}.json').read_bytes())['global']


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog='python -m tests.proof.soak', description=__doc__)
    parser.add_argument('--clients', type=int, default=300)
    parser.add_argument('--seconds', type=float, default=3600)
    parser.add_argument('--seed', type=int, default=int(time.time()))
    parser.add_argument('--kills', type=int, default=5, help='how often the server is killed, in the first half')
    given = parser.parse_args(arguments)
    print(f'{given.clients} clients for {given.seconds:.0f} s, seed {given.seed}', flush=True)
    soak = Soak(given.clients, given.seconds, given.seed, given.kills)
    with tempfile.TemporaryDirectory() as directory:
        try:
            asyncio.run(soak.run(Path(directory)))
        finally:
            print(soak.table())
    print('nothing is lost, nothing is there twice, all see the same, memory is flat')
    return 0


if __name__ == '__main__':
    sys.exit(main())
