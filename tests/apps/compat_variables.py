"""Variables of the tab, of the browser, of the address and of stores, beside each other."""

from dara.components import Button, Card, Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, BrowserStore, FileBackend, QueryParamStore

profile = Variable({'name': {'first': 'Ada', 'last': 'Lovelace'}, 'born': 1815})
draft = Variable('draft')
kept = Variable({'theme': {'colour': 'grey'}}, store=BrowserStore())
kept_as_before = Variable('kept', persist_value=True)
query = Variable('all', store=QueryParamStore(query='filter'))
shared = Variable('shared', store=BackendStore())
on_disk = Variable({'notes': ['first', 'second']}, store=BackendStore(backend=FileBackend(path='notes.json')))


def field(name, variable):
    return Stack(Input(value=variable, placeholder=name), Text(variable, id_=name))


config = ConfigurationBuilder()
config.router.add_index(
    content=Stack(
        Card(
            field('first', profile.get('name').get('first')),
            field('again', profile.get('name').get('first')),
            Text(profile.get('name').get('last'), id_='last'),
            Text(profile.get('born'), id_='born'),
            Button('Forget', onclick=profile.reset()),
            title='Nested',
        ),
        Card(
            field('draft', draft),
            field('colour', kept.get('theme').get('colour')),
            field('as-before', kept_as_before),
            field('query', query),
            field('shared', shared),
            field('note', on_disk.get('notes').get(1)),
            title='Persistent',
        ),
    )
)
