"""Large results, and the number of objects that were encoded for them."""

from dara.components import Button, Stack, Table, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action, py_component
from dara.core.http import get

number = Variable(default=0)
encoded = []


class Thing:
    def __init__(self, number):
        self.number = number


def encode(thing):
    encoded.append(thing.number)
    return f'thing {thing.number}'


def rows(number):
    return [{'id': i, 'thing': Thing(i), 'text': 'x' * 50} for i in range(number)]


def count(rows):
    rows.append('one more')
    return len(rows)


@get('encoded')
def get_encoded():
    return len(encoded)


@get('rows/{number}')
def get_rows(number: int):
    return [{'id': i} for i in range(number)]


@py_component
def table(number):
    return Table(data=[{'id': i, 'text': 'x' * 50} for i in range(number)])


@action
async def fill(ctx):
    await ctx.update(filled, rows(20_000))


filled = Variable(default=None, uid='filled')
many = DerivedVariable(rows, variables=[number], uid='rows')
plain = DerivedVariable(lambda number: [{'id': i} for i in range(number)], variables=[number], uid='plain')
config = ConfigurationBuilder()
config.add_encoder(Thing, encode, lambda text: Thing(int(text.split()[1])))
config.add_endpoint(get_encoded)
config.add_endpoint(get_rows)
config.add_page(
    'A',
    content=Stack(
        Text(many),
        Text(DerivedVariable(count, variables=[plain], uid='count')),
        Text(DerivedVariable(lambda: 'x' * 135_000_000, variables=[], uid='huge')),
        Text(DerivedVariable(lambda n: {'text': 'é"' * n, 'n': n}, variables=[number], uid='document')),
        Text(DerivedVariable(lambda n: ['x', 'é' * n, 'y' * n, [n]], variables=[number], uid='texts')),
        table(number),
        Button('fill', onclick=fill()),
    ),
)
