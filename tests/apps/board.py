"""A document with lists of keyed items, and actions that rearrange them."""

from dara.components import Button, Stack, Text
from dara.core import ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

start = {'text': 'hello world', 'count': 1, 'items': [{'id': n, 'name': f'item {n}'} for n in range(3)], 'done': []}
doc = Variable(default=start, store=BackendStore(uid='doc', keys={'/items': 'id', '/done': 'id'}))


@action
async def turn(ctx):
    value = await doc.read()
    await doc.write({**value, 'items': value['items'][::-1]})


@action
async def finish(ctx):
    await doc.write_partial([{'op': 'move', 'from': '/items/0', 'path': '/done/0'}])


config = ConfigurationBuilder()
config.add_page('Doc', content=Stack(Text(doc), Button('Turn', onclick=turn()), Button('Finish', onclick=finish())))
