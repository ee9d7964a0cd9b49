"""An app whose servers crash at the point that a test names in the file `crash at`, in the directory of the server.

DATABASE names the database; with REPLICAS, Redis confirms commits only once that many replicas have them.
"""

import asyncio
import os
import signal
from pathlib import Path

from dara.components import Stack, Text
from dara.core import ConfigurationBuilder, Variable, persistence
from dara.core.http import get, post
from dara.core.persistence import BackendStore

CRASH = Path('crash at').absolute()
KINDS = {'redis': 'RedisBackend', 'postgresql': 'PostgresBackend'}
DATABASE = os.environ['DATABASE']
KIND = KINDS.get(DATABASE.partition(':')[0], 'SQLiteBackend')
REPLICAS = {'replicas': int(os.environ['REPLICAS'])} if 'REPLICAS' in os.environ else {}


class CrashingBackend(getattr(persistence, KIND)):  # type: ignore[misc]  # one of three
    """A backend with points at which its process may end as a crash would end it."""

    async def watch(self, on_update, on_loss):
        self.may_crash('at the start')
        await super().watch(on_update, on_loss)

    async def commit(self, proposals):
        self.may_crash('before a commit')
        work = asyncio.ensure_future(super().commit(proposals))
        await asyncio.sleep(0)
        self.may_crash('during a commit')
        answers = await work
        self.may_crash('after a commit')
        return answers

    async def store_snapshot(self, key, tip, value):
        self.may_crash('before a snapshot')
        work = asyncio.ensure_future(super().store_snapshot(key, tip, value))
        await asyncio.sleep(0)
        self.may_crash('during a snapshot')
        await work

    async def close(self):
        self.may_crash('at the end')
        await super().close()

    def may_crash(self, point):
        """End the process if this is the point; of several processes, one ends."""
        if self.name == 'dara' and CRASH.exists() and CRASH.read_text() == point:
            CRASH.unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGKILL)


DEFAULTS = {
    'small': {'text': '', 'codes': []},
    'large': {'text': '.' * 20_000, 'codes': []},
    'register': '',
}
stores = {uid: BackendStore(uid=uid) for uid in DEFAULTS}
variables = [Variable(default=DEFAULTS[uid], store=store, uid=uid) for uid, store in stores.items()]


@post('write', authenticated=False)
async def write(store: str, token: str) -> None:
    """Set the register, or append to the codes of another value."""
    if store == 'register':
        await stores[store].write(token)
    else:
        await stores[store].modify(lambda value: {**value, 'codes': [*value['codes'], token]})


@get('read', authenticated=False)
async def read(store: str):
    return {'value': await stores[store].read()}


config = ConfigurationBuilder()
config.backend = CrashingBackend(DATABASE, **REPLICAS)
config.add_endpoint(write)
config.add_endpoint(read)
config.add_page('Page', content=Stack(*(Text(variable) for variable in variables)))
