"""A form with a number, and what was sent."""

from dara.components import Form, Input, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

sent = Variable(default=None, store=BackendStore())


@action
async def send(ctx: ActionCtx):
    await sent.store.write(ctx.input)


config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        Form(Input(id_='name', label='Name'), Input(id_='age', label='Age', type='number'), onsubmit=send()),
        Text(sent, id_='sent'),
    ),
)
