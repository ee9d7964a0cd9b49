"""A form over a shared value, with one field of each kind."""

from dara.components import CheckboxGroup, Form, Input, Select, Slider, Stack, Switch, Text, Textarea
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

nobody = {'name': '', 'age': 0, 'story': '', 'seat': None, 'days': [], 'lights': False, 'volume': 0}
person = Variable(default=nobody, store=BackendStore())
sent = Variable(default=None, store=BackendStore())


@action
async def send(ctx: ActionCtx):
    await sent.store.write(ctx.input)


config = ConfigurationBuilder()
config.add_page(
    'Person',
    content=Stack(
        Form(
            Text('About you'),
            Input(id_='name', label='Name'),
            Input(id_='age', label='Age', type='number'),
            Stack(Textarea(id_='story', label='Story'), Select(id_='seat', label='Seat', items=['window', 'aisle'])),
            CheckboxGroup(id_='days', label='Days', items=['Mon', 'Tue', 'Wed']),
            Switch(id_='lights', label='Lights'),
            Slider(id_='volume', label='Volume', domain=[0, 10]),
            value=person,
            onsubmit=send(),
        ),
        Text(person, id_='person'),
        Text(sent, id_='sent'),
    ),
)
