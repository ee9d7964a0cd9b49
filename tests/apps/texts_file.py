"""A line and a text in a file, and what was completed."""

from dara.components import Input, Stack, Textarea
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore, FileBackend

both = Variable(
    default={'line': '', 'lines': 'one\r\ntwo', 'done': []}, store=BackendStore(backend=FileBackend(path='store.json'))
)


@action
async def done(ctx: ActionCtx):
    await both.store.modify(lambda now: {**now, 'done': [*now['done'], ctx.input]})


config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        Input(value=both.get('line'), oncomplete=done()),
        Textarea(value=both.get('lines')),
    ),
)
