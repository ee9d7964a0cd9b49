"""One shared text of a megabyte, in memory."""

from dara.components import Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore

text = Variable(default=f'{"x" * 99}\n' * 10_000, store=BackendStore())

config = ConfigurationBuilder()
config.add_page('Text', content=Textarea(value=text))
