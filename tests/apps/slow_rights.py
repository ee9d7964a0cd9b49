"""Rooms whose right to read is slow, or stuck, by name. RECHECK_SECONDS: the time between two checks."""

import asyncio
import os
from pathlib import Path

from dara.components import Button, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core._sync import hub
from dara.core.auth import MultiBasicAuthConfig
from dara.core.persistence import BackendStore

hub.RECHECK_SECONDS = int(os.environ['RECHECK_SECONDS'])  # type: ignore[misc]
hub.MAINTENANCE_SECONDS = 0.1  # type: ignore[misc, assignment]
asked = []


async def may_enter(user, key):
    asked.append((user.identity_id, key))
    if key.startswith('slow') and not Path('fast').exists():
        await asyncio.sleep(0.25)
    if key.startswith('stuck') and Path('stuck').exists():
        await asyncio.Event().wait()
    return not Path(f'{user.identity_id} is out').exists()


rooms = BackendStore(uid='rooms', can_read=may_enter)


@action
async def count(ctx: ActionCtx):
    await ctx.notify(message=f'{len(asked)}', title='', status='INFO')


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b'}))
room = Variable('lobby', uid='room')
it = Variable(default='', store=rooms.at(room))
config.add_page('Page', content=Stack(Text(it), Button('', onclick=count())))
