"""Numbers in a file, and what is computed from them."""

from dara.components import Button, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, py_component
from dara.core.persistence import BackendStore, FileBackend

config = ConfigurationBuilder()

numbers = Variable(default=[1, 2], store=BackendStore(FileBackend(path='numbers.json')))
total = DerivedVariable(sum, variables=[numbers])


@py_component
def view(numbers, total):
    return Text(f'{numbers} {total}', id_='view')


config.add_page(
    'Page',
    content=Stack(
        Text(total, id_='total'),
        Text(numbers.get(0), id_='first'),
        view(numbers, total),
        Button('More', onclick=numbers.update([100, 2])),
    ),
)
