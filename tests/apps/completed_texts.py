"""A field that sends its text when it is completed."""

from dara.components import Button, Input, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

draft, sent = Variable(default='', store=BackendStore()), Variable(default=[], store=BackendStore())


@action
async def send(ctx: ActionCtx):
    await sent.store.modify(lambda sent: [*sent, ctx.input])


config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        Input(value=draft, label='Text', oncomplete=send()),
        Button('Elsewhere'),
        Text(sent, id_='sent'),
    ),
)
