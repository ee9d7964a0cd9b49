"""A note for users who log in."""

from dara.components import Button, Input, Stack
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.auth import MultiBasicAuthConfig
from dara.core.persistence import BackendStore

note = Variable(default='', store=BackendStore(uid='note'))


@action
async def leave(ctx: ActionCtx):
    await ctx.navigate('/logout')


config = ConfigurationBuilder()
config.title = 'Notes'
config.add_auth(MultiBasicAuthConfig(users={'ann': 'pw', 'ben': 'other'}))
config.add_page('First', content=Stack(Input(value=note, label='Note'), Button('Leave', onclick=leave())))
config.add_page('Second', content=Stack(Input(value=note, label='Second note')))
