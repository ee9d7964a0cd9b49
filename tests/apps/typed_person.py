"""A person whose name and year of birth are checked by their types."""

from typing import Annotated

from pydantic import BaseModel, Field

from dara.components import Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore


class Person(BaseModel):
    name: Annotated[str, Field(max_length=5)] = ''
    year: Annotated[str, Field(pattern=r'^(\d{4})?$')] = ''
    city: str = ''


person = Variable(default=Person(), store=BackendStore(type=Person))
config = ConfigurationBuilder()
config.add_page(
    'Form',
    content=Stack(
        Input(value=person.get('name'), label='Name'),
        Input(value=person.get('year'), label='Year'),
        Input(value=person.get('city'), label='City'),
        Text(person, id_='person'),
    ),
)
