"""Values that are computed once a file of their name exists, with a fallback of every kind."""

import asyncio
from pathlib import Path

from dara.components import Button, Select, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Fallback, For, If, Match, Variable, py_component
from dara.core.component import ErrorHandlingConfig

number = Variable(1)


async def compute(n):
    while not Path(f'open-{n}').exists():
        await asyncio.sleep(0.02)
    return f'value {n}'


value = DerivedVariable(compute, variables=[number])
values = DerivedVariable(lambda text: [text], variables=[value])
broken = DerivedVariable(lambda n: 1 / (n - 1), variables=[number])
chosen = Variable('value 1')


@py_component(fallback=Fallback.Custom(component=Text('Loading part'), suspend_render=True))
async def part(text: str):
    return Text(f'part of {text}')


def custom(name, wait):
    return {'id_': name, 'fallback': Fallback.Custom(Text(f'Loading {name}'), suspend_render=wait)}


config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        Text(value, id_='default', fallback=Fallback.Default(width='50%', height=120, id_='default-fallback')),
        Text(value, id_='row', fallback=Fallback.Row(width='20ch', id_='row-fallback', suspend_render=False)),
        Text(value, **custom('always', True)),
        Text(value, **custom('never', False)),
        Text(value, **custom('late', 100)),
        Text(value, id_='plain', fallback=Text('Loading plain')),
        Select(items=values, value=chosen, label='Choice', fallback=Fallback.Row(id_='select-fallback')),
        If(value == 'value 1', Text('is one'), Text('is another'), fallback=Text('Loading if')),
        Match(value, when={'value 1': Text('matches one')}, default=Text('no match'), fallback=Text('Loading match')),
        For(values, Text(values.list_item, id_='item'), fallback=Text('Loading for')),
        part(value),
        Text(
            broken,
            error_handler=ErrorHandlingConfig(
                title='No number', description='Choose another one.', raw_css={'background-color': 'rgb(1, 2, 3)'}
            ),
        ),
        Button('One', onclick=number.update(1)),
        Button('Two', onclick=number.update(2)),
    ),
)
