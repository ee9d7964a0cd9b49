"""Buttons that call server actions. FILE: the file that keeps the votes, instead of the memory."""

import asyncio
import os

from dara.components import Button, Input, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action, run_sync
from dara.core.persistence import BackendStore, FileBackend

file = os.environ.get('FILE')
votes = Variable(default=0, store=BackendStore(FileBackend(path=file) if file else None, uid='votes'))
people = Variable(default={'ann': {'age': 1}}, store=BackendStore(uid='people'))
hidden = Variable(default='secret', store=BackendStore(uid='hidden'))
own = Variable(default='mine', uid='own')


@action
async def add(ctx: ActionCtx, by, times=1):
    await votes.modify(lambda n: n + by * times)


@action
def add_in_a_thread(by):
    run_sync(votes.write(run_sync(votes.read()) + by))


@action
async def do_all(ctx: ActionCtx, age):
    await ctx.update(people.get('ann', 'age'), age + 1)
    await ctx.update(own, f'was {ctx.input}')
    await ctx.reset_variables(own)
    await ctx.notify('Done', title='All', status='success')
    await ctx.navigate('/there')


@action
async def twice(ctx: ActionCtx):
    await add(ctx, 1)
    await add(ctx, 1)


@action
async def slowly(ctx: ActionCtx):
    await votes.write(1)
    await asyncio.sleep(0.5)
    await votes.write(2)


@action
async def start_over(ctx: ActionCtx):
    await ctx.reset_variables([people, votes])
    await votes.write(7)


@action
async def fail():
    raise RuntimeError('a secret of the server')


@action
def store_bytes():
    run_sync(votes.write(b'a'))  # type: ignore[arg-type]


config = ConfigurationBuilder()
config.add_page(
    'Votes',
    content=Stack(
        Text(votes),
        Button('add', onclick=add(2, times=3)),
        Button('thread', onclick=add_in_a_thread(5)),
        Button('all', onclick=do_all(people.get('ann').get('age'))),
        Button('twice', onclick=twice()),
        Button('fail', onclick=fail()),
        Button('bytes', onclick=store_bytes()),
        Button('slowly', onclick=slowly()),
        Button('start over', onclick=start_over()),
        Button('argument', onclick=add(own)),
        Input(value=own),
    ),
)
