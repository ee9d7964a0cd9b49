"""A picture whose address can be made impossible."""

from typing import Any

from dara.components import Button, Card, Image, Stack, Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore

note = Variable(default='', store=BackendStore())
DOT = 'data:image/gif;base64,R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs='
address: Variable[Any] = Variable(default=DOT, store=BackendStore())

config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        Textarea(value=note, label='Note'),
        Card(Image(src=address, alt='A dot'), title='Picture'),
        Button('Break', onclick=address.update({'no': 'address'})),
        Button('Mend', onclick=address.update(DOT)),
    ),
)
