"""A list of items that are turned around."""

from dara.components import Button, Input, Stack, Text
from dara.core import ConfigurationBuilder, For, Variable, action
from dara.core.persistence import BackendStore

items = Variable(
    default=[{'id': 1, 'name': 'one'}, {'id': 2, 'name': 'two'}],
    store=BackendStore(uid='items', keys={'': 'id'}),
)


@action
async def turn_around():
    await items.store.modify(lambda now: now[::-1])


config = ConfigurationBuilder()
config.add_page(
    'Items',
    content=Stack(
        For(items, renderer=Input(value=items.list_item.get('name'), label='Item'), key_accessor='id'),
        Button('Turn around', onclick=turn_around()),
        Text(items, id_='items'),
    ),
)
