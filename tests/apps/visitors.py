"""A page that shows its visitors, and who of them types where."""

from dara.components import Button, Heading, Input, Presence, Stack, Text, Textarea
from dara.core import ConfigurationBuilder, For, Variable, action
from dara.core.auth import MultiBasicAuthConfig
from dara.core.persistence import BackendStore

notes = Variable(
    default={'title': '', 'text': '', 'pages': 3, 'items': ['milk', 'bread']},
    store=BackendStore(),
)
own = Variable(default='')


@action
async def insert() -> None:
    await notes.modify(lambda value: {**value, 'items': ['eggs', *value['items']]})


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'Ann': 'a', 'Ben Berg': 'b', 'Cem': 'c', 'Dan': 'd'}))
items = notes.get('items')
config.add_page(
    'Notes',
    content=Stack(
        Stack(Heading('Notes'), Presence(max=2), direction='horizontal', justify='space-between'),
        Input(value=notes.get('title'), label='Title'),
        Textarea(value=notes.get('text'), label='Text'),
        Input(value=notes.get('pages'), label='Number', type='number'),
        Input(value=own, label='Own'),
        For(items=items, renderer=Input(value=items.list_item, label='Item')),
        Button('Insert', onclick=insert()),
    ),
)
config.add_page('Quiet', content=Stack(Text('Nobody is shown here')))
