"""A py_component with fields, rendered anew with each number."""

from dara.components import Button, Input, Stack, Text, Textarea
from dara.core import ConfigurationBuilder, Variable, py_component
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()

number = Variable(default=0, store=BackendStore())
outside = Variable(default='')


@py_component
def view(number):
    made_inside = Variable(default='')
    return Stack(
        Text(f'rendered with {number}'),
        Input(value=outside, label='Outside'),
        Input(value=made_inside, label='Inside'),
        Textarea(label='Held by nothing'),
    )


config.add_page('Page', content=Stack(view(number), Button('More', onclick=number.update(7))))
