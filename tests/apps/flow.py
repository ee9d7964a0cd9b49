"""Components and texts that depend on a number, a choice and a list."""

from dara.components import Button, Input, Select, Stack, Text
from dara.core import ConfigurationBuilder, For, If, Match, SwitchVariable, Variable
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()


count = Variable(default=0, store=BackendStore())
state = Variable(default='open', store=BackendStore())
names = Variable(default=[{'id': 1, 'name': 'Ann'}, {'id': 2, 'name': 'Ben'}], store=BackendStore())
item = names.list_item

config.add_page(
    'Page',
    content=Stack(
        Input(value=count, type='number', label='Count'),
        If(count > 3, Text('many'), [Text('few'), Button('Many', onclick=count.update(9))]),
        Text(SwitchVariable.when(count == 0, 'none at all', 'some'), id_='some'),
        Select(value=state, items=['open', 'closed', 'lost'], label='State'),
        Match(
            state,
            when={'open': Input(value=state, label='It is open'), 'closed': Text('It is closed')},
            default=Text('Who knows'),
        ),
        Text(SwitchVariable.match(state, {'open': 'green', 'closed': 'red'}, default='grey'), id_='color'),
        For(
            names,
            key_accessor='id',
            placeholder=Text('nobody'),
            renderer=Stack(
                Text(item.index),
                Input(value=item.get('name'), placeholder='Name'),
                If(item.is_first, Text('is the first')),
                If(item.is_last, Text('is the last')),
                id_='item',
                direction='horizontal',
            ),
        ),
        Button('Swap', onclick=names.update([{'id': 2, 'name': 'Ben'}, {'id': 1, 'name': 'Ann'}])),
        Button('Nobody', onclick=names.update([])),
    ),
)
