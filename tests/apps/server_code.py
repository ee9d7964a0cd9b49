"""DerivedVariables, py_components and actions of two users, which count how often they run."""

import asyncio

from dara.components import Button, Input, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action, py_component, run_sync
from dara.core.auth import SESSION_ID, MultiBasicAuthConfig, get_user_data
from dara.core.http import get
from dara.core.persistence import BackendStore, FileBackend

runs = {}


def count(name):
    runs[name] = runs.get(name, 0) + 1


votes = Variable(default=[1, 2], store=BackendStore(FileBackend(path='votes.json'), uid='votes'))
own_file = FileBackend(path='settings.json')
settings = Variable(default='none', store=BackendStore(own_file, uid='settings', scope='user'))
rooms = BackendStore(uid='rooms')
name = Variable('World')


async def add_up(numbers):
    count('sum')
    await asyncio.sleep(0.05)
    return sum(numbers)


def greet(total, who):
    count('greet')
    return f'{who}: {total}'


def whose(total):
    count('whose')
    return f'{get_user_data().identity_id} sees {total}'


def which_session(total):
    return SESSION_ID.get()


async def stored():
    count('stored')
    return await votes.read()


def own_setting(value):
    count('own')
    return value


def fail(total):
    raise RuntimeError('a secret of the server')


total = DerivedVariable(add_up, variables=[votes])
greeting = DerivedVariable(greet, variables=[total, name])
personal = DerivedVariable(whose, variables=[total])
sessions = DerivedVariable(which_session, variables=[total])
reading = DerivedVariable(stored, variables=[])
setting = DerivedVariable(own_setting, variables=[settings])
failing = DerivedVariable(fail, variables=[total])
unkept = DerivedVariable(lambda numbers: count('unkept') or len(numbers), variables=[votes], cache=None)


class Anything:
    text = 'static'


class Views:
    prefix = 'method'

    @action
    def save(self, ctx, value):
        run_sync(settings.write(f'{self.prefix} {value}'))

    @py_component
    def show(self, value):
        return Stack(Text(f'{self.prefix} {value}'), Button('save', onclick=self.save(value)))


@py_component
async def view(thing, who, total):
    count('view')
    own = Variable(default=f'for {who}', store=BackendStore(FileBackend(path='of_view.json')))
    return Stack(
        Text(f'{thing.text} {who} {total} {get_user_data().identity_name} {await settings.read()}'),
        Input(value=own),
        inner(who),
    )


@py_component
def inner(who):
    return [f'inner {who}', 3, None]


@py_component
async def room(who):
    return Input(value=Variable(default=[], store=rooms.at(who)))


@py_component
def broken(who):
    raise RuntimeError('a secret of the server')


@py_component
async def slow(who):
    count('slow')
    try:
        await asyncio.sleep(0 if who == 'quick' else 30)
    except asyncio.CancelledError:
        count('cancelled')
        raise
    return Text(who)


@action
async def move(ctx: ActionCtx, setting):
    await ctx.update(settings, f'{setting} moved by {get_user_data().identity_id}')
    assert await settings.read() == f'{setting} moved by {get_user_data().identity_id}'
    await ctx.trigger(total)
    await ctx.copy_to_clipboard('text', success_message='Copied')
    await ctx.download_file('report.txt')


@get('/runs')
def get_runs():
    return runs


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b'}))
config.add_endpoint(get_runs)
config.add_page(
    'Page',
    content=Stack(
        Text(greeting),
        Text(personal),
        Text(sessions),
        Text(reading),
        Text(setting),
        Text(failing),
        Text(unkept),
        view(Anything(), name, total),
        Views().show(name),
        room(name),
        broken(name),
        slow(name),
        Button('move', onclick=move(settings)),
    ),
)
