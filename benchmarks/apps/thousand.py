"""A thousand components: 500 fields, each with a text that shows its value."""

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable

variables = [Variable(default=f'text {i}: _') for i in range(500)]

config = ConfigurationBuilder()
config.add_page('Thousand', content=Stack(*(Stack(Input(value=each), Text(each)) for each in variables)))
