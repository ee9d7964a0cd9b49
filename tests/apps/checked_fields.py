"""A text and a number that their types check."""

from typing import Annotated

from pydantic import Field

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore

Year, Amount = Annotated[str, Field(pattern=r'^(\d{4})?$')], Annotated[int, Field(ge=10, le=5000)]
year = Variable(default='', store=BackendStore(type=Year))
amount = Variable(default=600, store=BackendStore(type=Amount))
config = ConfigurationBuilder()
config.add_page(
    'Form',
    content=Stack(
        Input(value=year, label='Year'),
        Text(year, id_='year'),
        Input(value=amount, label='Amount', type='number'),
        Text(amount, id_='amount'),
    ),
)
