"""Two texts for users who log in. BACKEND and DATABASE: where they are kept."""

import os

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable, persistence
from dara.core.auth import MultiBasicAuthConfig
from dara.core.http import get
from dara.core.persistence import BackendStore

backend = getattr(persistence, os.environ.get('BACKEND', 'FileBackend'))(path=os.environ.get('DATABASE', 'texts.json'))
texts = BackendStore(backend, uid='texts')


@get('pid')
def get_pid():
    return os.getpid()


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'pw'}))
rooms = (Text(Variable('', store=texts.at(room))) for room in ('typed', 'large'))
config.add_endpoint(get_pid)
config.add_page('Page', content=Stack(*rooms))
