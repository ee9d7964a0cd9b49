"""Buttons whose actions need no server."""

from dara.components import Button, Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable

word, copy, flag = Variable(default='start'), Variable(default=''), Variable(default=False)
config = ConfigurationBuilder()
config.add_page(
    'Actions',
    content=Stack(
        Input(label='Word', value=word, onchange=copy.sync()),
        Text(copy, id_='copy'),
        Text(flag, id_='flag'),
        Button('Toggle', onclick=flag.toggle()),
        Button('Update', onclick=word.update('updated')),
        Button('Reset', onclick=word.reset()),
        Button('Everything', onclick=[word.update('both'), flag.update(True)]),
    ),
)
