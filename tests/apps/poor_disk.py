"""A note on a disk that the file `full` makes fail and the file `slow` makes wait."""

import asyncio
from pathlib import Path

from dara.components import Input, Stack, Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, FileBackend


class PoorDisk(FileBackend):
    async def write(self, key, value):
        if Path('full').exists():
            raise OSError('the disk is full')
        while Path('slow').exists():
            await asyncio.sleep(0.01)
        await super().write(key, value)


note = Variable(default={'title': '', 'text': ''}, store=BackendStore(backend=PoorDisk(path='store.json')))
config = ConfigurationBuilder()
config.add_page(
    'Note',
    content=Stack(
        Input(value=note.get('title'), label='Title'),
        Textarea(value=note.get('text'), label='Text'),
    ),
)
