"""py_components that return py_components: defined side by side, and inside each other."""

from dara.components import Card, Input, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, py_component

number = Variable(7)
unit = Variable('km')


@py_component
def leaf(number, unit):
    return Text(f'leaf {number} {unit}')


@py_component
def branch(number):
    return Stack(Text(f'branch {number}'), leaf(number, unit))


@py_component
def tree(number):
    return Card(Text(f'tree {number}'), branch(number), title='Side by side')


@py_component
def outer(number):
    doubled = DerivedVariable(lambda value: f'twice {int(value) * 2}', variables=[counter := Variable(number)])

    @py_component
    def middle(inherited):
        @py_component
        def inner(inherited, counter):
            return Text(f'inner {inherited} {counter}')

        return Stack(Text(f'middle {inherited}'), inner(inherited, counter))

    return Card(
        Text(f'outer {number}'),
        Input(value=counter, placeholder='counter'),
        Text(doubled),
        middle(number),
        title='Inside each other',
    )


config = ConfigurationBuilder()
config.router.add_index(
    content=Stack(
        Input(value=number, placeholder='number'), Input(value=unit, placeholder='unit'), tree(number), outer(number)
    )
)
