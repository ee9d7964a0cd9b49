"""A text in a file, beside something that hangs. HANGS: its name."""

import asyncio
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from dara.components import Button, Input, Stack, Text
from dara.core import ConfigurationBuilder, Variable, action, run_sync
from dara.core.http import post
from dara.core.persistence import BackendStore, FileBackend, PersistenceBackend

kind = os.environ['HANGS']
other = BackendStore(uid='other')
text = Variable(default='', uid='text', store=BackendStore(FileBackend(path='kept.json'), uid='text'))


class SlowBackend(FileBackend):
    async def write(self, key, value):
        await asyncio.sleep(0.1)
        await super().write(key, value)


counter = BackendStore(SlowBackend(path='count.json'), uid='count')
config = ConfigurationBuilder()


@post('count')
async def count():
    return await counter.modify(lambda number: number + 1)


def begin():
    Path('begun').touch()


def sleep():
    begin()
    time.sleep(3600)


def run_for_ever():
    begin()
    while True:
        pass


def write_for_ever():
    begin()
    while True:
        run_sync(other.modify(lambda n: (n or 0) + 1))


async def ignore_cancellation():
    begin()
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)


async def sleep_in_an_executor():
    begin()
    await asyncio.to_thread(time.sleep, 3600)


def start_a_thread():
    threading.Thread(target=time.sleep, args=(3600,)).start()
    begin()


async def block_the_loop():
    begin()
    time.sleep(3600)


class Hung(PersistenceBackend):
    def has(self, key):
        return False

    def read(self, key):
        raise KeyError(key)

    def write(self, key, value):
        sleep()

    def delete(self, key):
        pass

    def get_all(self):
        return {}


ACTIONS = {
    'a synchronous action asleep': sleep,
    'a synchronous action without end': run_for_ever,
    'a synchronous action that writes all the time': write_for_ever,
    'a task that takes no cancellation': ignore_cancellation,
    'a thread in the default executor': sleep_in_an_executor,
    'a thread that is no daemon': start_a_thread,
    'an async action that never lets go': block_the_loop,
    'a clean-up at the end': begin,
}
config.add_endpoint(count)
shown: list[Input | Button | Text] = [Input(value=text), Text(Variable(default=0, uid='count', store=counter))]
if kind in ACTIONS:
    shown.append(Button('Go', onclick=action(ACTIONS[kind])()))
match kind:
    case 'a backend':
        hung = BackendStore(Hung(), uid='hung', scope='user')
        shown.append(Input(value=Variable(default='', uid='hung', store=hung)))
    case 'a function at the start':
        config.on_startup(sleep)
    case 'a clean-up at the end':
        config.on_startup(lambda: sleep)
config.add_page('Home', content=Stack(*shown))
