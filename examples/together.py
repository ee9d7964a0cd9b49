"""A page that everybody who opens it edits together. Run it: `dara start --config together:config`."""

from dara.components import Card, Heading, Input, Stack, Text, Textarea
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore, FileBackend

COLORS = ['teal', 'indigo', 'grape', 'orange', 'red']

# One JSON file; every browser sees it live, and it survives a restart.
poster = Variable(
    default={'title': 'Hello, everybody', 'note': '', 'size': 48, 'color': 'indigo', 'bold': True},
    store=BackendStore(backend=FileBackend(path='together.json')),
)
votes = Variable(default=0, store=BackendStore(backend=FileBackend(path='together-votes.json')))
private = Variable(default='')


@action
async def vote(ctx: ActionCtx, by: int) -> None:
    await votes.modify(lambda count: count + by)  # atomic: no click is lost, however many people click


config = ConfigurationBuilder()
config.title = 'Together'
config.add_page(
    'Together',
    content=Stack(
        Card(
            Heading(
                poster.get('title'),
                font_size=poster.get('size'),
                color=poster.get('color'),
                bold=poster.get('bold'),
            ),
            Text(poster.get('note'), formatted=True),
        ),
        Stack(
            Card(
                Input(value=poster.get('title'), label='Title'),
                Textarea(value=poster.get('note'), label='Note', placeholder='Say something to everybody here'),
                title='Words',
            ),
            direction='horizontal',
        ),
    ),
)
