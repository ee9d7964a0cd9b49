"""An app for several hosts. Variables name its database, its shared folder, and what needs that."""

import os

from dara.components import Table, Text
from dara.core import ConfigurationBuilder, ServerVariable, Variable, persistence
from dara.core._shared_folder import SHARED_FOLDERS
from dara.core.http import post
from dara.core.interactivity.server_variable import MemoryBackend, ServerBackend

KINDS = {'redis': 'RedisBackend', 'postgresql': 'PostgresBackend'}
database = os.environ['DATABASE']
config = ConfigurationBuilder()
config.backend = getattr(persistence, KINDS.get(database.partition(':')[0], 'SQLiteBackend'))(database)
config.shared_folder = os.environ.get('FOLDER') or None
config.add_page('Page', content=Text(Variable('text', store=persistence.BackendStore(uid='text'))))


class Elsewhere(ServerBackend):
    """A backend that all servers reach."""

    async def read(self, key):
        return None

    async def write(self, key, value): ...

    async def read_filtered(self, key, filters=None, pagination=None):
        raise NotImplementedError

    async def get_sequence_number(self, key):
        return 0


if 'TABLE' in os.environ:
    kind = Elsewhere if os.environ['TABLE'] == 'elsewhere' else MemoryBackend
    config.add_page('Table', content=Table(data=ServerVariable(backend=kind(scope='global'), uid='rows')))


@post('need')
def need_later():
    SHARED_FOLDERS.current.need('a late file')


config.add_endpoint(need_later)


@config.on_startup
def need():
    if 'NEED' in os.environ:
        SHARED_FOLDERS.current.need(os.environ['NEED'])
