"""An app without stores, whose page is served by any number of workers."""

from dara.components import Button, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action, py_component

number = Variable(default=2)


@action
async def work(ctx):
    await ctx.notify('done')


@action
async def break_down(ctx):
    raise ValueError('broken')


@py_component
def shown(number: int):
    return Text(f'{number}')


config = ConfigurationBuilder()
config.add_page(
    'Measured',
    content=Stack(
        Button('Work', onclick=work()),
        Button('Break', onclick=break_down()),
        Text(DerivedVariable(lambda n: n * 2, variables=[number], uid='twice')),
        shown(number),
    ),
)
