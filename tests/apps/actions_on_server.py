"""Buttons and fields that call actions of the server."""

import asyncio

from dara.components import Button, Input, Select, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

total = Variable(default=0, store=BackendStore())
form = Variable(default={'name': '', 'seen': ''}, store=BackendStore())
step = Variable(default=10)
own = Variable(default='')


@action
async def add(ctx: ActionCtx, amount: int, times: int = 1):
    await total.modify(lambda n: n + amount * times)


@action
async def greet(ctx: ActionCtx):
    await ctx.update(own, f'Hello, {ctx.input}')
    await ctx.update(form.get('seen'), ctx.input)


@action
def in_a_thread(ctx: ActionCtx):
    return ctx.notify('from a thread')


@action
async def tell(ctx: ActionCtx, message: str):
    await ctx.notify(message, title='News', status='success')


@action
async def clear(ctx: ActionCtx):
    await ctx.reset_variables([total, own])


@action
async def break_down(ctx: ActionCtx):
    raise ValueError('the database password is 1234')


@action
async def hang(ctx: ActionCtx):
    await ctx.notify('has begun')
    await asyncio.Event().wait()


config = ConfigurationBuilder()
config.add_page(
    'Actions',
    content=Stack(
        Text(total, id_='total'),
        Text(own, id_='own'),
        Input(value=form.get('seen'), label='Seen'),
        Button('Add', onclick=add(2, times=3)),
        Button('Add step', onclick=add(step)),
        Input(value=step, label='Step', type='number'),
        Input(label='Greet', oncomplete=greet()),
        Select(label='Pick', items=[{'label': 'one', 'value': 1}, {'label': 'two', 'value': 2}], onchange=greet()),
        Button('Tell', onclick=tell('It is raining')),
        Button('Clear', onclick=clear()),
        Button('Break', onclick=break_down()),
        Button('Hang', onclick=hang()),
    ),
)
