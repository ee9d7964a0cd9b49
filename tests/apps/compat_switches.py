"""SwitchVariables: of conditions, of values, in each other, in DerivedVariables, py_components and actions."""

from dara.components import Button, If, Input, Item, Select, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, SwitchVariable, Variable, action, py_component
from dara.core.persistence import BackendStore

is_open = Variable(True)
level = Variable(1)
limit = Variable(3, store=BackendStore())
size = Variable('small')
names = Variable({'small': 'S', 'large': 'L'})

door = SwitchVariable.when(condition=is_open, true_value='open', false_value='closed')
alarm = SwitchVariable.when(condition=level > limit, true_value='alarm', false_value='calm')
exact = SwitchVariable.when(level == 3, 'three', SwitchVariable.when(level != 4, 'other', 'four'))
letter = SwitchVariable.match(value=size, mapping=names, default='?')
speed = SwitchVariable.match(value=level, mapping={1: 'slow', 2: 'fast'}, default=door)
sign = SwitchVariable.match(size, {'small': alarm, 'large': exact}, default='no sign')
sentence = DerivedVariable(lambda speed, level: f'{speed} at {level}', variables=[speed, level])


@py_component
def board(sign, sentence):
    return Text(f'{sign}; {sentence}', id_='board')


@action
async def tell(ctx: action.Ctx, sign):
    await ctx.notify(message=f'sign: {sign}', title='Sign', status='SUCCESS')


config = ConfigurationBuilder()
config.router.add_index(
    content=Stack(
        Button('Turn', onclick=is_open.toggle()),
        Input(value=level, type='number', placeholder='level'),
        Button('Raise the limit', onclick=limit.update(10)),
        Select(value=size, items=[Item(label='Small', value='small'), Item(label='Large', value='large'), 'odd']),
        Text(door, id_='door'),
        Text(alarm, id_='alarm'),
        Text(exact, id_='exact'),
        Text(letter, id_='letter'),
        Text(speed, id_='speed'),
        Text(sign, id_='sign'),
        Text(sentence, id_='sentence'),
        board(sign, sentence),
        If(door == 'open', Text('come in', id_='welcome'), Text('come back', id_='welcome')),
        Button('Tell', onclick=tell(sign)),
    )
)
