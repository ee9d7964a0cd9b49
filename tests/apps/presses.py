"""Components that call slow actions, which record how they were used."""

import asyncio

from dara.components import Button, Form, Input, RadioGroup, Stack, Text
from dara.core import ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

count = Variable(default=0, store=BackendStore())
heard = Variable(default=[], store=BackendStore())
note = Variable(default={'text': ''})
chosen = Variable(default='a')


@action
async def add(ctx):
    before = await count.read()
    await asyncio.sleep(0.25)
    await count.write(before + 1)


@action
async def hear(ctx):
    await asyncio.sleep(0.3 if ctx.input in ('b', 'first') else 0)
    said = ctx.input['text'] if isinstance(ctx.input, dict) else ctx.input
    await heard.write([*await heard.read(), said])


@action
async def fail(ctx):
    raise RuntimeError('no')


config = ConfigurationBuilder()
config.add_page(
    'Page',
    content=Stack(
        Button('Add', onclick=add()),
        Text(count, id_='count'),
        Text(heard, id_='heard'),
        RadioGroup(items=['a', 'b', 'c'], value=chosen, label='Choice', onchange=hear()),
        Form(Input(id_='text', label='Text'), value=note, onsubmit=hear()),
    ),
)
