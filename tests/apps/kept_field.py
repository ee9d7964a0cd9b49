"""A field that a py_component draws in different places while somebody types.

FIELD: the kind of field. TREE: how it moves.
"""

import os

from dara.components import Card, Input, Stack, Text, Textarea
from dara.core import ConfigurationBuilder, DerivedVariable, Variable, py_component
from dara.core.persistence import BackendStore

w = Variable(default='', store=BackendStore())
number = Variable(default=None, store=BackendStore())
sent = Variable(default=0)
text = DerivedVariable(lambda n: str(n), [number])


def draw_field():
    match os.environ['FIELD']:
        case 'over a variable':
            return Input(value=w, label='Field')
        case 'with an id':
            return Input(value=w, id_='fixed', label='Field')
        case 'of lines':
            return Textarea(value=w, label='Field')
        case 'of a number':
            return Input(type='number', value=number, label='Field', oncomplete=sent.update(1))


@py_component
async def form(t):
    hint = [Text('too short')] if 0 < len(t or '') < 8 else []
    wide = len(t or '') % 2 == 1
    field = draw_field()
    match os.environ['TREE']:
        case 'a hint appears above it':
            return Stack(*hint, field)
        case 'a card appears above it':
            return Stack(*([Card(Text('short'))] if hint else []), Card(field))
        case 'it moves into a card':
            return Stack(Card(field) if wide else field)
        case 'it moves to another stack':
            return Stack(Stack(field if wide else None), Card(None if wide else field))
        case 'others come and go around it':
            return Stack(Input(label='Other', value=Variable('')) if wide else None, field, *hint)


config = ConfigurationBuilder()
shown = form(text if os.environ['FIELD'] == 'of a number' else w)
config.add_page('Page', content=Stack(shown, Text(w, id_='w'), Text(number, id_='number'), Text(sent, id_='sent')))
