"""Synchronous functions that wait until the endpoint `release` is asked, and one that does not."""

import threading

from dara.components import Button, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action, run_sync
from dara.core.http import get
from dara.core.persistence import BackendStore

number = Variable(default=0)
depths = Variable(default=0, store=BackendStore(uid='depths'))
released = threading.Event()
began = []


def block(number):
    began.append(number)
    released.wait(30)
    return number


def answer(number):
    return number


@get('block')
def block_too():
    block(-1)
    return 'over'


@get('quick')
def quick():
    return 'quick'


@get('began')
async def count_began():
    return len(began)


@get('release')
async def release():
    released.set()
    return 'released'


@action
def descend(ctx: ActionCtx, depth: int):
    if depth:
        run_sync(go_on(ctx, depth - 1))


@action
async def go_on(ctx: ActionCtx, depth: int):
    await depths.modify(lambda n: n + 1)
    await descend(ctx, depth)


config = ConfigurationBuilder()
config.threads = 8
for each in (block_too, quick, count_began, release):
    config.add_endpoint(each)
config.add_page(
    'A',
    content=Stack(
        Text(DerivedVariable(block, variables=[number], uid='blocked', cache=None)),
        Text(DerivedVariable(answer, variables=[number], uid='answered', cache=None)),
        Text(depths),
        Button('Descend', onclick=descend(4)),
    ),
)
