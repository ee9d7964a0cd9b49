"""A page of five hundred fields, each with a text that shows its value."""

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable

values = [Variable(default='') for _ in range(500)]

config = ConfigurationBuilder()
config.add_page('Fields', content=Stack(*(part for value in values for part in (Input(value=value), Text(value)))))
