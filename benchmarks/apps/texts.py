"""A thousand texts that show the value of one field."""

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable

text = Variable(default='text: _')

config = ConfigurationBuilder()
config.add_page('Texts', content=Stack(Input(value=text), *(Text(text) for _ in range(1000))))
