"""A note of each user's own in a file, and one in the browser."""

from dara.components import Input, Stack
from dara.core import ConfigurationBuilder, Variable
from dara.core.auth import MultiBasicAuthConfig
from dara.core.persistence import BackendStore, BrowserStore, FileBackend

mine = BackendStore(scope='user', backend=FileBackend(path='mine.json'))
config = ConfigurationBuilder()
config.title = 'Notes'
config.add_auth(MultiBasicAuthConfig(users={'ann': 'pw', 'ben': 'other'}))
config.add_page(
    'First',
    content=Stack(
        Input(value=Variable(default='', store=mine), label='Mine'),
        Input(value=Variable(default='', store=BrowserStore()), label='Kept here'),
    ),
)
config.add_page('Second', content=Stack(Input(value=Variable(default=''), label='There')))
