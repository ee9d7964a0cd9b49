"""Forms that save: one for each user, and one for all, which ann may change, and ben if she lets him."""

from dara.components import Button, Form, Heading, Input, Stack, Text, Textarea
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core._sync import hub
from dara.core.auth import MultiBasicAuthConfig
from dara.core.persistence import BackendStore, FileBackend

hub.RECHECK_SECONDS = 1  # type: ignore[misc]
editors = {'ann'}

own = Variable({'name': '', 'about': ''}, store=BackendStore(scope='user', backend=FileBackend(path='own.json')))
rules = Variable(
    {'title': 'Rules', 'text': ''},
    store=BackendStore(can_write=lambda user: user.identity_id in editors, backend=FileBackend(path='rules.json')),
)
submissions = Variable([], store=BackendStore(backend=FileBackend(path='submissions.json')))


@action
async def note(ctx: ActionCtx) -> None:
    await submissions.modify(lambda known: [*known, ctx.input])


@action
async def let_ben_write(ctx: ActionCtx) -> None:
    editors.symmetric_difference_update({'ben'})


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'pw', 'ben': 'pw'}))
config.add_page(
    'Own',
    content=Stack(
        Heading('Own'),
        Form(
            Input(id='name', label='Nickname'),
            Textarea(id='about', label='About'),
            saves=own,
            submit_label='Save',
            onsubmit=note(),
        ),
    ),
)
config.add_page(
    'Rules',
    content=Stack(
        Heading('Rules'),
        Form(Input(id='title', label='Title'), Textarea(id='text', label='Text'), saves=rules, submit_label='Save'),
        Text(rules.get('title'), id_='title'),
        Button('Let ben write, or not', onclick=let_ben_write()),
    ),
)
