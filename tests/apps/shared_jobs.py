"""Jobs of an app on many servers. They wait for a file of their name; `runs` has their processes, and the servers."""

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
    persistence,
    track_progress,
)
from dara.core.auth import MultiBasicAuthConfig, get_user_data
from dara.core.errors import JobFailed, JobRefused
from dara.core.persistence import BackendStore

KINDS = {'redis': 'RedisBackend', 'postgresql': 'PostgresBackend'}
database = os.environ['DATABASE']
place = Path(os.environ['CHANGES']).parent
config = ConfigurationBuilder()
config.task_processes = 2
config.backend = getattr(persistence, KINDS.get(database.partition(':')[0], 'SQLiteBackend'))(database)
config.shared_folder = os.environ.get('FOLDER') or None
config.add_auth(MultiBasicAuthConfig({'ann': 'a', 'ben': 'b'}))

number = Variable(default=1, store=BackendStore(uid='number'))
said = Variable(default='nothing', store=BackendStore(uid='said'))


def note_run():
    with (place / 'runs').open('a') as file:
        file.write(f'{os.getpid()} {os.getppid()}\n')


def wait_for(name):
    while not (place / name).exists():
        time.sleep(0.01)


@track_progress
def work(updater: ProgressUpdater, number):
    note_run()
    updater.send_update(40, f'Step of {number}')
    wait_for(f'go{number}')
    if number == 13:
        raise ValueError('an unlucky number')
    (place / 'done').touch()
    return {'hundredfold': number * 100, 'large': 'x' * 100_000}


@track_progress
def work_for_user(updater: ProgressUpdater, number):
    name = get_user_data().identity_name
    note_run()
    updater.send_update(40, f'Secret of {name}')
    wait_for(f'go-{name}')
    return f'{name} has {number}'


def double(worked):
    return worked['hundredfold'] * 2


worked = DerivedVariable(work, variables=[number], run_as_task=True, uid='worked')
own = DerivedVariable(work_for_user, variables=[number], run_as_task=True, uid='own')
doubled = DerivedVariable(double, variables=[worked], run_as_task=True, uid='doubled')


@action
async def begin(ctx: ActionCtx, number):
    async def tell(update):
        await ctx.update(said, f'{update.progress:g} {update.message}')

    try:
        result = await ctx.run_task(work, [number], on_progress=tell, key='work')
        await ctx.update(said, f'done: {result["hundredfold"]}')
    except JobRefused as error:
        await ctx.notify(str(error), 'Not begun', 'WARNING')
    except JobFailed as error:
        await ctx.update(said, f'failed: {error}')


@action
async def end(ctx: ActionCtx):
    await ctx.notify('ended' if await ctx.cancel_task('work') else 'nothing to end')


config.add_page(
    'Page',
    content=Stack(
        Input(value=number, type='number', label='Number'),
        Text(worked.get('hundredfold'), id_='worked', fallback=ProgressTracker()),
        Text(said, id_='said'),
        Button('Begin', onclick=begin(number)),
        Button('End', onclick=end()),
    ),
)
config.add_page(
    'Others',
    content=Stack(
        Text(own),
        Text(doubled),
        Text(DerivedVariable(lambda said: said, variables=[said], uid='heard', cache=None)),
        Text(DerivedVariable(lambda _: os.getpid(), variables=[Variable(0)], uid='pid', cache=None)),
    ),
)
