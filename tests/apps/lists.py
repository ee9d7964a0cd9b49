"""A list that is filtered, sorted and reordered, and a long one of which only the items in view are drawn."""

from dara.components import Button, Input, Select, Stack, Switch, Text
from dara.core import ConfigurationBuilder, DerivedVariable, For, If, SwitchVariable, Variable, action
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()

tasks = Variable(
    default=[
        {'id': 'a', 'title': 'Apples', 'done': False, 'day': 3},
        {'id': 'b', 'title': 'Bread', 'done': True, 'day': 1},
        {'id': 'c', 'title': 'Cheese', 'done': False, 'day': 2},
        {'id': 'd', 'title': 'Dates', 'done': False, 'day': None},
    ],
    store=BackendStore(keys={'': 'id'}),
)
item = tasks.list_item
show = Variable('open')
order = Variable('day')
is_shown = (show == 'all') | ((show == 'open') & ~item.get('done')) | ((show == 'done') & (item.get('done') == True))  # noqa: E712
row = Stack(
    Input(value=item.get('title'), placeholder='Title'),
    Switch(value=item.get('done'), label='Done'),
    If((item.get('done') == False) & (item.get('day') > 2), Text('late')),  # noqa: E712
    direction='horizontal',
)

config.add_page(
    'Sorted',
    route='/',
    content=Stack(
        Select(value=show, items=['all', 'open', 'done', 'other'], label='Show'),
        Select(value=order, items=['day', '-day', 'title'], label='Order'),
        Text(SwitchVariable.when((show == 'open') & (order == 'day'), 'as at first', 'changed'), id_='mixed'),
        For(tasks, where=is_shown, order_by=order, renderer=row, placeholder=Text('Nothing here')),
        Text('Computed'),
        For(
            DerivedVariable(lambda all_tasks: all_tasks[:1], [tasks]),
            renderer=Text('computed'),
        ),
    ),
)
config.add_page(
    'Moved',
    content=Stack(For(tasks, where=~item.get('done'), reorderable=True, renderer=row), id_='list'),
)

query = Variable('')
found = DerivedVariable(
    lambda everything, text: {each['id']: True for each in everything if text in each['title']}, [tasks, query]
)


@action
async def add() -> None:
    await tasks.modify(lambda known: [*known, {'id': 'e', 'title': 'Endive', 'done': False, 'day': None}])


config.add_page(
    'Search',
    content=Stack(
        Input(value=query, label='Search'),
        Button('Add', onclick=add()),
        Text(found, id_='found'),
        For(
            tasks,
            where=(query == '') | found.get(item.get('id')),
            order_by='title',
            renderer=row,
            placeholder=Text('Nothing found'),
        ),
    ),
)

many = Variable([{'id': index, 'title': f'Title {index}'} for index in range(10_000)], store=BackendStore())
config.add_page(
    'Long',
    content=For(
        many,
        key_accessor='id',
        virtualization={'size': 50},
        renderer=Input(value=many.list_item.get('title'), label=''),
    ),
)
config.add_page(
    'Wide',
    content=For(
        many,
        key_accessor='id',
        virtualization={'direction': 'horizontal'},
        reorderable=True,
        renderer=Input(value=many.list_item.get('title')),
    ),
)

few = DerivedVariable(lambda everything: everything[:2], [tasks])
config.add_page('Computed', content=For(few, renderer=Input(value=few.list_item.get('title'))))
