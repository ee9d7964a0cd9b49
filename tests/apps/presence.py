"""Stores shared by all, by one user and by nobody else, and an action that tells who looks at them."""

from dara.components import Button, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, Variable, action
from dara.core.auth import MultiBasicAuthConfig
from dara.core.persistence import BackendStore

board = BackendStore(uid='board')
notes = Variable(default={'title': '', 'items': [{'text': 'one'}, {'text': 'two'}]}, store=board)
own = BackendStore(uid='own', scope='user')
mine = Variable(default='', store=own)
closed = BackendStore(uid='closed', can_read=lambda user: user.identity_name == 'ann')
secret = Variable(default='', store=closed)


@action
async def ask(ctx: ActionCtx) -> None:
    stores = {'board': board, 'own': own, 'closed': closed}
    for name, store in stores.items():
        await ctx.notify(','.join(user.identity_name for user in await store.present()), title=name)


button = Button('Ask', onclick=ask())
config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b', 'cem': 'c'}))
config.add_page('Page', content=Stack(Text(notes), Text(mine), Text(secret), button))
