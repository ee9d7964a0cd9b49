"""A person in a file, one of whose fields is limited in length."""

from typing import Annotated

from pydantic import BaseModel, Field

from dara.components import Input, Stack, Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, FileBackend


class Person(BaseModel):
    name: str
    story: str
    zip: Annotated[str, Field(max_length=5)]


person = Variable(
    default={'name': '', 'story': '', 'zip': ''},
    store=BackendStore(backend=FileBackend(path='store.json'), type=Person),
)
config = ConfigurationBuilder()
config.add_page(
    'Person',
    content=Stack(
        Input(value=person.get('name'), label='Name'),
        Textarea(value=person.get('story'), label='Story'),
        Input(value=person.get('zip'), label='Zip'),
    ),
)
