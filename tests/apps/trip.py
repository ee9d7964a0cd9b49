"""A trip of three texts in a file."""

from dara.components import Heading, Input, Stack, Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, FileBackend

backend = FileBackend(path='store.json')
trip = Variable(default={'place': '', 'by': '', 'diary': ''}, store=BackendStore(backend=backend))
config = ConfigurationBuilder()
config.title = 'Trip'
config.add_page(
    'Trip',
    content=Stack(
        Heading('Where to?'),
        Input(value=trip.get('place'), label='Place'),
        Input(value=trip.get('by'), label='By'),
        Textarea(value=trip.get('diary'), label='Diary'),
    ),
)
