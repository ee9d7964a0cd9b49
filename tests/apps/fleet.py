"""An app for many servers. The variable DATABASE names the database that they share."""

import os
import tempfile
from pathlib import Path

from dara.components import Button, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action, persistence
from dara.core.auth import MultiBasicAuthConfig
from dara.core.http import get
from dara.core.persistence import BackendStore

KINDS = {'redis': 'RedisBackend', 'postgresql': 'PostgresBackend'}
database = os.environ['DATABASE']
backend = getattr(persistence, KINDS.get(database.partition(':')[0], 'SQLiteBackend'))(database)
board = BackendStore(backend)
notes = Variable(default={'text': '', 'count': 0}, store=board, uid='board')
own = Variable(default='', store=BackendStore(type(backend)(database, name='own'), scope='user'), uid='own')
changes = Path(os.environ['CHANGES'])


@board.on_change
def note_change(key, value):
    with changes.open('a') as file:
        file.write(f'{os.getpid()} {value["count"]}\n')


@action
async def ask(ctx: ActionCtx):
    await ctx.notify(','.join(sorted(user.identity_name for user in await board.present())))


@action
async def download(ctx: ActionCtx):
    file = Path(tempfile.mkdtemp()) / 'report.txt'
    file.write_text(f'by {os.getpid()}')
    await ctx.download_file(file, cleanup=True)


@action
async def download_much(ctx: ActionCtx, megabytes: int):
    file = Path(tempfile.mkdtemp(dir=changes.parent)) / 'much.bin'
    file.write_bytes(bytes(megabytes * 1024 * 1024))
    await ctx.download_file(file, cleanup=True)


@get('pid')
def get_pid():
    return os.getpid()


@get('write')
async def write_past_the_store(key: str, count: int):
    await backend.write(key, {'text': '', 'count': count})


def rows(number):
    return [{'id': i, 'text': 'x' * 50} for i in range(number)]


number = Variable(default=0)
config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b'}))
config.add_endpoint(get_pid)
config.add_endpoint(write_past_the_store)
config.shared_folder = os.environ.get('FOLDER')
config.add_page(
    'Page',
    content=Stack(
        Text(notes),
        Text(own),
        Text(DerivedVariable(lambda _: os.getpid(), variables=[number], uid='pid', cache=None)),
        Text(
            DerivedVariable(lambda n: [{'id': i, 'text': 'x' * 50} for i in range(n)], variables=[number], uid='rows')
        ),
        Text(DerivedVariable(lambda value: value['count'], variables=[notes], uid='count', cache=None)),
        Button('Ask', onclick=ask()),
        Button('Download', onclick=download()),
        Button('Download 4', onclick=download_much(4)),
        Button('Download 20', onclick=download_much(20)),
    ),
)
