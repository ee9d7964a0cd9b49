"""Fields and links for the parameters of an address."""

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, QueryParamStore
from dara.core.visual.components import Link, RouterPath

query = Variable(default='', store=QueryParamStore(query='q'))
rooms = BackendStore()
picked = Variable(default='')


def note(id):
    return Stack(
        Input(value=id, label='Id'),
        Input(value=query, label='Query'),
        Text(Variable(default='empty', store=BackendStore()), id_='x'),
        Stack(Text(id, id_='id', formatted=True), Text(query, id_='query', formatted=True)),
        Input(value=picked, label='Picked'),
        Link('There', to=RouterPath('/n/:id', params={'id': picked})),
        Link('Start', to='/start'),
    )


config = ConfigurationBuilder()
config.router.add_page(path='n/:id', content=note)
config.router.add_page(path='start', content=Text('at the start'))
