"""A note that a database protects; the file `down` makes it fail. PREDICATE: the right that it decides on."""

import os
from pathlib import Path

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, py_component
from dara.core.persistence import BackendStore, FileBackend


def ask(user):
    if Path('down').exists():
        raise ConnectionError('the database does not answer')
    return True


predicate = os.environ['PREDICATE']
store = BackendStore(
    FileBackend(path='store.json'),
    uid='note',
    can_read=ask if predicate == 'can_read' else None,
    can_write=ask if predicate == 'can_write' else None,
)
note = Variable(default='before ', store=store)


@py_component
def shout(text):
    return Text(text.upper(), id_='shout')


length = DerivedVariable(lambda text: f'{len(text)} letters', [note])
config = ConfigurationBuilder()
config.add_page('Note', content=Stack(Input(value=note, label='Note'), Text(length, id_='length'), shout(note)))
