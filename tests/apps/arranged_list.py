"""A list in a file whose items are added, removed, moved and renamed."""

from uuid import uuid4

from dara.components import Button, Input, Stack
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.flow import For
from dara.core.persistence import BackendStore, FileBackend

start = [{'id': name, 'name': name} for name in ('red', 'green', 'blue')]
store = BackendStore(FileBackend(path='store.json'), keys={'': 'id'})
items = Variable(default=start, store=store)


@action
async def add(ctx: ActionCtx) -> None:
    await store.modify(lambda now: [{'id': uuid4().hex, 'name': 'new'}, *now])


@action
async def remove(ctx: ActionCtx) -> None:
    await store.modify(lambda now: [each for each in now if each['name'] != 'new'][:3])


@action
async def turn(ctx: ActionCtx) -> None:
    await store.modify(lambda now: [*now[1:], *now[:1]])


config = ConfigurationBuilder()
config.add_page(
    'Items',
    content=Stack(
        Stack(Button('Add', onclick=add()), Button('Remove', onclick=remove()), Button('Turn', onclick=turn())),
        For(items, Input(value=items.list_item.get('name')), key_accessor='id'),
    ),
)
