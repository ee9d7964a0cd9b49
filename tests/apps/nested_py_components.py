"""A py_component inside another, with the number of their runs."""

from dara.components import Card, Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable, py_component

config = ConfigurationBuilder()

outer_value = Variable(default='a')
inner_value = Variable(default='x')
runs = {'outer': 0, 'inner': 0}


@py_component
def inner(outer, value):
    runs['inner'] += 1
    return Card(Text(f'inner {outer} {value}, run {runs["inner"]}'))


@py_component
def outer(value):
    runs['outer'] += 1
    return Stack(Text(f'outer {value}, run {runs["outer"]}'), inner(value, inner_value))


config.add_page(
    'Page',
    content=Stack(
        Input(value=outer_value, label='Outer'),
        Input(value=inner_value, label='Inner'),
        outer(outer_value),
    ),
)
