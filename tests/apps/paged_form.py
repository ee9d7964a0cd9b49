"""A form of two pages without a variable."""

from dara.components import Datepicker, Form, FormPage, Input, RadioGroup, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, If, Variable, action, py_component
from dara.core.persistence import BackendStore

sent, wanted = Variable(default=None, store=BackendStore()), Variable(True)


@action
async def send(ctx: ActionCtx):
    await sent.store.write(ctx.input)


@py_component
def extras(wanted):
    return Input(id_='extra', label='Extra')


config = ConfigurationBuilder()
config.add_page(
    'Form',
    content=Stack(
        Form(
            FormPage(
                Input(id_='name', label='Name', value='Ann'),
                If(wanted, RadioGroup(id_='pet', items=['cat', 'dog'])),
                Input(label='Search'),
                title='You',
            ),
            FormPage(extras(wanted), Datepicker(id_='day', label='Day', value='2026-07-10'), title='More'),
            onsubmit=send(),
        ),
        Text(sent, id_='sent'),
    ),
)
