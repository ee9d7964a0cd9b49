"""One shared text, in a file that is synced to the disk at every edit."""

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, FileBackend

text = Variable(default='', store=BackendStore(backend=FileBackend(path='text.json')))

config = ConfigurationBuilder()
config.add_page('Text', content=Stack(Input(value=text), Text(text)))
