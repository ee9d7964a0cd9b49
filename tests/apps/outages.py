"""Stores whose rights, scope or type ask a database. It is down while a file `down` exists."""

import asyncio
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from dara.components import Button, Stack, Text
from dara.core import ActionCtx, ConfigurationBuilder, DerivedVariable, Variable, action
from dara.core.auth import MultiBasicAuthConfig
from dara.core.persistence import BackendStore


class Database:
    def ask(self, *_):
        if Path('down').exists():
            raise ConnectionError('the database does not answer')
        return not Path('revoked').exists()


database = Database()


async def ask_later(user):
    await asyncio.sleep(0.01)
    return database.ask()


def scope(user):
    database.ask()
    return 'team'


def validate(value):
    database.ask()
    return value


stores = {
    'sync': BackendStore(uid='sync', can_read=database.ask),
    'async': BackendStore(uid='async', can_read=ask_later),
    'scope': BackendStore(uid='scope', scope=scope),
    'write': BackendStore(uid='write', can_write=database.ask),
    'type': BackendStore(uid='type', type=Annotated[str, BeforeValidator(validate)]),
}
variables = {name: Variable(default='', store=store) for name, store in stores.items()}
length = DerivedVariable(len, [variables['sync']], uid='length')


@action
async def recheck(ctx: ActionCtx):
    for store in stores.values():
        await store.recheck()


config = ConfigurationBuilder()
config.add_auth(MultiBasicAuthConfig(users={'ann': 'a', 'ben': 'b'}))
shown = [*map(Text, variables.values()), Text(length), Button('recheck', onclick=recheck())]
config.add_page('Page', content=Stack(*shown))
