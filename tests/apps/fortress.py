"""Stores with every kind of right, and targets that read them: an app under attack."""

import asyncio

from dara.components import Button, Input, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action, py_component
from dara.core.auth import MultiBasicAuthConfig, get_user_data
from dara.core.http import get, post
from dara.core.persistence import BackendStore

teams = {'ann': 'red', 'ben': 'red', 'eve': 'blue'}
readers = {'ann', 'eve'}
done: list[str] = []


def may_read(user):
    return user.identity_id in readers


async def may_enter(user, key):
    await asyncio.sleep(0.01)
    return key == 'lobby' or key.startswith(user.identity_id)


def fails(user):
    raise KeyError('nobody is here')


note = Variable(default='', store=BackendStore(uid='note'))
diary = Variable(default='empty', store=BackendStore(uid='diary', scope='user'))
vault = Variable(default='the combination', store=BackendStore(uid='vault', can_read=may_read))
broken = Variable(default='broken secret', store=BackendStore(uid='broken', can_read=fails))
law = Variable(default='law', store=BackendStore(uid='law', can_write=lambda user: user.identity_id == 'ann'))
team = Variable(default='', store=BackendStore(uid='team', scope=lambda user: teams.get(user.identity_id)))
rooms = BackendStore(uid='rooms', can_read=may_enter)
open_rooms = BackendStore(uid='open_rooms')
unseen = Variable(default='unseen secret', store=BackendStore(uid='unseen'))
room = Variable('lobby', uid='room')
items = Variable(default=[{'id': 1}], store=BackendStore(uid='items'))


def length(value):
    return len(value)


def tell(value):
    return value


async def whose(word):
    await asyncio.sleep(0.05)
    return f'{word} of {get_user_data().identity_id}'


async def picky(word):
    await asyncio.sleep(0.05)
    if get_user_data().identity_id == 'eve':
        raise RuntimeError('not for eve')
    return word


async def slowly(word):
    await asyncio.sleep(0.3)
    return f'{word} at last'


async def very_slowly(word):
    await asyncio.sleep(5)
    return f'{word} at last'


word = Variable('', uid='word')
count = DerivedVariable(length, variables=[note], uid='count')
own = DerivedVariable(tell, variables=[diary], uid='own')
peek = DerivedVariable(tell, variables=[vault], uid='peek')
inside = DerivedVariable(tell, variables=[Variable(default='', store=rooms.at(room))], uid='inside')
first = DerivedVariable(tell, variables=[items.get(0).get('id')], uid='first')
again = DerivedVariable(tell, variables=[count], uid='again')
named = DerivedVariable(whose, variables=[word], uid='named')
choosy = DerivedVariable(picky, variables=[word], uid='choosy')
slow = DerivedVariable(slowly, variables=[word], uid='slow')
very_slow = DerivedVariable(very_slowly, variables=[word], uid='very_slow')
large = DerivedVariable(lambda word: 'x' * 200_000, variables=[word], uid='large')


@py_component
async def part(word):
    made = Variable(default='made for one', store=BackendStore(uid=f'made {word}'))
    return Stack(Input(value=made), Button('tell', onclick=answer()))


@py_component
async def lingering(word):
    await asyncio.sleep(0.2)
    return Text(Variable(default='', store=BackendStore(uid='lingering')))


@action
async def answer(ctx: ActionCtx):
    await ctx.notify('answered')


@action
async def withdraw(ctx: ActionCtx):
    readers.discard('eve')
    teams.pop('eve', None)
    if ctx.input == 'and recheck':
        await vault.store.recheck()
        await team.store.recheck()


@action
async def grant(ctx: ActionCtx):
    readers.add('eve')
    teams['eve'] = 'blue'


@action
async def in_two_steps(ctx: ActionCtx):
    done.append('one')
    await ctx.notify('one')
    await asyncio.sleep(0.1)
    done.append('two')


@action
async def hand_over(ctx: ActionCtx):
    await ctx.download_file('app.py')


@get('done')
def get_done():
    return done


@post('change')
def change():
    done.append('changed')
    return 'changed'


@get('fail')
def fail():
    raise RuntimeError('a secret of the server')


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b', 'eve': 'e', '<b>mal</b>': '<'}))
for endpoint in (get_done, change, fail):
    config.add_endpoint(endpoint)
config.add_page(
    'Notes',
    content=Stack(
        Text(note),
        Text(diary),
        Text(vault),
        Text(broken),
        Text(law),
        Text(team),
        Text(count),
        Text(own),
        Text(peek),
        Text(inside),
        Text(first),
        Text(again),
        Text(named),
        Text(choosy),
        Text(slow),
        Text(very_slow),
        Text(large),
        Input(value=room),
        Text(Variable(default='', store=open_rooms.at(room), uid='open room')),
        part(word),
        lingering(word),
        Button('withdraw', onclick=withdraw()),
        Button('grant', onclick=grant()),
        Button('two', onclick=in_two_steps()),
        Button('file', onclick=hand_over()),
        Button('say', onclick=answer()),
    ),
)
config.add_page('Item', content=Text('an item'), route='/items/:id')
