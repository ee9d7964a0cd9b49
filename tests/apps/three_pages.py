"""Three pages that share a variable. ALONE: without the other pages. DARK: dark for everybody."""

import os

from dara.components import Button, Heading, Input, Stack
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.persistence import BackendStore

shared = Variable(default='', store=BackendStore())
own = Variable(default='')


@action
async def go(ctx: ActionCtx):
    await ctx.navigate('/write-here')


config = ConfigurationBuilder()
config.add_page('Read', content=Stack(Heading(shared), Input(value=own, label='Own'), Button('Go', onclick=go())))
if 'ALONE' not in os.environ:
    config.add_page('Write here', content=lambda: Stack(Input(value=shared, label='Shared')))
    config.add_page('Third', content=Heading('Number three'), route='a/third')
if 'DARK' in os.environ:
    config.set_theme('dark')
