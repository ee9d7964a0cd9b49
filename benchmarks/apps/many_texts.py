"""One value, shown by a thousand texts."""

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable

text = Variable(default='')

config = ConfigurationBuilder()
config.add_page('Texts', content=Stack(Input(value=text), *(Text(text) for _ in range(1000))))
