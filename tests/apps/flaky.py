"""A note whose backend fails while a file `broken` exists."""

from pathlib import Path

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, InMemoryBackend


class Flaky(InMemoryBackend):
    async def write(self, key, value):
        if Path('broken').exists():
            raise OSError('the disk is full')
        await super().write(key, value)


note = Variable(default='', store=BackendStore(Flaky(), uid='note'))
config = ConfigurationBuilder()
config.add_page('Note', content=Stack(Text(note)))
