"""A diary in a file, on a page that browsers may cache."""

from dara.components import Stack, Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore, FileBackend

diary = Variable(default='1234567890  0987654321', store=BackendStore(FileBackend(path='store.json')))
config = ConfigurationBuilder()
config.add_page('Diary', content=Stack(Textarea(value=diary, label='Diary')))


@config.add_middleware
async def let_it_be_cached(request, call_next):
    response = await call_next(request)
    del response.headers['cache-control']
    return response
