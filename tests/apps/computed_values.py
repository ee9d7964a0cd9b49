"""Derived values: polled, on request, slow, failing and copied."""

import asyncio

from dara.components import Button, Input, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, If, Variable, action, py_component
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()

source = Variable(default=1, store=BackendStore())
runs = {'polled': 0, 'part': 0, 'asked': 0}
gate = asyncio.Event()


def count(name):
    runs[name] += 1
    return runs[name]


@py_component(polling_interval=0.1)
def part():
    return Text(f'part {count("part")}', id_='part')


async def wait(number):
    if number < 0:
        raise ValueError('negative')
    await gate.wait()
    return number


@action
async def let_go():
    gate.set()


polled = DerivedVariable(lambda: count('polled'), variables=[], polling_interval=0.1)
asked = DerivedVariable(lambda number: f'{number}, run {count("asked")}', variables=[source], deps=[])
slow = DerivedVariable(wait, variables=[source])
tenfold = DerivedVariable(lambda number: number * 10, variables=[source])
start = Variable.create_from_derived(tenfold)

config.add_page(
    'Page',
    content=Stack(
        Input(value=source, type='number', label='Source'),
        Text(polled, id_='polled'),
        part(),
        Text(asked, id_='asked'),
        Button('Ask', onclick=asked.trigger()),
        If(slow.is_loading, Text('computing'), Text('idle')),
        If(slow.has_error, Text('failed'), Text('fine')),
        Button('Let go', onclick=let_go()),
        Input(value=start, type='number', label='Copy'),
        Text(tenfold, id_='tenfold'),
    ),
)
