"""A plan with buttons that undo and redo."""

from dara.components import Button, Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable, redo, undo
from dara.core.persistence import BackendStore

plan = Variable(default={'ann': '', 'ben': '', 'list': [1]}, store=BackendStore())

config = ConfigurationBuilder()
config.add_page(
    'Plan',
    content=Stack(
        Input(value=plan.get('ann'), label='Ann'),
        Input(value=plan.get('ben'), label='Ben'),
        Text(plan.get('list'), id_='list'),
        Button('Empty', onclick=plan.get('list').update([])),
        Button('Undo', onclick=undo(plan)),
        Button('Redo', onclick=redo(plan)),
    ),
)
