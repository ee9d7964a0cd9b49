"""One shared text, in a database that several servers share: `PLACE` has its kind, its address and the app's name."""

import os

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable, persistence
from dara.core.persistence import BackendStore

kind, address, name = os.environ.get('PLACE', 'SQLite text.db dara').split()
backend = getattr(persistence, f'{kind}Backend')(address, name=name)
text = Variable(default='', store=BackendStore(backend=backend))

config = ConfigurationBuilder()
config.add_page('Text', content=Stack(Input(value=text), Text(text)))
