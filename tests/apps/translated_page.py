"""A page with each kind of text that a translator of pages replaces."""

from dara.components import Button, Form, FormPage, Input, Presence, Stack, Text
from dara.core import ConfigurationBuilder, For, If, Variable
from dara.core.persistence import BackendStore

it = Variable(default={'shows': True, 'text': 'hello', 'items': ['one', 'two']}, store=BackendStore())
items = it.get('items')
config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        Presence(),
        Input(value=it.get('text'), label='Text'),
        Text(it.get('text'), id_='text'),
        If(it.get('shows'), Text('shown'), Text('hidden')),
        Button('Turn', onclick=it.get('shows').toggle()),
        Stack(For(items, renderer=Text(items.list_item)), id_='items'),
        Button('Fewer', onclick=items.update(['zwei'])),
        Form(FormPage(Text('first page')), FormPage(Text('second page'))),
    ),
)
