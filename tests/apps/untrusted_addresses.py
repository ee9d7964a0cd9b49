"""An address that users write, wherever it leads somewhere or is shown."""

from dara.components import Anchor, Button, Image, Input, Link, Markdown, Stack
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.auth import MultiBasicAuthConfig
from dara.core.persistence import BackendStore

address = Variable(default='/', store=BackendStore())


@action
async def tell(ctx: ActionCtx, text):
    await ctx.notify(text, title=text)


@action
async def go(ctx: ActionCtx, text):
    await ctx.navigate(text)


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'<img src=x onerror=hacked(1)>': 'pw'}))
config.add_page(
    'Links',
    content=Stack(
        Input(value=address, label='Address'),
        Anchor('anchor', href=address),
        Link('link', to=address),
        Image(src=address, alt='image'),
        Markdown(address),
        Button('Tell', onclick=tell(address)),
        Button('Go', onclick=go(address)),
    ),
)
