"""Notes that are sent by Enter; three ways of an app to clear the field."""

from dara.components import Input, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

notes = Variable([], store=BackendStore(uid='notes'))


def draft(name: str) -> Variable[str]:
    return Variable('', uid=name)


of_argument, of_input, of_chain = draft('argument'), draft('input'), draft('chain')


@action
async def store(ctx: ActionCtx, text: str) -> None:
    await notes.modify(lambda each: [*each, text])


@action
async def send(ctx: ActionCtx, text: str) -> None:
    await notes.modify(lambda each: [*each, text])
    await ctx.update(of_argument, '')


@action
async def send_input(ctx: ActionCtx) -> None:
    text = ctx.input
    await notes.modify(lambda each: [*each, text])
    await ctx.update(of_input, '')


config = ConfigurationBuilder()
config.add_page(
    'Notes',
    content=Stack(
        Input(value=of_argument, onenter=send(of_argument), id_='argument'),
        Input(value=of_input, onenter=send_input(), id_='input'),
        Input(value=of_chain, onenter=[store(of_chain), of_chain.update('')], id_='chain'),
        Text(notes, id_='notes'),
    ),
)
