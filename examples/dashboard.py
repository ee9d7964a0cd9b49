"""A live dashboard over data that something else changes: a database, a queue; here a machine that is measured.

Run it: `dara start --config dashboard:config`, and open it in two browsers. They move at the same moment, and neither
polls.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Any

from dara.components import Button, Card, Heading, ProgressBar, Stack, Table
from dara.core import ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore, PersistenceBackend


class Machine(PersistenceBackend):
    """A read-only backend of measurements, which notifies its subscribers of new ones."""

    readings: list[dict[str, Any]] = []
    listeners: list[Callable[..., Any]] = []

    def measure(self, by: str) -> None:
        number = self.readings[0]['number'] + 1 if self.readings else 1
        reading = {'number': number, 'load': round(50 + 45 * math.sin(number / 4)), 'by': by}
        self.readings = [reading, *self.readings[:19]]
        for listener in self.listeners:
            listener()

    def has(self, key: str) -> bool:
        return bool(self.readings)

    def read(self, key: str) -> list[dict[str, Any]]:
        return self.readings

    def get_all(self) -> dict[str, Any]:
        return {'global': self.readings}

    def subscribe(self, on_value: Callable[..., Any]) -> None:
        self.listeners.append(on_value)

    def write(self, key: str, value: object) -> None:
        raise NotImplementedError

    def delete(self, key: str) -> None:
        raise NotImplementedError


machine = Machine()
readings: Variable[Any] = Variable(default=[], store=BackendStore(machine, readonly=True))


@action
async def measure_now() -> None:
    machine.measure(by='somebody')


load = Card(ProgressBar(progress=readings.get(0, 'load'), label='Load'), title='Load')
columns = [Table.column('number', label='No.'), Table.column('load', label='Load'), Table.column('by', label='By')]
table = Card(Table(data=readings, columns=columns, max_rows=8, label='Readings'), title='Last readings')
head = Stack(Heading('The machine', grow=1), Button('Measure now', onclick=measure_now()), direction='horizontal')

config = ConfigurationBuilder()
config.title = 'Dashboard'
config.add_page('Dashboard', content=Stack(head, load, table))


@config.on_startup
async def measure() -> AsyncIterator[None]:
    """Measure in the background; what is after `yield` runs when the server stops."""

    async def go_on() -> None:
        while True:
            machine.measure(by='the clock')
            await asyncio.sleep(2)

    task = asyncio.create_task(go_on())
    yield
    task.cancel()
