"""A derived value and a py_component that wait for a gate."""

import asyncio

from dara.components import Button, Heading, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action, py_component
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()

gate = asyncio.Event()
number = Variable(default=1, store=BackendStore())


@action
async def open_gate():
    gate.set()


@action
async def close_gate():
    gate.clear()


async def double(number):
    await gate.wait()
    return number * 2


@py_component(fallback=Text('one moment'))
async def view(number):
    await gate.wait()
    return Text(f'number {number}')


doubled = DerivedVariable(double, variables=[number])
config.add_page(
    'Page',
    content=Stack(
        Heading(doubled, id_='doubled'),
        Text('below', id_='below'),
        view(number),
        Text('further below', id_='further'),
        Button('Open', onclick=open_gate()),
        Button('Close', onclick=close_gate()),
        Button('More', onclick=number.update(2)),
    ),
)
