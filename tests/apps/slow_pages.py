"""Pages that load until a gate opens. LOGIN: the name of the only user."""

import asyncio
import os

from dara.components import Button, Heading, Input, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Fallback, Variable, action
from dara.core.auth import BasicAuthConfig
from dara.core.persistence import BackendStore

gate = Variable(0, store=BackendStore(uid='gate'))
typed = Variable('')


@action
async def wait(ctx: ActionCtx):
    while not await gate.read():
        await asyncio.sleep(0.02)


config = ConfigurationBuilder()
config.title = 'Slow'
if 'LOGIN' in os.environ:
    config.add_auth(BasicAuthConfig(username=os.environ['LOGIN'], password='a password'))
config.add_page('Home', content=Stack(Heading('Home'), Input(value=typed, label='Typed')))
config.add_page('Open', content=Stack(Heading('Open'), Text(gate), Button('Open', onclick=gate.update(1))))
config.add_page('Held', content=Heading('Held'), on_load=wait())
config.router.add_page(path='busy', content=Heading('Busy'), on_load=wait(), fallback=Text('One moment'))
config.router.add_page(path='grey', content=Heading('Grey'), on_load=wait(), fallback=Fallback.Default())
