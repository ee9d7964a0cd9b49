"""A list of cards in a file, the first of which can be archived."""

from dara.components import Button, Input, Stack
from dara.core import ConfigurationBuilder, For, Variable, action
from dara.core.persistence import BackendStore, FileBackend

store = BackendStore(backend=FileBackend(path='store.json'), keys={'': 'id'})
cards = Variable(default=[{'id': 1, 'text': 'one'}, {'id': 2, 'text': 'two'}], store=store)


@action
async def archive(ctx):
    await store.modify(lambda cards: cards[1:])


config = ConfigurationBuilder()
config.add_page(
    'Cards',
    content=Stack(
        For(cards, renderer=Input(value=cards.list_item.get('text'), label='Card')),
        Button('Archive', onclick=archive()),
    ),
)
