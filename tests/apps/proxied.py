"""Pages, one of them below `/deep/notes`, and an endpoint, behind a login."""

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.auth import MultiBasicAuthConfig
from dara.core.http import get
from dara.core.persistence import BackendStore


@get('hello')
async def hello():
    return 'hello'


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'pw'}))
config.add_endpoint(hello)
it = Variable(default='', store=BackendStore(uid='note'))
config.add_page('Note', content=Stack(Text(it)), route='/')
config.add_page('Other', content=Text('another page'), route='/other')
config.add_page('Twice', content=Text('below itself'), route='/deep/notes')
