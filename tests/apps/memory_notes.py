"""Values in the memory of the server: a shared one, one per user, one in a room; and one in the browser."""

from dara.components import Heading, Input, Stack
from dara.core import ConfigurationBuilder, Variable, py_component
from dara.core.persistence import BackendStore, BrowserStore

title = Variable(default='Untitled', store=BackendStore())
mine = Variable(default='', store=BackendStore(scope='user'))
kept = Variable(default='', store=BrowserStore())
documents = BackendStore()


@py_component
def editor(name: str):
    return Input(value=Variable(default='', store=documents.at(name)), label='Room')


config = ConfigurationBuilder()
config.title = 'Notes'
config.add_page(
    'Notes',
    content=Stack(
        Heading(title),
        Input(value=title, label='Title'),
        Input(value=mine, label='Mine'),
        Input(value=kept, label='Kept here'),
        editor(Variable(default='plan')),
    ),
)
