"""Fields, a form and a list over parts of one nested value."""

from dara.components import Form, Input, Stack, Text
from dara.core import ConfigurationBuilder, For, Variable
from dara.core.persistence import BackendStore

trip = Variable(
    default={'from': {'city': '', 'day': ''}, 'stops': [{'id': 1, 'name': ''}, {'id': 2, 'name': ''}]},
    store=BackendStore(),
)
stops = trip.get('stops')
config = ConfigurationBuilder()
config.add_page(
    'Trip',
    content=Stack(
        Input(value=trip.get('from').get('city'), label='City'),
        Form(Input(id_='day', label='Day'), value=trip.get('from')),
        For(stops, renderer=Input(value=stops.list_item.get('name'), label='Stop'), key_accessor='id'),
        Text(trip, id_='trip'),
    ),
)
