"""A table whose columns can be made impossible."""

from typing import Any

from dara.components import Button, Card, Stack, Table, Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore

note = Variable(default='', store=BackendStore())
columns: Variable[Any] = Variable(default=['a'], store=BackendStore())


def precise(digits):
    return columns.update([{'col_id': 'a', 'formatter': {'type': 'number', 'precision': digits}}])


config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        Textarea(value=note, label='Note'),
        Card(Table(data=[{'a': 1}], columns=columns), title='Figures'),
        Button('Break', onclick=precise(1000)),
        Button('Mend', onclick=precise(2)),
    ),
)
