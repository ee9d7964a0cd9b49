"""Notes that everybody shares, in the database that the variable DATABASE_URL names."""

import os

from dara.components import Stack, Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, PostgresBackend

notes = Variable(default='', store=BackendStore(uid='notes'))

config = ConfigurationBuilder()
config.title = 'Notes'
config.backend = PostgresBackend(os.environ['DATABASE_URL'])
config.add_page('Notes', content=Stack(Textarea(value=notes, label='Notes', min_rows=20)))
