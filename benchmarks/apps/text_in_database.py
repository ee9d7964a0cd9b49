"""One shared text, in a database that several workers share."""

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, SQLiteBackend

text = Variable(default='', store=BackendStore(backend=SQLiteBackend('text.db')))

config = ConfigurationBuilder()
config.add_page('Text', content=Stack(Input(value=text), Text(text)))
