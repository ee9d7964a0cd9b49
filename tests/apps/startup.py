"""Functions that run at the start and clean up at the end. FAILS: whether the last of them fails."""

import os

from dara.components import Text
from dara.core import ConfigurationBuilder, Variable, run_sync
from dara.core.persistence import BackendStore


def note(line):
    with open('diary.txt', 'a') as file:
        file.write(line + '\n')


store = BackendStore(uid='s')
config = ConfigurationBuilder()
config.add_page('Page', content=Text(Variable('default', store=store)))


@config.on_startup
def first():
    run_sync(store.write('written at start'))
    note('first')
    return lambda: note('first cleaned up')


@config.on_startup
async def second(app):
    note(f'second {app.state.hub is not None}')
    yield
    note('second cleaned up')


@config.on_startup
async def third():
    if 'FAILS' in os.environ:
        int('x')

    async def clean_up():
        raise RuntimeError('no cleanup')

    return clean_up
