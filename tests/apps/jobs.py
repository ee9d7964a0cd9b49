"""Values and actions of functions in processes of their own, which wait for a file of their name."""

import asyncio
import os
import time
from pathlib import Path

from dara.components import Button, Input, Stack, Text
from dara.core import (
    ActionCtx,
    ConfigurationBuilder,
    DerivedVariable,
    ProgressTracker,
    ProgressUpdater,
    Variable,
    action,
    py_component,
    track_progress,
)
from dara.core.auth import MultiBasicAuthConfig, get_user_data
from dara.core.errors import JobFailed, JobRefused
from dara.core.persistence import BackendStore, FileBackend

config = ConfigurationBuilder()
config.task_processes = 2

number = Variable(default=1, store=BackendStore(uid='number'))
said = Variable(default='nothing', store=BackendStore(FileBackend(path='said.json'), uid='said'))


def wait_for(name):
    while not Path(name).exists():
        time.sleep(0.01)
    Path(name).unlink()


@track_progress
def work(updater: ProgressUpdater, number):
    with Path('runs').open('a') as file:
        file.write(f'{os.getpid()}\n')
    updater.send_update(40, f'Step of {number}')
    wait_for(f'go{number}')
    if number == 13:
        raise ValueError('an unlucky number')
    return f'{number * 100} of a process'


def greet(number):
    return f'{get_user_data().identity_name} has {number}'


async def reach(number):
    return await said.read()


def large(number):
    return 'x' * (300 << 20)


worked = DerivedVariable(work, variables=[number], run_as_task=True, uid='worked')
greeted = DerivedVariable(greet, variables=[number], run_as_task=True, uid='greeted')
reached = DerivedVariable(reach, variables=[number], run_as_task=True, uid='reached')
oversized = DerivedVariable(large, variables=[number], run_as_task=True, uid='oversized')
plain = DerivedVariable(lambda number: f'plain {number}', variables=[number], uid='plain')


@action
async def begin(ctx: ActionCtx, number):
    async def tell(update):
        await ctx.update(said, f'{update.progress:g} {update.message}')

    try:
        result = await ctx.run_task(work, [number], on_progress=tell, key='work')
        await ctx.update(said, result)
    except (JobFailed, JobRefused) as error:
        await ctx.notify(str(error), 'Not done', 'WARNING')
        if isinstance(error, JobFailed):
            await asyncio.sleep(Path('slow').exists())  # second
            await ctx.update(said, f'{type(error).__name__}: {error}')


@action
async def end(ctx: ActionCtx):
    await ctx.cancel_task('work')


@py_component(track_progress=True)
def view(worked):
    return Text(f'shown {worked}', id_='view')


config.add_auth(MultiBasicAuthConfig({'ann': 'a', 'ben': 'b'}))
config.add_page(
    'Page',
    content=Stack(
        Input(value=number, type='number', label='Number'),
        Text(worked, id_='worked', fallback=ProgressTracker()),
        Text(said, id_='said'),
        view(worked),
        Button('Begin', onclick=begin(number)),
        Button('End', onclick=end()),
    ),
)
config.add_page('Others', content=Stack(Text(greeted), Text(reached), Text(oversized), Text(plain)))
