"""A py_component, a derived value and an action that raise."""

from dara.components import Button, Card, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, If, Variable, action, py_component
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()

is_broken = Variable(default=True, store=BackendStore())


@py_component
async def view():
    if await is_broken.read():
        raise RuntimeError('a secret of the server')
    return Text('whole again')


async def compute(again):
    if await is_broken.read():
        raise RuntimeError('a secret of the server')
    return 'computed again'


computed = DerivedVariable(compute, variables=[again := Variable(default=0)])


@action
async def fail():
    raise RuntimeError('a secret of the server')


config.add_page(
    'Page',
    content=Stack(
        view(),
        Card(Text(computed), title='Computed'),
        If(computed.has_error, Text('it has failed')),
        Button('Mend', onclick=is_broken.update(False)),
        Button('Compute', onclick=computed.trigger()),
        Button('Fail', onclick=fail()),
        Text('the rest of the page'),
    ),
)
