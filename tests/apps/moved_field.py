"""A field that a py_component draws in different places, or leaves out."""

from typing import Annotated

from pydantic import Field

from dara.components import Card, Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable, py_component
from dara.core.persistence import BackendStore

word = Variable(default='', store=BackendStore(type=Annotated[str, Field(max_length=8)]))
side = Variable(default='left', store=BackendStore())


@py_component
def form(side):
    field = Input(value=word, label='Field')
    return (
        Stack(Card(field), Card())
        if side == 'left'
        else Text('away')
        if side == 'away'
        else Stack(Stack(Text('here:'), field))
    )


config = ConfigurationBuilder()
others = Stack(Text(word, id_='word'), Input(value=side, label='Side'), Input(value=word, label='Word'))
config.add_page('Page', content=Stack(form(side), others))
