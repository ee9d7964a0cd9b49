"""Functions of every kind that fail, and a py_component that returns what cannot be shown."""

from pydantic import BaseModel, Field

from dara.components import Button, Input, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, action, py_component
from dara.core.persistence import BackendStore

config = ConfigurationBuilder()
config.title = 'Notes'


class Person(BaseModel):
    name: str = Field(max_length=5)


number = Variable(default=2, store=BackendStore())
note = Variable(default='', store=BackendStore())
person = Variable(default={'name': 'Ann'}, store=BackendStore(type=Person))


def divide(number):
    return 100 / number  # of the derived value


@py_component
def view(number):
    return Text(f'part {[0, 1, 50][number]}')  # of the py_component


@py_component
def unfit(number):
    return {'a': 'dict'}


@action
async def act():
    return {'a': 1}['missing'] if await number.read() == 7 else None  # of the action


@action
async def rename():
    await person.write({'name': 'far too long'})  # a user's typo


@action
async def load():
    raise LookupError('of on_load')


config.add_page(
    'Page',
    content=Stack(
        Input(value=number, type='number', label='Number'),
        Input(value=note, label='Note'),
        Text(DerivedVariable(divide, variables=[number]), id_='divided'),
        view(number),
        unfit(number),
        Button('Act', onclick=act()),
        Button('Rename', onclick=rename()),
    ),
    on_load=load(),
)
