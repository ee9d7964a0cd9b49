"""A note behind an auth config of the app's own. LOGIN: its name."""

import asyncio
import os
from pathlib import Path

from argon2 import PasswordHasher

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable
from dara.core.auth import BaseAuthConfig, MultiBasicAuthConfig, UserData
from dara.core.persistence import BackendStore

is_up = Path('is-up')


class ByProxy(BaseAuthConfig):
    async def authenticate(self, request):
        name = request.headers.get('x-forwarded-user')
        return UserData(name, name.title()) if name else None


class Broken(BaseAuthConfig):
    async def login(self, name, password):
        raise OSError('directory.internal is down')


class Directory(BaseAuthConfig):
    async def login(self, name, password):
        if not is_up.exists():
            raise OSError('down')
        return UserData(name, name) if password == 'pw' else None


class Slow(BaseAuthConfig):
    async def login(self, name, password):
        while not is_up.exists():
            await asyncio.sleep(0.01)
        return UserData(name, name) if password == 'pw' else None


def costly():
    hasher = PasswordHasher(time_cost=2, memory_cost=8192, parallelism=1)
    return MultiBasicAuthConfig(users={'ann': hasher.hash('pw'), 'ben': hasher.hash('pw')})


LOGINS = {'proxy': ByProxy, 'broken': Broken, 'directory': Directory, 'slow': Slow, 'costly': costly}
config = ConfigurationBuilder()
config.add_page('Note', content=Stack(Text(Variable(default='', store=BackendStore(uid='note')))))
config.add_auth(LOGINS[os.environ['LOGIN']]())
