"""Everything that shows a derived value, computed by functions that wait for a gate and cannot divide by 0."""

import asyncio

from dara.components import Button, Card, Heading, Input, ProgressBar, Select, Stack, Table, Text
from dara.core import ConfigurationBuilder, DerivedVariable, For, If, Match, Variable, action, py_component
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()

gate = asyncio.Event()
gate.set()
number = Variable(default=2, store=BackendStore())


@action
async def open_gate():
    gate.set()


@action
async def close_gate():
    gate.clear()


async def divide(number):
    await gate.wait()
    half = 100 / number
    return {'half': half, 'rows': [{'share': half}], 'names': [f'name {half}'], 'is_large': half > 10}


async def double(values):
    return values['half'] * 2


@py_component
async def view(number):
    await gate.wait()
    return Text(f'part {100 / number}', id_='part')


values = DerivedVariable(divide, variables=[number])
doubled = DerivedVariable(double, variables=[values])
config.add_page(
    'Page',
    content=Stack(
        Input(value=number, type='number', label='Number'),
        Heading(values.get('half'), id_='heading'),
        Text(doubled, id_='doubled'),
        Card(Table(data=values.get('rows'), columns=['share'])),
        For(values.get('names'), renderer=Text(values.get('names').list_item, id_='name')),
        If(values.get('is_large'), Text('large', id_='large'), Text('small', id_='small')),
        Match(values.get('half'), when={50: Text('fifty', id_='fifty')}, default=Text('other', id_='other')),
        Select(items=values.get('names'), label='Name'),
        ProgressBar(progress=values.get('half')),
        view(number),
        Text(number, id_='typed'),
        Button('Open', onclick=open_gate()),
        Button('Close', onclick=close_gate()),
    ),
)
