"""One shared text in memory, and a function of a private number."""

from dara.components import Input, Slider, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable
from dara.core.persistence import BackendStore

text = Variable(default='', store=BackendStore())
number = Variable(default=0)


def double(number: int) -> str:
    """Answer at once."""
    return f'double: {2 * number}'


config = ConfigurationBuilder()
config.add_page(
    'Text',
    content=Stack(
        Input(value=text),
        Slider(value=number, domain=[0, 1_000_000], step=1),
        Text(DerivedVariable(double, variables=[number], uid='double')),
    ),
)
