"""Pages with layouts, parameters and patterns."""

from dara.components import Heading, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore
from dara.core.router import Outlet

note = Variable('a note', store=BackendStore(uid='note'))


@action
async def load(ctx: ActionCtx): ...


def user(id):
    return Heading(id)


config = ConfigurationBuilder()
config.add_page('Notes', content=Text(note))
layout = config.router.add_layout(content=Stack(Text('around'), Outlet()), id='around')
layout.add_page(path='users/:id', content=user, on_load=load(), fallback=Text('wait'))
config.router.add_page(path='Exact', content=Text('exact'), case_sensitive=True)
config.router.add_page(path='files/*', content=lambda splat: Text(splat))
