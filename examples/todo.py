"""A to-do list that everybody who opens the page works on together.

Run it: `dara start --config todo:config`, and open it in two browsers. Add something in one; rename it in the other
while the first ticks it. Stop the server, go on, and start it again: `todo.json` has the list, in the order you see.
"""

from typing import Any
from uuid import uuid4

from dara.components import Button, Card, Heading, Icon, Input, Stack, Switch, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, For, Variable, action
from dara.core.persistence import BackendStore, FileBackend

todos: Variable[Any] = Variable(default=[], store=BackendStore(backend=FileBackend(path='todo.json')))
draft = Variable(default='')  # without a store: yours alone, until you add it


# `modify` is atomic: of two people who add something at the same moment, both are heard.
@action
async def add(ctx: ActionCtx, text: str) -> None:
    if text.strip():
        await ctx.update(draft, '')
        await todos.modify(lambda items: [*items, {'id': uuid4().hex, 'text': text.strip(), 'done': False}])


@action
async def remove(id: str) -> None:
    await todos.modify(lambda items: [item for item in items if item['id'] != id])


@action
async def remove_done() -> None:
    await todos.modify(lambda items: [item for item in items if not item['done']])


def count(items: list[dict[str, Any]]) -> str:
    done = sum(item['done'] for item in items)
    return f'{len(items) - done} to do, {done} done'


# `list_item` stands for each item in turn, both ways: these fields edit it where it is in the list.
item = todos.list_item
row = Stack(
    Switch(value=item.get('done')),
    Input(value=item.get('text'), grow=1),
    Button(Icon('xmark', label='Delete'), onclick=remove(item.get('id')), padding='0 10px'),
    direction='horizontal',
    wrap=False,
    align='center',
)
new = Input(value=draft, placeholder='Something new, then Enter', onenter=add(draft))
items = For(todos, renderer=row, key_accessor='id', placeholder=Text('Nothing to do!', color='dimmed'))
summary = Text(DerivedVariable(count, variables=[todos]), color='dimmed', grow=1)
clear = Button('Delete what is done', onclick=remove_done(), styling='secondary')

config = ConfigurationBuilder()
config.title = 'To do'
parts = Heading('What is to be done?'), new, Card(items, gap=10), Stack(summary, clear, direction='horizontal')
config.add_page('To do', content=Stack(*parts))
