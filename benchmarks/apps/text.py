"""One shared text, in memory."""

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore

text = Variable(default='', store=BackendStore())

config = ConfigurationBuilder()
config.add_page('Text', content=Stack(Input(value=text), Text(text)))
