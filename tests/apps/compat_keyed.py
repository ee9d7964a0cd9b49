"""Views whose keys are variables: of the items of a list, of the address of a page, of a choice."""

from typing import Any

from dara.components import Button, Heading, Input, Stack, Text
from dara.core import (
    ActionCtx,
    ConfigurationBuilder,
    DerivedVariable,
    For,
    If,
    SwitchVariable,
    Variable,
    action,
    py_component,
)
from dara.core.persistence import BackendStore

users = Variable([{'id': 'a', 'tags': ['x', 'y']}, {'id': 'b', 'tags': ['x']}])
user_id = users.list_item.get('id')
tag = users.list_item.get('tags').list_item
notes = Variable({'a': {'text': 'first', 'done': False}})
shared = Variable({'a': 'common'}, store=BackendStore(uid='shared'))
rows = Variable(['zero', 'one', 'two'])
chosen = Variable(None)
told = Variable('', uid='told')


@action
async def tell(ctx: ActionCtx, note: Any, common: Any) -> None:
    await ctx.update(told, f'{note} and {common}')


@py_component
def shown(text: Any, rank: int | None) -> Text:
    return Text(f'shown {text} of rank {rank}', id_='shown')


ranks: DerivedVariable[Any] = DerivedVariable(lambda: {'a': 1, 'b': 2}, variables=[])
note = notes.get(user_id)
length = DerivedVariable(lambda text: len(text or ''), variables=[note['text']])
config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        For(
            users,
            key_accessor='id',
            renderer=Stack(
                Heading(user_id),
                Text(ranks[user_id], id_='rank'),
                Input(value=note['text'], label='note'),
                Input(value=shared.get(user_id), label='shared'),
                Text(SwitchVariable.when(note['text'] == 'first', 'is first', 'is other')),
                Text(length, raw_css='color: black'),
                If(note['done'], Text('done'), Text('open')),
                Button('Toggle', onclick=note['done'].toggle()),
                Button('Set', onclick=note['text'].update('set')),
                Button('Tell', onclick=tell(note['text'], shared.get(user_id))),
                For(
                    users.list_item.get('tags'),
                    renderer=Input(value=notes.get(user_id, 'tags', tag), label='tag'),
                ),
            ),
        ),
        Button('Choose', onclick=chosen.update(1)),
        Input(value=rows[chosen], label='row', id_='row'),
        Button('Rename', onclick=users.get(0, 'id').update('c')),
        shown(notes.get(users.get(0, 'id'), 'text'), ranks[users.get(0, 'id')]),
        Text(told, id_='told'),
        Text(rows, id_='rows'),
        Text(notes, id_='notes'),
        Text(shared, id_='store'),
    ),
)
