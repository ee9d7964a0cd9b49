"""A person in a file, whom everybody edits, forgets and resets."""

from dara.components import Button, Heading, Input, Stack
from dara.core import ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore, FileBackend

person = Variable(
    default={'name': '', 'city': 'Rome', 'ann': '', 'ben': ''},
    store=BackendStore(backend=FileBackend(path='store.json')),
)
own = Variable(default='mine')


@action
async def forget():
    await person.delete()


config = ConfigurationBuilder()
config.add_page(
    'Person',
    content=Stack(
        Heading(person.get('name')),
        Input(value=person.get('name'), label='Name'),
        Input(value=person.get('city'), label='City'),
        Input(value=person.get('ann'), label='Ann was here'),
        Input(value=person.get('ben'), label='Ben was here'),
        Input(value=own, label='Own'),
        Button('Forget', onclick=forget()),
        Button('Reset', onclick=person.reset()),
        Button('Move back', onclick=person.get('city').reset()),
    ),
)
