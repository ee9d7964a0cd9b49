"""An app that takes files. The variable DATABASE names the database of its servers, and FOLDER their folder."""

import asyncio
import hashlib
import os

from dara.components import Button, Stack, Table, Text, UploadDropzone
from dara.core import (
    ActionCtx,
    ConfigurationBuilder,
    DerivedVariable,
    ServerVariable,
    Upload,
    Variable,
    action,
    persistence,
    py_component,
)
from dara.core.auth import MultiBasicAuthConfig
from dara.core.errors import InvalidValue
from dara.core.persistence import BackendStore

database = os.environ.get('DATABASE', '')
arrived = Variable([], uid='arrived', store=BackendStore(uid='arrived'))
table = ServerVariable(uid='table', scope='user')
number = Variable(0)
shown = Variable('')
kept = os.environ.get('KEPT', 'kept')


@action
async def note(ctx: ActionCtx):
    upload: Upload = ctx.input
    digest = await asyncio.to_thread(digest_of, upload)
    await asyncio.to_thread(upload.keep, kept)
    entry = [upload.name, upload.size, upload.content_type, digest]
    await arrived.store.modify(lambda entries: [*entries, entry])
    await ctx.notify(f'{upload.name} is here')


def digest_of(upload):
    with upload.open() as file:
        return hashlib.file_digest(file, 'sha256').hexdigest()


def check(content: bytes, name: str):
    if not content.startswith(b'fine'):
        raise InvalidValue(f'{name} is not fine.')
    return content.decode()


@py_component
async def secret(n: int):
    if n == 0:
        return Text('Nothing')
    return UploadDropzone(on_drop=note(), accept='*/*', label='Secret')


config = ConfigurationBuilder()
config.shared_folder = os.environ.get('FOLDER') or None
if database:
    kind = persistence.RedisBackend if database.startswith('redis') else persistence.SQLiteBackend
    config.backend = kind(database)
if os.environ.get('USERS'):
    config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b'}))
config.add_page(
    'Page',
    content=Stack(
        UploadDropzone(on_drop=note(), accept='*/*', max_size=2 * 10**9, max_files=4, label='Any file'),
        UploadDropzone(target=table, label='Table'),
        UploadDropzone(
            target=shown, resolver=check, accept='.txt', max_size=1000, max_files=1, enable_paste=True, label='Small'
        ),
        Table(data=table),
        Text(shown),
        Text(DerivedVariable(lambda _: os.getpid(), variables=[number], uid='pid', cache=None)),
        Text(DerivedVariable(lambda entries: len(entries), variables=[arrived], uid='count')),
        Text(DerivedVariable(lambda data: None if data is None else list(data.shape), variables=[table], uid='shape')),
        Button('More', onclick=number.update(1)),
        secret(number),
    ),
)
