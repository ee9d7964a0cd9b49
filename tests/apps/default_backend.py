"""Stores without backends of their own, which keep their values in one file."""

from dara.components import Button, Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable, action, py_component
from dara.core.persistence import BackendStore, FileBackend

asked = []


def may_read(user, key):
    asked.append(key)
    return 'hidden' not in key


note = Variable(default='', uid='note', store=BackendStore())
rooms = BackendStore(uid='rooms', can_read=may_read)
room = Variable(default='kitchen')
log = BackendStore(uid='log', scope=lambda user: 'everybody')


@action
async def report(ctx):
    """Record the keys that `can_read` was asked for, and how many people see the kitchen."""
    await rooms.recheck()
    await log.write({'asked': sorted(set(asked)), 'present': len(await rooms.at('kitchen').present())})


@py_component
def counter(name: str):
    return Text(Variable(default=0, store=BackendStore()))


config = ConfigurationBuilder()
config.backend = FileBackend(path='values.json')
config.add_page(
    'Page',
    content=Stack(
        Input(value=note, label='Note'),
        Input(value=Variable(default='', store=rooms.at(room)), label='Room'),
        counter(room),
        Button('Report', onclick=report()),
    ),
)
